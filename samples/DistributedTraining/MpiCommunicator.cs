using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using MyTorch.Distributed;

namespace DistributedTraining;

/// <summary>The processes that mpirun started, as ranks.</summary>
/// <remarks>
/// The sum over the ranks is written out instead of MPI_Allreduce, whose order of additions depends on the version, the number of elements and
/// the network: each rank receives its part of the array from all others, adds the parts in the order of the ranks, and sends the sum to
/// all. A rank sends and receives 2·(P − 1)/P times the array, as the best algorithms do.
/// </remarks>
sealed class MpiCommunicator : ICommunicator
{
    // They stay where they are: MPI reads and writes them between calls.
    byte[] _send = [], _receive = [];
    long _ticks;

    /// <summary>Connects this process to the others.</summary>
    /// <exception cref="DllNotFoundException">Open MPI is not installed.</exception>
    /// <exception cref="InvalidOperationException">MPI does not start.</exception>
    internal MpiCommunicator()
    {
        Mpi.Load();
        Check(Mpi.InitThread(0, 0, Mpi.Serialized, out int provided), "MPI_Init_thread");
        if (provided < Mpi.Serialized)
            throw new InvalidOperationException(
                "This Open MPI allows calls from one thread only. MPI_THREAD_SERIALIZED is needed, to sum gradients during the backward pass: " +
                "use another build of it.");
        Check(Mpi.Rank(Mpi.World, out int rank), "MPI_Comm_rank");
        Check(Mpi.Size(Mpi.World, out int size), "MPI_Comm_size");
        Span<byte> version = stackalloc byte[256];
        Check(Mpi.LibraryVersion(version, out int length), "MPI_Get_library_version");
        (Rank, Size, Version) = (rank, size, Encoding.ASCII.GetString(version[..length]).Split(',')[0].TrimEnd('\0'));
    }

    /// <summary>Whether this process was started by mpirun, or by a job manager in its place.</summary>
    internal static bool IsStartedByMpi =>
        Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is not null || Environment.GetEnvironmentVariable("PMIX_RANK") is not null;

    public int Rank { get; }

    public int Size { get; }

    /// <summary>The name and version of the library: <c>Open MPI v4.1.4</c>.</summary>
    internal string Version { get; }

    /// <summary>The time spent in sums over the ranks, with the waiting for slower ranks.</summary>
    internal TimeSpan InAllReduce => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _ticks));

    /// <summary>The bytes of all arrays that were summed.</summary>
    internal long Bytes { get; private set; }

    /// <inheritdoc/>
    public void AllReduce(Span<float> values) => AllReduce<float>(values);

    /// <inheritdoc/>
    public void AllReduce(Span<double> values) => AllReduce<double>(values);

    void AllReduce<T>(Span<T> values) where T : unmanaged, INumber<T>
    {
        long start = Stopwatch.GetTimestamp();
        int part = (values.Length + Size - 1) / Size, bytes = checked(part * Unsafe.SizeOf<T>());
        if (_send.Length < bytes * Size)
            (_send, _receive) = (GC.AllocateArray<byte>(checked(bytes * Size), pinned: true), GC.AllocateArray<byte>(bytes * Size, pinned: true));
        Span<byte> send = _send.AsSpan(0, bytes * Size), receive = _receive.AsSpan(0, bytes * Size);
        Span<T> all = MemoryMarshal.Cast<byte, T>(send), parts = MemoryMarshal.Cast<byte, T>(receive);
        values.CopyTo(all);
        all[values.Length..].Clear();
        Wait(Mpi.AllToAll(send, bytes, Mpi.Byte, receive, bytes, Mpi.Byte, Mpi.World, out nint request), request, "MPI_Ialltoall");
        Span<T> sum = all.Slice(Rank * part, part);
        parts[..part].CopyTo(sum);
        for (int rank = 1; rank < Size; rank++) TensorPrimitives.Add(sum, parts.Slice(rank * part, part), sum);
        Wait(Mpi.AllGather(Mpi.InPlace, 0, Mpi.Byte, send, bytes, Mpi.Byte, Mpi.World, out request), request, "MPI_Iallgather");
        all[..values.Length].CopyTo(values);
        Interlocked.Add(ref _ticks, Stopwatch.GetTimestamp() - start);
        Bytes += values.Length * Unsafe.SizeOf<T>();
    }

    /// <summary>Waits for a call, and gives the core to the thread that computes meanwhile: MPI's own calls wait in a loop.</summary>
    static void Wait(int code, nint request, string function)
    {
        Check(code, function);
        while (true)
        {
            Check(Mpi.Test(ref request, out int isDone, 0), "MPI_Test");
            if (isDone != 0) return;
            Thread.Yield();
        }
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> values, int root) => Check(Mpi.Broadcast(values, values.Length, Mpi.Byte, root, Mpi.World), "MPI_Bcast");

    /// <inheritdoc/>
    public void Barrier() => Check(Mpi.Barrier(Mpi.World), "MPI_Barrier");

    /// <summary>Ends all ranks: one that failed would leave the others waiting.</summary>
    internal static void Abort(int exitCode) => _ = Mpi.Abort(Mpi.World, exitCode);

    /// <summary>Says goodbye to the other ranks, which mpirun expects before the process ends.</summary>
    internal static void Finish() => Check(Mpi.Finish(), "MPI_Finalize");

    static void Check(int code, string function)
    {
        if (code != 0) throw new InvalidOperationException($"{function} failed with Open MPI's error code {code}; its own message says more.");
    }
}
