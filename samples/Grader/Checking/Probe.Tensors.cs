namespace MyTorch.Probes;

/// <remarks>What it draws and returns as tensors; an assignment that takes no tensors of the library does without this file.</remarks>
public sealed partial class Probe
{
    /// <summary>A tensor of <see cref="Numbers"/>.</summary>
    public Tensor Draw(Shape shape, double low = -2, double high = 2) => Tensor.From(Numbers(shape.ElementCount, low, high), shape, DType);

    /// <summary>A leaf that requires a gradient.</summary>
    public Tensor DrawLeaf(Shape shape, double low = -2, double high = 2)
    {
        Tensor leaf = Draw(shape, low, high);
        leaf.RequiresGrad = true;
        return leaf;
    }

    /// <summary>Class numbers 0 … classes − 1.</summary>
    public Tensor DrawLabels(int count, int classes)
    {
        var labels = new long[count];
        for (int i = 0; i < count; i++) labels[i] = Next(0, classes - 1);
        return Tensor.Indices(labels);
    }

    /// <summary>Returns a result; null is a result too, and is compared as such. A name that is used again is numbered: "dX (2)".</summary>
    public void Return(string name, Tensor? value) => _returned(value is null
        ? new Returned(Numbered(name), null, "null", [])
        : new Returned(Numbered(name), [.. value.Shape], value.DType.ToString(), value.ToArray()));

    /// <summary>
    /// Shows what the code is given for the results that follow, as it is now. It is not graded: where one of them is wrong in a visible
    /// case, the student sees it, to compute the case on paper.
    /// </summary>
    public void Show(string name, Tensor value) =>
        _shown?.Invoke(new Returned(name, [.. value.Shape], value.DType.ToString(), value.ToArray()));
}
