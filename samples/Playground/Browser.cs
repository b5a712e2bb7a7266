using Microsoft.JSInterop;

namespace Playground;

/// <summary>What the page asks of the browser; <c>wwwroot/playground.js</c> answers.</summary>
public sealed class Browser(IJSRuntime runtime)
{
    readonly IJSInProcessRuntime _js = (IJSInProcessRuntime)runtime;

    /// <summary>The address behind #.</summary>
    public string Address() => _js.Invoke<string>("playground.address");

    /// <summary>Replaces the address behind #, without a new entry in the history.</summary>
    public void SetAddress(string address) => _js.InvokeVoid("playground.setAddress", address);

    /// <summary>Puts the keyboard's focus on an element.</summary>
    public void Focus(string id) => _js.InvokeVoid("playground.focus", id);

    /// <summary>Copies the whole address; false if the browser does not allow it.</summary>
    public async Task<bool> CopyLink() => await _js.InvokeAsync<bool>("playground.copy", _js.Invoke<string>("playground.link"));

    /// <summary>Calls a page when the address or an arrow key changes.</summary>
    public void Listen<T>(DotNetObjectReference<T> page) where T : class => _js.InvokeVoid("playground.listen", page);
}
