using MyTorch.Differentiation;

namespace MyTorch.Inspection;

/// <summary>
/// Differentiation one operation at a time. Each step says in words what was computed and where it was added.
/// <code>
/// foreach (BackwardStep step in Stepper.Backward(autograd, loss)) Console.WriteLine(step);
/// </code>
/// </summary>
/// <remarks>Values have the names v1, v2, … that a <see cref="Trace"/> and the operations themselves print.</remarks>
public static class Stepper
{
    /// <summary>
    /// <see cref="Autograd.Backward"/>, one operation for each step of the iteration. After the last step the gradients are added to
    /// <see cref="Tensor.Grad"/>. An iteration that ends earlier changes nothing.
    /// </summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <param name="output">A result recorded in it.</param>
    /// <param name="gradient">∂L/∂output, of the output's shape. May be omitted for a scalar, where it is 1.</param>
    /// <inheritdoc cref="Autograd.Backward" path="/exception"/>
    public static IEnumerable<BackwardStep> Backward(Autograd autograd, Tensor output, Tensor? gradient = null)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        // Arguments are checked here, not at the first step of the iterator.
        autograd.Begin(output, gradient, createGraph: false);
        return Walk();

        IEnumerable<BackwardStep> Walk()
        {
            ObservedAdjoints adjoints = ObservedAdjoints.Begin(autograd, output, gradient);
            var formulas = new Formulas(autograd, output, []);
            int before = formulas[output] + 1;
            foreach ((Operation operation, Tensor adjoint, _, IReadOnlyList<Contribution> seen) in adjoints.Walk())
            {
                int index = formulas[operation.Output];
                PartialAdjoint[] partials = [.. seen.Select(contribution => Describe(contribution, formulas))];
                yield return new BackwardStep(index, operation, adjoint, new ReadOnlyArray<PartialAdjoint>(partials),
                    Beginning(output, adjoint, before, index, formulas) + Words(operation, adjoint, seen, partials, formulas));
                before = index;
                autograd.RequireOwnThread(nameof(Backward));
            }
            foreach (Tensor leaf in adjoints.Leaves) leaf.AddToGrad(adjoints[leaf]!, createGraph: false);
        }
    }

    /// <summary>
    /// The recorded values in their order, inputs first, each with its tangent: its change for given changes of the inputs.
    /// </summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <param name="output">A result recorded in it, the last step.</param>
    /// <param name="seeds">
    /// The directions in which inputs change, as for <see cref="ForwardMode.Run"/>. If omitted, the steps have values only.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// The scope has ended or belongs to another thread, or the output was not recorded in it.
    /// </exception>
    /// <exception cref="ArgumentException">A direction has another shape or type than its tensor.</exception>
    public static IEnumerable<ForwardStep> Forward(Autograd autograd, Tensor output, IReadOnlyDictionary<Tensor, Tensor>? seeds = null)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        autograd.RequireOwnThread(nameof(Forward));
        autograd.RequireRecorded(output, nameof(Forward));
        ForwardMode? pass = null;
        if (seeds is not null)
            using (Autograd.Pause()) pass = ForwardMode.Run(autograd, seeds);
        var formulas = new Formulas(autograd, output, []);
        return Walk();

        IEnumerable<ForwardStep> Walk()
        {
            foreach (Tensor input in formulas.Inputs)
            {
                Tensor? tangent = pass is null ? null : TangentOf(pass, input);
                string name = input.Name is null ? "" : $"{Notation.Shown(input.Name)} = ";
                string text = $"{formulas.Label(input)} = {name}{Notation.Short(input)}";
                if (tangent is not null) text += $"; {Notation.Tangent(formulas.Label(input))} = {Notation.Short(tangent)}";
                yield return new ForwardStep(formulas[input], null, input, tangent, text);
            }
            foreach (Operation operation in formulas.Operations)
            {
                string text = ValueWords(operation, formulas);
                Tensor? tangent = pass is null ? null : TangentOf(pass, operation.Output);
                if (tangent is not null) text += "; " + TangentWords(operation, tangent, pass!, formulas);
                yield return new ForwardStep(formulas[operation.Output], operation, operation.Output, tangent, text);
            }
        }
    }

    internal static PartialAdjoint Describe(Contribution contribution, Formulas formulas)
    {
        (Operation operation, int position, Tensor value, _, Tensor sum, bool wasRepeated) = contribution;
        string upstream = Notation.Adjoint(formulas.Label(operation.Output));
        return new PartialAdjoint(formulas[operation.Output], formulas[operation.InputArray[position]],
            formulas.AdjointText(operation, position, upstream, wasRepeated), value, sum);
    }

    internal static Tensor TangentOf(ForwardMode pass, Tensor value) => pass.Of(value) ?? Tensor.ZerosLike(value);

    static string Beginning(Tensor output, Tensor adjoint, int before, int index, Formulas formulas)
    {
        string label = formulas.Label(output);
        if (index == formulas[output]) return $"{Notation.Adjoint(label)} = {Notation.Short(adjoint)} to start with; ";
        string last = LabelOf(before - 1), first = LabelOf(index + 1);
        return (before - index) switch
        {
            1 => "",
            2 => $"{Notation.Adjoint(first)} received nothing, so {first} is skipped; ",
            _ => $"adjoints of {last} to {first} received nothing, so these are skipped; ",
        };

        string LabelOf(int row) => formulas.Label(formulas.Operations[row - formulas.Inputs.Count - 1].Output);
    }

    static string Words(Operation operation, Tensor adjoint, IReadOnlyList<Contribution> seen, PartialAdjoint[] partials, Formulas formulas)
    {
        string beginning = $"backward of {formulas.Label(operation.Output)} = {formulas.ValueText(operation)}: ";
        if (seen.Count == 0) return beginning + "its rule returns no gradient";

        Tensor?[]? derivatives = Formulas.IsScalar(operation) ? LocalDerivatives(operation) : null;
        string[] labels = formulas.Labels(operation);
        var words = new List<string>();
        for (int i = 0; i < partials.Length; i++)
        {
            int position = seen[i].Position;
            string receiver = Notation.Adjoint(labels[position]), received = Notation.Short(partials[i].Value);
            bool isProduct = operation.DerivativeText(position, labels, "") is not (null or "1" or "-1");
            string? product = isProduct && derivatives?[position] is { } derivative
                ? $"{Notation.Short(adjoint)}·{Notation.InParenthesesIfNegative(Notation.Short(derivative))}"
                : null;
            string equation = Equation($"{receiver} receives", partials[i].Formula, product, received, " ");
            words.Add($"{equation}; {receiver} is now {Growth(seen[i])}");
        }
        return beginning + string.Join("; ", words);
    }

    internal static Tensor?[] LocalDerivatives(Operation operation)
    {
        using PauseScope pause = Autograd.Pause();
        return operation.RunBackward(Tensor.OnesLike(operation.Output));
    }

    // -0.2837 + 2 = 1.716, or the sum alone where it is the first or a tensor.
    static string Growth(Contribution contribution)
    {
        string sum = Notation.Short(contribution.Sum);
        return contribution.Before is not { } before || before.ElementCount != 1
            ? sum
            : $"{Notation.Sum([Notation.Short(before), Notation.Short(contribution.Value)])} = {sum}";
    }

    internal static string ValueWords(Operation operation, Formulas formulas) => Equation(
        formulas.Label(operation.Output), formulas.ValueText(operation), Formulas.ValueInNumbers(operation),
        Notation.Short(operation.Output));

    internal static string TangentWords(Operation operation, Tensor tangent, ForwardMode pass, Formulas formulas)
    {
        string symbols = formulas.TangentText(operation);
        var numbers = new List<string>();
        for (int k = 0; k < operation.InputArray.Length; k++)
        {
            Tensor input = operation.InputArray[k];
            if (!formulas.Contains(input)) continue;
            if (Formulas.TangentInNumbers(operation, k, TangentOf(pass, input)) is { } number) numbers.Add(number);
        }
        return Equation(Notation.Tangent(formulas.Label(operation.Output)), symbols.Length > 0 ? symbols : null,
            numbers.Count > 0 ? Notation.Sum(numbers) : null, Notation.Short(tangent));
    }

    // left = symbols = numbers = result. What is missing, or the same as the result, is left out.
    internal static string Equation(string left, string? symbols, string? numbers, string result, string sign = " = ")
    {
        string text = symbols is null || symbols == result ? left + sign : $"{left}{sign}{symbols} = ";
        return numbers is null || numbers == result ? text + result : $"{text}{numbers} = {result}";
    }
}

