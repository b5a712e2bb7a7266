using MyTorch.Operations;

namespace MyTorch;

/// <summary>The memory of gradients: what may be written in place, and what is used again. A thread has one, for all its sweeps.</summary>
/// <remarks>
/// Who owns what:
/// <list type="bullet">
/// <item>Results of operations, batches and what <see cref="Autograd.Gradients"/> returns can be reached by the user. The garbage collector
/// owns them, and they never change.</item>
/// <item>What passed through <see cref="Operation.Backward"/> may be kept by the rule, or returned twice. It is never written to.</item>
/// <item>What a fused rule (<see cref="Operation.BackwardInOnePass"/>) returned is a buffer that only the sweep can reach. Further
/// contributions are added into it, and once the next rule has read it, it comes back here.</item>
/// <item><see cref="Tensor.Grad"/> of a leaf belongs to the leaf. <see cref="Accumulate"/> adds into it. After
/// <see cref="Tensor.ZeroGrad"/> the leaf lends the memory to the next <see cref="Autograd.Backward"/>.</item>
/// </list>
/// </remarks>
sealed class GradientMemory
{
    const int MostBuffers = 64;
    const int IdleSweeps = 8;

    readonly List<(Tensor Buffer, int LastSweep)> _free = [];
    Dictionary<Tensor, Tensor?>? _sums;
    int _sweep;

    /// <summary>What one tensor has of gradient memory.</summary>
    internal struct Slot
    {
        /// <summary>The gradient, or the memory of the last one, as <see cref="State"/> says.</summary>
        internal Tensor? Tensor;

        internal State State;

        /// <summary>Whether the tensor is itself a buffer: an adjoint that only one sweep can reach.</summary>
        internal bool IsBuffer;
    }

    /// <summary>What the tensor in a slot is.</summary>
    internal enum State : byte
    {
        /// <summary>The gradient: assigned by the user, or recorded. It is never written to.</summary>
        Given,

        /// <summary>The gradient, in memory that belongs to the leaf: contributions are added in place.</summary>
        Own,

        /// <summary>The memory of the gradient that ZeroGrad took away, for the next one. There is no gradient.</summary>
        Spare,

        /// <summary>Nothing: the spare memory was lent to a sweep.</summary>
        Lent,
    }

    /// <summary>The number of elements in all buffers that are free now.</summary>
    internal long FreeElements => _free.Sum(free => (long)free.Buffer.ElementCount);

    /// <summary>Whether leaves lend the memory of their gradients: in a sweep that is going to set them.</summary>
    internal bool LeavesLend { get; set; }

    /// <summary>A buffer with any content, for a rule that overwrites it and returns it.</summary>
    internal Tensor Rent(Shape shape, DType dtype)
    {
        for (int i = _free.Count - 1; i >= 0; i--)
        {
            Tensor buffer = _free[i].Buffer;
            if (buffer.DType != dtype || buffer.Shape != shape) continue;
            _free.RemoveAt(i);
            buffer.Gradient.IsBuffer = true;
            return buffer;
        }
        Tensor fresh = Tensor.Empty(shape, dtype);
        fresh.Gradient.IsBuffer = true;
        return fresh;
    }

    /// <summary>
    /// A buffer with any content for the gradient of an input. For a leaf without a gradient it is the memory of its last one.
    /// </summary>
    internal Tensor For(Tensor input)
    {
        if (!LeavesLend || Lend(input) is not { } lent) return Rent(input.Shape, input.DType);
        lent.Gradient.IsBuffer = true;
        return lent;
    }

    /// <summary>Takes back a buffer that nobody else holds.</summary>
    internal void Return(Tensor buffer)
    {
        buffer.Gradient.IsBuffer = false;
        if (_free.Count == MostBuffers) _free.RemoveAt(0);
        _free.Add((buffer, _sweep));
    }

    /// <summary>An empty dictionary for the sums of a sweep's leaves: that of the last sweep; inside another sweep a new one.</summary>
    internal Dictionary<Tensor, Tensor?> RentSums()
    {
        Dictionary<Tensor, Tensor?> sums = _sums ?? new(ReferenceEqualityComparer.Instance);
        _sums = null;
        sums.Clear();
        return sums;
    }

