using MyTorch.Differentiation;

namespace MyTorch.Teaching;

/// <summary>The mistakes that a <see cref="FormulaPuzzle"/> recognises.</summary>
public enum FormulaMistakeKind
{
    /// <summary>The Jacobian is multiplied from the other side: rows and columns are swapped.</summary>
    Transposed,

    /// <summary>A factor of the derivative is missing.</summary>
    FactorMissing,

    /// <summary>Contributions of several users or repetitions are not added.</summary>
    SumMissing,

    /// <summary>The sign is wrong.</summary>
    Sign,

    /// <summary>The 1/N of a mean is missing, or there is one where a sum has none.</summary>
    MeanFactor,

    /// <summary>The local derivative alone, without the adjoint of the result.</summary>
    UpstreamMissing,

    /// <summary>The adjoint of the result alone, without the local derivative.</summary>
    LocalMissing,

    /// <summary>The exponent is not reduced, or its factor is missing.</summary>
    PowerRule,

    /// <summary>The derivative is taken at the result instead of the operand, or the other way round.</summary>
    WrongPoint,

    /// <summary>The derivative by the other operand.</summary>
    OtherOperand,

    /// <summary>Of two paths only one is followed.</summary>
    OnePath,

    /// <summary>The diagonal of the Jacobian alone: each result is taken to depend on its own operand only.</summary>
    DiagonalOnly,

    /// <summary>The derivatives of the factors are multiplied.</summary>
    ProductOfDerivatives,

    /// <summary>The target is missing, or stands where it does not belong.</summary>
    TargetMissing,
}

/// <summary>A usual wrong answer to a <see cref="FormulaPuzzle"/>.</summary>
/// <param name="Kind">Which mistake.</param>
/// <param name="Answer">The wrong formulas, one for each part of the answer.</param>
/// <param name="Explanation">What went wrong, in a sentence that does not give the answer away.</param>
public sealed record FormulaMistake(FormulaMistakeKind Kind, IReadOnlyList<string> Answer, string Explanation)
{
    /// <inheritdoc/>
    public override string ToString() => Explanation;
}

/// <summary>An operand of a <see cref="FormulaPuzzle"/>.</summary>
/// <param name="Name">Its name: <c>x</c>, with elements x1, x2, … or w11, w12, ….</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Least">The least number that is drawn for it.</param>
/// <param name="Most">The largest.</param>
public sealed record PuzzleOperand(string Name, Shape Shape, double Least = -2, double Most = 2);

/// <summary>
/// A rule to find: an operation of the library, and a field for the formula of its derivative or of its vector-Jacobian product.
/// The answer is graded by numbers: at random points it must equal what the operation's own rule gives.
/// <code>
/// FormulaPuzzle puzzle = FormulaPuzzle.All[0];
/// FormulaVerdict verdict = puzzle.Grade(["x"], seed: 1);       // "The factor from the exponent is missing …"
/// </code>
/// </summary>
public sealed partial class FormulaPuzzle
{
    /// <summary>The number of random points at which an answer is compared.</summary>
    public const int Probes = 5;

    // Formulas that are equal differ in rounding alone.
    const double Tolerance = 1e-8;

    readonly Func<IReadOnlyList<Tensor>, Tensor> _operation;
    readonly int[] _asked;

    internal FormulaPuzzle(
        string id, string title, string rule, string question, Func<IReadOnlyList<Tensor>, Tensor> operation, PuzzleOperand[] operands,
        int[] asked, IReadOnlyList<string> answer, string lesson, FormulaMistake[] mistakes, bool isElementwise = false,
        bool isDerivative = false)
    {
        (Id, Title, Rule, Question, Lesson, IsElementwise, IsDerivative) = (id, title, rule, question, lesson, isElementwise, isDerivative);
        (_operation, Operands, _asked, Answer, Mistakes) = (operation, [.. operands], asked, [.. answer], [.. mistakes]);
        using PauseScope pause = Autograd.Pause();
        Result = _operation([.. Operands.Select(operand => Tensor.Ones(operand.Shape, DType.Float64))]).Shape;
        Parts = isElementwise
            ? [.. _asked.Select(i => isDerivative ? "f'(x)" : Notation.Adjoint(Operands[i].Name))]
            : [.. _asked.SelectMany(i => Elements(Operands[i].Name, Operands[i].Shape)).Select(Notation.Adjoint)];
        Variables =
        [
            .. Operands.SelectMany(operand => Named(operand.Name, operand.Shape)), .. Named("y", Result),
            .. isDerivative ? [] : Named("g", Result),
        ];
    }

