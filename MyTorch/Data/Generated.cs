namespace MyTorch.Data;

public sealed partial class Dataset
{
    /// <summary>
    /// A generated classification in the plane: two half circles, of which each reaches into the other. Two features, x1 and x2, mostly
    /// within −1 … 1.
    /// </summary>
    /// <param name="perClass">The number of points per class, at least 1.</param>
    /// <param name="noise">The standard deviation of the noise added to both coordinates.</param>
    /// <param name="seed">The seed of the random numbers.</param>
    /// <param name="dtype">Float32 or Float64; null for the default.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no point, or the noise is negative or not finite.</exception>
    public static Dataset Moons(int perClass = 100, double noise = 0.1, int seed = 0, DType? dtype = null)
    {
        Require(nameof(Moons), perClass, nameof(perClass), noise);
        var generator = new Generator(seed);
        return InPlane(perClass, "moon", noise, generator, dtype, (label, _) =>
        {
            (double sin, double cos) = Math.SinCos(Math.PI * generator.NextDouble());
            return label == 0 ? (0.6 * cos - 0.3, 0.6 * sin - 0.15) : (0.3 - 0.6 * cos, 0.15 - 0.6 * sin);
        });
    }

    /// <summary>
    /// A generated classification in the plane: a disc around the origin, and a ring around it. Two features, x1 and x2, mostly within −1
    /// … 1.
    /// </summary>
    /// <inheritdoc cref="Moons"/>
    public static Dataset Circles(int perClass = 100, double noise = 0.1, int seed = 0, DType? dtype = null)
    {
        Require(nameof(Circles), perClass, nameof(perClass), noise);
        var generator = new Generator(seed);
        return InPlane(perClass, "circle", noise, generator, dtype, (label, _) =>
        {
            // The root spreads points evenly over a disc.
            double radius = label == 0 ? 0.45 * Math.Sqrt(generator.NextDouble()) : 0.7 + 0.25 * generator.NextDouble();
            (double sin, double cos) = Math.SinCos(Math.Tau * generator.NextDouble());
            return (radius * cos, radius * sin);
        });
    }

    /// <summary>
    /// A generated classification in the plane: exclusive or. Class 1 is where x1 and x2 have different signs. Two features, x1 and x2,
    /// mostly within −1 … 1.
    /// </summary>
    /// <inheritdoc cref="Moons"/>
    public static Dataset Xor(int perClass = 100, double noise = 0.1, int seed = 0, DType? dtype = null)
    {
        Require(nameof(Xor), perClass, nameof(perClass), noise);
        var generator = new Generator(seed);
        return InPlane(perClass, "xor", noise, generator, dtype, (label, i) =>
        {
            double x = 0.1 + 0.85 * generator.NextDouble(), y = 0.1 + 0.85 * generator.NextDouble(), side = i % 2 == 0 ? 1 : -1;
            return (side * x, label == 0 ? side * y : -side * y);
        });
    }

    /// <summary>A generated regression with one feature x, within −1 … 1: y = 0.8·x + 0.1, and noise.</summary>
    /// <param name="count">The number of points, at least 1.</param>
    /// <param name="noise">The standard deviation of the noise added to y.</param>
    /// <param name="seed">The seed of the random numbers.</param>
    /// <param name="dtype">Float32 or Float64; null for the default.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no point, or the noise is negative or not finite.</exception>
    public static Dataset Line(int count = 100, double noise = 0.1, int seed = 0, DType? dtype = null)
    {
        Require(nameof(Line), count, nameof(count), noise);
        return OnCurve(count, noise, seed, dtype, x => 0.8 * x + 0.1);
    }

    /// <summary>A generated regression with one feature x, within −1 … 1: y = 0.8·sin(1.5·π·x), and noise.</summary>
    /// <inheritdoc cref="Line"/>
    public static Dataset Sine(int count = 100, double noise = 0.1, int seed = 0, DType? dtype = null)
    {
        Require(nameof(Sine), count, nameof(count), noise);
        return OnCurve(count, noise, seed, dtype, x => 0.8 * Math.Sin(1.5 * Math.PI * x));
    }

    static void Require(string name, int count, string parameter, double noise)
    {
        if (count < 1) throw Invalid.OutOfRange(parameter, $"{name}: {count} points; expected at least 1.");
        if (!(noise >= 0 && double.IsFinite(noise)))
            throw Invalid.OutOfRange(nameof(noise), $"{name}: the noise is {noise}; expected a standard deviation, 0 or more.");
    }

    static Dataset InPlane(
        int perClass, string target, double noise, Generator generator, DType? dtype, Func<int, int, (double X, double Y)> point)
    {
        double[] points = new double[checked(4 * perClass)];
        long[] labels = new long[2 * perClass];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = i / perClass;
            (double x, double y) = point((int)labels[i], i);
            points[2 * i] = x + noise * generator.NextGaussian();
            points[2 * i + 1] = y + noise * generator.NextGaussian();
        }
        return new Dataset(Tensor.From(points, [labels.Length, 2], dtype), Tensor.Indices(labels), ["x1", "x2"], ["0", "1"], [target]);
    }

    static Dataset OnCurve(int count, double noise, int seed, DType? dtype, Func<double, double> curve)
    {
        var generator = new Generator(seed);
        double[] inputs = new double[count], targets = new double[count];
        for (int i = 0; i < count; i++)
        {
            inputs[i] = 2 * generator.NextDouble() - 1;
            targets[i] = curve(inputs[i]) + noise * generator.NextGaussian();
        }
        return new Dataset(Tensor.From(inputs, [count, 1], dtype), Tensor.From(targets, [count, 1], dtype), ["x"], targetNames: ["y"]);
    }
}
