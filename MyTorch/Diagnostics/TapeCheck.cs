using System.Globalization;
using MyTorch.Differentiation;

namespace MyTorch.Diagnostics;

/// <summary>What is wrong with an operation.</summary>
public enum OperationFault
{
    /// <summary><see cref="Operation.Backward"/> is not the derivative of Forward.</summary>
    WrongRule,

    /// <summary><see cref="Operation.Tangent"/> is not the transpose (adjoint) of <see cref="Operation.Backward"/>.</summary>
    WrongTangent,

    /// <summary>Forward is not deterministic: it returned another value the second time.</summary>
    NotRepeatable,

    /// <summary>Forward does not use <see cref="Operation.Inputs"/>, so it cannot be checked.</summary>
    InputNotRead,

    /// <summary>
    /// Backward or Tangent returns something invalid: null, not one gradient per input, or a tangent of another type or shape.
    /// </summary>
    Refused,

    /// <summary>Forward, Backward or Tangent threw an exception; it is the inner one.</summary>
    Threw,
}

/// <summary>
/// The first operation of a tape whose rule differs from central differences; see <see cref="AutogradDiagnostics.Check"/>.
/// </summary>
public sealed class OperationCheckException : InvalidOperationException
{
    internal OperationCheckException(
        OperationFault fault, int position, Operation operation, string explanation, int input = -1, IReadOnlyList<int>? index = null,
            double got = double.NaN, double expected = double.NaN,
        Exception? inner = null)
        : base($"Check: {Anomaly.Title(operation)}: {explanation}", inner)
    {
        (Fault, Position, Operation, Input, Index, Got, Expected) = (
            fault, position, operation, input, new ReadOnlyArray<int>([.. index ?? []]), got, expected);
    }

    /// <summary>What is wrong.</summary>
    public OperationFault Fault { get; }

    /// <summary>The index in <see cref="Autograd.Operations"/>, from 0.</summary>
    public int Position { get; }

    /// <summary>The operation that is wrong.</summary>
    public Operation Operation { get; }

    /// <summary>The index of the input whose gradient is wrong; −1 if it is not a single one.</summary>
    public int Input { get; }

    /// <summary>The index of the element in the input, one number per dimension.</summary>
    public IReadOnlyList<int> Index { get; }

    /// <summary>The derivative according to the rule.</summary>
    public double Got { get; }

    /// <summary>The derivative according to central differences.</summary>
    public double Expected { get; }
}

/// <summary>An operation or element that could not be compared with differences.</summary>
/// <param name="Position">The index of the operation in <see cref="Autograd.Operations"/>, from 0.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Text">The reason.</param>
public sealed record CheckNote(int Position, Operation Operation, string Text)
{
    // Read while the scope is open: an operation loses its names at the end of it.
    readonly string _title = Anomaly.Title(Operation);

    /// <summary>The operation, its line of the source if recorded, and the reason: <c>v8 = Log(v7): a value is NaN or infinite</c>.</summary>
    public override string ToString() => $"{_title}: {Text}";
}

/// <summary>The result of <see cref="AutogradDiagnostics.Check"/> for a tape without wrong rules.</summary>
/// <param name="Operations">The number of operations checked.</param>
/// <param name="Kinks">
/// Elements at kinks, where the rule differs from central differences but is between the slopes to the left and to the right.
/// </param>
/// <param name="Unjudged">
/// Elements and operations that differences cannot check: values that are not finite, or too large rounding errors.
/// </param>
public sealed record TapeCheck(int Operations, IReadOnlyList<CheckNote> Kinks, IReadOnlyList<CheckNote> Unjudged)
{
    /// <summary>A summary line, and one line per note.</summary>
    public override string ToString() => string.Join('\n', Kinks.Concat(Unjudged)
        .Select(note => $"  {note}")
        .Prepend(string.Create(CultureInfo.InvariantCulture,
            $"{Operations} operations checked, none wrong; {Kinks.Count} kinks, {Unjudged.Count} not judged.")));
}

