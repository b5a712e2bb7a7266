namespace MyTorch;

/// <summary>
/// The results of one scope, or of one pause, with <c>reuseMemory: true</c>: their memory is lent by <see cref="ResultMemory"/> until it
/// ends.
/// </summary>
/// <remarks>
/// <para>A tensor knows the lease of its memory. When the lease ends, the tensor loses the memory; reading the tensor or a view of it is an
/// error from then on, never another number. Lent is only what an operation allocates while it computes its result, and only to the result.
/// Intermediate values of an operation of the library are given back at once; those of a user's operation, which may keep them, are left to
/// the garbage collector. So parameters, batches, copies and everything else that an operation did not return stay valid.</para>
/// <para>Another thread may read a result while the lease lasts. Such memory is not lent again, because that thread may still be
/// reading.</para>
/// </remarks>
sealed class Lease
{
    // The lease of the result that is being computed: what is allocated meanwhile is lent.
    [ThreadStatic] static Lease? t_computing;

    readonly ResultMemory _memory;
    // Null for a pause.
    readonly Autograd? _scope;
    readonly Thread _thread = Thread.CurrentThread;
    readonly List<Tensor> _results, _allocated;
    bool _hasEnded;

    internal Lease(ResultMemory memory, Autograd? scope)
    {
        (_memory, _scope) = (memory, scope);
        (_results, _allocated) = (memory.RentList(), memory.RentList());
    }

    /// <summary>The lease from which memory is allocated now on this thread; null almost always.</summary>
    internal static Lease? OfResult => t_computing;

    // The scope may have been ended by a thread that must not give its results back.
    bool HasEnded => _hasEnded || _scope is { HasEnded: true };

    /// <summary>
    /// Called before an operation computes its value. Returns this if the value will be a result of the scope or pause; otherwise null.
    /// </summary>
    internal Lease? Begin(Operation operation)
    {
        if (t_computing is not null || HasEnded || (_scope is not null && !Records(operation))) return null;
        return t_computing = this;
    }

    static bool Records(Operation operation)
    {
        foreach (Tensor input in operation.InputArray)
            if (input.RequiresGrad) return true;
        return false;
    }

    internal Tensor Allocate(Shape shape, DType dtype, bool zeroed)
    {
        int count = shape.ElementCount;
        // Forward of the user's operation may have ended the scope.
        if (HasEnded) return Tensor.Own(zeroed ? DTypes.AllocateZeroed(dtype, count) : DTypes.Allocate(dtype, count), shape, dtype);
        Tensor tensor = Tensor.Own(_memory.Rent(dtype, count, zeroed), shape, dtype);
        tensor.LendTo(this);
        _allocated.Add(tensor);
        return tensor;
    }

    /// <summary>After the operation has computed its value, or has failed: lends the memory of the value, and of nothing else.</summary>
    internal void Computed(Operation operation, Tensor? value)
    {
        t_computing = null;
        if (_hasEnded) return;
        bool isResult = value is not null && !HasEnded && (_scope is null || value.DType.IsFloat());
        bool isLibrary = value is not null && operation.GetType().Module == typeof(Operation).Module;
        foreach (Tensor tensor in _allocated)
        {
            bool isValue = tensor == value?.MemoryOwner;
            if (isValue && isResult) _results.Add(tensor);
            else if (!isValue && isLibrary) GiveBack(tensor);
            else tensor.KeepMemory();
        }
        _allocated.Clear();
    }

    /// <summary>Computes a tensor without an operation, such as a batch, in memory of this lease.</summary>
    internal Tensor Compute(Func<Tensor> compute)
    {
        if (t_computing is not null) return compute();
        Tensor? value = null;
        t_computing = this;
        try
        {
            return value = compute();
        }
        finally
        {
            t_computing = null;
            foreach (Tensor tensor in _allocated)
                if (tensor == value?.MemoryOwner) _results.Add(tensor);
                else tensor.KeepMemory();
            _allocated.Clear();
        }
    }

    /// <summary>Called at each reading of a tensor of this lease, by any thread.</summary>
    /// <returns>Whether it may be read.</returns>
    internal bool Allows(Tensor owner)
    {
        if (Thread.CurrentThread != _thread) owner.IsReadElsewhere = true;
        return !HasEnded || t_computing == this;
    }

    /// <summary>Takes the memory of all results. Called by the thread of the lease.</summary>
    internal void End()
    {
        if (_hasEnded) return;
        _hasEnded = true;
        foreach (Tensor result in _results) GiveBack(result);
        foreach (Tensor tensor in _allocated) tensor.KeepMemory();
        _memory.ReturnList(_results);
        _memory.ReturnList(_allocated);
        _memory.EndLease();
    }

    void GiveBack(Tensor tensor)
    {
        if (tensor.TakeMemory(this) is { } values) _memory.Return(tensor.DType, values);
    }
}
