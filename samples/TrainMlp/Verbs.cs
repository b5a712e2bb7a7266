using System.CommandLine;

namespace TrainMlp;

/// <summary>The commands for a model that was saved: <c>predict MODEL FILE</c>, <c>evaluate MODEL FILE</c>, <c>inspect MODEL</c>.</summary>
internal static class Verbs
{
    public static IEnumerable<Command> All()
    {
        var plain = new Option<bool>("--plain") { Description = "Plain ASCII lines" };
        var model = new Argument<string>("MODEL") { Description = "A file that --save wrote" };

        var file = new Argument<string>(
            "FILE")
        { Description = "CSV file with the columns of the training file, in any order; the target may be missing" };
        var output = new Option<string?>("--output", "-o")
        {
            HelpName = "FILE",
            Description = "Where to write the rows with their predictions [default: standard output]"
        };
        var predict = new Command("predict",
            "Predicts the rows of a CSV file: all its columns, then the prediction and the probabilities.") { model, file, output };
        var predictReading = new ReadingOptions();
        foreach (Option option in predictReading.OfTheFile) predict.Options.Add(option);
        predict.SetAction(parsed => Run(() => ModelCommands.Predict(
            parsed.GetValue(model)!, parsed.GetValue(file)!, parsed.GetValue(output), predictReading.IsGiven(parsed)
                ? predictReading.From(parsed) : null, Console.Out, Console.Error)));

        var checkup = new Option<bool>("--checkup") { Description = "Check the model too: finite numbers, rows that do not mix, a score that is repeatable and better than a constant answer's" };
        var labelled = new Argument<string>(
            "FILE")
        { Description = "CSV file with the columns of the training file, in any order, and the target" };
        var evaluate = new Command("evaluate", "Scores a saved model on a CSV file with known targets.") { model, labelled, plain, checkup };
        var evaluateReading = new ReadingOptions();
        foreach (Option option in evaluateReading.OfTheFile) evaluate.Options.Add(option);
        evaluate.SetAction(parsed => Run(() => ModelCommands.Evaluate(
            parsed.GetValue(model)!, parsed.GetValue(labelled)!, evaluateReading.IsGiven(parsed) ? evaluateReading.From(parsed) : null,
                Screen.Choose(parsed.GetValue(plain)), Console.Error, parsed.GetValue(checkup))));

        var inspect = new Command("inspect",
            "Shows what is in a model file: what it predicts from which columns, its layers and its tensors.") { model, plain };
        inspect.SetAction(parsed => Run(() => ModelCommands.Inspect(parsed.GetValue(model)!, Screen.Choose(parsed.GetValue(plain)))));
        return [predict, evaluate, inspect];
    }

    // Exit code 2 is bad usage or bad data, as for the training.
    static int Run(Action command)
    {
        try
        {
            command();
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            throw new UsageException(ReadingOptions.InOptions(e)
                .Replace("save a Pipeline", "save the model with --save", StringComparison.Ordinal)
                .Replace("train with an Imputer", "train with --missing mean", StringComparison.Ordinal));
        }
    }
}
