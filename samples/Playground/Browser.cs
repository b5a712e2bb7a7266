using Microsoft.JSInterop;

namespace Playground;

/// <summary>What the pages ask of the browser and hear from it; <c>wwwroot/playground.js</c> is the other side.</summary>
public sealed class Browser : IDisposable
{
    readonly IJSInProcessRuntime _js;
    readonly DotNetObjectReference<Browser> _this;

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

    /// <summary>The learner asks what something is: the word in its attribute <c>data-what</c>.</summary>
    public event Action<string>? WhatAsked;

    /// <summary>The address behind #.</summary>
    public string Address() => _js.Invoke<string>("playground.address");

    /// <summary>Replaces the address behind #, without a new entry in the history.</summary>
    public void SetAddress(string address) => _js.InvokeVoid("playground.setAddress", address);

    /// <summary>Puts the keyboard's focus on an element.</summary>
    public void Focus(string id) => _js.InvokeVoid("playground.focus", id);

    /// <summary>Sets an attribute of the page's root element, or removes it.</summary>
    public void SetRoot(string attribute, string? value) => _js.InvokeVoid("playground.setRoot", attribute, value);

    /// <summary>Whether the learner asked for less motion.</summary>
    public bool ReducedMotion() => _js.Invoke<bool>("playground.calm");

    /// <summary>Prints a page of HTML.</summary>
    public void Print(string html) => _js.InvokeVoid("playground.print", html);

    /// <summary>Copies the whole address; false if the browser does not allow it.</summary>
    public async Task<bool> CopyLink() => await Copy(_js.Invoke<string>("playground.link"));

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
    public void OnKey(string key) => KeyPressed?.Invoke(key);

    /// <summary>Called by the script.</summary>
    [JSInvokable]
    public void OnWhat(string word) => WhatAsked?.Invoke(word);

    /// <inheritdoc/>
    public void Dispose() => _this.Dispose();
}
