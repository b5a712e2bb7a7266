using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace MyTorch;

/// <summary>
/// An N-dimensional array in row-major order, with automatic differentiation.
/// </summary>
/// <remarks>
/// Operations return new tensors and never change their inputs. Values are changed in place only by optimizers, running statistics,
/// loading, <see cref="Fill(double)"/> and <see cref="CopyFrom"/>. <see cref="Autograd.Backward"/> throws if a recorded operation needs a
/// changed value.
/// </remarks>
[DebuggerDisplay("{DebuggerText,nq}")]
[CollectionBuilder(typeof(TensorLiteral), nameof(TensorLiteral.Create))]
public partial class Tensor
{
    static DType s_defaultDType = DType.Float32;
    static bool s_anyTensorMade;
    static long s_clock;

    // Null in a view, which reads its owner's, and after the memory was given back.
    Array? _values;
    Tensor _owner;
    bool _isAlias;
    long _writtenAt;

    private protected Tensor(Array? values, Shape shape, DType dtype, Tensor? owner = null)
    {
        _values = values;
        Shape = shape;
        ElementCount = shape.ElementCount;
        DType = dtype;
        _owner = owner ?? this;
    }

    /// <summary>
    /// The element type of tensors made from C# numbers when no dtype is given. <see cref="DType.Float32"/> unless set before the first
    /// tensor is created.
    /// </summary>
    /// <exception cref="ArgumentException">The value is not a floating-point type.</exception>
    /// <exception cref="InvalidOperationException">A tensor was already created.</exception>
    public static DType DefaultDType
    {
        get => s_defaultDType;
        set
        {
            if (!value.IsFloat())
                throw new ArgumentException($"DefaultDType: {value} is not a floating-point type; use Float32 or Float64.", nameof(value));
            if (s_anyTensorMade && value != s_defaultDType)
                throw new InvalidOperationException(
                    $"DefaultDType: cannot change from {s_defaultDType} to {value} after the first tensor was created; set it at the " +
                    $"start of the program.");
            s_defaultDType = value;
        }
    }

    /// <summary>The sizes of the dimensions.</summary>
    public Shape Shape { get; }

    /// <summary>The type of the elements.</summary>
    public DType DType { get; }

    /// <summary>The number of elements.</summary>
    /// <remarks>
    /// Not called Count, because a tensor is enumerated by rows and C# expects Count to be the number of enumerated items.
    /// </remarks>
    public int ElementCount { get; }

    /// <summary>The number of dimensions; 0 for a scalar.</summary>
    public int Rank => Shape.Rank;

    /// <summary>A name for traces, graphs and error messages. Modules name their parameters.</summary>
    public string? Name { get; set; }

    /// <summary>The value of a tensor with one element as a C# number, without gradient history.</summary>
    /// <exception cref="InvalidOperationException">
    /// The tensor does not have exactly one element, or it is an integer that double cannot represent; see <see cref="ItemInt64"/>.
    /// </exception>
    public double Item() => ElementCount == 1
        ? ExactValueAt(0, "Item", "ItemInt64()")
        : throw new InvalidOperationException(
            $"Item: {Describe()} has {ElementCount} elements; Item() needs exactly one. Index the tensor first, or use ToArray().");

    /// <summary>The value of an Int64 tensor with one element, exactly.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not Int64, or does not have exactly one element.</exception>
    public long ItemInt64() => DType == DType.Int64 && ElementCount == 1
        ? Read<long>()[0]
        : throw new InvalidOperationException(
            $"ItemInt64: {Describe()} is not Int64 with exactly one element. Convert it with .To(DType.Int64), or index it first.");

    /// <summary>The element at the given index, one number per dimension; negative numbers count from the end.</summary>
    /// <exception cref="ArgumentException">The number of indices is not the rank, or an index is out of range.</exception>
    public double Item(params ReadOnlySpan<int> index)
    {
        if (index.Length != Rank)
            throw new ArgumentException(
                $"Item: {index.Length} indices for {Describe()}; give one for each of its {Rank} dimensions.", nameof(index));
        int[] strides = Shape.Strides();
        int offset = 0;
        for (int d = 0; d < Rank; d++)
            offset += strides[d] * Shape.ElementIndex(d, index[d], "Item");
        return ExactValueAt(offset, "Item", "x[…].ItemInt64()");
    }

