using System.CommandLine;
using MyTorch.Training;
using Samples;
using static System.FormattableString;
using static Samples.ValueOption;

namespace TrainMlp;

/// <summary>The options: their names, the values they accept, and the errors for other values.</summary>
internal static class CommandLine
{
    static readonly string[] Tasks = ["auto", "classification", "regression"];

    static readonly string[] DTypes = ["float32", "float64"];

    static readonly string[] ClassWeightings = ["none", "balanced"];

    static readonly string[] MissingModes = ["error", "drop", "mean"];

    /// <summary>Builds the command. <paramref name="run"/> receives the settings and returns the exit code.</summary>
    public static RootCommand Create(Func<Settings, int> run)
    {
        var ours = new Settings();
        var data = Text("--data", "FILE", "CSV file, may be compressed (.gz) [default: data/digits.csv of the repository]");
        var target = Text("--target", "COLUMN", "Column to predict [default: the last one]");
        var exclude = new Option<string[]>("--exclude")
        {
            HelpName = "COLUMN...",
            Description = "Columns to leave out, also as a,b",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };
        var task = Choice("--task", Tasks, $"auto: text and whole numbers with at most 20 distinct values are classes [default: {ours.Task}]");
        var hidden = Layers("--hidden", Invariant($"Sizes of the hidden layers, or none for a linear model [default: {Recipe.Width}]"));
        var activation = Choice("--activation", Activations.Names, $"Activation between the layers [default: {ours.Activation}]");
        var epochs = Int("--epochs", "N", "Passes over the training rows [default: chosen for the task and the number of rows]", 1, 1_000_000);
        var batch = Int("--batch", "N", "Batch size [default: 32; up to 256 for more than 4,096 rows]", 1);
        var learningRate = Real("--lr", "X", Invariant($"Learning rate [default: 0.003 for batches of 32, up to {Recipe.RateFor(256)} for larger ones; {Plan.SgdRate} for sgd and adagrad]"),
            "a number greater than 0", x => x > 0);
        var optimizer = Choice("--optimizer", Plan.Optimizers, "Optimizer [default: adam]");
        var schedule = Choice("--schedule", Plan.Schedules, "How the learning rate changes [default: cosine; constant with early stopping]");
        var momentum = Real("--momentum", "X", Invariant($"Momentum of sgd and rmsprop [default: {Plan.SgdMomentum} for sgd]"),
            "a number from 0 up to, but not including, 1", x => x is >= 0 and < 1);
        var weightDecay = Real("--weight-decay", "X", "Weight decay [default: 0; 0.01 for adamw]",
            "a number of at least 0", x => x >= 0);
        var validation = Real("--validation", "SHARE", "Stop early by this fraction of the training rows, held out [default with --patience: 0.1]",
            "a number between 0 and 1, both excluded", x => x is > 0 and < 1);
        var patience = Int("--patience", "N", "Stop when the validation loss was not lower for N epochs [default with --validation: 20]", 1);
        var classWeights = Choice("--class-weights", ClassWeightings, "balanced: each class counts alike in the loss [default: none]");
        var budget = Real("--budget", "SECONDS", Invariant($"About how long choosing the epochs and training may take together [default: {ours.Budget}]"),
            "a number greater than 0", x => x > 0);
        var kfold = Int("--kfold", "K", "Cross-validate in K folds instead of one split into training and test rows", 2, 1000);
        var test = Text("--test", "FILE", "CSV file with the test rows; all rows of --data are then training rows");
        var splitBy = Text("--split-by", "COLUMN", "The last rows by this column, such as a date, are the test rows");
        var group = Text("--group", "COLUMN", "Rows with the same text in this column, such as a customer, are never on both sides of a split");
        var checkup = new Option<bool>("--checkup") { Description = "Check the model, the loss and the training before it starts" };
        var seed = Int("--seed", "N", Invariant($"Seed of the split, the initial weights and the order of the rows [default: {ours.Seed}]"), int.MinValue, int.MaxValue);
        var testFraction = Real("--test-fraction", "X", Invariant($"Fraction of the rows held out for the test [default: {ours.TestFraction}]"),
            "a number between 0 and 1, both excluded", x => x is > 0 and < 1);
        var dtype = Choice("--dtype", DTypes, $"Floating-point type [default: {ours.DType}]");
        var missing = Choice("--missing", MissingModes,
            $"Missing values (empty fields, and NA, n/a, NULL, #N/A, -, ? and the like among numbers): report an error, drop the row, or use the training mean [default: {ours.Missing}]");
        var reading = new ReadingOptions();
        var report = Text("--report", "FILE.html", "Write a page about the result: score, trust, curves, mistakes, columns, model");
        var save = Text("--save", "FILE", "Save the trained model with all that prepares its data, for predict and evaluate; usually a .safetensors file");
        var resume = Text("--resume", "FILE", "Write the state of the training to FILE after each epoch; if FILE exists, go on from it, to the same result");
        var export = Of<string?>("--export", "FILE.onnx|FILE.cs", "Write the model with all that prepares its data for programs without MyTorch: an ONNX graph, or one C# file",
            "a file that ends in .onnx or .cs", (string text, out string? value) => ModelExport.Knows(value = text));
        var plain = new Option<bool>("--plain") { Description = "Plain ASCII lines: no bars, no colours, no cursor movement" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line, and nothing else" };

        var root = new RootCommand("Trains a multilayer perceptron (MLP) on a CSV file. Without options it learns to read handwritten digits.");
        foreach (Option option in new Option[]
                 {
                     data, target, exclude, task, hidden, activation, epochs, batch, learningRate, optimizer, schedule, momentum,
                     weightDecay, validation, patience, classWeights, budget, seed, kfold, test, splitBy, group, checkup, testFraction,
                     dtype, missing, report, save, resume, export, plain, json,
                 })
            root.Options.Add(option);
        foreach (Option option in reading.All) root.Options.Add(option);
        foreach (Command verb in Verbs.All()) root.Subcommands.Add(verb);
        root.SetAction(parsed => run(new Settings
        {
            DataPath = parsed.GetValue(data),
            Target = parsed.GetValue(target),
            Exclude = parsed.GetValue(exclude) ?? [],
            Task = parsed.GetValue(task) ?? ours.Task,
            Hidden = parsed.GetValue(hidden),
            Activation = parsed.GetValue(activation) ?? ours.Activation,
            Epochs = parsed.GetValue(epochs),
            Batch = parsed.GetValue(batch),
            LearningRate = parsed.GetValue(learningRate),
            Momentum = parsed.GetValue(momentum),
            WeightDecay = parsed.GetValue(weightDecay),
            Optimizer = parsed.GetValue(optimizer),
            Schedule = parsed.GetValue(schedule),
            Validation = parsed.GetValue(validation),
            Patience = parsed.GetValue(patience),
            ClassWeights = parsed.GetValue(classWeights) ?? ours.ClassWeights,
            Budget = parsed.GetValue(budget) ?? ours.Budget,
            KFold = parsed.GetValue(kfold),
            TestPath = parsed.GetValue(test),
            SplitBy = parsed.GetValue(splitBy),
            Group = parsed.GetValue(group),
            Checkup = parsed.GetValue(checkup),
            Seed = parsed.GetValue(seed) ?? ours.Seed,
            TestFraction = parsed.GetValue(testFraction) ?? ours.TestFraction,
            DType = parsed.GetValue(dtype) ?? ours.DType,
            Missing = parsed.GetValue(missing) ?? ours.Missing,
            ReportPath = parsed.GetValue(report),
            Reading = reading.From(parsed),
            SavePath = parsed.GetValue(save),
            ResumePath = parsed.GetValue(resume),
            ExportPath = parsed.GetValue(export),
            Plain = parsed.GetValue(plain),
            Json = parsed.GetValue(json),
        }));
        return root;
    }

    /// <summary>Parses and runs; bad usage is one sentence on <paramref name="error"/> and exit code 2.</summary>
    public static int Run(string[] args, Func<Settings, int> run, TextWriter error) => ValueOption.Run(Create(run), args, error, Cited);

    // An argument may contain any characters, at any length. The terminal gets one readable line.
    static string Cited(string message)
    {
        string clean = Screen.Clean(message);
        return clean.Length <= 500 ? clean : clean[..400] + " … " + clean[^90..];
    }
}
