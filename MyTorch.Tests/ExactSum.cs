namespace MyTorch.Tests;

/// <summary>A sum in twice double precision, and the sum of the magnitudes, by which errors are measured.</summary>
struct ExactSum
{
    double _sum, _rest;

    internal double Magnitude { get; private set; }

    internal readonly double Value => _sum + _rest;

    internal void Add(double x)
    {
        Accumulate(x);
        Magnitude += Math.Abs(x);
    }

    internal void AddProduct(double a, double b)
    {
        double product = a * b;
        Accumulate(product);
        _rest += Math.FusedMultiplyAdd(a, b, -product);
        Magnitude += Math.Abs(product);
    }

    /// <summary>Adds a product so many times, which is a product of three numbers.</summary>
    internal void AddProduct(double a, double b, int times)
    {
        double product = a * b, rest = Math.FusedMultiplyAdd(a, b, -product);
        double all = product * times;
        Accumulate(all);
        _rest += Math.FusedMultiplyAdd(product, times, -all) + rest * times;
        Magnitude += Math.Abs(all);
    }

    void Accumulate(double x)
    {
        // Knuth's two-sum: what the addition rounds away is itself a double.
        double sum = _sum + x, part = sum - _sum;
        _rest += _sum - (sum - part) + (x - part);
        _sum = sum;
    }
}
