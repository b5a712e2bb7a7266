namespace MyTorch.Teaching;

/// <summary>A function worth looking at, and a point.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Text">The function, as <see cref="FunctionText.Parse"/> reads it.</param>
/// <param name="At">A number for each of its variables.</param>
/// <param name="Look">What to look at, in a sentence that is true at every point and gives no number away.</param>
public sealed record GalleryFunction(string Name, string Text, IReadOnlyList<double> At, string Look);

/// <summary>The functions that lessons and pages offer.</summary>
public static class FunctionGallery
{
    /// <summary>All of them; the first is the lecture's.</summary>
    public static IReadOnlyList<GalleryFunction> All { get; } =
    [
        new("The lecture's function", "ln(x1) + x1*x2 - sin(x2)", [2, 5],
            "x2 is used twice, so its adjoint is a sum of two partial adjoints, one for each use."),
        new("A product of three", "x1*x2*x3", [2, 3, 4],
            "Each adjoint is the product of the other two variables; no product is computed twice."),
        new("A product of six", "x1*x2*x3*x4*x5*x6", [1, 2, 3, 1, 2, 3],
            "Six derivatives from one backward sweep. Forward mode needs six passes."),
        new("f(g(h(x)))", "sin(exp(x^2))", [0.5], "A chain: the adjoint is a product of three local derivatives, from the outside in."),
        new("Several paths", "u = x1*x2; u*sin(u) + u", [1.5, 1], "u has three users' edges: what arrives is added before it goes on."),
        new("Two paths that cancel", "(x1 + x2)^2 - (x1 - x2)^2", [3, 2],
            "The same value by two paths; the symbolic derivative is not as short as 4·x2."),
        new("A neuron", "tanh(w1*x1 + w2*x2 + b)", [0.5, -0.3, 1, 2, 0.7],
            "Weights, inputs and bias all get a derivative; the factor 1 - y² is common to all."),
        new("Softmax of two", "a = exp(x1); b = exp(x2); s = a + b; a/s, b/s", [1, 2],
            "Two results: choose their adjoints and get a row of the Jacobian, or choose tangents and get a column."),
        new("Cross entropy of two", "ln(exp(x1) + exp(x2)) - x1", [1, 2], "The adjoints are softmax minus the target: they add up to 0."),
        new("Squared error", "(w*x + b - t)^2", [0.8, 1.5, 0.2, 1],
            "The loss of one example; a step against the adjoints of w and b makes it smaller."),
        new("Rosenbrock's function", "(1 - x1)^2 + 100*(x2 - x1^2)^2", [-1, 1],
            "Derivatives of very different sizes: the valley where gradient descent is slow."),
        new("Polar coordinates", "r*cos(t), r*sin(t)", [2, 0.6],
            "Two results and two variables: tangents give columns, adjoints give rows."),
        new("A ReLU at rest", "relu(w*x + b)", [-1, 2, 0.5],
            "Where its operand is negative nothing goes back, and every adjoint is 0; where it is positive all goes back."),
    ];
}
