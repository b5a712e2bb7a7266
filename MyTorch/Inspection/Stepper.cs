using MyTorch.Differentiation;

namespace MyTorch.Inspection;

/// <summary>
/// Differentiation in slow motion: one operation at a time, each step saying in words what was computed and what was added where.
/// <code>
/// foreach (BackwardStep step in Stepper.Backward(autograd, loss)) Console.WriteLine(step);
/// </code>
/// </summary>
/// <remarks>Values are numbered v1, v2, … as in a <see cref="Trace"/> of the same scope and output.</remarks>
public static class Stepper
{
    /// <summary>
    /// <see cref="Autograd.Backward"/>, one operation undone each time the next step is asked for. Once the last step is passed the gradients
    /// are added to <see cref="Tensor.Grad"/>; a walk that is broken off changes nothing.
    /// </summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <param name="output">A result recorded in it.</param>
    /// <param name="gradient">∂L/∂output, of the output's shape. May be left out for a scalar, where it is 1.</param>
    /// <inheritdoc cref="Autograd.Backward" path="/exception"/>
    public static IEnumerable<BackwardStep> Backward(Autograd autograd, Tensor output, Tensor? gradient = null)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        // What is wrong with the arguments is said here, not at the first step.
        autograd.Begin(output, gradient, createGraph: false);
        return Walk();

        IEnumerable<BackwardStep> Walk()
        {
            var seen = new List<Contribution>();
            Adjoints adjoints = autograd.Begin(output, gradient, createGraph: false, seen.Add);
            var numbering = new Numbering(autograd, output, [], []);
            int before = numbering[output] + 1;
            foreach ((Operation operation, Tensor adjoint) in Undo(autograd, adjoints, seen))
            {
                int index = numbering[operation.Output];
                PartialAdjoint[] partials = [.. seen.Select(contribution => Describe(contribution, numbering))];
                yield return new BackwardStep(index, operation, adjoint, new ReadOnlyArray<PartialAdjoint>(partials),
                    Beginning(output, adjoint, before, index, numbering) + Words(operation, adjoint, seen, partials, numbering));
                before = index;
                autograd.RequireOwnThread(nameof(Backward));
            }
            foreach (Tensor leaf in adjoints.Leaves) leaf.AddToGrad(adjoints[leaf]!, createGraph: false);
        }
    }

    /// <summary>
    /// The recorded values once more in their order, inputs first, each with its tangent: its change for given changes of the inputs.
    /// </summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <param name="output">A result recorded in it, the last step.</param>
    /// <param name="seeds">The directions in which inputs change, as for <see cref="ForwardMode.Run"/>. Without, the steps tell of values alone.</param>
    /// <exception cref="InvalidOperationException">The scope has ended or belongs to another thread, or the output was not recorded in it.</exception>
    /// <exception cref="ArgumentException">A direction has another shape or type than its tensor.</exception>
    public static IEnumerable<ForwardStep> Forward(Autograd autograd, Tensor output, IReadOnlyDictionary<Tensor, Tensor>? seeds = null)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        autograd.RequireOwnThread(nameof(Forward));
        autograd.RequireRecorded(output, nameof(Forward));
        ForwardMode? pass = null;
        if (seeds is not null)
            using (Autograd.Pause()) pass = ForwardMode.Run(autograd, seeds);
        var numbering = new Numbering(autograd, output, [], new HashSet<Tensor>(seeds?.Keys ?? [], ReferenceEqualityComparer.Instance));
        return Walk();

        IEnumerable<ForwardStep> Walk()
        {
            foreach (Tensor input in numbering.Inputs)
            {
                Tensor? tangent = pass is null ? null : TangentOf(pass, input);
                string text = $"{numbering.Label(input)} = {(input.Name is { } name ? $"{Notation.Shown(name)} = " : "")}{Notation.Short(input)}";
                if (tangent is not null) text += $"; {Notation.Tangent(numbering.Label(input))} = {Notation.Short(tangent)}";
                yield return new ForwardStep(numbering[input], null, input, tangent, text);
            }
            foreach (Operation operation in numbering.Operations)
            {
                string label = numbering.Label(operation.Output);
                string text = Equation(label, numbering.ValueText(operation), Numbering.ValueInNumbers(operation), Notation.Short(operation.Output));
                Tensor? tangent = pass is null ? null : TangentOf(pass, operation.Output);
                if (tangent is not null) text += "; " + TangentWords(operation, tangent, pass!, numbering);
                yield return new ForwardStep(numbering[operation.Output], operation, operation.Output, tangent, text);
            }
        }
    }

    /// <summary>
    /// The engine's sweep, each operation with the finished adjoint of its output; the list holds what undoing it handed on.
    /// </summary>
    internal static IEnumerable<(Operation Operation, Tensor Adjoint)> Undo(Autograd autograd, Adjoints adjoints, List<Contribution> seen)
    {
        var sums = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [adjoints.Output] = adjoints.Seed };
        foreach (Operation operation in autograd.Steps(adjoints))
        {
            foreach (Contribution contribution in seen) sums[contribution.Operation.InputArray[contribution.Position]] = contribution.Sum;
            sums.Remove(operation.Output, out Tensor? adjoint);
            yield return (operation, adjoint!);
            seen.Clear();
        }
    }

    internal static PartialAdjoint Describe(Contribution contribution, Numbering numbering)
    {
        (Operation operation, int position, Tensor value, _, Tensor sum, bool wasRepeated) = contribution;
        string upstream = Notation.Adjoint(numbering.Label(operation.Output));
        return new PartialAdjoint(numbering[operation.Output], numbering[operation.InputArray[position]],
            numbering.AdjointText(operation, position, upstream, wasRepeated), value, sum);
    }

    internal static Tensor TangentOf(ForwardMode pass, Tensor value) => pass.Of(value) ?? Tensor.ZerosLike(value);

    static string Beginning(Tensor output, Tensor adjoint, int before, int index, Numbering numbering)
    {
        string label = numbering.Label(output);
        if (index == numbering[output]) return $"{Notation.Adjoint(label)} = {Notation.Short(adjoint)} to start with; ";
        string last = $"v{Notation.Number(before - 1)}", first = $"v{Notation.Number(index + 1)}";
        return (before - index) switch
        {
            1 => "",
            2 => $"{Notation.Adjoint(first)} received nothing, so {first} is passed over; ",
            _ => $"adjoints of {last} to {first} received nothing, so these are passed over; ",
        };
    }

    static string Words(Operation operation, Tensor adjoint, List<Contribution> seen, PartialAdjoint[] partials, Numbering numbering)
    {
        string undo = $"undo {numbering.Label(operation.Output)} = {numbering.ValueText(operation)}: ";
        if (seen.Count == 0) return undo + "its rule hands on nothing";

        Tensor?[]? derivatives = Numbering.IsScalar(operation) ? operation.Undo(Tensor.OnesLike(operation.Output), createGraph: false) : null;
        string[] labels = numbering.Labels(operation);
        var words = new List<string>();
        for (int i = 0; i < partials.Length; i++)
        {
            int position = seen[i].Position;
            string receiver = Notation.Adjoint(labels[position]), received = Notation.Short(partials[i].Value);
            bool isProduct = operation.DerivativeText(position, labels, "") is not (null or "1" or "-1");
            string? product = isProduct && derivatives?[position] is { } derivative
                ? $"{Notation.Short(adjoint)}·{Notation.InParenthesesIfNegative(Notation.Short(derivative))}"
                : null;
            words.Add($"{Equation($"{receiver} receives", partials[i].Formula, product, received, " ")}; {receiver} is now {Growth(seen[i])}");
        }
        return undo + string.Join("; ", words);
    }

    // -0.2837 + 2 = 1.716, or the sum alone where it is the first or a tensor.
    static string Growth(Contribution contribution)
    {
        string sum = Notation.Short(contribution.Sum);
        return contribution.Before is not { } before || before.ElementCount != 1
            ? sum
            : $"{Notation.Sum([Notation.Short(before), Notation.Short(contribution.Value)])} = {sum}";
    }

    static string TangentWords(Operation operation, Tensor tangent, ForwardMode pass, Numbering numbering)
    {
        string symbols = numbering.TangentText(operation);
        var numbers = new List<string>();
        for (int k = 0; k < operation.InputArray.Length; k++)
        {
            Tensor input = operation.InputArray[k];
            if (!numbering.Contains(input)) continue;
            if (Numbering.TangentInNumbers(operation, k, TangentOf(pass, input)) is { } number) numbers.Add(number);
        }
        return Equation(Notation.Tangent(numbering.Label(operation.Output)), symbols.Length > 0 ? symbols : null,
            numbers.Count > 0 ? Notation.Sum(numbers) : null, Notation.Short(tangent));
    }

    // left = symbols = numbers = result, without what is missing or says the same as the result.
    static string Equation(string left, string? symbols, string? numbers, string result, string sign = " = ")
    {
        string text = symbols is null || symbols == result ? left + sign : $"{left}{sign}{symbols} = ";
        return numbers is null || numbers == result ? text + result : $"{text}{numbers} = {result}";
    }
}

