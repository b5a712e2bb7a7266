using System.Numerics;

namespace MyTorch.Data;

/// <summary>The standard deviation of a column, and the rounding errors of a conversion to the type.</summary>
sealed class Digits
{
    // Rounding errors above Kept times the standard deviation are stored for the Standardizer; above Lost times, values that become equal are an error.
    const double Kept = 1e-6, Lost = 1e-4;

    double _first, _sum, _squares, _errors, _largest;
    long _count;

    internal void Add(double value, double rounded)
    {
        if (_count++ == 0) _first = value;
        // Squares of the differences from the first number, because squares of the numbers would cancel.
        double difference = value - _first, error = value - rounded;
        _sum += difference;
        _squares += difference * difference;
        _errors += error * error;
        _largest = Math.Max(_largest, Math.Abs(value));
    }

    /// <summary>Adds the finite ones of a column of a block of rows.</summary>
    internal void Add<T>(ReadOnlySpan<double> values, ReadOnlySpan<T> rounded, int stride) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (double sum, double squares, double errors, double largest, long count) = (_sum, _squares, _errors, _largest, _count);
        for (int i = 0; i < values.Length; i += stride)
        {
            if (!T.IsFinite(rounded[i])) continue;
            double value = values[i];
            if (count++ == 0) _first = value;
            double difference = value - _first, error = value - double.CreateTruncating(rounded[i]);
            sum += difference;
            squares += difference * difference;
            errors += error * error;
            largest = Math.Max(largest, Math.Abs(value));
        }
        (_sum, _squares, _errors, _largest, _count) = (sum, squares, errors, largest, count);
    }

    double Deviation => Math.Sqrt(Math.Max(_squares - _sum / _count * _sum, 0) / _count);

    /// <summary>The root mean square rounding error. In Float64, where it is not known, the spacing of the largest number if that is beyond 2^53.</summary>
    double Error(bool single)
    {
        if (single) return Math.Sqrt(_errors / _count);
        return _largest > 9007199254740992 ? Math.BitIncrement(_largest) - _largest : 0;
    }

    internal bool IsRounded(bool single) => _count > 0 && Error(single) > Kept * Deviation && Error(single) > 0;

    internal bool IsLost(bool single) => _count > 0 && Error(single) > Lost * Deviation && Error(single) > 0;
}
