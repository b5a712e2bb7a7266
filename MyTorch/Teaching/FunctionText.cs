using MyTorch.Operations;

namespace MyTorch.Teaching;

/// <summary>
/// A function of numbers that was written as text, and runs on tensors: each operation in it is one operation of a tape.
/// <code>
/// FunctionText f = FunctionText.Parse("ln(x1) + x1*x2 - sin(x2)");
/// Console.WriteLine(FunctionTrace.Of(f, [2, 5]).Trace);
/// </code>
/// </summary>
/// <remarks>
/// <para>A text has one result, or several with commas between. Names are given before, each ended by a semicolon or a line:
/// <c>u = x1*x2; u + sin(u)</c>. What has a name is computed once.</para>
/// <para>Operators are + - * / ^, where ^ binds closest. Functions are those of <see cref="Functions"/>; pi and e are numbers, all other
/// names are variables. The letters and signs of print are read too: x₁, ·, −, ², √, π, σ.</para>
/// </remarks>
public sealed class FunctionText
{
    /// <summary>The largest number of variables of a text.</summary>
    public const int MostVariables = 12;

    /// <summary>The largest number of operations of a text.</summary>
    public const int MostOperations = 200;

    readonly FunctionStep[] _steps;
    readonly int[] _outputs;

    FunctionText(string text, string[] variables, string[] outputs, FunctionStep[] steps, int[] results)
    {
        (Text, Variables, Outputs) = (text, variables.AsReadOnly(), outputs.AsReadOnly());
        (_steps, _outputs) = (steps, results);
    }

    /// <summary>The names of the functions that a text may use.</summary>
    public static IReadOnlyList<string> Functions { get; } = [.. FunctionStep.Unary.Keys, .. FunctionStep.Binary.Keys];

    /// <summary>The text, as it was given.</summary>
    public string Text { get; }

    /// <summary>
    /// The variables in the order of their first use; those that differ in a number only are sorted by it, so that x1 comes before x2.
    /// </summary>
    public IReadOnlyList<string> Variables { get; }