/// <summary>One operation undone: what a step of <see cref="Stepper.Backward"/> did.</summary>
/// <param name="Index">The number of the operation's value: 5 for v5.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Adjoint">The finished gradient of its value.</param>
/// <param name="Partials">What was added to the adjoints of its inputs.</param>
/// <param name="Text">The step in words: <c>undo v5 = sin v2: adj(v2) receives adj(v5)·cos v2 = -1·0.2837 = -0.2837; adj(v2) is now -0.2837</c>.</param>
public sealed record BackwardStep(int Index, Operation Operation, Tensor Adjoint, IReadOnlyList<PartialAdjoint> Partials, string Text)
{
    /// <summary>The step in words, with v̄₂ for adj(v2).</summary>
    public string ToPrettyText() => Notation.Pretty(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>One value computed: a step of <see cref="Stepper.Forward"/>.</summary>
/// <param name="Index">The number of the value: 4 for v4.</param>
/// <param name="Operation">The operation that computed it; null for an input.</param>
/// <param name="Value">The value.</param>
/// <param name="Tangent">Its change in the given direction; null if none was given.</param>
/// <param name="Text">The step in words: <c>v4 = v1·v2 = 2·5 = 10; tangent(v4) = tangent(v1)·v2 + tangent(v2)·v1 = 1·5 + 0·2 = 5</c>.</param>
public sealed record ForwardStep(int Index, Operation? Operation, Tensor Value, Tensor? Tangent, string Text)
{
    /// <summary>The step in words, with v̇₂ for tangent(v2).</summary>
    public string ToPrettyText() => Notation.Pretty(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
