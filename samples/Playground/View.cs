using System.Globalization;

namespace Playground;

/// <summary>How every page is shown: for one reader or with a projector, light or dark, and whether a click explains instead of
/// acting.</summary>
/// <remarks>
/// The address holds it, in <c>view.projector</c>, <c>view.theme</c> and <c>view.scene</c>. An address that says nothing of it leaves it
/// as it is, so that a lecture goes from page to page.
/// </remarks>
public sealed class View(Browser browser)
{
    readonly List<(string Name, string Title)> _scenes = [];
    Func<Address?> _page = () => null;
    string? _scene;

    /// <summary>Something has changed.</summary>
    public event Action? Changed;

    /// <summary>Whether the type is large and one scene is seen at a time.</summary>
    public bool Projector { get; private set; }

    /// <summary>light or dark; null as the system has it.</summary>
    public string? Theme { get; private set; }

    /// <summary>Whether a click or the focus explains what is there.</summary>
    public bool Explains { get; private set; }

    /// <summary>Whether single letters are keys of the page; the arrows always are.</summary>
    public bool TakesLetters { get; private set; } = true;

    /// <summary>What of the address that was opened could not be used; empty if all was.</summary>
    public IReadOnlyList<string> Remarks { get; private set; } = [];

    /// <summary>The scenes of the page that is open, in their order.</summary>
    public IReadOnlyList<(string Name, string Title)> Scenes => _scenes.AsReadOnly();

    /// <summary>The scene that a projector shows.</summary>
    public string Scene => _scene is not null && _scenes.Exists(one => one.Name == _scene)
        ? _scene
        : _scenes.Count > 0 ? _scenes[0].Name : "";

    /// <summary>A page opens, and says what its state is as an address, or null while it has none.</summary>
    public void Open(Func<Address?> page) => _page = page;

    /// <summary>The address of what is seen: the state of the page, and how it is shown.</summary>
    public Address Link()
    {
        if (_page() is { } state) return Put(state);
        // What was typed cannot be read yet, so that the last state counts.
        var last = new Address();
        foreach ((string key, string value) in Address.Parse(browser.Address()).Entries)
            if (key is not ("view.projector" or "view.theme" or "view.scene")) last.Add(key, value);
        return Put(last);
    }

    /// <summary>Puts it into the browser's address.</summary>
    public void Write() => browser.SetAddress(Link().ToString());

    /// <summary>Turns the projector's view on or off.</summary>
    public void SetProjector(bool projector)
    {
        Projector = projector;
        Show();
    }

    /// <summary>Chooses light, dark, or null for the system's choice.</summary>
    public void SetTheme(string? theme)
    {
        Theme = theme is "light" or "dark" ? theme : null;
        Show();
    }

    /// <summary>Chooses the scene of the projector.</summary>
    public void SetScene(string name)
    {
        _scene = name;
        Show();
    }

    /// <summary>Lets clicks explain, or act again.</summary>
    public void SetExplains(bool explains)
    {
        Explains = explains;
        if (!explains) browser.Return("explain");
        browser.SetRoot("data-explains", explains ? "true" : null);
        Changed?.Invoke();
    }

    /// <summary>Chooses whether single letters are keys.</summary>
    public void SetTakesLetters(bool takes)
    {
        TakesLetters = takes;
        Changed?.Invoke();
    }

    /// <summary>Takes a scene of the page that opens.</summary>
    public void Add(string name, string title)
    {
        _scenes.Add((name, title));
        Changed?.Invoke();
    }

    /// <summary>Forgets a scene of the page that closes.</summary>
    public void Remove(string name)
    {
        _scenes.RemoveAll(one => one.Name == name);
        Changed?.Invoke();
    }

    /// <summary>Takes what an address says of the view.</summary>
    public void Take(Address address)
    {
        if (address["view.projector"] is { } projector) Projector = projector == "1";
        if (address["view.theme"] is { } theme) Theme = theme is "light" or "dark" ? theme : null;
        if (address["view.scene"] is { } scene) _scene = scene;
        Apply();
    }

    /// <summary>Shows what of an address could not be used, instead of what was shown before.</summary>
    public void Remark(IReadOnlyList<string> remarks)
    {
        if (Remarks.Count == 0 && remarks.Count == 0) return;
        Remarks = remarks;
        Changed?.Invoke();
    }

    /// <summary>Adds the view to the address of a page.</summary>
    public Address Put(Address address)
    {
        if (Projector) address.Add("view.projector", 1.ToString(CultureInfo.InvariantCulture));
        if (Theme is not null) address.Add("view.theme", Theme);
        if (Projector && _scene is not null && Scene.Length > 0) address.Add("view.scene", Scene);
        return address;
    }

    void Show()
    {
        Write();
        Apply();
    }

    void Apply()
    {
        browser.SetRoot("data-projector", Projector ? "true" : null);
        browser.SetRoot("data-theme", Theme);
        Changed?.Invoke();
    }
}
