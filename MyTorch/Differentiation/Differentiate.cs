using System.Globalization;

namespace MyTorch.Differentiation;

/// <summary>
/// Derivatives of C# functions of tensors: <c>Differentiate.Gradient(x => x.Sin().Sum(), x)</c>.
/// </summary>
/// <remarks>
/// Calls nest to any order: a derivative taken inside a function, or inside a user's <see cref="Autograd"/> scope, is recorded there
/// and can be differentiated. Each call differentiates its own copy of the input, so variables of different levels never mix.
/// <para>Where f does not depend on an input, the derivative is 0: a constant, a tensor from outside, a comparison or a position. If f does depend on it
/// but every path from the input to the result is cut by <see cref="Tensor.Detach"/>, <see cref="Tensor.Clone"/>, <see cref="Tensor.CopyFrom"/> or a
/// <see cref="Autograd.Pause"/>, 0 would be wrong, and it is an error. A path through C# numbers (<see cref="Tensor.Item()"/>,
/// <see cref="Tensor.ToArray"/>) leaves no trace and counts as a constant. <see cref="Numerical"/> differences see all of these.</para>
/// </remarks>
public static class Differentiate
{
    /// <summary>∇f, of the input's shape, by one reverse sweep. 0 where f does not depend on the input.</summary>
    /// <param name="f">A function with a scalar result.</param>
    /// <param name="x">Where the derivative is taken.</param>
    /// <exception cref="InvalidOperationException">The result is not a scalar, or every path from an input to it is cut.</exception>
    public static Tensor Gradient(Func<Tensor, Tensor> f, Tensor x) => Gradients(xs => f(xs[0]), [x])[0];

    /// <summary>The gradients of a scalar function of several tensors, one of each input's shape.</summary>
    /// <inheritdoc cref="Gradient" path="/exception"/>
    public static Tensor[] Gradients(Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<Tensor> inputs) => Reverse(f, inputs, null);

    /// <summary>The vector-Jacobian product uᵀJ, of the input's shape: one reverse sweep.</summary>
    /// <param name="f">Any function.</param>
    /// <param name="x">Where the derivative is taken.</param>
    /// <param name="u">A weight for each element of the result, of its shape.</param>
    /// <exception cref="ArgumentException">u does not have the result's shape and type.</exception>
    /// <exception cref="InvalidOperationException">Every path from the input to the result is cut.</exception>
    public static Tensor Vjp(Func<Tensor, Tensor> f, Tensor x, Tensor u)
    {
        ArgumentNullException.ThrowIfNull(u);
        return Reverse(xs => f(xs[0]), [x], u)[0];
    }

