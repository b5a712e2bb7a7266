using Microsoft.AspNetCore.Components;

namespace Playground;

/// <summary>A page of the playground. Its address holds its state.</summary>
public abstract class PlaygroundPage : ComponentBase, IDisposable
{
    bool _isClosed;

    /// <summary>The browser that shows it.</summary>
    [Inject] protected Browser Browser { get; set; } = null!;

    /// <summary>How it is shown.</summary>
    [Inject] protected View View { get; set; } = null!;

    /// <summary>Takes the state of an address; what it does not say stays as it is.</summary>
    protected abstract void Take(Address address);

    /// <summary>The address of the current state; null if it has none now.</summary>
    protected abstract Address? ToAddress();

    /// <summary>An arrow key, Home, End or Escape was pressed outside a field.</summary>
    protected virtual void Press(string key) { }

    /// <summary>Shows a new state and puts it into the address.</summary>
    protected void Changed()
    {
        Browser.TakeKey();
        View.Write();
        StateHasChanged();
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        // Before its state is taken: what writes the address meanwhile would write that of the page before.
        View.Open(ToAddress);
        Open(Address.Parse(Browser.Address()));
        Browser.AddressChanged += Go;
        Browser.KeyPressed += Press;
        // Also if a link named the page alone, the address then holds the state.
        View.Write();
    }

    void Go(Address address)
    {
        // The address that opens another page has closed this one.
        if (_isClosed) return;
        Open(address);
        View.Write();
        StateHasChanged();
    }

    void Open(Address address)
    {
        address.Choice("page", App.Pages);
        Take(address);
        View.Remark(address.Remarks);
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        _isClosed = true;
        Browser.AddressChanged -= Go;
        Browser.KeyPressed -= Press;
        GC.SuppressFinalize(this);
    }
}