/// <summary>
/// Compares the backward rule of each operation of a tape, at its recorded inputs, with central differences of its Forward.
/// </summary>
/// <remarks>
/// <para>Float32 inputs are converted to Float64, which changes no value, so every rule is checked to 10⁻⁶. An operation with Float32
/// tensors as settings, or a cast to Float32, must be checked in Float32: for a step of 4·10⁻³ the truncation error (h²/6) is about 3·10⁻⁶
/// and the rounding error (2⁻²⁴/h) 1.5·10⁻⁵ of the values, so the tolerance is 10⁻³ of the derivative and 10⁻⁴ of the values.</para>
/// <para>For large inputs all elements are moved at once in a random direction: two evaluations detect any wrong element. If they do,
/// bisection finds the first one.</para>
/// </remarks>
sealed class TapeChecker
{
    const int MovedSingly = 32;
    const int MostNotes = 100;
    const int MostOutputsSearched = 256;

    readonly List<CheckNote> _kinks = [];
    readonly List<CheckNote> _unjudged = [];

    internal static TapeCheck Run(IReadOnlyList<Operation> tape)
    {
        var checker = new TapeChecker();
        for (int i = 0; i < tape.Count; i++) checker.Check(i, tape[i]);
        return new TapeCheck(tape.Count, checker._kinks.AsReadOnly(), checker._unjudged.AsReadOnly());
    }

    void Check(int position, Operation operation)
    {
        operation.CheckUnchanged();
        Tensor[] recorded = [.. operation.Inputs];
        try
        {
            Judge(position, operation, recorded);
        }
        catch (RuleException e)
        {
            throw new OperationCheckException(OperationFault.Threw, position, operation, e.Message, inner: e.InnerException);
        }
        catch (Exception e) when (e is not OperationCheckException)
        {
            throw new OperationCheckException(OperationFault.Refused, position, operation, e.Message, inner: e);
        }
    }

    void Judge(int position, Operation operation, Tensor[] recorded)
    {
        RequireAccepted(position, operation, recorded);
        if (!IsFinite(operation.Output) || operation.Inputs.Any(input => !IsFinite(input)))
        {
            _unjudged.Add(new CheckNote(position, operation, "a value is NaN or infinite"));
            return;
        }
        RequireRepeatable(position, operation, recorded);
        bool mayWiden = recorded.Any(input => input.DType == DType.Float32);
        try
        {
            Judge(position, operation, widen: true);
        }
        catch (Exception e) when (mayWiden && e is not OperationCheckException)
        {
            Judge(position, operation, widen: false);
        }
    }

    /// <summary>Runs the rule once in the recorded types, and throws where <see cref="Autograd.Backward"/> would throw.</summary>
    static void RequireAccepted(int position, Operation operation, Tensor[] recorded)
    {
        Tensor?[] gradients;
        using (Autograd.Pause())
        {
            var here = new OperationAt(operation, [.. recorded.Select(input => Subject.Copy(input, input.ToArray, input.DType))]);
            Tensor value = here.Forward(), output = operation.Output;
            if (value.Shape != output.Shape || value.DType != output.DType)
                throw new OperationCheckException(OperationFault.NotRepeatable, position, operation,
                    $"Forward gave {value.Shape} {value.DType} the second time, {output.Shape} {output.DType} the first. It must " +
                    $"depend on its inputs and settings alone");
            gradients = here.Backward(GradientCheck.RandomLike(value, 1).To(value.DType));
        }
        for (int k = 0; k < gradients.Length; k++)
            if (gradients[k] is { } gradient && recorded[k].RequiresGrad) RequireAccepted(position, operation, k, gradient);
    }

    static void RequireAccepted(int position, Operation operation, int k, Tensor gradient)
    {
        Tensor input = operation.Inputs[k];
        string? fault =
            !input.Shape.BroadcastsTo(gradient.Shape) ? $"the gradient has shape {gradient.Shape}, the input {input.Shape}"
            : gradient.DType != input.DType
                ? $"the gradient is {gradient.DType}, the input {input.DType}. Tensor.From(…) makes Float32 unless a type is named"
            : gradient.Producer?.Tape is { } tape && tape.Thread != Thread.CurrentThread
                ? $"the gradient is the result of {gradient.Producer.Name} on the live tape of another thread. Compute it in the rule"
            : null;
        if (fault is not null)
            throw new OperationCheckException(
                OperationFault.WrongRule, position, operation, $"rule wrong for input {Notation.Number(k)}: {fault}", k);
    }

