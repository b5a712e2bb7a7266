using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace MyTorch.Distributed;

/// <summary>
/// The gradients of all parameters in a few long arrays, which a thread sums over the ranks one after another while the backward pass
/// goes on.
/// </summary>
/// <remarks>
/// One long array takes less time than many short ones: each all-reduce costs a round trip. Which parameters share a bucket, and the order
/// in which buckets are sent, depend on the list of parameters alone, so they are the same on every rank whatever arrives first.
/// </remarks>
sealed class GradientBuckets : IDisposable
{
    readonly Bucket[] _buckets;
    readonly Dictionary<Tensor, Bucket> _bucketOf = new(ReferenceEqualityComparer.Instance);
    readonly BlockingCollection<Bucket> _toSend = [];
    readonly SemaphoreSlim _sent = new(0);
    readonly ICommunicator _communicator;

    Thread? _sender;
    ExceptionDispatchInfo? _failure;
    int _queued;
    long _sending;

    /// <param name="communicator">The ranks.</param>
    /// <param name="parameters">The parameters in the order of the model. The last layers have their gradients first.</param>
    /// <param name="bucketBytes">The size from which a bucket takes no further parameter.</param>
    internal GradientBuckets(ICommunicator communicator, IReadOnlyList<Tensor> parameters, int bucketBytes)
    {
        _communicator = communicator;
        var buckets = new List<Bucket>();
        var filling = new Dictionary<DType, Bucket>();
        foreach (Tensor parameter in parameters.Reverse())
        {
            if (!filling.TryGetValue(parameter.DType, out Bucket? bucket) || bucket.Bytes >= bucketBytes)
            {
                bucket = parameter.DType == DType.Float32 ? new Bucket<float>() : new Bucket<double>();
                filling[parameter.DType] = bucket;
                buckets.Add(bucket);
            }
            bucket.Add(parameter);
            _bucketOf.Add(parameter, bucket);
        }
        foreach (Bucket bucket in buckets) bucket.Allocate();
        _buckets = [.. buckets];
    }

    /// <summary>The bytes of all buckets: what a step sums over the ranks.</summary>
    internal long Bytes => _buckets.Sum(bucket => (long)bucket.Bytes);

    internal int Count => _buckets.Length;

    /// <summary>The time that the sums have taken so far, with the waiting for slower ranks.</summary>
    internal TimeSpan Sending => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _sending));

    /// <summary>Begins a backward pass.</summary>
    internal void Begin()
    {
        _queued = 0;
        foreach (Bucket bucket in _buckets) bucket.Clear();
    }

    /// <summary>
    /// Takes the gradient of a parameter after its last contribution, and sends the buckets that are complete and next in order.
    /// </summary>
    internal void Take(Tensor leaf)
    {
        if (!_bucketOf.TryGetValue(leaf, out Bucket? bucket)) return;
        bucket.Take(leaf);
        while (_queued < _buckets.Length && _buckets[_queued].IsComplete) Send(_buckets[_queued++]);
    }

    /// <summary>Sends the rest, with zeros for what has no gradient here, and sets the gradients to the sums.</summary>
    internal void End()
    {
        foreach (Bucket bucket in _buckets) bucket.TakeMissed();
        while (_queued < _buckets.Length) Send(_buckets[_queued++]);
        foreach (Bucket bucket in _buckets)
        {
            _sent.Wait();
            _failure?.Throw();
            bucket.Give();
        }
    }

    void Send(Bucket bucket)
    {
        if (_sender is null)
        {
            _sender = new Thread(SendAll) { IsBackground = true, Name = "all-reduce" };
            _sender.Start();
        }
        _toSend.Add(bucket);
    }

    void SendAll()
    {
        foreach (Bucket bucket in _toSend.GetConsumingEnumerable())
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                if (_failure is null) bucket.Sum(_communicator);
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
            Interlocked.Add(ref _sending, Stopwatch.GetTimestamp() - start);
            _sent.Release();
        }
    }

    public void Dispose()
    {
        _toSend.CompleteAdding();
        _sender?.Join();
        _toSend.Dispose();
        _sent.Dispose();
    }

    /// <summary>The gradients of some parameters of one type, one after another, and for each the number of ranks that have it.</summary>
    abstract class Bucket
    {
        protected List<Tensor> Parameters { get; } = [];
        protected Dictionary<Tensor, int> Offsets { get; } = new(ReferenceEqualityComparer.Instance);
        protected HashSet<Tensor> Taken { get; } = new(ReferenceEqualityComparer.Instance);

        protected int Length { get; private set; }

        internal int Bytes => (Length + Parameters.Count) * ElementSize;

        internal bool IsComplete => Taken.Count == Parameters.Count;

        protected abstract int ElementSize { get; }

        internal void Add(Tensor parameter)
        {
            Offsets[parameter] = Length;
            Parameters.Add(parameter);
            Length += parameter.ElementCount;
        }

        internal abstract void Allocate();

        internal abstract void Clear();

        internal abstract void Take(Tensor parameter);

        /// <summary>Takes gradients that were not announced, as those of a graph that does not lead to the loss never are.</summary>
        internal void TakeMissed()
        {
            foreach (Tensor parameter in Parameters)
                if (parameter.Grad is not null && !Taken.Contains(parameter)) Take(parameter);
        }

        internal abstract void Sum(ICommunicator communicator);

        /// <summary>Sets the gradient of each parameter to the sum; to null where no rank has one.</summary>
        internal abstract void Give();
    }

    sealed class Bucket<T> : Bucket where T : unmanaged, INumber<T>
    {
        T[] _values = [];

        protected override int ElementSize => Unsafe.SizeOf<T>();

        internal override void Allocate() => _values = new T[Length + Parameters.Count];

        internal override void Clear()
        {
            Taken.Clear();
            Array.Clear(_values);
        }

        internal override void Take(Tensor parameter)
        {
            Taken.Add(parameter);
            parameter.Grad!.Read<T>().CopyTo(_values.AsSpan(Offsets[parameter]));
            _values[Length + Parameters.IndexOf(parameter)] = T.One;
        }

        internal override void Sum(ICommunicator communicator)
        {
            if (_values is float[] single) communicator.AllReduce(single);
            else communicator.AllReduce((double[])(object)_values);
        }

        internal override void Give()
        {
            for (int i = 0; i < Parameters.Count; i++)
            {
                Tensor parameter = Parameters[i];
                if (_values[Length + i] == T.Zero) continue;
                if (parameter.Grad is null || parameter.Gradient.State != GradientMemory.State.Own)
                    parameter.Grad = Tensor.Empty(parameter.Shape, parameter.DType);
                _values.AsSpan(Offsets[parameter], parameter.ElementCount).CopyTo(parameter.Grad!.Change<T>().Span);
            }
        }
    }
}
