using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Benchmarks;

// Without arguments every benchmark runs; BenchmarkDotNet's own arguments choose: --filter *Product*, --list flat, --job medium.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
// How far functions are from right is no matter of time, so it has a separate command.
if (args is ["accuracy", .. string[] rest]) return AccuracyCommand.Run(rest);
var config = DefaultConfig.Instance
    .WithCultureInfo(CultureInfo.InvariantCulture)
    .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(32))
    .AddDiagnoser(new MemoryDiagnoser(new MemoryDiagnoserConfig(displayGenColumns: false)))
    .AddColumn(new RateColumn(), new LimitColumn());
if (!args.Any(argument => argument is "--job" or "-j")) config = config.AddJob(Job.ShortRun);
BenchmarkSwitcher.FromAssembly(typeof(ProductBenchmarks<>).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
return 0;