    static void RequireRepeatable(int position, Operation operation, Tensor[] recorded)
    {
        double[] first = operation.Output.ToArray(), second;
        using (Autograd.Pause()) second = new OperationAt(operation, recorded).Forward().ToArray();
        for (int i = 0; i < first.Length; i++)
            if (i >= second.Length || Math.Abs(first[i] - second[i]) > 1e-5 * (1 + Math.Abs(first[i])))
                throw new OperationCheckException(
                    OperationFault.NotRepeatable, position, operation, string.Create(CultureInfo.InvariantCulture,
                    $"Forward gave {(i < second.Length ? second[i] : double.NaN):G6} the second time, {first[i]:G6} the first. It " +
                    $"must depend on its inputs and settings alone; draw random numbers before, and pass them in."));
    }

    static bool IsFinite(Tensor tensor) => !tensor.DType.IsFloat() || Array.TrueForAll(tensor.ToArray(), double.IsFinite);

    void Judge(int position, Operation operation, bool widen)
    {
        var subject = new Subject(operation, widen);
        // Many inputs are moved together too, and one by one only if that shows a difference.
        if (operation.Inputs.Count <= MovedSingly || !subject.AgreesTogether()) JudgeEach(position, subject);
        CompareTangent(position, subject);
    }

    void JudgeEach(int position, Subject subject)
    {
        Operation operation = subject.Operation;
        for (int k = 0; k < operation.Inputs.Count; k++)
        {
            if (!operation.Inputs[k].RequiresGrad) continue;
            var side = new Side(subject, k);
            int notes = _kinks.Count + _unjudged.Count;
            Search(side, 0, side.Count);

            void Search(Side side, int from, int count)
            {
                if (_kinks.Count + _unjudged.Count - notes >= MostNotes) return;
                if (count > MovedSingly)
                {
                    if (side.Agrees(from, count)) return;
                    Search(side, from, count / 2);
                    Search(side, from + count / 2, count - count / 2);
                    return;
                }
                for (int element = from; element < from + count; element++)
                    if (!side.Agrees(element, 1) && !side.AgreesCloseBy(element)) Explain(position, side, element);
            }
        }
    }

    void Explain(int position, Side side, int element)
    {
        Operation operation = side.Subject.Operation;
        (GradientFault fault, string explanation) = side.Explain(element);
        int[] index = operation.Inputs[side.Input].Shape.IndexOf(element);
        string where = $"input {side.Input} at [{string.Join(", ", index)}]";
        switch (fault)
        {
            case GradientFault.Kink when side.IsBetweenSlopes(element):
                _kinks.Add(new CheckNote(position, operation, $"{where}: {side.KinkOf(element)}"));
                return;
            case GradientFault.LostPrecision:
                _unjudged.Add(new CheckNote(position, operation, $"{where}: {explanation}"));
                return;
        }
        (double got, double expected, int output) = side.Entry(element);
        if (!side.IsRead())
            throw new OperationCheckException(OperationFault.InputNotRead, position, operation,
                $"cannot be checked: its value does not change with input {side.Input} at all. If Forward names a constructor " +
                $"parameter, write X or Inputs[{side.Input}] instead",
                side.Input, index, got, expected);
        int[] ofOutput = output < 0 ? [] : operation.Output.Shape.IndexOf(output);
        string ofWhat = output < 0
            ? " (for a random upstream gradient)"
            : operation.Output.ElementCount == 1 || (operation.Output.Shape == operation.Inputs[side.Input].Shape && output == element)
                ? ""
                : $" (the derivative of output [{string.Join(", ", ofOutput)}])";
        string kink = fault == GradientFault.Kink ? $"; a kink: {side.KinkOf(element)}" : "";
        throw new OperationCheckException(OperationFault.WrongRule, position, operation,
            $"rule wrong for input {Notation.Number(side.Input)}: got {Number(got, expected)}, expected {Number(expected, got)} at " +
            $"[{string.Join(", ", index)}]{ofWhat}{kink}",
            side.Input, index, got, expected);
    }

