using MyTorch.Nn;

namespace MyTorch.Distributed;

/// <summary>
/// Trains one model on several ranks: each has a copy, computes the gradient on its part of every batch, and all take the same step with
/// the mean of the gradients. <see cref="Training.Trainer"/> does it with <see cref="Training.TrainerOptions.Communicator"/>; this class is
/// for programs with their own loop.
/// </summary>
/// <remarks>
/// <code>
/// using var parallel = new DataParallel(model, communicator);
/// foreach (Batch batch in new DataLoader(train, 64, shuffle: true, seed: epoch) { Part = (communicator.Rank, communicator.Size) })
/// {
///     using var autograd = new Autograd();
///     Tensor? loss = batch.Count == 0 ? null : criterion.Forward(model.Forward(batch.Inputs), batch.Labels);
///     parallel.Backward(autograd, loss, batch.Share);
///     optimizer.Step();
///     optimizer.ZeroGrad();
/// }
/// </code>
/// <para>The mean over a batch of N rows is the sum over the ranks of n/N times the mean over the rank's n rows, and a gradient is linear
/// in the loss. So the sum of the ranks' gradients, each times its share n/N, is the gradient of the whole batch, also where the parts are not
/// equally large. PyTorch's DistributedDataParallel divides by the number of ranks instead.</para>
/// <para>Layers that compute over the batch or draw random numbers see the rank's rows alone; see <see cref="Notes"/>.</para>
/// </remarks>
public sealed class DataParallel : IDisposable
{
    readonly GradientBuckets? _buckets;
    readonly Tensor[] _parameters;
    readonly Module _model;
    bool _failed;