    /// <summary>Its name in addresses: <c>softmax</c>.</summary>
    public string Id { get; }

    /// <summary>Its name: <c>Softmax of three</c>.</summary>
    public string Title { get; }

    /// <summary>What is computed, as a formula or a few lines: <c>y = x²</c>.</summary>
    public string Rule { get; }

    /// <summary>What is asked for, in a sentence.</summary>
    public string Question { get; }

    /// <summary>What to remember, in a sentence; for when it is solved.</summary>
    public string Lesson { get; }

    /// <summary>Whether one formula serves every element, as in <c>y = tanh x</c>.</summary>
    public bool IsElementwise { get; }

    /// <summary>Whether f′ is asked for; otherwise the vector-Jacobian product, with g for the adjoint of the result.</summary>
    public bool IsDerivative { get; }

    /// <summary>What the operation takes.</summary>
    public IReadOnlyList<PuzzleOperand> Operands { get; }

    /// <summary>The shape of its result y, and of the result's adjoint g.</summary>
    public Shape Result { get; }

    /// <summary>The names of the parts of the answer, one for each field: <c>adj(x1)</c>, <c>adj(x2)</c>.</summary>
    public IReadOnlyList<string> Parts { get; }

    /// <summary>The names that a formula may use.</summary>
    public IReadOnlyList<string> Variables { get; }

    /// <summary>A right answer, one formula for each part.</summary>
    public IReadOnlyList<string> Answer { get; }

    /// <summary>The usual mistakes, most likely first.</summary>
    public IReadOnlyList<FormulaMistake> Mistakes { get; }

    /// <summary>Reads a part of an answer: null if it can be graded, otherwise what is wrong with it, in a sentence.</summary>
    /// <param name="text">The formula.</param>
    public string? Problem(string text) => TryRead(text, out _, out string? problem) ? null : problem;

