namespace MyTorch.Data;

public sealed partial class Dataset
{
    /// <summary>
    /// A generated classification in the plane: each class is a spiral arm that turns once around the origin, so the classes are not
    /// linearly separable. Two features, x and y, mostly within −1 … 1.
    /// </summary>
    /// <param name="perClass">The number of points per class, at least 1.</param>
    /// <param name="classes">The number of classes, at least 2.</param>
    /// <param name="noise">The standard deviation of the noise added to the angle, in radians.</param>
    /// <param name="seed">The seed of the random numbers.</param>
    /// <param name="dtype">Float32 or Float64; null for the default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small, or the noise is negative or not finite.</exception>
    public static Dataset Spirals(int perClass = 100, int classes = 2, double noise = 0.1, int seed = 0, DType? dtype = null)
    {
        if (perClass < 1)
            throw Invalid.OutOfRange(nameof(perClass), $"Spirals: {perClass} points in a class; expected at least 1.");
        if (classes < 2)
            throw Invalid.OutOfRange(nameof(classes), $"Spirals: {classes} class(es); expected at least 2.");
        if (!(noise >= 0 && double.IsFinite(noise)))
            throw Invalid.OutOfRange(nameof(noise),
                $"Spirals: the noise is {noise}; expected a standard deviation, 0 or more.");

        var generator = new Generator(seed);
        int count = checked(perClass * classes);
        double[] points = new double[checked(count * 2)];
        long[] labels = new long[count];
        for (int i = 0; i < count; i++)
        {
            int arm = i / perClass;
            double radius = (i % perClass + 1.0) / perClass;
            double angle = Math.Tau * (radius + (double)arm / classes) + noise * generator.NextGaussian();
            (points[2 * i + 1], points[2 * i]) = Math.SinCos(angle);
            points[2 * i] *= radius;
            points[2 * i + 1] *= radius;
            labels[i] = arm;
        }
        return new Dataset(
            Tensor.From(points, [count, 2], dtype),
            Tensor.Indices(labels),
            featureNames: ["x", "y"],
            classNames: [.. Enumerable.Range(0, classes).Select(c => FormattableString.Invariant($"{c}"))],
            targetNames: ["arm"]);
    }
}
