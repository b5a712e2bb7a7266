namespace MyTorch.Teaching;

/// <summary>
/// One of the fifteen parts of the lecture "AutoDiff and backprop", where it can be tried, and what to ask a class about it.
/// </summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Title">What it says, in a few words.</param>
/// <param name="Lesson">The lesson that shows it, a file of <c>samples/lessons</c>.</param>
/// <param name="Address">The part of a playground's address behind # that shows it.</param>
public sealed record LecturePart(int Number, string Title, string Lesson, string Address)
{
    const string Function = "f=ln(x1)+x1*x2-sin(x2)&x1=2&x2=5";

    /// <summary>What it says, in one or two sentences.</summary>
    public required string Says { get; init; }

    /// <summary>What to change there, and what is then seen.</summary>
    public required string Change { get; init; }

    /// <summary>A question for the class.</summary>
    public required string Question { get; init; }

    /// <summary>Its answer.</summary>
    public required string Answer { get; init; }

    /// <summary>How long it takes in class, in minutes.</summary>
    public required int Minutes { get; init; }

    /// <summary>All parts, in order.</summary>
    public static IReadOnlyList<LecturePart> All { get; } =
    [
        new(1, "A function is a sequence of simple operations", "01-a-function-is-a-sequence.cs",
            Function + "&view.sweep=values&view.step=0")
        {
            Says = "Automatic differentiation takes a function apart into operations whose derivatives are known. The chain "
                + "rule, applied again and again, does the rest.",
            Change = "Step forward: the values appear one by one, in an order in which inputs come before what uses them.",
            Question = "How many operations has y = x1*x2 + sin(x1*x2) if the product is computed once? And written out?",
            Answer = "Three: the product, the sine, the sum. Written out there are four, since the product is computed twice.",
            Minutes = 4,
        },
        new(2, "The lecture's function and its graph", "01-a-function-is-a-sequence.cs", Function + "&view.sweep=values")
        {
            Says = "y = ln x1 + x1 x2 - sin x2 at (2, 5) becomes v1 to v7. A topological order is not unique.",
            Change = "Move x1: every value that depends on it changes, and sin v2 does not. Drag a row of the table to another "
                + "place.",
            Question = "Which rows may change places, and which may not?",
            Answer = "Any two that do not depend on each other: ln v1, the product and the sine may stand in any order. The "
                + "difference must be last.",
            Minutes = 5,
        },
        new(3, "Forward mode", "02-forward-mode.cs", Function + "&view.sweep=tangents&view.step=0")
        {
            Says = "The tangent of a value is its derivative with respect to one input. Tangents are computed in the order "
                + "of the values, one pass for each input.",
            Change = "Step to the end. Then give x1 the tangent 0 and x2 the tangent 1: all tangents are computed again.",
            Question = "The pass for x1 has given 5.5. What does it say about the derivative with respect to x2?",
            Answer = "Nothing: its tangents start from 1 for x1 and 0 for x2. Each input takes a separate pass.",
            Minutes = 6,
        },
        new(4, "Reverse mode", "03-reverse-mode.cs", Function + "&view.step=0")
        {
            Says = "The adjoint of a value is the derivative of the result with respect to it. Adjoints are computed from "
                + "the result back to the inputs, all in one sweep.",
            Change = "Step through the sweep, then move x2: both derivatives follow.",
            Question = "Why does the sweep start with the number 1?",
            Answer = "It is the derivative of the result with respect to itself.",
            Minutes = 8,
        },
        new(5, "Several paths: partial adjoints are added", "03-reverse-mode.cs", Function + "&view.step=12")
        {
            Says = "A value with several users receives a partial adjoint from each. Its adjoint is their sum.",
            Change = "Turn on \"Overwrite instead of add\": the list of v2 keeps its last number only. Step to the end: both "
                + "derivatives are wrong.",
            Question = "For which functions would overwriting give the right derivatives?",
            Answer = "For those whose graph is a tree: no value has two users.",
            Minutes = 6,
        },
        new(6, "The algorithm: node_to_grad", "04-the-algorithm.cs", Function + "&view.step=6")
        {
            Says = "A dictionary maps each node to the list of its partial adjoints. In reverse order, a node sums its list "
                + "and passes its adjoint, times its local derivatives, to its inputs.",
            Change = "Step back and forth: the line of the algorithm is marked, and the lists grow.",
            Question = "When a node's turn comes, how do we know that its list is complete?",
            Answer = "All its users come later in the sequence, so in reverse order each has had its turn.",
            Minutes = 8,
        },
        new(7, "Why backward? Passes counted", "05-why-backward.cs", "page=cost&n=12&m=2&step=0")
        {
            Says = "n inputs and m outputs have n m derivatives. Forward mode takes n passes, reverse mode m sweeps.",
            Change = "Set m to 12, then n to 1: the other way wins. Every multiplication is counted as it runs.",
            Question = "A network has a million weights and one loss. What would forward mode cost?",
            Answer = "A million passes for one step, against one sweep.",
            Minutes = 6,
        },
        new(8, "Against numerical differentiation", "06-numerical-differentiation.cs", Function + "&view.h=6")
        {
            Says = "A difference quotient needs no rules, but has two errors: truncation, smaller for a smaller step, and "
                + "rounding, larger for it.",
            Change = "Move h: the secant turns, digits are cancelled, and the error goes down and up again, as a V.",
            Question = "Which step is best for one-sided differences in Float64, and which in Float32?",
            Answer = "About the square root of the precision: 1e-8, and 3e-4. Central differences allow a larger one.",
            Minutes = 6,
        },
        new(9, "Against symbolic differentiation", "07-symbolic-differentiation.cs", Function + "&view.growth=product")
        {
            Says = "The rules of calculus turn formulas into formulas. All partial derivatives of a product of n factors "
                + "cost n(n-1) multiplications if each starts anew.",
            Change = "Make n larger: the formulas grow much faster than the tape, which has the same few operations more for "
                + "each factor.",
            Question = "Reverse mode applies the same rules. Why is it cheaper?",
            Answer = "It keeps the value of each part and uses it again; a formula has no name for a part.",
            Minutes = 6,
        },
        new(10, "The derivative and its shapes", "08-shapes-and-the-chain-rule.cs", "page=shapes&part=change")
        {
            Says = "The derivative maps a small change of x to the change of y. Its shape follows from that, and the "
                + "gradient is its transpose.",
            Change = "Drag the change of x: the predicted change of y follows in proportion, the true one bends away.",
            Question = "x has 3 numbers and the loss is one. Which shape has the derivative, and which the gradient?",
            Answer = "1 x 3 and 3 x 1. Code keeps the gradient in the shape of x.",
            Minutes = 6,
        },
        new(11, "Chain rules with shapes", "08-shapes-and-the-chain-rule.cs", "page=shapes&part=chain")
        {
            Says = "The derivative of a composition is the product of the derivatives, M x K times K x D. Inner sizes must "
                + "be equal, so shapes catch mistakes.",
            Change = "Change a number of x, or the function: each entry of the product is a row times a column, with its "
                + "numbers.",
            Question = "z = Wx. Which product of x and the derivative of L with respect to z has the shape of the derivative for "
                + "W?",
            Answer = "x times the row of dL/dz: D x 1 times 1 x K is D x K. The gradient is its transpose, in the shape of W.",
            Minutes = 8,
        },
        new(12, "Backprop is reverse mode for a loss", "09-training.cs", "page=network&view.panel=step")
        {
            Says = "Training is forward, loss, backward, step. Backpropagation computes the gradients; the optimizer makes "
                + "the loss small.",
            Change = "Press One step and follow its four lights, then Train: the loss falls, and the boundary bends around the "
                + "points.",
            Question = "Which of the four lines would change for another optimizer, and which for another loss?",
            Answer = "Only the step; only the loss. The sweep is the same for every network.",
            Minutes = 8,
        },
        new(13, "The backward pass of a network, layer by layer", "09-training.cs", "page=network&view.panel=backward")
        {
            Says = "From the last layer to the first: multiply by f' to get from y to z, by the outgoing weights to get to "
                + "the layer before, and by its outputs for the weights.",
            Change = "Choose another neuron, then go from layer to layer: every sum is shown with its numbers. One step later "
                + "all of them are others.",
            Question = "What changes for softmax, whose outputs depend on all its inputs?",
            Answer = "f' is a matrix, its Jacobian: the product of numbers becomes a product with it.",
            Minutes = 8,
        },
        new(14, "The backward pass extends the graph", "10-extending-the-graph.cs", Function + "&view.open=extension")
        {
            Says = "The first frameworks swept the graph that was recorded. Later ones record the sweep too, so a gradient "
                + "can be differentiated again.",
            Change = "Move x1: the second derivatives follow.",
            Question = "What does it cost to record the sweep although nobody differentiates again?",
            Answer = "Memory: all its values are kept. So it is recorded on request, by createGraph.",
            Minutes = 5,
        },
        new(15, "Homework: an engine of your own", "layers-and-tape.cs", "page=lessons&lesson=layers-and-tape")
        {
            Says = "The homework writes the engine: every operation is recorded in sequence, each has a rule, and layers and "
                + "losses stand on it.",
            Change = "Run it: the same network by layers and by tape, with the same gradients. Then find a rule yourself, "
                + "among the puzzles.",
            Question = "A layer is used twice in one network. Which of the two forms gets its gradient right without further "
                + "work?",
            Answer = "The tape: partial adjoints are added. A layer that keeps one input, and one gradient, overwrites the "
                + "first.",
            Minutes = 5,
        },
    ];
}
