namespace MyTorch.Differentiation;

/// <summary>
/// Derivatives of C# functions of tensors: <c>Differentiate.Gradient(x => x.Sin().Sum(), x)</c>.
/// </summary>
/// <remarks>
/// Calls nest to any order: a derivative taken inside a function, or inside a user's <see cref="Autograd"/> scope, is recorded there
/// and can be differentiated. Each call differentiates its own copy of the input, so variables of different levels never mix.
/// </remarks>
public static class Differentiate
{
    /// <summary>∇f, of the input's shape, by one reverse sweep. 0 where f does not depend on the input.</summary>
    /// <param name="f">A function with a scalar result.</param>
    /// <param name="x">Where the derivative is taken.</param>
    /// <exception cref="InvalidOperationException">The result is not a scalar.</exception>
    public static Tensor Gradient(Func<Tensor, Tensor> f, Tensor x) => Gradients(xs => f(xs[0]), [x])[0];

    /// <summary>The gradients of a scalar function of several tensors, one of each input's shape.</summary>
    /// <inheritdoc cref="Gradient" path="/exception"/>
    public static Tensor[] Gradients(Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<Tensor> inputs) => Reverse(f, inputs, null);

    /// <summary>The vector-Jacobian product uᵀJ, of the input's shape: one reverse sweep.</summary>
    /// <param name="f">Any function.</param>
    /// <param name="x">Where the derivative is taken.</param>
    /// <param name="u">A weight for each element of the result, of its shape.</param>
    /// <exception cref="ArgumentException">u does not have the result's shape and type.</exception>
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
    public static (Tensor Value, Tensor Tangent) Jvp(Func<Tensor, Tensor> f, Tensor x, Tensor v)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(v);
        bool nested = Autograd.IsRecording;
        Tensor input = Variable(x);
        using var autograd = new Autograd();
        Tensor y = f(input);
        if (nested) return (y, Push(autograd, y, input, v));
        using (Autograd.Pause()) return (y, Push(autograd, y, input, v));
    }

    /// <summary>
    /// The Jacobian ∂fᵢ/∂xⱼ, of shape (result's dimensions…, input's dimensions…): by a reverse sweep for each element of the result, or by a
    /// forward pass for each element of the input, whichever are fewer.
    /// </summary>
    public static Tensor Jacobian(Func<Tensor, Tensor> f, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(f);
        // f runs once: what is random in it (a dropout mask) is the same for every row.
        bool nested = Autograd.IsRecording;
        Tensor input = Variable(x);
        using var autograd = new Autograd();
        Tensor y = f(input);
        Shape shape = [.. y.Shape, .. x.Shape];
        if (y.ElementCount == 0 || x.ElementCount == 0 || !y.RequiresGrad) return Tensor.Zeros(shape, x.DType);
        if (nested) return Rows();
        using (Autograd.Pause()) return Rows();

        Tensor Rows() => y.ElementCount <= x.ElementCount
            ? Tensor.Stack([.. Units(y).Select(u => autograd.Gradients(y, [input], u, createGraph: nested)[0] ?? Tensor.ZerosLike(x))]).Reshape(shape)
            : Tensor.Stack([.. Units(x).Select(v => Push(autograd, y, input, v).Flatten())], 1).Reshape(shape);
    }

    static Tensor Push(Autograd autograd, Tensor y, Tensor input, Tensor v) =>
        ForwardMode.Run(autograd, new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [input] = v }).Of(y) ?? Tensor.ZerosLike(y);

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
        bool nested = Autograd.IsRecording;
        Tensor[] variables = [.. inputs.Select(Variable)];
        using var autograd = new Autograd();
        Tensor y = f(variables);
        Tensor?[] gradients = y.RequiresGrad ? autograd.Gradients(y, variables, u, createGraph: nested) : new Tensor?[variables.Length];
        return [.. gradients.Select((gradient, i) => gradient ?? Tensor.ZerosLike(variables[i]))];
    }

    /// <summary>
    /// A tensor of its own for this call. If the original is being differentiated around the call, the copy is a recorded result of it,
    /// made before this call's scope opens: a leaf here, an inner result there.
    /// </summary>
    static Tensor Variable(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.RequiresGrad && Autograd.IsRecording) return new Operations.Identity(x).Apply();
        Tensor variable = x.Detach();
        variable.RequiresGrad = true;
        return variable;
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
