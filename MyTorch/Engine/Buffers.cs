namespace MyTorch;

/// <summary>
/// Memory that only the engine can reach and therefore uses again: the adjoints of a sweep, from one operation to the next and from one
/// sweep to the next. A thread has its own.
/// </summary>
/// <remarks>
/// Who owns what. Results of operations, batches and the gradients that <see cref="Autograd.Gradients"/> returns can be reached by the user:
/// they belong to the garbage collector and never change. <see cref="Tensor.Grad"/> of a leaf belongs to the leaf, which lends the memory to the
/// next <see cref="Autograd.Backward"/> after <see cref="Tensor.ZeroGrad"/>. An adjoint that goes from one rule in one pass
/// (<see cref="Operation.BackwardInOnePass"/>) to another is seen by nobody else, and comes from here and back. A rule of the user's own
/// may keep what it is given or return it twice: what went through <see cref="Operation.Backward"/> is never used again.
/// </remarks>
sealed class Buffers
{
    const int Most = 64;
    const int IdleSweeps = 8;

    readonly List<(Tensor Buffer, int LastSweep)> _free = [];
    int _sweep;

    /// <summary>How many numbers the buffers hold that are free now.</summary>
    internal long FreeElements
    {
        get
        {
            long count = 0;
            foreach ((Tensor buffer, _) in _free) count += buffer.ElementCount;
            return count;
        }
    }

    /// <summary>A tensor of any content, for a rule that overwrites it and returns it.</summary>
    internal Tensor Rent(Shape shape, DType dtype)
    {
        for (int i = _free.Count - 1; i >= 0; i--)
        {
            Tensor buffer = _free[i].Buffer;
            if (buffer.DType != dtype || buffer.Shape != shape) continue;
            _free.RemoveAt(i);
            buffer.IsAdjointBuffer = true;
            return buffer;
        }
        Tensor fresh = Tensor.Empty(shape, dtype);
        fresh.IsAdjointBuffer = true;
        return fresh;
    }

    /// <summary>A tensor of any content for the gradient of an input; for a leaf the memory of its last gradient, if it has no gradient now.</summary>
    internal Tensor For(Tensor input)
    {
        if (!LendsGrads || input.LendGrad() is not { } lent) return Rent(input.Shape, input.DType);
        lent.IsAdjointBuffer = true;
        return lent;
    }

    /// <summary>Whether leaves lend the memory of their gradients: in a sweep that is going to set them.</summary>
    internal bool LendsGrads { get; set; }

    /// <summary>Takes back a buffer that nobody else holds.</summary>
    internal void Return(Tensor buffer)
    {
        buffer.IsAdjointBuffer = false;
        if (_free.Count == Most) _free.RemoveAt(0);
        _free.Add((buffer, _sweep));
    }

    /// <summary>Lets go of what was not wanted for some sweeps.</summary>
    internal void EndSweep()
    {
        _sweep++;
        while (_free.Count > 0 && _sweep - _free[0].LastSweep > IdleSweeps) _free.RemoveAt(0);
    }
}
