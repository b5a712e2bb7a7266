using System.Collections.Concurrent;
using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using MyTorch.Kernels;

namespace Benchmarks;

/// <summary>A column that only the matrix products fill.</summary>
abstract class ProductColumn(string name, string legend) : IColumn
{
    public string Id => name;
    public string ColumnName => name;
    public string Legend => legend;
    public bool AlwaysShow => false;
    public ColumnCategory Category => ColumnCategory.Custom;
    public int PriorityInCategory => 0;
    public bool IsNumeric => true;
    public UnitType UnitType => UnitType.Dimensionless;
    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(IsProduct);
    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        if (!IsProduct(benchmarkCase) || summary[benchmarkCase]?.ResultStatistics is not { } statistics) return "-";
        double n = (int)benchmarkCase.Parameters[nameof(ProductBenchmarks<>.N)];
        return Text(benchmarkCase, 2 * n * n * n / statistics.Median * 1e9);
    }

    protected abstract string Text(BenchmarkCase benchmarkCase, double operationsPerSecond);

    static bool IsProduct(BenchmarkCase benchmarkCase) =>
        benchmarkCase.Descriptor.Type is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ProductBenchmarks<>);
}

/// <summary>Billions of floating-point operations a second.</summary>
sealed class RateColumn() : ProductColumn("GFLOP/s", "multiplications and additions, in thousands of millions a second")
{
    protected override string Text(BenchmarkCase benchmarkCase, double operationsPerSecond) => (operationsPerSecond / 1e9).ToString("0.0", CultureInfo.InvariantCulture);
}

/// <summary>The rate as a share of what the processor can do, measured when the table is made.</summary>
sealed class LimitColumn() : ProductColumn("of limit", "share of the multiply-add limit of that many threads, measured in the same run by a loop that only works on registers")
{
    readonly ConcurrentDictionary<(Type, int), double> _limits = [];

    protected override string Text(BenchmarkCase benchmarkCase, double operationsPerSecond)
    {
        Type type = benchmarkCase.Descriptor.Type.GetGenericArguments()[0];
        int threads = (int)benchmarkCase.Parameters[nameof(ProductBenchmarks<>.Threads)];
        double limit = _limits.GetOrAdd((type, threads), _ => type == typeof(float) ? MultiplyAddLimit.Measure<float>(threads) : MultiplyAddLimit.Measure<double>(threads));
        return (operationsPerSecond / limit).ToString("0 %", CultureInfo.InvariantCulture);
    }
}
