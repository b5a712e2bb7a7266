using System.CommandLine;
using System.Globalization;
using MyTorch.Training;
using static System.FormattableString;

namespace TrainMlp;

/// <summary>The options: their names, the values they accept, and the errors for other values.</summary>
internal static class CommandLine
{
    static readonly string[] Tasks = ["auto", "classification", "regression"];

    static readonly string[] DTypes = ["float32", "float64"];

    static readonly string[] ClassWeightings = ["none", "balanced"];

    static readonly string[] MissingModes = ["error", "drop", "mean"];

    internal delegate bool TryParse<T>(string text, out T value);

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
        var hidden = Value<IReadOnlyList<int>?>("--hidden", "64,32", Invariant($"Sizes of the hidden layers, or none for a linear model [default: {Recipe.Width}]"),
            "layer sizes from 1 to 100000 separated by commas, or none", ParseHidden);
        var activation = Choice("--activation", Activations.Names, $"Activation between the layers [default: {ours.Activation}]");
        var epochs = Value<int?>("--epochs", "N", "Passes over the training rows [default: chosen for the task and the number of rows]",
            "a whole number from 1 to 1000000", Int(1, 1_000_000));
        var batch = Value<int?>("--batch", "N", "Batch size [default: 32; up to 256 for more than 4,096 rows]", "a whole number of at least 1", Int(1, int.MaxValue));
        var learningRate = Value<double?>("--lr", "X", Invariant($"Learning rate [default: 0.003 for batches of 32, up to {Recipe.RateFor(256)} for larger ones; {Plan.SgdRate} for sgd and adagrad]"),
            "a number greater than 0", Real(x => x > 0));
        var optimizer = Choice("--optimizer", Plan.Optimizers, "Optimizer [default: adam]");
        var schedule = Choice("--schedule", Plan.Schedules, "How the learning rate changes [default: cosine; constant with early stopping]");
        var momentum = Value<double?>("--momentum", "X", Invariant($"Momentum of sgd and rmsprop [default: {Plan.SgdMomentum} for sgd]"),
            "a number from 0 up to, but not including, 1", Real(x => x is >= 0 and < 1));
        var weightDecay = Value<double?>("--weight-decay", "X", "Weight decay [default: 0; 0.01 for adamw]",
            "a number of at least 0", Real(x => x >= 0));
        var validation = Value<double?>("--validation", "SHARE", "Stop early by this fraction of the training rows, held out [default with --patience: 0.1]",
            "a number between 0 and 1, both excluded", Real(x => x is > 0 and < 1));
        var patience = Value<int?>("--patience", "N", "Stop when the validation loss was not lower for N epochs [default with --validation: 20]",
            "a whole number of at least 1", Int(1, int.MaxValue));
        var classWeights = Choice("--class-weights", ClassWeightings, "balanced: each class counts alike in the loss [default: none]");
        var budget = Value<double?>("--budget", "SECONDS", Invariant($"About how long choosing the epochs and training may take together [default: {ours.Budget}]"),
            "a number greater than 0", Real(x => x > 0));
        var kfold = Value<int?>("--kfold", "K", "Cross-validate in K folds instead of one split into training and test rows",
            "a whole number from 2 to 1000", Int(2, 1000));
        var test = Text("--test", "FILE", "CSV file with the test rows; all rows of --data are then training rows");
        var splitBy = Text("--split-by", "COLUMN", "The last rows by this column, such as a date, are the test rows");
        var group = Text("--group", "COLUMN", "Rows with the same text in this column, such as a customer, are never on both sides of a split");
        var checkup = new Option<bool>("--checkup") { Description = "Check the model, the loss and the training before it starts" };
        var seed = Value<int?>("--seed", "N", Invariant($"Seed of the split, the initial weights and the order of the rows [default: {ours.Seed}]"),
            "a whole number from -2147483648 to 2147483647", Int(int.MinValue, int.MaxValue));
        var testFraction = Value<double?>("--test-fraction", "X", Invariant($"Fraction of the rows held out for the test [default: {ours.TestFraction}]"),
            "a number between 0 and 1, both excluded", Real(x => x is > 0 and < 1));
        var dtype = Choice("--dtype", DTypes, $"Floating-point type [default: {ours.DType}]");
        var missing = Choice("--missing", MissingModes,
            $"Missing values (empty fields, and NA, n/a, NULL, #N/A, -, ? and the like among numbers): report an error, drop the row, or use the training mean [default: {ours.Missing}]");
        var reading = new ReadingOptions();
        var report = Text("--report", "FILE.html", "Write a page about the result: score, trust, curves, mistakes, columns, model");
        var save = Text("--save", "FILE", "Save the trained model with all that prepares its data, for predict and evaluate; usually a .safetensors file");
        var resume = Text("--resume", "FILE", "Write the state of the training to FILE after each epoch; if FILE exists, go on from it, to the same result");
        var export = Value<string?>("--export", "FILE.onnx|FILE.cs", "Write the model with all that prepares its data for programs without MyTorch: an ONNX graph, or one C# file",
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
    public static int Run(string[] args, Func<Settings, int> run, TextWriter error)
    {
        // A column's name may begin with @, and there are no short options to bundle.
        var parsed = Create(run).Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            string message = parsed.Errors[0].Message;
            error.WriteLine(Cited(message.StartsWith("Unrecognized", StringComparison.Ordinal) ? message.TrimEnd('.') + "; --help lists the options." : message));
            return 2;
        }

        // The sample handles Ctrl+C itself and still reports the result so far.
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    // An argument may contain any characters, at any length. The terminal gets one readable line.
    static string Cited(string message)
    {
        string clean = Screen.Clean(message);
        return clean.Length <= 500 ? clean : clean[..400] + " … " + clean[^90..];
    }

    static Option<string?> Text(string name, string takes, string description) =>
        Value<string?>(name, takes, description, "a name", (string text, out string? value) => (value = text).Trim().Length > 0);

    static Option<string?> Choice(string name, IReadOnlyList<string> choices, string description) =>
        Value<string?>(name, string.Join('|', choices), description, "one of " + string.Join(", ", choices),
            (string text, out string? value) => (value = choices.FirstOrDefault(c => c.Equals(text, StringComparison.OrdinalIgnoreCase))) is not null);

    internal static Option<T> Value<T>(string name, string takes, string description, string expects, TryParse<T> parse) => new(name)
    {
        HelpName = takes,
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (parse(text, out T value)) return value;
            result.AddError($"{name} takes {expects}, not \"{text}\".");
            return default!;
        },
    };

    internal static TryParse<int?> Int(int least, int most) => (string text, out int? value) =>
    {
        bool ok = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most;
        value = number;
        return ok;
    };

    static TryParse<double?> Real(Func<double, bool> allowed) => (string text, out double? value) =>
    {
        bool ok = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && allowed(number);
        value = number;
        return ok;
    };

    static bool ParseHidden(string text, out IReadOnlyList<int>? value)
    {
        value = [];
        if (text.Trim() is "none") return true;
        var sizes = new List<int>();
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size is < 1 or > 100_000) return false;
            sizes.Add(size);
        }

        value = sizes;
        return true;
    }
}