/// <summary>One step of <see cref="Stepper.Backward"/>: the backward rule of one operation, and what it added to which adjoint.</summary>
/// <param name="Index">The row of the operation's value in a <see cref="Trace"/> of the same output: 5 for v5.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Adjoint">The finished gradient of its value.</param>
/// <param name="Partials">The partial adjoints that were added to the adjoints of its inputs.</param>
/// <param name="Text">
/// The step in words: <c>backward of v5 = sin v2: adj(v2) receives adj(v5)·cos v2 = -1·0.2837 = -0.2837; adj(v2) is now -0.2837</c>.
/// </param>
public sealed record BackwardStep(int Index, Operation Operation, Tensor Adjoint, IReadOnlyList<PartialAdjoint> Partials, string Text)
{
    /// <summary>The step in words, with v̄₂ for adj(v2).</summary>
    public string ToPrettyText() => Notation.Pretty(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>One value computed: a step of <see cref="Stepper.Forward"/>.</summary>
/// <param name="Index">The row of the value in a <see cref="Trace"/> of the same output: 4 for v4.</param>
/// <param name="Operation">The operation that computed it; null for an input.</param>
/// <param name="Value">The value.</param>
/// <param name="Tangent">Its change in the given direction; null if none was given.</param>
/// <param name="Text">
/// The step in words: <c>v4 = v1·v2 = 2·5 = 10; tangent(v4) = tangent(v1)·v2 + tangent(v2)·v1 = 1·5 + 0·2 = 5</c>.
/// </param>
public sealed record ForwardStep(int Index, Operation? Operation, Tensor Value, Tensor? Tangent, string Text)
{
    /// <summary>The step in words, with v̇₂ for tangent(v2).</summary>
    public string ToPrettyText() => Notation.Pretty(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
