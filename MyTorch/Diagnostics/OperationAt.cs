using MyTorch.Differentiation;

namespace MyTorch.Diagnostics;

/// <summary>
/// A recorded operation at other inputs, for a check: it asks the same operation, with the same settings, for its value and its rules
/// there. Use it while recording is paused. What the operation throws is wrapped, so that the check's own errors can be told from it.
/// </summary>
sealed class OperationAt(Operation recorded, Tensor[] inputs)
{
    readonly Operation _operation = recorded.WithInputs(inputs);

    /// <summary>The value here. The rules called afterwards have it as their output.</summary>
    /// <exception cref="RuleException">Forward threw.</exception>
    internal Tensor Forward() => Run("Forward", _operation.Compute);

    /// <exception cref="RuleException">Backward threw.</exception>
    internal Tensor?[] Backward(Tensor gradient)
    {
        Tensor?[] gradients = Run("Backward", () => _operation.Backward(gradient));
        _operation.RequireOneForEachInput(gradients);
        return gradients;
    }

    /// <exception cref="RuleException">Tangent threw.</exception>
    internal Tensor Tangent(Tensor?[] tangents)
    {
        Tensor tangent = Run("Tangent", () => _operation.Tangent(tangents));
        ForwardMode.RequireFit(_operation, tangent);
        return tangent;
    }

    static T Run<T>(string member, Func<T> rule)
    {
        try
        {
            return rule();
        }
        catch (Exception e)
        {
            throw new RuleException(member, e);
        }
    }
}

/// <summary>Forward, Backward or Tangent of an operation threw while a check ran it.</summary>
sealed class RuleException(string member, Exception inner)
    : InvalidOperationException($"{member} threw {inner.GetType().Name}: {inner.Message}", inner);