    /// <summary>All elements in row-major order as a new array; Bool elements as 0 and 1.</summary>
    /// <exception cref="InvalidOperationException">
    /// An Int64 element cannot be represented as double; see <see cref="ToInt64Array"/>.
    /// </exception>
    public double[] ToArray()
    {
        if (DType == DType.Float64) return Copy<double>(DType.Float64);
        double[] result = new double[ElementCount];
        if (DType == DType.Float32)
        {
            ReadOnlySpan<float> values = Read<float>();
            for (int i = 0; i < result.Length; i++) result[i] = values[i];
        }
        else
            for (int i = 0; i < result.Length; i++) result[i] = ExactValueAt(i, "ToArray", "ToInt64Array()");
        return result;
    }

    // Not every integer beyond 2^53 is a double; rounding silently would return another integer.
    double ExactValueAt(int offset, string operation, string instead) => DType != DType.Int64 || IsExactDouble(Read<long>()[offset])
        ? ValueAt(offset)
        : throw new InvalidOperationException(FormattableString.Invariant(
            $"{operation}: element {offset} of {Describe()} is {Read<long>()[offset]}, which double cannot represent exactly. ") +
            $"Use {instead}.");

    /// <summary>All elements of a Float32 tensor in row-major order as a new array.</summary>
    /// <exception cref="InvalidOperationException">The tensor has a different type.</exception>
    public float[] ToFloatArray() => Copy<float>(DType.Float32);

    /// <summary>All elements of an Int64 tensor in row-major order as a new array.</summary>
    /// <exception cref="InvalidOperationException">The tensor has a different type.</exception>
    public long[] ToInt64Array() => Copy<long>(DType.Int64);

    /// <summary>All elements of a Bool tensor in row-major order as a new array.</summary>
    /// <exception cref="InvalidOperationException">The tensor has a different type.</exception>
    public bool[] ToBoolArray() => Copy<bool>(DType.Bool);

    T[] Copy<T>(DType dtype) where T : unmanaged => DType == dtype
        ? Read<T>().ToArray()
        : throw new InvalidOperationException(
            $"{Describe()} does not hold {dtype} values; convert first with .To(DType.{dtype}), or use ToArray().");

    /// <summary>A tensor with the same values but without gradient history. It shares memory with this tensor.</summary>
    public Tensor Detach() => new Tensor(null, Shape, DType, Readable()._owner) { Name = Name }.DetachedFrom(this, HistoryLoss.Detached);

    /// <summary>
    /// A new leaf with the same values, at which a function can be differentiated without touching this tensor's gradient.
    /// </summary>
    internal Tensor DetachedLeaf(bool requiresGrad = true)
    {
        Tensor leaf = Detach();
        leaf.RequiresGrad = requiresGrad;
        return leaf;
    }

    /// <summary>A copy of the values without gradient history.</summary>
    public Tensor Clone()
    {
        Tensor copy = Empty(Shape, DType);
        CopyValues(this, copy);
        return copy.DetachedFrom(this, HistoryLoss.Detached);
    }

    /// <summary>Sets every element to a value.</summary>
    /// <exception cref="InvalidOperationException">The tensor is the result of a recorded operation.</exception>
    /// <exception cref="ArgumentException">The type is Int64 and the value is not an integer or out of range.</exception>
    public void Fill(double value)
    {
        RequireWritable(nameof(Fill));
        RequireHeld(value, DType, nameof(Fill));
        CopyIfAlias();
        switch (DType)
        {
            case DType.Float32: Write<float>().Fill((float)value); break;
            case DType.Float64: Write<double>().Fill(value); break;
            case DType.Int64: Write<long>().Fill((long)value); break;
            default: Write<bool>().Fill(value != 0); break;
        }
        HistoryLoss = HistoryLoss.None;
        MarkWritten();
    }

    /// <summary>Sets every element to an integer, exact in Int64.</summary>
    /// <exception cref="InvalidOperationException">The tensor is the result of a recorded operation.</exception>
    public void Fill(long value)
    {
        if (DType != DType.Int64)
        {
            Fill((double)value);
            return;
        }
        RequireWritable(nameof(Fill));
        CopyIfAlias();
        Write<long>().Fill(value);
        MarkWritten();
    }

    /// <summary>Copies the elements of a tensor of the same shape and type into this one.</summary>
    /// <exception cref="ArgumentException">The source has a different shape or type.</exception>
    /// <exception cref="InvalidOperationException">The tensor is the result of a recorded operation.</exception>
    public void CopyFrom(Tensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        RequireWritable(nameof(CopyFrom));
        if (source.Shape != Shape || source.DType != DType)
            throw new ArgumentException(
                $"CopyFrom: {source.Describe()} does not fit {Describe()}; shape and type must be the same.", nameof(source));
        CopyIfAlias();
        CopyValues(source, this);
        HistoryLoss = HistoryLoss.None;
        Origin = source.Origin?.Cut(HistoryLoss.Detached);
        MarkWritten();
    }

