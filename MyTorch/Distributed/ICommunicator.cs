namespace MyTorch.Distributed;

/// <summary>
/// How the ranks of a training talk to each other: what data-parallel training needs of MPI. Each rank runs the same program with its own
/// copy of the model, and calls the same methods in the same order; a call returns when all ranks have made it.
/// </summary>
/// <remarks>
/// <para><see cref="InProcessCommunicator"/> connects threads of one process; <c>samples/DistributedTraining</c> connects processes by Open
/// MPI.</para>
/// <para>Calls may come from different threads, but never two at the same time. A communicator must not wait for ever for a rank that has
/// failed: it throws, or ends the program.</para>
/// </remarks>
public interface ICommunicator
{
    /// <summary>The number of this rank, 0 … <see cref="Size"/> − 1. Rank 0 writes files.</summary>
    int Rank { get; }

    /// <summary>The number of ranks, at least 1.</summary>
    int Size { get; }

    /// <summary>
    /// Replaces each number by its sum over all ranks. The ranks are added in a fixed order, so that every rank gets the same bits, in
    /// every run.
    /// </summary>
    /// <param name="values">As many numbers on every rank.</param>
    void AllReduce(Span<float> values);

    /// <inheritdoc cref="AllReduce(Span{float})"/>
    void AllReduce(Span<double> values);

    /// <summary>Replaces the bytes of every rank by those of one.</summary>
    /// <param name="values">As many bytes on every rank.</param>
    /// <param name="root">The rank whose bytes all receive.</param>
    void Broadcast(Span<byte> values, int root);

    /// <summary>Waits until all ranks have called it.</summary>
    void Barrier();
}