    /// <summary>The names of the results: as the text gives them, otherwise y, or y1, y2, ….</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>Reads a text.</summary>
    /// <exception cref="FunctionTextException">The text is not a function, or is larger than the limits.</exception>
    public static FunctionText Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var reader = new FunctionReader(text);
        reader.Read();
        return new FunctionText(text, reader.SortedVariables(), reader.OutputNames(), [.. reader.Steps], [.. reader.Outputs]);
    }

    /// <summary>Reads a text; returns false, with the error, where <see cref="Parse"/> throws.</summary>
    public static bool TryParse(
        string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FunctionText? function,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out FunctionTextException? error)
    {
        (function, error) = (null, null);
        try
        {
            function = Parse(text);
            return true;
        }
        catch (FunctionTextException e)
        {
            error = e;
            return false;
        }
    }

    /// <summary>
    /// Computes the results. Operations run in levels: first all that use variables and numbers only, then all that use their results, and
    /// so on; within a level, in the order of the text. This is the order of a table written by hand: v3 = ln v1, v4 = v1·v2, v5 = sin v2.
    /// </summary>
    /// <param name="inputs">A tensor for each of <see cref="Variables"/>, of any shape and type that the operations take.</param>
    /// <param name="order">
    /// Another order of the operations: their numbers in the order above, from 0. An operation follows all that it uses.
    /// </param>
    /// <returns>A tensor for each of <see cref="Outputs"/>. No two are the same object, and none is an input.</returns>
    /// <exception cref="ArgumentException">
    /// The number of inputs is not that of the variables; or the order does not hold each operation once, or has one before what it uses.
    /// </exception>
    public IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor> inputs, IReadOnlyList<int>? order = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count != Variables.Count)
            throw new ArgumentException(
                $"FunctionText: {Notation.Number(inputs.Count)} inputs for the {Notation.Number(Variables.Count)} variables " +
                $"{string.Join(", ", Variables)}; give a tensor for each of them, in this order.", nameof(inputs));
        if (order is not null && Violations(order) is [(int user, int input), ..])
            throw new ArgumentException(
                $"FunctionText: the order has operation {Notation.Number(user)} before operation " +
                $"{Notation.Number(input)}, whose result it uses.",
                nameof(order));
        var values = new Tensor?[_steps.Length];
        int[] operations = Operations();
        IEnumerable<int> computed = order is null ? operations : order.Select(i => operations[i]);
        // What is computed of numbers alone is not on the tape.
        foreach (int i in Enumerable.Range(0, _steps.Length).Where(i => _steps[i].Level == 0).Concat(computed))
        {
            FunctionStep step = _steps[i];
            Tensor value = values[i] = step.Variable is { } name
                ? inputs[IndexOf(name)]
                : step.Apply(step.A < 0 ? null : values[step.A], step.B < 0 ? null : values[step.B], inputs[0].DType);
            if (step.Name is { } given && step.Variable is null && value.Name is null) value.Name = given;
        }
        var results = new Tensor[_outputs.Length];
        for (int i = 0; i < results.Length; i++)
        {
            Tensor result = values[_outputs[i]]!;
            bool isShared = _steps[_outputs[i]].Variable is not null || results.AsSpan(0, i).Contains(result);
            results[i] = isShared ? new Identity(result).Apply() : result;
            if (results[i].Name is null) results[i].Name = Outputs[i];
        }
        return results;
    }

    /// <summary>The number of operations, without those on numbers alone.</summary>
    public int OperationCount => Operations().Length;

    /// <summary>An operation, by its number in the order of <see cref="Run"/>.</summary>
    internal FunctionStep StepOf(int operation) => _steps[Operations()[operation]];

    /// <summary>What is wrong with an order of the operations: each operation that comes before one whose result it uses.</summary>
    /// <param name="order">The operations' numbers, as for <see cref="Run"/>.</param>
    /// <returns>Pairs of numbers of operations; none if the order is topological.</returns>
    /// <exception cref="ArgumentException">The order does not hold each operation once.</exception>
    public IReadOnlyList<(int User, int Input)> Violations(IReadOnlyList<int> order)
    {
        ArgumentNullException.ThrowIfNull(order);
        int[] operations = Operations();
        if (!order.Order().SequenceEqual(Enumerable.Range(0, operations.Length)))
            throw new ArgumentException(
                $"FunctionText: an order holds each number from 0 to {Notation.Number(operations.Length - 1)} once; got " +
                $"{Notation.List(order.Take(20))}.",
                nameof(order));
        var violations = new List<(int, int)>();
        var done = new HashSet<int>();
        foreach (int number in order)
        {
            FunctionStep step = _steps[operations[number]];
            foreach (int operand in new[] { step.A, step.B })
                if (operand >= 0 && _steps[operand].Level > 0 && !done.Contains(operand))
                    violations.Add((number, Array.IndexOf(operations, operand)));
            done.Add(operations[number]);
        }
        return violations.AsReadOnly();
    }

    // OrderBy keeps the order of the text within a level.
    int[] Operations() => [.. Enumerable.Range(0, _steps.Length).Where(i => _steps[i].Level > 0).OrderBy(i => _steps[i].Level)];

    int IndexOf(string variable)
    {
        for (int i = 0; i < Variables.Count; i++)
            if (Variables[i] == variable) return i;
        throw new System.Diagnostics.UnreachableException();
    }

    /// <summary>The text.</summary>
    public override string ToString() => Text;
}

/// <summary>One part of a text: a number, a variable, or an operation on earlier parts.</summary>
sealed record FunctionStep
{
    internal static readonly Dictionary<string, Func<Tensor, Tensor>> Unary = new()
    {
        ["ln"] = x => x.Log(),
        ["exp"] = x => x.Exp(),
        ["sin"] = x => x.Sin(),
        ["cos"] = x => x.Cos(),
        ["tan"] = x => x.Tan(),
        ["tanh"] = x => x.Tanh(),
        ["sigmoid"] = x => x.Sigmoid(),
        ["relu"] = x => x.ReLU(),
        ["sqrt"] = x => x.Sqrt(),
        ["square"] = x => x.Square(),
        ["abs"] = x => x.Abs(),
    };

    internal static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> Binary = new()
    {
        ["max"] = Tensor.Maximum,
        ["min"] = Tensor.Minimum,
    };

    /// <summary>The name of the function, or the operator; "" for a number or a variable.</summary>
    internal string Call { get; init; } = "";

    internal int A { get; init; } = -1;
    internal int B { get; init; } = -1;
    internal double Number { get; init; }
    internal string? Variable { get; init; }

    /// <summary>The name that the text gives the result, or null.</summary>
    internal string? Name { get; init; }

    /// <summary>0 for numbers and variables, and for what is computed of numbers alone; otherwise one more than the operands'.</summary>
    internal int Level { get; init; }

    internal bool IsNumber => Call.Length == 0 && Variable is null;

    internal Tensor Apply(Tensor? a, Tensor? b, DType dtype) => Call switch
    {
        "" => Tensor.From(Number, dtype),
        "+" => a! + b!,
        "-" => a! - b!,
        "*" => a! * b!,
        "/" => a! / b!,
        "^" => a!.Pow(b!),
        "negative" => -a!,
        _ => b is null ? Unary[Call](a!) : Binary[Call](a!, b),
    };
}
