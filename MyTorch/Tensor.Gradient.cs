namespace MyTorch;

// A tensor's part in differentiation: whether it wants a gradient, what recorded it, and the gradient it has received.
public partial class Tensor
{
    bool _requiresGrad;
    Operation? _producer;

    /// <summary>
    /// Whether gradients with respect to this tensor are computed. Set it on leaf tensors, such as parameters and inputs. The result of a
    /// recorded operation requires a gradient until its scope ends.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// Set to true on an Int64 or Bool tensor, or to false on the result of a recorded operation.
    /// </exception>
    public bool RequiresGrad
    {
        get => _requiresGrad && _producer is null or { IsOnLiveTape: true };
        set
        {
            if (value && !DType.IsFloat())
                throw new InvalidOperationException(
                    $"RequiresGrad: a {DType} tensor has no gradient; only Float32 and Float64 tensors do. " +
                    "Convert it first with .To(DType.Float32).");
            if (!value && Producer is { } producer)
                throw new InvalidOperationException(
                    $"RequiresGrad: this is the result of the recorded operation {producer.Name} and always requires a gradient; " +
                    "use .Detach() to get its value.");
            Settle();
            // From now on this is an ordinary leaf, however it was computed.
            if (value && !_requiresGrad) ForgetLoss();
            _requiresGrad = value;
        }
    }

    /// <summary>
    /// The gradient accumulated by <see cref="Autograd.Backward"/>, of this tensor's shape and type; null before the first Backward and
    /// after <see cref="ZeroGrad"/>.
    /// </summary>
    /// <remarks>
    /// The next Backward after <see cref="ZeroGrad"/> may reuse the buffer; use <see cref="Clone"/> to keep the values. Several threads may
    /// call Backward at the same time, each in its own scope; their gradients are accumulated in any order. Do not read, assign or clear
    /// Grad until all of them have finished.
    /// </remarks>
    /// <exception cref="ArgumentException">The assigned gradient has a different shape or type.</exception>
    public Tensor? Grad
    {
        get => Gradient.State is GradientMemory.State.Given or GradientMemory.State.Own ? Gradient.Tensor : null;
        set
        {
            if (value is not null && (value.Shape != Shape || value.DType != DType))
                throw new ArgumentException(
                    $"Grad: a gradient of {value.Shape} {value.DType} does not fit {Describe()}; shape and type must be the same.",
                    nameof(value));
            // A recorded gradient outlives its scope here.
            value?.Readable().KeepMemory();
            Gradient.Tensor = value;
            Gradient.State = GradientMemory.State.Given;
        }
    }

    /// <summary>Whether this tensor is a leaf: not the result of a recorded operation.</summary>
    public bool IsLeaf => Producer is null;

    /// <summary>The recorded operation that computed this tensor, until its scope ends (PyTorch's grad_fn); null for a leaf.</summary>
    // Another thread may have ended the tape; its own thread clears it when it next looks.
    public Operation? Producer => _producer is { IsOnLiveTape: true } producer ? producer : null;

    /// <summary>The gradient and the memory it is in, as <see cref="GradientMemory"/> manages them.</summary>
    internal GradientMemory.Slot Gradient;

    internal bool RetainsGrad { get; private set; }

    /// <summary>Makes the next Backward store <see cref="Grad"/> for this non-leaf tensor too. Leaves always store it.</summary>
    public void RetainGrad() => RetainsGrad = true;

    /// <summary>Sets <see cref="Grad"/> to null.</summary>
    public void ZeroGrad()
    {
        if (Gradient.State == GradientMemory.State.Own) Gradient.State = GradientMemory.State.Spare;
        else if (Gradient.State == GradientMemory.State.Given) Gradient.Tensor = null;
    }

    /// <summary>
    /// Computes the gradients of this scalar with respect to all leaves and accumulates them in <see cref="Grad"/>. Calls
    /// <see cref="Autograd.Backward"/> on the outermost open scope that recorded this tensor, which holds its whole gradient history.
    /// </summary>
    /// <param name="gradient">∂L/∂(this tensor), of its shape; may be omitted for a scalar, where it is 1.</param>
    /// <param name="createGraph">Whether to record the backward computation, so that the gradients can be differentiated again.</param>
    /// <exception cref="InvalidOperationException">No scope is open, or no open scope recorded this tensor.</exception>
    public void Backward(Tensor? gradient = null, bool createGraph = false) =>
        Autograd.ScopeThatRecorded(this).Backward(this, gradient, createGraph);

    /// <summary>Adds a gradient to <see cref="Grad"/>. With a graph the sum is recorded.</summary>
    internal void AddToGrad(Tensor gradient, bool createGraph)
    {
        if (gradient is null)
            throw new ArgumentNullException(nameof(gradient),
                $"AddToGrad: no gradient arrived for {Describe()}, so there is nothing to add to its Grad; " +
                "skip a tensor without a gradient.");
        GradientMemory.Accumulate(this, gradient, createGraph);
    }

    internal void RecordedAs(Operation producer)
    {
        _producer = producer;
        _lostHistory = HistoryLoss.None;
        _requiresGrad = true;
    }

    /// <summary>Called when the tape ends: the value stays, its gradient history goes.</summary>
    // In this order: to another thread that looks meanwhile it is a result or a plain value, never a leaf that requires a gradient.
    internal void Forget(HistoryLoss how, long recordedAt, Lineage? lineage)
    {
        _requiresGrad = false;
        LoseHistory(how, recordedAt, lineage);
        _producer = null;
    }
}
