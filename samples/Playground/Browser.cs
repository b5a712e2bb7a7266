using Microsoft.JSInterop;

namespace Playground;

/// <summary>What the pages ask of the browser and hear from it; <c>wwwroot/playground.js</c> is the other side.</summary>
public sealed class Browser : IDisposable
{
    readonly IJSInProcessRuntime _js;
    readonly DotNetObjectReference<Browser> _this;
    bool _isTaken;

    /// <summary>Starts to listen.</summary>
    public Browser(IJSRuntime runtime)
    {
        _js = (IJSInProcessRuntime)runtime;
        _this = DotNetObjectReference.Create(this);
        _js.InvokeVoid("playground.listen", _this);
    }

    /// <summary>The address was changed by a link, by hand, or by the browser's history.</summary>
    public event Action<Address>? AddressChanged;

    /// <summary>
    /// An arrow key, Home, End or Escape was pressed outside a field, or ? or p. A presenter's remote sends PageDown and PageUp: these
    /// come as ArrowRight and ArrowLeft while the projector's view is on.
    /// </summary>
    public event Action<string>? KeyPressed;

    /// <summary>Escape was pressed, and no page had a use for it.</summary>
    public event Action? Escaped;

    /// <summary>The learner asks what something is: the word in its attribute <c>data-what</c>, and what <c>data-here</c> says of this
    /// one, or nothing.</summary>
    public event Action<string, string>? WhatAsked;

    /// <summary>The window has become narrow, or wide again.</summary>
    public event Action? WidthChanged;

    /// <summary>Whether the window is as narrow as a phone's.</summary>
    public bool IsNarrow => _js.Invoke<bool>("playground.narrow");

    /// <summary>The address behind #.</summary>
    public string Address() => _js.Invoke<string>("playground.address");

    /// <summary>Replaces the address behind #, without a new entry in the history.</summary>
    public void SetAddress(string address) => _js.InvokeVoid("playground.setAddress", address);

    /// <summary>Puts the keyboard's focus on an element.</summary>
    public void Focus(string id) => _js.InvokeVoid("playground.focus", id);

    /// <summary>Puts the keyboard's focus on an element, and its beginning at the top of the window.</summary>
    public void Open(string id) => _js.InvokeVoid("playground.open", id);

    /// <summary>Puts the focus on an element if what had it is gone, or is about to go: "What is this?" and what it made
    /// reachable.</summary>
    public void Return(string id) => _js.InvokeVoid("playground.back", id);

    /// <summary>Scrolls an element into the visible part of its row.</summary>
    public void Reveal(string selector) => _js.InvokeVoid("playground.reveal", selector);

    /// <summary>Scrolls what a graph marks into sight, if the graph is larger than its frame.</summary>
    public void Follow(string selector) => _js.InvokeVoid("playground.follow", selector);

    /// <summary>A page has used the key that was pressed.</summary>
    public void TakeKey() => _isTaken = true;

    /// <summary>Sets an attribute of the page's root element, or removes it.</summary>
    public void SetRoot(string attribute, string? value) => _js.InvokeVoid("playground.setRoot", attribute, value);

    /// <summary>Whether the learner asked for less motion.</summary>
    public bool ReducedMotion() => _js.Invoke<bool>("playground.calm");

    /// <summary>Prints a page of HTML.</summary>
    public void Print(string html) => _js.InvokeVoid("playground.print", html);

    /// <summary>Copies a whole address, of which the part behind # is given; false if the browser does not allow it.</summary>
    public async Task<bool> CopyLink(Address address) => await Copy(_js.Invoke<string>("playground.link", address.ToString()));

    /// <summary>Copies a text; false if the browser does not allow it.</summary>
    public async Task<bool> Copy(string text) => await _js.InvokeAsync<bool>("playground.copy", text);

    /// <summary>Waits until the browser is about to paint: what was done before is seen, and keys and clicks were heard.</summary>
    public async Task NextFrame() => await _js.InvokeVoidAsync("network.nextFrame");

    /// <summary>A point of the window in the coordinates of a picture, given by its id.</summary>
    public (double X, double Y) PointIn(string id, double x, double y) => _js.Invoke<double[]>("playground.pointIn", id, x, y) is [var a, var b] ? (a, b) : (0, 0);

    /// <summary>Called by the script.</summary>
    [JSInvokable]
    public void OnAddress(string address) => AddressChanged?.Invoke(Playground.Address.Parse(address));

    /// <summary>Called by the script.</summary>
    [JSInvokable]
    public void OnKey(string key)
    {
        _isTaken = false;
        KeyPressed?.Invoke(key);
        if (!_isTaken && key == "Escape") Escaped?.Invoke();
    }

    /// <summary>Called by the script.</summary>
    [JSInvokable]
    public void OnWidth() => WidthChanged?.Invoke();

    /// <summary>Called by the script.</summary>
    [JSInvokable]
    public void OnWhat(string word, string here) => WhatAsked?.Invoke(word, here);

    /// <inheritdoc/>
    public void Dispose() => _this.Dispose();
}
