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
using Samples;
using static System.FormattableString;
using static Samples.ValueOption;

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

var data = Text("--data", "FOLDER", $"The folder with the four files [default: {Images.DefaultFolder}]");
var hidden = Layers("--hidden", "Sizes of the hidden layers, or none for a linear model [default: 128]");
var epochs = Int("--epochs", "N", "Passes over the training images [default: 5]", 1);
var batch = Int("--batch", "N", "Images per step [default: 64]", 1);
var optimizer = Choice("--optimizer", ["adam", "sgd"], "The optimizer [default: adam]");
var seeds = Int("--seeds", "N", "Trains with the seeds 0 … N − 1 and prints the mean [default: 1]", 1);
var report = Text("--report", "FILE.html", "Writes a page about the last training");
var command = new RootCommand("Trains a network on the 60,000 images of Fashion-MNIST, and tests it on the 10,000 others.") { data, hidden,
    epochs, batch, optimizer, seeds, report };
command.SetAction(Run);
try
{
    return ValueOption.Run(command, args, Console.Error);
}
catch (Exception e) when (e is DataException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

int Run(ParseResult chosen)
{
    var (train, test) = Images.Load(chosen.GetValue(data) ?? Images.DefaultFolder);
    int[] sizes = [.. chosen.GetValue(hidden) ?? [128]];
    int batchSize = chosen.GetValue(batch) ?? 64, runs = chosen.GetValue(seeds) ?? 1;
    bool adam = chosen.GetValue(optimizer) is null or "adam";
    Console.WriteLine(Invariant($"{train.Count:N0} training images, {test.Count:N0} test images, {train.ClassCount} classes"));
    var scores = new List<double>();
    for (int seed = 0; seed < runs; seed++)
    {
        var model = new MLP(train.FeatureCount, sizes, train.ClassCount, () => new ReLU(), generator: new Generator(seed));
        if (seed == 0)
        {
            string network = string.Join("-", sizes.Prepend(train.FeatureCount).Append(train.ClassCount));
            string method = adam ? "Adam" : "SGD with momentum";
            Console.WriteLine(Invariant($"{network}: {model.ParameterCount:N0} parameters, {method}, batches of {batchSize}"));
        }
        var norms = new LayerNorms(model);
        var options = new TrainerOptions
        {
            Epochs = chosen.GetValue(epochs) ?? 5,
            BatchSize = batchSize,
            Seed = seed,
            Optimizer = parameters => adam ? new Adam(parameters, 1e-3) : new SGD(parameters, 0.05, momentum: 0.9),
            Schedule = chosenOptimizer => new CosineAnnealing(chosenOptimizer, chosen.GetValue(epochs) ?? 5),
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
