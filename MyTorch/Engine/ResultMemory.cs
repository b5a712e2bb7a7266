using System.Numerics;

namespace MyTorch;

/// <summary>
/// The memory that results of earlier scopes with <c>reuseMemory: true</c> gave back, for the results of the next one. A thread has one.
/// </summary>
/// <remarks>
/// New memory for a large result costs more than the arithmetic that fills it: page faults, and collections of large objects. Memory that
/// the
/// scopes of the last while did not need is left to the garbage collector.
/// </remarks>
sealed class ResultMemory
{
    // An octave of lengths has so many sizes, so that batches of nearly the same size share memory: at most an eighth of an array is
    // unused.
    const int SizesOfAnOctave = 8;

    const int LeasesBetweenChecks = 64;

    /// <summary>The free arrays of one size.</summary>
    sealed class Bin
    {
        internal readonly Stack<Array> Free = [];

        /// <summary>How many were free all the time since the last check.</summary>
        internal int Idle;
    }

    readonly Dictionary<(DType, int), Bin> _bins = [];
    readonly Stack<List<Tensor>> _lists = [];
    int _leases;

    /// <summary>The number of elements from which an array is kept: a smaller one costs less than the search for a used one.</summary>
    internal int SmallestKept { get; set; } = 256;

    /// <summary>The arrays that are free now.</summary>
    internal IEnumerable<Array> Free => _bins.Values.SelectMany(bin => bin.Free);

    /// <summary>An array of at least so many elements, with any content unless it is to be zeroed.</summary>
    internal Array Rent(DType dtype, int count, bool zeroed)
    {
        if (count < SmallestKept) return DTypes.AllocateZeroed(dtype, count);
        int size = SizeFor(count);
        if (!_bins.TryGetValue((dtype, size), out Bin? bin) || !bin.Free.TryPop(out Array? array))
            return zeroed ? DTypes.AllocateZeroed(dtype, size) : DTypes.Allocate(dtype, size);
        bin.Idle = Math.Min(bin.Idle, bin.Free.Count);
        if (zeroed) Array.Clear(array, 0, count);
        return array;
    }

    /// <summary>Takes an array that was rented, and that nobody can read any more.</summary>
    internal void Return(DType dtype, Array array)
    {
        if (array.Length < SmallestKept) return;
        if (!_bins.TryGetValue((dtype, array.Length), out Bin? bin)) _bins[(dtype, array.Length)] = bin = new Bin();
        bin.Free.Push(array);
    }

    /// <summary>Now and then drops the arrays that no lease has needed since the last time.</summary>
    internal void EndLease()
    {
        if (++_leases % LeasesBetweenChecks != 0) return;
        foreach ((var size, Bin bin) in _bins)
        {
            for (; bin.Idle > 0; bin.Idle--) bin.Free.Pop();
            bin.Idle = bin.Free.Count;
            if (bin.Idle == 0) _bins.Remove(size);
        }
    }

    /// <summary>Drops all free arrays.</summary>
    internal void Clear() => _bins.Clear();

    internal List<Tensor> RentList() => _lists.TryPop(out List<Tensor>? list) ? list : [];

    internal void ReturnList(List<Tensor> list)
    {
        list.Clear();
        _lists.Push(list);
    }

    /// <summary>The count, rounded up to the next of the sizes.</summary>
    internal static int SizeFor(int count)
    {
        int step = Math.Max(1, (int)(BitOperations.RoundUpToPowerOf2((uint)count) / (2 * SizesOfAnOctave)));
        return (int)Math.Min(((long)count + step - 1) / step * step, Array.MaxLength);
    }
}
