namespace MyTorch;

// Where the elements are: in an array of this tensor or of the one that it is a view of, or nowhere, after a scope gave the memory back.
public partial class Tensor
{
    // Only an owner has one.
    Lease? _lease;
    bool _isReadElsewhere;

    /// <summary>The elements. Every reader and writer asks here, so none can read memory that was given back.</summary>
    /// <exception cref="InvalidOperationException">The memory was given back when a scope with <c>reuseMemory</c> ended.</exception>
    Array Values
    {
        get
        {
            Tensor owner = _owner;
            if (Volatile.Read(ref owner._lease) is { } lease && !lease.Allows(owner)) throw EngineErrors.GivenBack(this);
            return owner._values ?? throw EngineErrors.GivenBack(this);
        }
    }

    /// <summary>This tensor, after the check that its memory was not given back.</summary>
    Tensor Readable()
    {
        _ = Values;
        return this;
    }

    /// <summary>
    /// Whether another thread than that of the lease has begun to read. Either it sees that the memory was taken, or the taker sees this:
    /// both
    /// write first, then read.
    /// </summary>
    internal bool IsReadElsewhere
    {
        get => Volatile.Read(ref _isReadElsewhere);
        set
        {
            _isReadElsewhere = value;
            Interlocked.MemoryBarrier();
        }
    }

    internal void LendTo(Lease lease) => _lease = lease;

    /// <summary>Ends the lease of this tensor's memory, which belongs to the garbage collector from now on.</summary>
    internal void KeepMemory() => Volatile.Write(ref _owner._lease, null);

    /// <summary>Takes the elements away when a lease ends.</summary>
    /// <returns>Them, if they may be used again; null if the memory was not lent any more, or another thread may still be reading
    /// it.</returns>
    internal Array? TakeMemory(Lease lease)
    {
        if (_lease != lease) return null;
        Array? values = Interlocked.Exchange(ref _values, null);
        Volatile.Write(ref _lease, null);
        return IsReadElsewhere ? null : values;
    }
}