    // Six digits, or all digits if the two numbers agree in six.
    static string Number(double value, double other)
    {
        string text = value.ToString("G6", CultureInfo.InvariantCulture);
        return text == other.ToString("G6", CultureInfo.InvariantCulture) ? value.ToString("R", CultureInfo.InvariantCulture) : text;
    }

    void CompareTangent(int position, Subject subject)
    {
        if (_kinks.Count > 0 && _kinks[^1].Position == position) return;
        double forward;
        try
        {
            forward = subject.Forward();
        }
        catch (RuleException e) when (e.InnerException is InvalidOperationException failure)
        {
            _unjudged.Add(new CheckNote(position, subject.Operation, $"its tangent failed: {failure.Message}"));
            return;
        }
        double reverse = subject.Reverse(), tolerance = subject.IsSingle ? 1e-3 : 1e-8;
        // An infinite slope was already noted.
        if (!double.IsFinite(reverse)) return;
        if (Math.Abs(forward - reverse) <= tolerance * (Math.Abs(forward) + Math.Abs(reverse) + subject.Size)) return;
        throw new OperationCheckException(
            OperationFault.WrongTangent, position, subject.Operation, string.Create(CultureInfo.InvariantCulture,
            $"Tangent disagrees with Backward: for random u and v, ⟨u, J·v⟩ is {forward:G6} forwards, ⟨Jᵀ·u, v⟩ is {reverse:G6} " +
            $"backwards"), got: forward, expected: reverse);
    }

    /// <summary>An operation at its recorded inputs, and its gradients for a random upstream gradient.</summary>
    sealed class Subject
    {
        readonly Tensor[] _inputs;
        readonly Tensor _upstream;
        readonly Tensor[] _directions;
        readonly Tensor?[] _gradients;

        internal Subject(Operation operation, bool widen)
        {
            Operation = operation;
            _inputs = [.. operation.Inputs.Select(
                input => Copy(input, input.ToArray, widen && input.DType == DType.Float32 ? DType.Float64 : input.DType))];
            using (Autograd.Pause())
            {
                var here = new OperationAt(operation, _inputs);
                Tensor value = here.Forward();
                IsSingle = value.DType == DType.Float32;
                Value = value.ToArray();
                _upstream = GradientCheck.RandomLike(value, 1).To(value.DType);
                _gradients = here.Backward(_upstream);
            }
            Weights = _upstream.ToArray();
            Size = 1 + Math.Sqrt(Value.Zip(Weights, (v, w) => v * v * w * w).Sum());
            _directions = [.. _inputs.Select((input, k) => GradientCheck.RandomLike(input, 2 + k).To(input.DType))];
        }

        internal Operation Operation { get; }

        internal double[] Value { get; }

        internal double[] Weights { get; }

        /// <summary>The magnitude of the weighted values, whose rounding errors the differences divide by the step.</summary>
        internal double Size { get; }

        internal bool IsSingle { get; }

        internal Tensor Input(int k) => _inputs[k];

        internal Tensor Direction(int k) => _directions[k];

        internal double[] Gradient(int k) => Fitted(_gradients[k], k);

        double[] Fitted(Tensor? gradient, int k)
        {
            using (Autograd.Pause())
                return gradient is null ? new double[_inputs[k].ElementCount] : gradient.SumTo(_inputs[k].Shape).ToArray();
        }

        /// <summary>Whether rule and differences agree in a random direction of all elements of all inputs.</summary>
        internal bool AgreesTogether()
        {
            bool isSingle = IsSingle || Array.Exists(_inputs, input => input.DType == DType.Float32);
            double step = isSingle ? 4e-3 : 1e-6, analytic = 0, squares = 0;
            double[]?[] at = new double[_inputs.Length][], by = new double[_inputs.Length][];
            for (int k = 0; k < _inputs.Length; k++)
            {
                if (!_inputs[k].RequiresGrad) continue;
                double[] gradient = Gradient(k), values = at[k] = _inputs[k].ToArray();
                double[] amounts = by[k] = [.. _directions[k].ToArray().Zip(values, (d, v) => d * Math.Max(1, Math.Abs(v)))];
                for (int i = 0; i < gradient.Length; i++)
                {
                    analytic += gradient[i] * amounts[i];
                    squares += Math.Pow(gradient[i] * amounts[i], 2);
                }
            }
            double numeric = new Line(h => ValueAt([.. _inputs.Select((input, k) => at[k] is { } values
                ? Copy(input, () => [.. values.Zip(by[k]!, (v, amount) => v + h * amount)], input.DType) : input)]), Weights,
                    isSingle).Central(step);
            return double.IsFinite(analytic) && Math.Abs(numeric - analytic) <= (isSingle
                ? 1e-3 : 1e-6) * Math.Sqrt(squares) + (isSingle ? 1e-4
                : 1e-9) * Size;
        }

