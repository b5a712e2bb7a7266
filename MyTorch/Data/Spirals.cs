namespace MyTorch.Data;

public sealed partial class Dataset
{
    /// <summary>
    /// A generated classification in the plane, made to be drawn: each class is an arm that winds once around the origin, so that
    /// no straight line tells the classes apart. Two features, x and y, mostly within −1 … 1.
    /// </summary>
    /// <param name="perClass">Points on each arm, at least 1.</param>
    /// <param name="classes">Arms, at least 2.</param>
    /// <param name="noise">The standard deviation by which a point's angle leaves its arm, in radians; 0 puts every point on the arm.</param>
    /// <param name="seed">Which points; the same seed gives the same ones on every run.</param>
    /// <param name="dtype">Float32 or Float64; null for the default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is too small, or the noise negative or not finite.</exception>
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
