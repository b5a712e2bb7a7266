using System.CommandLine;
using System.Globalization;
using System.Text;
using FashionMnist;
using MyTorch;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Reports;
using MyTorch.Training;
using static System.FormattableString;

// Exit codes: 0 trained; 1 training diverged; 2 bad usage or no data; 130 stopped by Ctrl+C.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
};

var data = new Option<string>(
    "--data") { HelpName = "FOLDER", Description = "The folder with the four files", DefaultValueFactory = _ => Images.DefaultFolder };
var hidden = new Option<int[]>("--hidden") { HelpName = "SIZES", Description = "Sizes of the hidden layers, such as 128 or 256 128",
    AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [128] };
var epochs = new Option<int>("--epochs") { HelpName = "N", Description = "Passes over the training images", DefaultValueFactory = _ => 5 };
var batch = new Option<int>("--batch") { HelpName = "N", Description = "Images per step", DefaultValueFactory = _ => 64 };
var optimizer = new Option<string>("--optimizer") { Description = "The optimizer", DefaultValueFactory = _ => "adam" };
optimizer.AcceptOnlyFromAmong("adam", "sgd");
var seeds = new Option<int>(
    "--seeds") { HelpName = "N", Description = "Trains with the seeds 0 … N − 1 and prints the mean", DefaultValueFactory = _ => 1 };
var report = new Option<string?>("--report") { HelpName = "FILE.html", Description = "Writes a page about the last training" };
foreach (var option in new[] { epochs, batch, seeds })
    option.Validators.Add(result => { if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1) result.AddError(
        $"{option.Name} takes a whole number of at least 1."); });
hidden.Validators.Add(result => { if (result.Tokens.Count > 0 && result.GetValueOrDefault<int[]>()!.Any(
    size => size is < 1 or > 100_000)) result.AddError("--hidden takes layer sizes from 1 to 100000."); });

var command = new RootCommand("Trains a network on the 60,000 images of Fashion-MNIST, and tests it on the 10,000 others.") { data, hidden,
    epochs, batch, optimizer, seeds, report };
command.SetAction(parsed => Run(parsed));
var parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine(parsed.Errors[0].Message);
    return 2;
}
try
{
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (Exception e) when (e is DataException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

int Run(ParseResult chosen)
{
    var (train, test) = Images.Load(chosen.GetValue(data)!);
    int[] sizes = chosen.GetValue(hidden)!;
    bool adam = chosen.GetValue(optimizer) == "adam";
    Console.WriteLine(Invariant($"{train.Count:N0} training images, {test.Count:N0} test images, {train.ClassCount} classes"));
    var scores = new List<double>();
    for (int seed = 0; seed < chosen.GetValue(seeds); seed++)
    {
        var model = new MLP(train.FeatureCount, sizes, train.ClassCount, () => new ReLU(), generator: new Generator(seed));
        if (seed == 0)
        {
            string network = string.Join("-", sizes.Prepend(train.FeatureCount).Append(train.ClassCount));
            string method = adam ? "Adam" : "SGD with momentum";
            Console.WriteLine(Invariant($"{network}: {model.ParameterCount:N0} parameters, {method}, batches of {chosen.GetValue(batch)}"));
        }
        var norms = new LayerNorms(model);
        var options = new TrainerOptions
        {
            Epochs = chosen.GetValue(epochs),
            BatchSize = chosen.GetValue(batch),
            Seed = seed,
            Optimizer = parameters => adam ? new Adam(parameters, 1e-3) : new SGD(parameters, 0.05, momentum: 0.9),
            Schedule = chosenOptimizer => new CosineAnnealing(chosenOptimizer, chosen.GetValue(epochs)),
            AfterBackward = step => norms.Record(step.Epoch),
            AfterEpoch = epoch => Console.WriteLine(
                Invariant($"  epoch {epoch.Epoch}: loss {epoch.Loss:F4}, accuracy {100 * epoch.Score:F2} %, {epoch.Seconds:F1} s")),
        };
        TrainingOutcome outcome = Trainer.Fit(model, train, options, cancellation: stop.Token);
        foreach (TrainingWarning warning in outcome.Warnings) Console.Error.WriteLine(warning.Sentence);
        if (outcome.Reason is StopReason.Diverged or StopReason.Cancelled)
        {
            Console.Error.WriteLine(outcome.Explanation);
            return outcome.Reason == StopReason.Cancelled ? 130 : 1;
        }
        scores.Add(Metrics.Accuracy(model, test));
        ScoreInterval interval = ScoreInterval.OfShare((int)Math.Round(scores[^1] * test.Count), test.Count);
        string range = Invariant($"95 % interval {interval.Low:F4} to {interval.High:F4}");
        Console.WriteLine(Invariant($"seed {seed}: test accuracy {scores[^1]:F4} ({range}), training images {outcome.Score:F4}"));
        if (chosen.GetValue(report) is { } path && seed == chosen.GetValue(seeds) - 1)
        {
            new TrainingReport
            {
                Model = model, Train = train, Test = test, Curves = TrainingCurves.Of(outcome), Norms = norms, Source = "Fashion-MNIST",
                    Split = "as published", Seed = seed,
                Warnings = [.. outcome.Warnings.Select(warning => warning.Sentence)],
                Settings = [("optimizer", adam ? "Adam, learning rate 0.001" : "SGD, learning rate 0.05, momentum 0.9"), ("batch size",
                    Invariant($"{options.BatchSize}")), ("epochs", Invariant($"{options.Epochs}")), ("seed", Invariant($"{seed}"))],
                Command = "dotnet run -c Release --project samples/FashionMnist -- " + string.Join(' ', args),
            }.Write(path, stop.Token);
            Console.WriteLine($"Report: {path}");
        }
    }
    if (scores.Count > 1) Console.WriteLine(Invariant($"mean of {scores.Count} seeds: {scores.Average():F4}"));
    return 0;
}
