
namespace MyTorch.Differentiation;

/// <summary>
/// Derivatives of C# functions of tensors: <c>Differentiate.Gradient(x => x.Sin().Sum(), x)</c>.
/// </summary>
/// <remarks>
/// Calls can be nested to any order: a derivative computed inside a function, or inside an open <see cref="Autograd"/> scope, is recorded
/// there and can be differentiated again. Each call differentiates with respect to a copy of its input, so variables of different levels do
/// not mix.
/// <para>Where f does not depend on an input, as with a constant, a comparison or an index, the derivative is 0. If f depends on it but
/// every path from the input to the result is cut by <see cref="Tensor.Detach"/>, <see cref="Tensor.Clone"/>, <see cref="Tensor.CopyFrom"/>
/// or <see cref="Autograd.Pause"/>, 0 would be wrong, and the call throws. C# numbers (<see cref="Tensor.Item()"/>,
/// <see cref="Tensor.ToArray"/>) count as constants. <see cref="Numerical"/> differences include all of these dependencies.</para>
/// </remarks>
public static class Differentiate
{
    /// <summary>The gradient ∇f, of the input's shape, in reverse mode. 0 where f does not depend on the input.</summary>
    /// <param name="f">A function with a scalar result.</param>
    /// <param name="x">The point at which the derivative is computed.</param>
    /// <exception cref="InvalidOperationException">The result is not a scalar, or every path from an input to it is cut.</exception>
    public static Tensor Gradient(Func<Tensor, Tensor> f, Tensor x) => Gradients(xs => f(xs[0]), [x])[0];

    /// <summary>The gradients of a scalar function of several tensors, each of the shape of its input.</summary>
    /// <inheritdoc cref="Gradient" path="/exception"/>
    public static Tensor[] Gradients(Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<Tensor> inputs) => Reverse(f, inputs, null);

    /// <summary>The vector-Jacobian product uᵀJ, of the input's shape, in one backward pass.</summary>
    /// <param name="f">Any function.</param>
    /// <param name="x">The point at which the derivative is computed.</param>
    /// <param name="u">The vector, of the shape of the result.</param>
    /// <exception cref="ArgumentException">u does not have the result's shape and type.</exception>
    /// <exception cref="InvalidOperationException">Every path from the input to the result is cut.</exception>
    public static Tensor Vjp(Func<Tensor, Tensor> f, Tensor x, Tensor u)
    {
        ArgumentNullException.ThrowIfNull(u);
        return Reverse(xs => f(xs[0]), [x], u)[0];
    }

    /// <summary>f(x) and the Jacobian-vector product J·v, of the result's shape, in one forward pass.</summary>
    /// <param name="f">Any function.</param>
    /// <param name="x">The point at which the derivative is computed.</param>
    /// <param name="v">The vector, of the shape of x: a direction in which x changes.</param>
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
    /// The Jacobian ∂fᵢ/∂xⱼ, of shape (result's dimensions…, input's dimensions…): one backward pass per element of the result, or one
    /// forward-mode pass per element of the input, whichever is fewer.
    /// </summary>
    public static Tensor Jacobian(Func<Tensor, Tensor> f, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(f);
        // f runs only once, so that random numbers in it, such as a dropout mask, are the same for every row.
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
        Tensor? tangent = ForwardMode.Run(
            autograd, new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [call.Inputs[0]] = v }).Of(y);
        call.RequireNotCut(y, [tangent]);
        return tangent ?? Tensor.ZerosLike(y);
    }

    /// <summary>The Hessian ∂²f/∂xᵢ∂xⱼ of a scalar function, of shape (input's dimensions…, input's dimensions…).</summary>
    public static Tensor Hessian(Func<Tensor, Tensor> f, Tensor x) => Jacobian(inner => Gradient(f, inner), x);

    /// <summary>
    /// The product of the Hessian of a scalar function with a vector, without computing the Hessian: forward mode over reverse mode
    /// (Pearlmutter, 1994).
    /// </summary>
    /// <param name="f">A function with a scalar result.</param>
    /// <param name="x">The point at which the derivative is computed.</param>
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

    /// <summary>One call: copies of the inputs, and the error for a result whose gradient history does not reach them.</summary>
    internal sealed class Call
    {
        /// <param name="name">The name of the method, for errors.</param>
        /// <param name="variables">Copies of the inputs.</param>
        internal Call(string name, Tensor[] variables)
        {
            (Name, IsNested, Inputs) = (name, Autograd.IsRecording, new ReadOnlyArray<Tensor>(variables));
            for (int i = 0; i < variables.Length; i++) variables[i].Origin = Origin.OfInput(this, i, variables[i].Origin);
        }

        internal string Name { get; }

        /// <summary>Whether an outer scope records the derivative.</summary>
        internal bool IsNested { get; }

        /// <summary>The tensors with respect to which f is differentiated.</summary>
        internal IReadOnlyList<Tensor> Inputs { get; }

        internal Tensor Result(Tensor? y) =>
            y ?? throw new InvalidOperationException($"{Name}: the function returned null; return its result.");

        /// <summary>Whether the result was computed from this call's inputs. A result of an outer scope was not.</summary>
        internal bool IsRecorded(Autograd autograd, Tensor y) =>
            autograd.Recorded(y) || Inputs.Contains(y, ReferenceEqualityComparer.Instance);

        /// <summary>Throws if a derivative is missing although the result was computed from the input.</summary>
        internal void RequireNotCut(Tensor y, IReadOnlyList<Tensor?> derivatives)
        {
            if (y.Origin is null) return;
            // Inputs may share a bit. If one of them has a derivative, nothing is known about the others.
            ulong known = 0;
            for (int i = 0; i < derivatives.Count; i++)
                if (derivatives[i] is not null) known |= Origin.Bit(i);
            for (int i = 0; i < derivatives.Count; i++)
                if ((Origin.Bit(i) & known) == 0 && Origin.CutOf(y.Origin, this, Origin.Bit(i)) is not HistoryLoss.None and var how)
                    throw new InvalidOperationException(
                        $"{Name}: the result was computed from {(derivatives.Count == 1 ? "the input" : $"input {Notation.Number(i)}")}, " +
                        "but no path between them carries a derivative: " +
                        how switch
                        {
                            HistoryLoss.Detached => "it is cut by Detach, Clone or CopyFrom. Use the tensor itself there",
                            HistoryLoss.Paused => "it was computed while recording was paused. Compute it outside Autograd.Pause()",
                            _ => "it was computed on another thread, where no scope is open. Compute it on the calling thread",
                        } + "; if 0 is meant, return a tensor that is not computed from the input.");
        }
    }

    /// <summary>
    /// A copy of an input for this call. If an outer scope differentiates the original, the copy is recorded there before the scope of this
    /// call opens: it is a leaf here and a non-leaf tensor there.
    /// </summary>
    static Tensor Variable(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.RequiresGrad && Autograd.IsRecording) return new Operations.Identity(x).Apply();
        return x.DetachedLeaf();
    }

    /// <summary>The unit vectors: for each element a tensor of the same shape that is 1 at this element and 0 elsewhere.</summary>
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