    /// <summary>Lets go of the tensors of the last sweep, when the tape ends.</summary>
    internal void ForgetSums() => _sums?.Clear();

    /// <summary>Keeps the dictionary for the next sweep, and drops the buffers that the last few sweeps did not need.</summary>
    internal void EndSweep(Dictionary<Tensor, Tensor?> sums)
    {
        _sums = sums;
        _sweep++;
        while (_free.Count > 0 && _sweep - _free[0].LastSweep > IdleSweeps) _free.RemoveAt(0);
    }

    /// <summary>sum + contribution, in the memory of one of them if it is a buffer.</summary>
    internal Tensor Add(Tensor sum, Tensor contribution)
    {
        if (!sum.Gradient.IsBuffer && !contribution.Gradient.IsBuffer)
        {
            Tensor total = sum + contribution;
            total.Gradient.IsBuffer = true;
            return total;
        }
        (Tensor own, Tensor other) = sum.Gradient.IsBuffer ? (sum, contribution) : (contribution, sum);
        ElementwiseDispatch.AddInPlace(own, other);
        if (other.Gradient.IsBuffer) Return(other);
        return own;
    }

    /// <summary>
    /// Adds a gradient to <see cref="Tensor.Grad"/> of a leaf. With a graph the sum is recorded; without, it is the leaf's own memory.
    /// </summary>
    internal static void Accumulate(Tensor leaf, Tensor gradient, bool createGraph)
    {
        // Sweeps of other threads may arrive here too. The array of the values is an object that no user can lock.
        lock (leaf.Lock)
        {
            ref Slot slot = ref leaf.Gradient;
            Tensor? sum = leaf.Grad;
            if (createGraph)
            {
                // A recorded result cannot be overwritten; anything else may be the caller's own tensor.
                leaf.Grad = sum is not null ? OnThisThread(sum) + gradient : gradient.IsLeaf ? gradient.Clone() : gradient;
                return;
            }
            if (sum is null && gradient.Gradient.IsBuffer) slot.Tensor = Keep(gradient);
            else if (sum is null)
                slot.Tensor = CopyInto(slot.State == State.Spare ? slot.Tensor! : Tensor.Empty(leaf.Shape, leaf.DType), gradient);
            else if (slot.State == State.Given) slot.Tensor = sum.Detach() + gradient.Detach();
            else
            {
                ElementwiseDispatch.AddInPlace(sum, gradient);
                if (gradient.Gradient.IsBuffer) Tape.OfThisThread.Memory.Return(gradient);
            }
            slot.Tensor!.KeepMemory();
            slot.State = State.Own;
        }
    }

    /// <summary>
    /// Makes a buffer a gradient that the user can reach. Its memory may be that of an earlier gradient, which somebody may hold.
    /// </summary>
    static Tensor Keep(Tensor buffer)
    {
        buffer.Gradient.IsBuffer = false;
        buffer.MarkWritten();
        return buffer;
    }

    static Tensor CopyInto(Tensor memory, Tensor gradient)
    {
        Tensor.CopyValues(gradient, memory);
        memory.MarkWritten();
        return memory;
    }

    // What another thread recorded, or a scope that has ended, is a number to this one.
    static Tensor OnThisThread(Tensor sum) =>
        (sum.Producer is { } producer ? producer.Tape?.Thread == Thread.CurrentThread : sum.RequiresGrad) ? sum : sum.Detach();

    /// <summary>The memory of the gradient that ZeroGrad took away; null if there is none, or if there is a gradient to add to.</summary>
    static Tensor? Lend(Tensor leaf)
    {
        ref Slot slot = ref leaf.Gradient;
        if (slot.State != State.Spare || !leaf.IsLeaf) return null;
        Tensor? lent = slot.Tensor;
        // Of several threads at once, one gets it.
        if (Interlocked.CompareExchange(ref slot.State, State.Lent, State.Spare) != State.Spare) return null;
        lent?.MarkWritten();
        return lent;
    }
}