    /// <summary>Grades an answer.</summary>
    /// <param name="answer">One formula for each part.</param>
    /// <param name="seed">The seed of the numbers at which the Jacobian is drawn; the grade is the same for every seed.</param>
    /// <exception cref="ArgumentException">There is not one formula for each part, or one cannot be read.</exception>
    public FormulaVerdict Grade(IReadOnlyList<string> answer, int seed)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (answer.Count != Parts.Count)
            throw Invalid.Argument(nameof(answer),
                $"FormulaPuzzle: {answer.Count} formulas for the {Parts.Count} parts {string.Join(", ", Parts)}; give one for each.");
        FunctionText[] formulas = [.. answer.Select(Read)];
        using PauseScope pause = Autograd.Pause();
        // The first probe is drawn; the others have fixed numbers.
        Probe[] probes = [.. Enumerable.Range(0, Probes).Select(k => new Probe(this, unchecked(seed * 1009 + k)))];
        bool isRight = probes.All(probe => IsClose(probe.Adjoints(formulas), probe.Right));
        FormulaMistake? mistake = isRight ? null : Mistakes.FirstOrDefault(one =>
        {
            FunctionText[] wrong = [.. one.Answer.Select(Read)];
            return probes.All(probe => IsClose(probe.Adjoints(formulas), probe.Adjoints(wrong)));
        });
        Probe drawn = probes[0];
        double[,] right = drawn.RightJacobian(), given = drawn.Jacobian(formulas);
        var cells = new List<IReadOnlyList<FormulaCell>>();
        for (int j = 0; j < right.GetLength(0); j++)
            cells.Add([.. Enumerable.Range(0, right.GetLength(1)).Select(i =>
                new FormulaCell(given[j, i], right[j, i], IsClose(given[j, i], right[j, i])))]);
        return new FormulaVerdict(isRight, mistake, cells.AsReadOnly(), RowNames, ColumnNames, drawn.Numbers());
    }

    /// <summary>The rows of the Jacobian: the elements of the result.</summary>
    public IReadOnlyList<string> RowNames => [.. Elements("y", Result)];

    /// <summary>The columns of the Jacobian: the elements of the operands that are asked about.</summary>
    public IReadOnlyList<string> ColumnNames => [.. _asked.SelectMany(i => Elements(Operands[i].Name, Operands[i].Shape))];

    IEnumerable<string> Named(string name, Shape shape) => IsElementwise ? [name] : Elements(name, shape);

    static IEnumerable<string> Elements(string name, Shape shape) => shape.Rank switch
    {
        0 => [name],
        1 => Enumerable.Range(1, shape[0]).Select(i => $"{name}{Notation.Number(i)}"),
        _ => from i in Enumerable.Range(1, shape[0])
             from j in Enumerable.Range(1, shape[1])
             select $"{name}{Notation.Number(i)}{Notation.Number(j)}",
    };

    FunctionText Read(string text) => TryRead(text, out FunctionText? formula, out string? problem)
        ? formula
        : throw Invalid.Argument(nameof(text), $"FormulaPuzzle: \"{Cited.Text(text)}\": {problem}");

    bool TryRead(
        string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FunctionText? formula,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        problem = null;
        if (!FunctionText.TryParse(text, out formula, out FunctionTextException? error))
        {
            // A number is a function too here, which uses no variable.
            if (FunctionText.TryParse($"({text}) + 0*{Variables[0]}", out formula, out _) && formula.Outputs.Count == 1) return true;
            problem = error.Message;
            return false;
        }
        if (formula.Outputs.Count != 1)
            problem = "There are several formulas with commas between; each has its own field.";
        else if (formula.Variables.FirstOrDefault(name => !Variables.Contains(name)) is { } unknown)
            problem = $"There is no {Cited.Text(unknown)} here; a formula may use {string.Join(", ", Variables)}.";
        return problem is null;
    }

    static bool IsClose(double a, double b) => Math.Abs(a - b) <= Tolerance * Math.Max(1, Math.Max(Math.Abs(a), Math.Abs(b)));

    static bool IsClose(double[] a, double[] b) => a.Length == b.Length && !a.Where((one, i) => !IsClose(one, b[i])).Any();

    /// <summary>A random point: operands, result, adjoint of the result, and what the operation's own rule makes of them.</summary>
    sealed class Probe
    {
        readonly FormulaPuzzle _puzzle;
        readonly Tensor[] _operands;
        readonly Tensor _result, _upstream;

        internal Probe(FormulaPuzzle puzzle, int seed)
        {
            _puzzle = puzzle;
            var random = new Generator(seed);
            _operands =
            [
                .. puzzle.Operands.Select(operand =>
                    operand.Least + (operand.Most - operand.Least) * Tensor.Rand(operand.Shape, DType.Float64, random)),
            ];
            _result = puzzle._operation(_operands);
            _upstream = 0.5 + Tensor.Rand(puzzle.Result, DType.Float64, random);
            Right = [.. puzzle._asked.SelectMany(i => Differentiate.Vjp(x => Apply(i, x), _operands[i], _upstream).ToArray())];
        }

        internal double[] Right { get; }

        Tensor Apply(int index, Tensor x) => _puzzle._operation([.. _operands.Select((operand, k) => k == index ? x : operand)]);

        internal double[,] RightJacobian() => Columns(_puzzle._asked.SelectMany(i =>
        {
            double[] jacobian = Differentiate.Jacobian(x => Apply(i, x), _operands[i]).ToArray();
            int columns = _operands[i].ElementCount;
            return Enumerable.Range(0, columns).Select(c =>
                Enumerable.Range(0, _puzzle.Result.ElementCount).Select(r => jacobian[r * columns + c]).ToArray());
        }));

        /// <summary>The Jacobian that an answer means: its row j is the answer for the adjoint 1 of result j and 0 of the others.</summary>
        internal double[,] Jacobian(FunctionText[] formulas)
        {
            int rows = _puzzle.Result.ElementCount;
            double[][] answers =
            [
                .. Enumerable.Range(0, rows).Select(j => Adjoints(formulas, Tensor.From(
                    [.. Enumerable.Range(0, rows).Select(k => k == j ? 1.0 : 0)], DType.Float64).Reshape(_puzzle.Result))),
            ];
            return Columns(Enumerable.Range(0, answers[0].Length).Select(c => answers.Select(row => row[c]).ToArray()));
        }

        static double[,] Columns(IEnumerable<double[]> columns)
        {
            double[][] all = [.. columns];
            var matrix = new double[all[0].Length, all.Length];
            for (int i = 0; i < all.Length; i++)
                for (int j = 0; j < all[i].Length; j++) matrix[j, i] = all[i][j];
            return matrix;
        }

        internal double[] Adjoints(FunctionText[] formulas) => Adjoints(formulas, _upstream);

        double[] Adjoints(FunctionText[] formulas, Tensor upstream)
        {
            var values = new Dictionary<string, Tensor>();
            foreach ((PuzzleOperand operand, Tensor value) in _puzzle.Operands.Zip(_operands)) Add(operand.Name, value);
            Add("y", _result);
            if (!_puzzle.IsDerivative) Add("g", upstream);
            return [.. formulas.SelectMany((formula, part) => Value(formula, part).ToArray())];

            void Add(string name, Tensor value)
            {
                if (_puzzle.IsElementwise) values.Add(name, value);
                else
                    foreach ((string element, double number) in Elements(name, value.Shape).Zip(value.ToArray()))
                        values.Add(element, Tensor.From(number, DType.Float64));
            }

            Tensor Value(FunctionText formula, int part)
            {
                Tensor answer = formula.Run([.. formula.Variables.Select(name => values[name])])[0];
                if (_puzzle.IsDerivative) answer *= upstream;
                return _puzzle.IsElementwise ? answer.Expand(_operands[_puzzle._asked[part]].Shape) : answer;
            }
        }

        /// <summary>The numbers of the probe, as a table shows them.</summary>
        internal IReadOnlyList<(string Name, double Value)> Numbers() =>
        [
            .. _puzzle.Operands.Zip(_operands).SelectMany(pair => Elements(pair.First.Name, pair.First.Shape).Zip(pair.Second.ToArray())),
            .. Elements("y", _puzzle.Result).Zip(_result.ToArray()),
        ];
    }
}

/// <summary>A cell of the Jacobian that an answer means.</summary>
/// <param name="Given">∂yⱼ/∂xᵢ as the answer has it.</param>
/// <param name="Right">∂yⱼ/∂xᵢ.</param>
/// <param name="IsRight">Whether they are equal.</param>
public readonly record struct FormulaCell(double Given, double Right, bool IsRight);

/// <summary>What an answer to a <see cref="FormulaPuzzle"/> is worth.</summary>
/// <param name="IsRight">Whether it equals the rule at every probe.</param>
/// <param name="Mistake">The usual mistake that it is; null if it is right, or wrong in another way.</param>
/// <param name="Jacobian">Its Jacobian, row by row, at the numbers of the first probe.</param>
/// <param name="Rows">The names of the rows.</param>
/// <param name="Columns">The names of the columns.</param>
/// <param name="At">The numbers of the first probe.</param>
public sealed record FormulaVerdict(
    bool IsRight, FormulaMistake? Mistake, IReadOnlyList<IReadOnlyList<FormulaCell>> Jacobian, IReadOnlyList<string> Rows,
    IReadOnlyList<string> Columns, IReadOnlyList<(string Name, double Value)> At);
