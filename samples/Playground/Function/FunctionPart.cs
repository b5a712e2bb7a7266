using Microsoft.AspNetCore.Components;

namespace Playground.Function;

/// <summary>A part of the page that shows the function, its values and the step. It is drawn again only when one of these has
/// changed.</summary>
public abstract class FunctionPart : ComponentBase
{
    int _drawn = -1;

    /// <summary>What the page shows.</summary>
    [Parameter, EditorRequired] public FunctionState State { get; set; } = null!;

    /// <summary>In which slice it follows another function; 0 at once.</summary>
    [Parameter] public int Slice { get; set; }

    /// <summary>Tells the page that the state has changed.</summary>
    [Parameter] public EventCallback Changed { get; set; }

    /// <summary>Draws it again.</summary>
    protected void Redraw()
    {
        _drawn = -1;
        StateHasChanged();
    }

    /// <inheritdoc/>
    protected override bool ShouldRender()
    {
        if (_drawn == State.Version || Slice > State.Slice) return false;
        _drawn = State.Version;
        return true;
    }
}
