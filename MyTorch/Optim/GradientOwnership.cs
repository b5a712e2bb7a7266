namespace MyTorch.Optim;

/// <summary>
/// Finds tensors that receive gradients but belong to no optimizer or module, and parameters of an optimizer that receive no gradient.
/// Nothing is counted while training; a call reads the tape once.
/// </summary>
public static class GradientOwnership
{
    /// <summary>
    /// The leaves that received a gradient from the operations of a scope but are in none of the given lists: they are never moved, saved
    /// or cleared. Call it after Backward, before the scope ends: <c>autograd.UnownedLeaves(optimizer.Parameters)</c>.
    /// </summary>
    /// <param name="autograd">The scope that recorded the forward pass.</param>
    /// <param name="owners">
    /// What is held: <see cref="Optimizer.Parameters"/> of each optimizer, or <see cref="Nn.Module.Parameters"/> of each module.
    /// </param>
    /// <returns>Each leaf once, in the order of its first use; empty if all are held.</returns>
    /// <exception cref="ArgumentNullException">A list is null.</exception>
    /// <exception cref="ObjectDisposedException">The scope has ended.</exception>
    public static IReadOnlyList<UnownedLeaf> UnownedLeaves(this Autograd autograd, params IReadOnlyList<IEnumerable<Tensor>> owners)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        ArgumentNullException.ThrowIfNull(owners);
        var owned = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (IEnumerable<Tensor> owner in owners)
            owned.UnionWith(owner ?? throw new ArgumentNullException(nameof(owners), "UnownedLeaves: one of the lists is null."));
        var uses = new Dictionary<Tensor, (Operation First, int Count)>(ReferenceEqualityComparer.Instance);
        var inOrder = new List<Tensor>();
        foreach (Operation operation in autograd.Operations)
            foreach (Tensor input in operation.Inputs)
            {
                if (!input.IsLeaf || !input.RequiresGrad || input.Grad is null || owned.Contains(input)) continue;
                if (uses.TryGetValue(input, out var use)) uses[input] = (use.First, use.Count + 1);
                else
                {
                    uses[input] = (operation, 1);
                    inOrder.Add(input);
                }
            }
        return [.. inOrder.Select(leaf => new UnownedLeaf(leaf, uses[leaf].First, uses[leaf].Count))];
    }

    /// <summary>
    /// The parameters of an optimizer that require a gradient and have none: the last forward pass did not use them, or its result was
    /// detached from them. Call it after Backward and before ZeroGrad.
    /// </summary>
    /// <returns>In the order of the optimizer's list; empty if each has a gradient.</returns>
    public static IReadOnlyList<Tensor> ParametersWithoutGradient(this Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        return [.. optimizer.Parameters.Where(parameter => parameter is { RequiresGrad: true, Grad: null })];
    }
}

/// <summary>A leaf that received a gradient and is in none of the lists that were given.</summary>
/// <param name="Leaf">The tensor.</param>
/// <param name="FirstUse">The first recorded operation that used it.</param>
/// <param name="Uses">How many times recorded operations used it.</param>
public sealed record UnownedLeaf(Tensor Leaf, Operation FirstUse, int Uses)
{
    /// <summary>
    /// The problem and a fix, as a sentence: <c>weight (2, 3) Float32 received a gradient through Linear but is in none of the given lists
    /// …</c>.
    /// </summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Leaf.Describe()} received a gradient through {FirstUse.Name}{(Uses > 1 ? $" (used {Uses} times)" : "")} but is in none of the given lists, so no step moves it. ") +
        "Give it to an optimizer, hold it in the module whose Parameters() the optimizer takes, or set RequiresGrad = false.";
}
