namespace MyTorch.Teaching;

/// <summary>One of the fifteen parts of the lecture "AutoDiff and backprop", and where it can be tried.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Title">What it says, in a few words.</param>
/// <param name="Lesson">The lesson that shows it, a file of <c>samples/lessons</c>; null for the homework.</param>
/// <param name="Address">The part of a playground's address behind # that shows it; null if no page does.</param>
public sealed record LecturePart(int Number, string Title, string? Lesson, string? Address)
{
    const string Function = "f=ln(x1)+x1*x2-sin(x2)&x1=2&x2=5";

    /// <summary>All parts, in order.</summary>
    public static IReadOnlyList<LecturePart> All { get; } =
    [
        new(1, "A function is a sequence of simple operations", "01-a-function-is-a-sequence.cs", Function + "&view.sweep=values&view.step=0"),
        new(2, "The lecture's function and its graph", "01-a-function-is-a-sequence.cs", Function + "&view.sweep=values"),
        new(3, "Forward mode", "02-forward-mode.cs", Function + "&view.sweep=tangents&view.step=0"),
        new(4, "Reverse mode", "03-reverse-mode.cs", Function + "&view.step=0"),
        new(5, "Several paths: partial adjoints are added", "03-reverse-mode.cs", Function + "&view.step=12"),
        new(6, "The algorithm: node_to_grad", "04-the-algorithm.cs", Function + "&view.step=6"),
        new(7, "Why backward? Passes counted", "05-why-backward.cs", "page=cost&n=12&m=2"),
        new(8, "Against numerical differentiation", "06-numerical-differentiation.cs", Function + "&view.h=6"),
        new(9, "Against symbolic differentiation", "07-symbolic-differentiation.cs", Function + "&view.growth=product"),
        new(10, "The derivative and its shapes", "08-shapes-and-the-chain-rule.cs", null),
        new(11, "Chain rules with shapes", "08-shapes-and-the-chain-rule.cs", null),
        new(12, "Backprop is reverse mode for a loss", "09-training.cs", null),
        new(13, "The backward pass of a network, layer by layer", "09-training.cs", null),
        new(14, "The backward pass extends the graph", "10-extending-the-graph.cs", Function + "&view.open=extension"),
        new(15, "Homework: an engine of your own", null, null),
    ];
}
