namespace MyTorch;

/// <summary>Looks at every operation of a scope when it is recorded, and at every backward rule when it has run. Chosen when the scope is opened.</summary>
abstract class TapeWatcher
{
    /// <param name="operation">The operation that was just recorded.</param>
    /// <param name="position">Its position in the scope, from 0.</param>
    internal abstract void AfterRecording(Operation operation, int position);

    /// <param name="operation">The operation whose rule ran.</param>
    /// <param name="position">Its position in the scope, from 0.</param>
    /// <param name="upstream">The gradient of its output.</param>
    /// <param name="gradients">What the rule returned.</param>
    internal abstract void AfterBackward(Operation operation, int position, Tensor upstream, Tensor?[] gradients);
}
