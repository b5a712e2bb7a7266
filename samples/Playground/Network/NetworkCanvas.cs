using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;

namespace Playground.Network;

/// <summary>
/// What the page draws at every turn of a training: bytes and texts that <c>wwwroot/network.js</c> takes from the engine's memory, without
/// JSON and without the page's tree of elements.
/// </summary>
[SupportedOSPlatform("browser")]
static partial class NetworkCanvas
{
    /// <summary>A map of the plane, n × n points: a byte each, or two of more than two classes.</summary>
    [JSImport("globalThis.network.map")]
    internal static partial void Map(string id, [JSMarshalAs<JSType.MemoryView>] Span<byte> bytes, int n);

    /// <summary>Curves, one after the other, n points each.</summary>
    [JSImport("globalThis.network.curve")]
    internal static partial void Curve(string id, [JSMarshalAs<JSType.MemoryView>] Span<double> values, int n);

    /// <summary>The squares of the neurons, w × h bytes each.</summary>
    [JSImport("globalThis.network.neurons")]
    internal static partial void Neurons([JSMarshalAs<JSType.MemoryView>] Span<byte> bytes, int w, int h);

    /// <summary>A width in twentieths of a pixel and a sign for each line.</summary>
    [JSImport("globalThis.network.weights")]
    internal static partial void Weights([JSMarshalAs<JSType.MemoryView>] Span<byte> bytes);

    /// <summary>All points of a curve plot: a row of numbers for the steps and one for each curve; NaN is a gap.</summary>
    [JSImport("globalThis.network.line")]
    internal static partial void Lines(string id, [JSMarshalAs<JSType.MemoryView>] Span<double> rows, int points);

    /// <summary>Bars of histograms, from 0 to 255, one histogram after the other for the paths of an element.</summary>
    [JSImport("globalThis.network.bars")]
    internal static partial void Bars(string id, [JSMarshalAs<JSType.MemoryView>] Span<byte> heights, int bars);

    /// <summary>Texts of elements: id, text, id, text, … with line ends between.</summary>
    [JSImport("globalThis.network.texts")]
    internal static partial void Texts(string lines);

    /// <summary>Whether the page is still drawing what was done.</summary>
    [JSImport("globalThis.network.busy")]
    internal static partial void SetBusy(bool busy);
}