    /// <summary>f(x) and the Jacobian-vector product J·v, of the result's shape: one forward pass.</summary>
    /// <param name="f">Any function.</param>
    /// <param name="x">Where the derivative is taken.</param>
    /// <param name="v">The direction in which x changes, of its shape.</param>
    /// <exception cref="ArgumentException">v does not have x's shape and type.</exception>
    /// <exception cref="InvalidOperationException">Every path from the input to the result is cut.</exception>
    public static (Tensor Value, Tensor Tangent) Jvp(Func<Tensor, Tensor> f, Tensor x, Tensor v)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(v);
        var call = new Call(nameof(Jvp), [Variable(x)]);
        using var autograd = new Autograd();
        Tensor y = call.Result(f(call.Inputs[0]));
        if (call.IsNested) return (y, Push(call, autograd, y, v));
        using (Autograd.Pause()) return (y, Push(call, autograd, y, v));
    }

    /// <summary>
    /// The Jacobian ∂fᵢ/∂xⱼ, of shape (result's dimensions…, input's dimensions…): by a reverse sweep for each element of the result, or by a
    /// forward pass for each element of the input, whichever are fewer.
    /// </summary>
    public static Tensor Jacobian(Func<Tensor, Tensor> f, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(f);
        // f runs once: what is random in it (a dropout mask) is the same for every row.
        var call = new Call(nameof(Jacobian), [Variable(x)]);
        using var autograd = new Autograd();
        Tensor input = call.Inputs[0], y = call.Result(f(input));
        Shape shape = [.. y.Shape, .. x.Shape];
        if (y.ElementCount == 0 || x.ElementCount == 0 || !call.IsRecorded(autograd, y))
        {
            call.RequireNotCut(y, [null]);
            return Tensor.Zeros(shape, x.DType);
        }
        if (call.IsNested) return Rows();
        using (Autograd.Pause()) return Rows();

        Tensor Rows() => y.ElementCount <= x.ElementCount
            ? Tensor.Stack([.. Units(y).Select(Row)]).Reshape(shape)
            : Tensor.Stack([.. Units(x).Select(v => Push(call, autograd, y, v).Flatten())], 1).Reshape(shape);

        Tensor Row(Tensor unit)
        {
            Tensor?[] row = autograd.Gradients(y, [input], unit, createGraph: call.IsNested);
            call.RequireNotCut(y, row);
            return row[0] ?? Tensor.ZerosLike(x);
        }
    }

    static Tensor Push(Call call, Autograd autograd, Tensor y, Tensor v)
    {
        Tensor? tangent = ForwardMode.Run(autograd, new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [call.Inputs[0]] = v }).Of(y);
        call.RequireNotCut(y, [tangent]);
        return tangent ?? Tensor.ZerosLike(y);
    }

    /// <summary>The Hessian ∂²f/∂xᵢ∂xⱼ of a scalar function, of shape (input's dimensions…, input's dimensions…).</summary>
    public static Tensor Hessian(Func<Tensor, Tensor> f, Tensor x) => Jacobian(inner => Gradient(f, inner), x);

    /// <summary>The product of the Hessian of a scalar function with a vector, without the Hessian: a forward pass over a reverse sweep (Pearlmutter, 1994).</summary>
    /// <param name="f">A function with a scalar result.</param>
    /// <param name="x">Where the derivative is taken.</param>
    /// <param name="v">The vector, of x's shape.</param>
    public static Tensor HessianVectorProduct(Func<Tensor, Tensor> f, Tensor x, Tensor v) => Jvp(inner => Gradient(f, inner), x, v).Tangent;

    static Tensor[] Reverse(Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<Tensor> inputs, Tensor? u)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(inputs);
        var call = new Call(u is null ? nameof(Gradient) : nameof(Vjp), [.. inputs.Select(Variable)]);
        using var autograd = new Autograd();
        Tensor y = call.Result(f(call.Inputs));
        Tensor seed = Autograd.Seed(y, u, call.Name);
        Tensor?[] gradients = call.IsRecorded(autograd, y)
            ? autograd.Gradients(y, call.Inputs, seed, createGraph: call.IsNested)
            : new Tensor?[inputs.Count];
        call.RequireNotCut(y, gradients);
        return [.. gradients.Select((gradient, i) => gradient ?? Tensor.ZerosLike(call.Inputs[i]))];
    }

    /// <summary>One call: its own copies of the inputs, and what it says about a result that does not lead back to them.</summary>
    internal sealed class Call
    {
        /// <param name="name">What is called, for errors.</param>
        /// <param name="variables">Tensors of the call's own.</param>
        internal Call(string name, Tensor[] variables)
        {
            (Name, IsNested, Inputs) = (name, Autograd.IsRecording, new ReadOnlyArray<Tensor>(variables));
            for (int i = 0; i < variables.Length; i++) variables[i].Origin = Origin.OfInput(this, i, variables[i].Origin);
        }

        internal string Name { get; }

        /// <summary>Whether the derivative is recorded, by a scope around the call.</summary>
        internal bool IsNested { get; }

        /// <summary>What is differentiated.</summary>
        internal IReadOnlyList<Tensor> Inputs { get; }

        internal Tensor Result(Tensor? y) => y ?? throw new InvalidOperationException($"{Name}: the function returned null; return its result.");

        /// <summary>Whether the result is one of this call's computations. Any other, be it of a scope around, does not depend on its inputs.</summary>
        internal bool IsRecorded(Autograd autograd, Tensor y) => autograd.Recorded(y) || Inputs.Contains(y, ReferenceEqualityComparer.Instance);

        /// <summary>Refuses a derivative that is missing although the result was computed from the input.</summary>
        internal void RequireNotCut(Tensor y, IReadOnlyList<Tensor?> derivatives)
        {
            if (y.Origin is null) return;
            // Of inputs that share a bit nothing is known while one of them has a derivative.
            ulong known = 0;
            for (int i = 0; i < derivatives.Count; i++)
                if (derivatives[i] is not null) known |= Origin.Bit(i);
            for (int i = 0; i < derivatives.Count; i++)
                if ((Origin.Bit(i) & known) == 0 && Origin.CutOf(y.Origin, this, Origin.Bit(i)) is not HistoryLoss.None and var how)
                    throw new InvalidOperationException(
                        $"{Name}: the result was computed from {(derivatives.Count == 1 ? "the input" : string.Create(CultureInfo.InvariantCulture, $"input {i}"))}, but no path between them carries a derivative: " +
                        how switch
                        {
                            HistoryLoss.Detached => "it is cut by Detach, Clone or CopyFrom. Use the tensor itself there",
                            HistoryLoss.Paused => "it was computed while recording was paused. Compute it outside Autograd.Pause()",
                            _ => "it was computed on another thread, where no scope is open. Compute it on the thread that asks for the derivative",
                        } + "; if 0 is meant, return a tensor that is not computed from the input.");
        }
    }

    /// <summary>
    /// A tensor of its own for this call. If the original is being differentiated around the call, the copy is a recorded result of it,
    /// made before this call's scope opens: a leaf here, an inner result there.
    /// </summary>
    static Tensor Variable(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.RequiresGrad && Autograd.IsRecording) return new Operations.Identity(x).Apply();
        return x.DetachedLeaf();
    }

    /// <summary>For each element a tensor of the same shape that is 1 there and 0 elsewhere.</summary>
    internal static IEnumerable<Tensor> Units(Tensor like)
    {
        for (int i = 0; i < like.ElementCount; i++)
        {
            double[] unit = new double[like.ElementCount];
            unit[i] = 1;
            yield return Tensor.From(unit, like.Shape, like.DType);
        }
    }
}
