using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Environments;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Benchmarks;

// Without arguments every benchmark runs; BenchmarkDotNet's own arguments choose: --filter *Product*, --list flat, --job medium.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
var config = DefaultConfig.Instance
    .WithCultureInfo(CultureInfo.InvariantCulture)
    .AddJob(Job.ShortRun.AsDefault())
    .AddDiagnoser(new MemoryDiagnoser(new MemoryDiagnoserConfig(displayGenColumns: false)))
    .AddColumn(new RateColumn(), new LimitColumn());
BenchmarkSwitcher.FromAssembly(typeof(ProductBenchmarks<>).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