    /// <summary>
    /// Compares the models of all ranks, and gives all the parameters and buffers of rank 0. Every rank calls it.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="communicator">The ranks.</param>
    /// <param name="bucketBytes">
    /// The size from which a bucket of gradients is sent, at least 1. Small buckets are sent earlier in the backward pass, large ones cost
    /// fewer round trips.
    /// </param>
    /// <exception cref="RanksDifferException">A rank has a model with other names, shapes or types. The message says which.</exception>
    public DataParallel(Module model, ICommunicator communicator, int bucketBytes = 1 << 20)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(communicator);
        if (bucketBytes < 1) throw Invalid.Setting(nameof(bucketBytes), bucketBytes, "DataParallel: a bucket must have at least 1 byte.");
        (_model, Communicator, _parameters) = (model, communicator, [.. model.Parameters()]);
        if (communicator.Size == 1) return;
        Agreement.Require(communicator, ("the model", Described(model)));
        using (Autograd.Pause())
            foreach (Tensor tensor in _parameters.Concat(model.NamedBuffers().Select(named => named.Tensor))) Broadcast(tensor);
        _buckets = new GradientBuckets(communicator, _parameters, bucketBytes);
    }

    /// <summary>The ranks.</summary>
    public ICommunicator Communicator { get; }

    /// <summary>The bytes of gradients that a step sums over the ranks; 0 for one rank.</summary>
    public long BytesPerStep => _buckets?.Bytes ?? 0;

    /// <summary>The number of buckets, which are all-reduced one after another.</summary>
    public int BucketCount => _buckets?.Count ?? 0;

    /// <summary>
    /// The time that summing gradients has taken so far. It runs beside the backward pass, and contains the waiting for slower ranks.
    /// </summary>
    public TimeSpan TimeInAllReduce => _buckets?.Sending ?? TimeSpan.Zero;

    /// <summary>
    /// Computes the gradients of this rank's part of the batch and sums them over all ranks while the backward pass goes on. Afterwards
    /// every rank has the same gradients. They are added to those that were there before, as in <see cref="Autograd.Backward"/>.
    /// </summary>
    /// <param name="autograd">The scope that recorded the loss.</param>
    /// <param name="loss">
    /// The mean loss of this rank's rows, a scalar; null if this rank has no rows in this batch. Every rank calls this method all the same.
    /// </param>
    /// <param name="share">
    /// How much these rows count in the loss of the whole batch, 0 to 1: <see cref="Data.Batch.Share"/> for a mean over rows. With class
    /// weights it is the sum of the weights of these rows divided by that of all rows of the batch.
    /// </param>
    /// <exception cref="ArgumentException">The loss is not a scalar, or the share is outside its range.</exception>
    /// <exception cref="InvalidOperationException">
    /// An earlier call failed; or as for <see cref="Autograd.Backward"/>; or another rank has failed.
    /// </exception>
    public void Backward(Autograd autograd, Tensor? loss, double share)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        if (!(share is >= 0 and <= 1))
            throw Invalid.Setting(nameof(share), share,
                "DataParallel: the share of a rank's rows in the batch must be 0 to 1; use batch.Share.");
        if (loss is { ElementCount: not 1 })
            throw Invalid.Argument(nameof(loss),
                $"DataParallel: the loss is {loss.Shape} {loss.DType}; expected one number, the mean over the rows of this rank.");
        if (_failed)
            throw new InvalidOperationException(
                "DataParallel: an earlier Backward failed, so the ranks are no longer at the same step. Start again from a checkpoint.");
        if (_buckets is null)
        {
            if (loss is not null) autograd.Backward(loss, Scaled(loss, share));
            return;
        }

        _failed = true;
        Tensor?[] before = [.. _parameters.Select(parameter => parameter.Grad)];
        for (int i = 0; i < before.Length; i++)
            if (before[i] is not null) _parameters[i].Grad = null;
        _buckets.Begin();
        if (loss is not null)
        {
            autograd.GradientAccumulated += _buckets.Take;
            try
            {
                autograd.Backward(loss, Scaled(loss, share));
            }
            finally
            {
                autograd.GradientAccumulated -= _buckets.Take;
            }
        }
        _buckets.End();
        for (int i = 0; i < before.Length; i++)
            if (before[i] is { } earlier) _parameters[i].AddToGrad(earlier, createGraph: false);
        _failed = false;
    }

    // Where the sweep starts, a factor costs nothing; in the gradients it would cost a pass over all of them.
    static Tensor Scaled(Tensor loss, double share)
    {
        using PauseScope pause = Autograd.Pause();
        return Tensor.Full(loss.Shape, share, loss.DType);
    }

    /// <summary>
    /// Replaces buffers, such as the running statistics of <see cref="BatchNorm1d"/>, by their mean over the ranks, and whole numbers by
    /// those of rank 0. Every rank calls it, usually after an epoch, before the model is evaluated or saved.
    /// </summary>
    public void AverageBuffers()
    {
        if (_buckets is null) return;
        using PauseScope pause = Autograd.Pause();
        foreach (Tensor buffer in _model.NamedBuffers().Select(named => named.Tensor))
        {
            if (!buffer.DType.IsFloat())
            {
                Broadcast(buffer);
                continue;
            }
            double[] sums = buffer.ToArray();
            Communicator.AllReduce(sums);
            buffer.CopyFrom(Tensor.From([.. sums.Select(sum => sum / Communicator.Size)], buffer.Shape, buffer.DType));
        }
    }

    /// <summary>
    /// What a model computes differently on several ranks than on one, a sentence for each kind of layer; empty if nothing. Say it when the
    /// training starts.
    /// </summary>
    /// <param name="model">The model.</param>
    public static IReadOnlyList<string> Notes(Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Module[] modules = [.. model.NamedModules().Select(named => named.Module)];
        var notes = new List<string>();
        if (modules.OfType<BatchNorm1d>().Any())
            notes.Add("BatchNorm1d normalizes with the mean and variance of each rank's own rows, not of the whole batch, and the running " +
                "statistics are averaged over the ranks after each epoch: the losses depend on the number of ranks.");
        if (modules.OfType<Dropout>().Any(layer => layer.P > 0))
            notes.Add("Dropout draws other masks on each rank: the losses depend on the number of ranks.");
        return notes;
    }

    /// <inheritdoc/>
    public void Dispose() => _buckets?.Dispose();

    void Broadcast(Tensor tensor)
    {
        Communicator.Broadcast(Agreement.Bytes(tensor), 0);
        tensor.MarkWritten();
    }

    static string Described(Module model) => string.Join(", ", model.NamedParameters().Concat(model.NamedBuffers()).Select(named =>
        $"{named.Name} {named.Tensor.Shape} {named.Tensor.DType}{(named.Tensor.RequiresGrad ? "" : " fixed")}"));
}