        internal double[] ValueAt(int k, double[] values)
        {
            Tensor[] moved = [.. _inputs];
            moved[k] = Copy(_inputs[k], () => values, _inputs[k].DType);
            return ValueAt(moved);
        }

        double[] ValueAt(Tensor[] moved)
        {
            using PauseScope pause = Autograd.Pause();
            try
            {
                return new OperationAt(Operation, moved).Forward().ToArray();
            }
            catch (RuleException e)
            {
                throw new RuleException("Forward at inputs close to the recorded ones", e.InnerException!);
            }
        }

        /// <summary>The row of the Jacobian for one element of the output.</summary>
        internal double[] Row(int output, int k)
        {
            double[] unit = new double[Value.Length];
            unit[output] = 1;
            using PauseScope pause = Autograd.Pause();
            var here = new OperationAt(Operation, _inputs);
            Tensor value = here.Forward();
            return Fitted(here.Backward(Tensor.From(unit, value.Shape, value.DType))[k], k);
        }

        internal double Forward()
        {
            using PauseScope pause = Autograd.Pause();
            var here = new OperationAt(Operation, _inputs);
            Tensor value = here.Forward();
            Tensor tangent = here.Tangent([.. _inputs.Select((input, k) => input.RequiresGrad ? _directions[k] : null)]);
            return tangent.Expand(value.Shape).ToArray().Zip(Weights, (t, w) => t * w).Sum();
        }

        internal double Reverse() => Enumerable.Range(0, _inputs.Length).Where(k => _inputs[k].RequiresGrad)
            .Sum(k => Gradient(k).Zip(_directions[k].ToArray(), (g, v) => g * v).Sum());

        internal static Tensor Copy(Tensor input, Func<double[]> values, DType dtype)
        {
            if (!dtype.IsFloat()) return input;
            Tensor copy = Tensor.From(values(), input.Shape, dtype);
            copy.Name = input.Name;
            copy.RequiresGrad = input.RequiresGrad;
            return copy;
        }
    }

    /// <summary>An operation as a function of one of its inputs.</summary>
    sealed class Side(Subject subject, int k)
    {
        readonly double[] _values = subject.Input(k).ToArray();
        readonly double[] _gradient = subject.Gradient(k);
        readonly double[] _direction = subject.Direction(k).ToArray();
        readonly bool _isSingle = subject.IsSingle || subject.Input(k).DType == DType.Float32;

        internal Subject Subject => subject;

        internal int Input => k;

        internal int Count => _values.Length;

        double Step => _isSingle ? 4e-3 : 1e-6;

        // The step is relative to the element if that is larger than 1.
        double Scale(int element) => Math.Max(1, Math.Abs(_values[element]));

        double Analytic(int from, int count)
        {
            double sum = 0;
            for (int i = from; i < from + count; i++) sum += _gradient[i] * Amount(i, count);
            return sum;
        }

        double Amount(int element, int count) => count == 1 ? Scale(element) : _direction[element] * Scale(element);

        double Tolerance(int from, int count)
        {
            double squares = 0;
            for (int i = from; i < from + count; i++) squares += Math.Pow(_gradient[i] * Amount(i, count), 2);
            return (_isSingle ? 1e-3 : 1e-6) * Math.Sqrt(squares) + (_isSingle ? 1e-4 : 1e-9) * subject.Size;
        }

        Line Along(int from, int count, double[]? weights = null) => new(h =>
        {
            double[] moved = [.. _values];
            for (int i = from; i < from + count; i++) moved[i] += h * Amount(i, count);
            return subject.ValueAt(k, moved);
        }, weights ?? subject.Weights, _isSingle);