    // Copy on write: a result that shares the memory of its operand gets a copy before its first change.
    void CopyIfAlias()
    {
        if (!_isAlias) return;
        _values = (Array)Values.Clone();
        (_owner, _isAlias) = (this, false);
    }

    void RequireWritable(string action)
    {
        if (Producer is not null)
            throw new InvalidOperationException(
                $"{action}: {Describe()} is the result of the recorded operation {Producer.Name}; changing it would make gradients " +
                $"wrong. Change a Clone() instead.");
    }

    internal static void CopyValues(Tensor source, Tensor target) => Array.Copy(source.Values, target.Values, source.ElementCount);

    internal Array ToTypedArray() => DType switch
    {
        DType.Float32 => Read<float>().ToArray(),
        DType.Float64 => Read<double>().ToArray(),
        _ => throw new ArgumentException($"Parameter: a {DType} tensor cannot be trained; parameters must be Float32 or Float64."),
    };

    /// <summary>
    /// An uninitialized tensor, for a kernel that writes every element. Clearing a large array first can cost as much as the kernel.
    /// </summary>
    internal static Tensor Empty(Shape shape, DType dtype) => Lease.OfResult is { } lease
        ? lease.Allocate(shape, dtype, zeroed: false)
        : Own(DTypes.Allocate(dtype, shape.ElementCount), shape, dtype);

    static Tensor Zeroed(Shape shape, DType dtype) => Lease.OfResult is { } lease
        ? lease.Allocate(shape, dtype, zeroed: true)
        : Own(DTypes.AllocateZeroed(dtype, shape.ElementCount), shape, dtype);

    internal static Tensor Own(Array values, Shape shape, DType dtype)
    {
        s_anyTensorMade = true;
        return new(values, shape, dtype);
    }

    /// <summary>The same elements in another shape, without a copy. A change of either is noticed on both.</summary>
    internal Tensor View(Shape shape) => new(null, shape, DType, Readable()._owner);

    /// <summary>Another tensor of the same values; they are copied when it is first written to.</summary>
    internal Tensor Alias() => new(null, Shape, DType, Readable()._owner) { _isAlias = true };

    internal ReadOnlySpan<T> Read<T>() where T : unmanaged => Write<T>();

    /// <summary>The elements for a kernel that fills a new tensor, or for a writer that calls <see cref="MarkWritten"/>.</summary>
    internal Span<T> Write<T>() where T : unmanaged => ((T[])Values).AsSpan(0, ElementCount);

    /// <summary>The elements as memory that other threads can read or fill.</summary>
    internal Memory<T> Memory<T>() where T : unmanaged => ((T[])Values).AsMemory(0, ElementCount);

    /// <summary>
    /// The elements for a kernel that changes a leaf in place: with a copy first where they are shared until the first change.
    /// </summary>
    internal Memory<T> Change<T>() where T : unmanaged
    {
        CopyIfAlias();
        MarkWritten();
        return Memory<T>();
    }

    internal static long Clock => Volatile.Read(ref s_clock);

    /// <summary>A moment after everything that was noted until now and before everything that will be.</summary>
    internal static long NextMoment() => Interlocked.Increment(ref s_clock);

    /// <summary>When the values were last changed after their creation, on the clock that recorded operations note too.</summary>
    internal long WrittenAt => _owner._writtenAt;

    internal void MarkWritten() => _owner._writtenAt = NextMoment();

    /// <summary>An object that no user can lock.</summary>
    internal object Lock => Values;

    /// <summary>The tensor whose memory this one reads: itself, or the one that it is a view of.</summary>
    internal Tensor MemoryOwner => _owner;

    internal bool SharesMemoryWith(Tensor other) => ReferenceEquals(_owner, other._owner);

    internal double ValueAt(int offset) => DType switch
    {
        DType.Float32 => ((float[])Values)[offset],
        DType.Float64 => ((double[])Values)[offset],
        DType.Int64 => ((long[])Values)[offset],
        _ => ((bool[])Values)[offset] ? 1 : 0,
    };

    internal string Describe() => Name is null ? $"a {Shape} {DType} tensor" : $"{Notation.Shown(Name)} {Shape} {DType}";
}
