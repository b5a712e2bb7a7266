using System.Diagnostics;
using MyTorch.Kernels;

namespace MyTorch.Inspection;

/// <summary>The measured time of each operation of a tape in µs, and the processor's limit.</summary>
sealed class StepTimes
{
    // A quarter of a millisecond, and not long in a build without optimization either.
    const int ShortRun = 100_000;

    StepTimes(double[] forward, double[] backward, double multiplyAddsPerSecond) =>
        (Forward, Backward, MultiplyAddsPerSecond) = (forward, backward, multiplyAddsPerSecond);

    internal double[] Forward { get; }

    /// <summary>0 for an operation that does not lead to the output.</summary>
    internal double[] Backward { get; }

    internal double MultiplyAddsPerSecond { get; }

    internal double Total => Forward.Sum() + Backward.Sum();

    internal double? ShareOfLimit(int index, long? multiplyAdds) =>
        multiplyAdds / MultiplyAddsPerSecond / ((Forward[index] + Backward[index]) / 1e6);

    /// <summary>
    /// Runs Forward of each operation and a sweep from the output, once to warm up and then several times; the median of the runs counts.
    /// The sweep is the plain one, with fused rules, and sets no gradient.
    /// </summary>
    internal static StepTimes Measure(Autograd scope, Operation[] operations, Tensor output, int runs)
    {
        double[][] forward = Table(), backward = Table();
        using (Autograd.Pause())
            for (int run = -1; run < runs; run++)
            {
                for (int i = 0; i < operations.Length; i++)
                {
                    Operation again = operations[i].WithInputs(operations[i].InputArray);
                    long start = Stopwatch.GetTimestamp();
                    again.Compute();
                    if (run >= 0) forward[i][run] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                }
                Adjoints adjoints = scope.Begin(output, inputs: [], gradient: null, createGraph: false);
                long before = Stopwatch.GetTimestamp();
                foreach (Operation operation in scope.Steps(adjoints))
                {
                    if (run >= 0) backward[operation.Index - scope.Start][run] = Stopwatch.GetElapsedTime(before).TotalMicroseconds;
                    before = Stopwatch.GetTimestamp();
                }
                adjoints.End();
            }
        Operation? product = operations.FirstOrDefault(operation => operation is Operations.Linear or Operations.MatMul);
        DType dtype = (product?.Output ?? output).DType;
        int threads = Parallelism.Threads;
        double limit = dtype == DType.Float32
            ? MultiplyAddLimit.Measure<float>(threads, runs: 3, rounds: ShortRun)
            : MultiplyAddLimit.Measure<double>(threads, runs: 3, rounds: ShortRun);
        return new StepTimes([.. forward.Select(Median)], [.. backward.Select(Median)], limit / 2);

        double[][] Table() => [.. operations.Select(_ => new double[runs])];
    }

    static double Median(double[] times)
    {
        Array.Sort(times);
        return (times[(times.Length - 1) / 2] + times[times.Length / 2]) / 2;
    }
}
