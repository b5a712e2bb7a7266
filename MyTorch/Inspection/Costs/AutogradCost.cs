namespace MyTorch.Inspection;

/// <summary>The account of a recorded step.</summary>
public static class AutogradCost
{
    /// <summary>
    /// What the operations that a scope has recorded cost: bytes kept for backward, gradients, multiply-adds forward and back; with
    /// <see cref="StepCostOptions.Measure"/> also their time.
    /// </summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <param name="options">Options; the defaults if omitted.</param>
    /// <remarks>
    /// It reads the tape and computes nothing, unless times are measured. A step that does not ask for it pays nothing.
    /// <code>
    /// using var autograd = new Autograd(recordSources: true);
    /// Tensor loss = criterion.Forward(model.Forward(x), labels);
    /// Console.WriteLine(autograd.Cost(new StepCostOptions { Model = model }));
    /// </code>
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// Times are measured, and there is no output with one element: set <see cref="StepCostOptions.Output"/> to the loss.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="StepCostOptions.Runs"/> is less than 1.</exception>
    /// <exception cref="InvalidOperationException">
    /// The scope has ended or belongs to another thread, the output was not recorded in it, or times are measured and a tensor was changed
    /// after it was recorded.
    /// </exception>
    public static StepCost Cost(this Autograd autograd, StepCostOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        options ??= new StepCostOptions();
        autograd.RequireOwnThread(nameof(Cost));
        if (options.Output is { } output) autograd.RequireRecorded(output, nameof(Cost));
        if (options.Runs < 1)
            throw Invalid.Setting(nameof(options), options.Runs, "Cost: Runs must be 1 or more.");
        return new StepCostBuilder(autograd, options).Build();
    }
}
