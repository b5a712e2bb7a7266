namespace MyTorch.Nn;

/// <summary>
/// y = x + F(x), a residual connection around a module F: <c>new Residual(new Sequential(new Linear(64, 64), new ReLU()))</c>. The gradient
/// reaches x also directly, however deep F is. He, Zhang, Ren and Sun, 2016.
/// </summary>
public sealed class Residual : Module
{
    readonly Module _body;
    readonly Module? _shortcut;

    /// <summary>A residual connection.</summary>
    /// <param name="body">F, whose output has the shape of its input.</param>
    /// <param name="shortcut">
    /// What is applied to x before the sum, for F with another output shape: <c>new Linear(64, 32)</c>. Nothing if omitted.
    /// </param>
    public Residual(Module body, Module? shortcut = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        (_body, _shortcut) = (body, shortcut);
    }

    /// <summary>F. Its parameters are named <c>body.…</c>.</summary>
    public Module Body => _body;

    /// <summary>What is applied to x before the sum; null for nothing. Its parameters are named <c>shortcut.…</c>.</summary>
    public Module? Shortcut => _shortcut;

    /// <summary>(N, …) → the shape of F's output.</summary>
    /// <exception cref="ArgumentException">The shapes of the terms differ.</exception>
    protected override Tensor ForwardCore(Tensor input)
    {
        Tensor output = _body.Forward(input), direct = _shortcut is null ? input : _shortcut.Forward(input);
        // Shapes that broadcast would give a sum of a shape that nobody asked for.
        if (output.Shape != direct.Shape)
            throw new ArgumentException(
                $"Residual: {_body.Describe()} gives {output.Shape}, but " +
                $"{(_shortcut is null ? "the input" : $"the shortcut {_shortcut.Describe()}")} is " +
                $"{direct.Shape}; the sum needs the same shape. Pass a shortcut such as new Linear(in, out).", nameof(input));
        return direct + output;
    }
}