        // An infinite gradient would make the tolerance infinite, so it never agrees.
        internal bool Agrees(int from, int count) => double.IsFinite(Analytic(from, count))
            && Math.Abs(Along(from, count).Central(Step) - Analytic(from, count)) <= Tolerance(from, count);

        /// <summary>
        /// Whether rule and differences agree for a step relative to the element: √x at 10⁻⁵ is strongly curved within the usual step.
        /// </summary>
        internal bool AgreesCloseBy(int element)
        {
            double own = Math.Abs(_values[element]), analytic = _gradient[element] * own;
            return !_isSingle && own is > 0 and < 0.1 && double.IsFinite(analytic)
                && Math.Abs(CloseBy(element).Central(1e-4) - analytic) <= 1e-6 * Math.Abs(analytic);
        }

        internal (GradientFault Fault, string Explanation) Explain(int element)
        {
            var found = Along(element, 1).Explain(Analytic(element, 1));
            return found.Fault == GradientFault.LostPrecision && !_isSingle && Math.Abs(_values[element]) is > 0 and < 0.1 and var own
                ? CloseBy(element).Explain(_gradient[element] * own)
                : found;
        }

        /// <summary>The line along one element with steps relative to it.</summary>
        Line CloseBy(int element) => new(h =>
        {
            double[] moved = [.. _values];
            moved[element] += h * Math.Abs(_values[element]);
            return subject.ValueAt(k, moved);
        }, subject.Weights);

        internal bool IsBetweenSlopes(int element)
        {
            double analytic = Analytic(element, 1), slack = 1e-3 * Math.Abs(analytic) + Tolerance(element, 1);
            return Along(element, 1).Kink(analytic) is var (left, right)
                && analytic >= Math.Min(left, right) - slack && analytic <= Math.Max(left, right) + slack;
        }

        /// <summary>The slopes on both sides of a kink, and the derivative by the rule, as text.</summary>
        internal string KinkOf(int element)
        {
            (double got, _, int output) = Entry(element);
            double[] weights = [.. subject.Weights];
            if (output >= 0)
            {
                weights = new double[subject.Value.Length];
                weights[output] = 1;
            }
            (double left, double right) = Along(element, 1, weights).Kink(got * Scale(element)) ?? (double.NaN, double.NaN);
            return string.Create(CultureInfo.InvariantCulture,
                $"the slope is {left / Scale(element):G6} to the left and {right / Scale(element):G6} to the right, the rule gives " +
                $"{got:G6}");
        }

        /// <summary>
        /// The element of the Jacobian in which rule and differences disagree: both numbers, and the index of the output. The index is −1
        /// if there are too many outputs; then the numbers are for the random upstream gradient.
        /// </summary>
        internal (double Got, double Expected, int Output) Entry(int element)
        {
            int outputs = subject.Value.Length;
            double[] plus = [.. _values], minus = [.. _values];
            double h = Step * Scale(element);
            plus[element] += h;
            minus[element] -= h;
            double[] above = subject.ValueAt(k, plus), below = subject.ValueAt(k, minus);
            IEnumerable<int> candidates = Enumerable.Range(0, Math.Min(outputs, MostOutputsSearched));
            if (outputs == _values.Length) candidates = candidates.Prepend(element);
            foreach (int output in candidates)
            {
                double got = subject.Row(output, k)[element], expected = (above[output] - below[output]) / (2 * h);
                if (Math.Abs(got - expected) > (_isSingle ? 1e-2 : 1e-5) * Math.Abs(expected) + (_isSingle ? 1e-3 : 1e-8))
                    return (got, expected, output);
            }
            return (_gradient[element], Along(element, 1).Central(Step) / Scale(element), -1);
        }

        /// <summary>Whether the output changes when every element of the input changes.</summary>
        internal bool IsRead()
        {
            foreach (double factor in (double[])[1.5, -1.5])
            {
                try
                {
                    if (!subject.ValueAt(k, [.. _values.Select(v => factor * v + factor / 2)]).SequenceEqual(subject.Value)) return true;
                }
                catch (Exception e) when (e is InvalidOperationException or ArgumentException)
                {
                    return true;
                }
            }
            return false;
        }
    }
}
