using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.ExceptionServices;

namespace MyTorch.Distributed;

/// <summary>
/// Ranks that are threads of one process: <c>InProcessCommunicator.Run(4, ranks => Train(ranks))</c>. For tests, and to see data-parallel
/// training without MPI; one process trains faster without it, because its kernels use all cores anyway.
/// </summary>
public sealed class InProcessCommunicator : ICommunicator
{
    readonly Meeting _meeting;

    InProcessCommunicator(Meeting meeting, int rank) => (_meeting, Rank) = (meeting, rank);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size => _meeting.Size;

    /// <summary>
    /// Calls a function on as many threads as there are ranks, and waits for all. If one fails, the others fail at their next call, and its
    /// exception is thrown here.
    /// </summary>
    /// <param name="size">The number of ranks, at least 1.</param>
    /// <param name="rank">What each rank does, with its own communicator, model and optimizer.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are less than 1 rank.</exception>
    public static void Run(int size, Action<ICommunicator> rank)
    {
        ArgumentNullException.ThrowIfNull(rank);
        if (size < 1) throw Invalid.Setting(nameof(size), size, "InProcessCommunicator: the number of ranks must be at least 1.");
        var meeting = new Meeting(size);
        Thread[] threads =
            [.. Enumerable.Range(0, size).Select(r => new Thread(() => Body(r)) { IsBackground = true, Name = $"rank {r}" })];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        meeting.Failure?.Cause.Throw();

        void Body(int r)
        {
            try
            {
                rank(new InProcessCommunicator(meeting, r));
                meeting.Leave(r);
            }
            catch (Exception e)
            {
                meeting.Fail(r, e);
            }
        }
    }

    /// <inheritdoc/>
    public void AllReduce(Span<float> values) => AllReduce<float>(values);

    /// <inheritdoc/>
    public void AllReduce(Span<double> values) => AllReduce<double>(values);

    /// <inheritdoc/>
    public void Broadcast(Span<byte> values, int root)
    {
        if (root < 0 || root >= Size)
            throw Invalid.OutOfRange(nameof(root), $"Broadcast: there is no rank {root}; expected 0 to {Size - 1}.");
        byte[]? given = Rank == root ? values.ToArray() : null;
        object?[] all = _meeting.Exchange(Rank, "Broadcast", values.Length, given);
        if (Rank != root) ((byte[])all[root]!).CopyTo(values);
    }

    /// <inheritdoc/>
    public void Barrier() => _meeting.Exchange(Rank, "Barrier", 0, null);

    // Every rank adds up all numbers itself, in the order of the ranks.
    void AllReduce<T>(Span<T> values) where T : unmanaged, INumber<T>
    {
        object?[] all = _meeting.Exchange(Rank, $"AllReduce of {typeof(T).Name}", values.Length, values.ToArray());
        ((T[])all[0]!).CopyTo(values);
        for (int r = 1; r < all.Length; r++) TensorPrimitives.Add(values, (T[])all[r]!, values);
    }

    /// <summary>Where the threads meet: each leaves something, and when all have, each gets what all left.</summary>
    sealed class Meeting(int size)
    {
        readonly Lock _lock = new();
        readonly ManualResetEventSlim[] _wake = [.. Enumerable.Range(0, size).Select(_ => new ManualResetEventSlim())];
        (string Call, int Length)?[] _calls = new (string, int)?[size];
        object?[] _given = new object?[size];
        object?[] _exchanged = [];
        int _arrived;
        readonly bool[] _left = new bool[size];

        internal int Size => size;

        /// <summary>The first rank that failed, not because another did.</summary>
        internal (int Rank, ExceptionDispatchInfo Cause)? Failure { get; private set; }

        internal object?[] Exchange(int rank, string call, int length, object? given)
        {
            lock (_lock)
            {
                if (Failure is { } failed) throw Other(failed);
                if (Array.IndexOf(_left, true) is var gone and >= 0) throw Ended(rank, call, gone);
                for (int r = 0; r < size; r++)
                    if (_calls[r] is { } other && other != (call, length))
                        throw Invalid.Operation(
                            $"Rank {rank} calls {call} with {length} element(s) while rank {r} calls {other.Call} with {other.Length}. " +
                            $"All ranks must make the same calls in the same order.");
                (_calls[rank], _given[rank]) = ((call, length), given);
                if (++_arrived == size)
                {
                    (_exchanged, _given, _calls, _arrived) = (_given, new object?[size], new (string, int)?[size], 0);
                    for (int r = 0; r < size; r++)
                        if (r != rank) _wake[r].Set();
                    return _exchanged;
                }
            }
            _wake[rank].Wait();
            lock (_lock)
            {
                // Nobody can exchange anything else before this rank comes back, so these are the right ones.
                if (Failure is { } failed) throw Other(failed);
                _wake[rank].Reset();
                return _exchanged;
            }
        }

        internal void Fail(int rank, Exception e)
        {
            lock (_lock)
            {
                Failure ??= (rank, ExceptionDispatchInfo.Capture(e));
                foreach (ManualResetEventSlim wake in _wake) wake.Set();
            }
        }

        /// <summary>A rank has ended. If others wait for it, they made a call that it did not make.</summary>
        internal void Leave(int rank)
        {
            lock (_lock)
            {
                _left[rank] = true;
                int waiting = Array.FindIndex(_calls, call => call is not null);
                if (waiting >= 0) Fail(waiting, Ended(waiting, _calls[waiting]!.Value.Call, rank));
            }
        }

        static InvalidOperationException Other((int Rank, ExceptionDispatchInfo Cause) failed) => Invalid.Operation(
            $"Rank {failed.Rank} failed, so this one ends too: {failed.Cause.SourceException.Message}");

        static InvalidOperationException Ended(int rank, string call, int gone) => Invalid.Operation(
            $"Rank {rank} calls {call}, but rank {gone} has ended already. All ranks must make the same calls in the same order.");
    }
}
