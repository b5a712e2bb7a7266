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

    void Accumulate(double x)
    {
        // Knuth's two-sum: what the addition rounds away is itself a double.
        double sum = _sum + x, part = sum - _sum;
        _rest += _sum - (sum - part) + (x - part);
        _sum = sum;
    }
}
