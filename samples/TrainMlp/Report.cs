using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MyTorch;
using MyTorch.Data;
using static System.FormattableString;

namespace TrainMlp;

/// <summary>Prints the data, the model and the result for a reader, or one line of JSON for a program.</summary>
internal sealed partial class Report(TrainingSession session, Screen screen)
{
    const int Handful = 4;

    const int MostConfusions = 10;

    const int MostRecalls = 12;

    const int MostColumns = 40;

    static readonly string[] ClassColours = ["aqua", "yellow", "fuchsia", "lime", "blue", "red"];

    readonly IReadOnlyList<string> _classes = [.. session.All.ClassNames.Select(n => Short(n, 12))];

    /// <summary>Prints the data and the model, before training.</summary>
    public void Before()
    {
        var (all, recipe) = (session.All, session.Recipe);
        string arrow = screen.Ascii ? " -> " : " → ";
        string target = Screen.Clean(session.Target);
        string task = session.IsClassification
            ? Invariant($"{all.ClassCount} classes of {target} ({Short(string.Join(", ", all.ClassNames), 24)})")
            : Invariant($"predicting the number {target}");
        Entry("Data", Screen.Clean(Shown(session.Path)));
        if (session.Settings.Target is null && session.Settings.DataPath is not null)
            Entry("", Invariant($"No --target was given: predicting the last column, {target}."));
        Entry("", Invariant($"{Counted(all.Count, "row")}, {Counted(all.FeatureCount, "feature")}, {task}; {Counted(all.SkippedRows, "row")} skipped"));
        foreach (string line in Columns()) Entry("", line);
        if (all.MissingCount > 0) Entry("", "Missing values are replaced by the mean of the column over the training rows.");
        Entry("", Invariant($"{Counted(session.TrainRows.Count, "training row")}, {Counted(session.TestRows.Count, "test row")} ({Screen.Clean(Splits.Describe(session.Settings))})"));

        var sizes = recipe.Hidden.Select(h => Invariant($"{h} {session.Settings.Activation}"))
            .Prepend(Invariant($"{all.FeatureCount}")).Append(Invariant($"{all.OutputCount}"));
        Entry("Model", string.Join(arrow, sizes) + Invariant($": {session.Model.ParameterCount:N0} parameters, {session.Settings.DType}"));
        string[][] parameters = [.. session.Model.NamedParameters()
            .Select(p => (string[])[p.Name, p.Tensor.Shape.ToString(), Invariant($"{p.Tensor.ElementCount:N0}")])];
        foreach (string line in Plots.Table(parameters, gap: 2, isNumber: column => column == 2)) Entry("", "  " + line);

        Entry("Training", Invariant($"{session.Plan.OptimizerText}: learning rate {recipe.LearningRate}, {session.Plan.ScheduleText}; batch size {recipe.BatchSize}"));
        if (session.Plan.Searches && (recipe with { Epochs = 1 }).NominalSeconds(session.TrainRows) is var epoch && epoch > session.Settings.Budget)
            Entry("", Invariant($"One epoch, which takes about {epoch:F0} s: --budget {session.Settings.Budget:G3} allows no more. For a longer training, use --epochs."));
        else if (session.Plan.Searches)
            Entry("", Invariant($"The number of epochs is chosen first, by validation on training rows, for at most about {session.Settings.Budget:G3} s."));
        else
            Entry("", (session.Plan.Patience is { } patience
                ? Invariant($"at most {Counted(recipe.Epochs, "epoch")}, until the validation loss was not lower for {Counted(patience, "epoch")}")
                : Counted(recipe.Epochs, "epoch")) + Invariant($" of {Counted(recipe.StepsPerEpoch(session.TrainRows.Count), "step")}"));
        if (session.Settings.ResumePath is not null) Entry("", Screen.Clean(session.Resuming.Describe(session.Settings)));
        screen.Line("");
    }

    /// <summary>What became of the columns, a line each, and what was noticed in the file.</summary>
    IEnumerable<string> Columns()
    {
        string[] columns = session.All.Schema?.Describe().Split('\n') ?? [];
        foreach (string line in columns.Take(MostColumns)) yield return "  " + Shown(line);
        if (columns.Length > MostColumns) yield return Invariant($"  and {columns.Length - MostColumns} more lines of columns");
        foreach (string note in CsvIssue.Lines(session.All.Notes, ReadingOptions.Word))
            yield return "Note: " + Shown(note.Replace(session.Path + ": ", "", StringComparison.Ordinal).Replace(session.Path + ", ", "", StringComparison.Ordinal));
        foreach (string note in CsvIssue.Lines(session.TestNotes, ReadingOptions.Word)) yield return "Note: " + Shown(note);

        string Shown(string text) => screen.Ascii ? Screen.Clean(text).Replace("\u2026", "..", StringComparison.Ordinal) : Screen.Clean(text);
    }

    /// <summary>Prints the result, after training.</summary>
    public void After(TrainingResult result)
    {
        string loss = session.IsClassification ? "cross entropy" : "mean squared error";
        if (result.Choice is { Tried.Count: > 0 } choice)
        {
            Heading(Invariant($"Choosing the number of epochs by {choice.Method}"));
            foreach (string line in choice.ToString().Split('\n')) screen.Line("  " + (screen.Ascii ? line.Replace("R²", "R2", StringComparison.Ordinal) : line));
            screen.Line("");
        }

        if (result.Epochs > 0)
        {
            Heading(Invariant($"Training loss by epoch ({loss})"));
            Curve(result.Losses);
            screen.Line(Invariant($"From {Plots.Number(result.Losses[0])} before training to {Plots.Number(result.Losses[^1])} in the last epoch."));
            screen.Line("");
        }

        // A model that was stopped before its first epoch is not evaluated.
        if (result.Outcome != Outcome.Diverged && result.Epochs > 0)
        {
            if (session.IsClassification) Classification(result);
            else Regression(result);
        }

        foreach (string warning in result.Warnings) Entry("Warning", screen.Ascii ? Plain(warning) : Screen.Clean(warning));

        Entry("Time", Invariant($"{result.Seconds:F1} s{(result.Choice is { Tried.Count: > 0 } ? ", choosing included" : "")}"));
    }

    /// <summary>The result as one JSON object on one line.</summary>
    public static string Json(TrainingSession session, TrainingResult result) => JsonSerializer.Serialize(new
    {
        task = session.IsClassification ? "classification" : "regression",
        metric = session.Metric,
        train = result.TrainScore,
        test = result.TestScore,
        loss = result.Loss,
        epochs = result.Epochs,
        resumedEpochs = result.Training?.ResumedEpochs ?? 0,
        seconds = Math.Round(result.Seconds, 3),
        parameters = session.Model.ParameterCount,
        seed = session.Settings.Seed,
        rows = session.All.Count,
        features = session.All.FeatureCount,
        classes = session.All.ClassCount,
        notes = session.All.Notes.Concat(session.TestNotes).Select(note => note.In(ReadingOptions.Word)),
        constant = result.Baselines?.Constant,
        linear = result.Baselines?.Linear,
        interval = result.Interval is { } interval ? new[] { interval.Low, interval.High } : null,
        balancedAccuracy = session.IsClassification ? Recalls(session).Average(r => r.Recall) : (double?)null,
        rocAuc = RocAuc(session),
        recall = session.IsClassification ? Recalls(session).ToDictionary(r => r.Class, r => r.Recall) : null,
        rmse = session.IsClassification ? (double?)null : session.RootMeanSquaredError,
        warnings = result.Warnings,
    });

    /// <summary>The share of each class's test rows that were predicted right; classes without a test row are left out.</summary>
    static IEnumerable<(string Class, double Recall, int Rows)> Recalls(TrainingSession session)
    {
        IReadOnlyList<ClassScore> scores = Metrics.PerClass(session.TestPredictions, session.TestRows.Labels, session.All.ClassCount);
        for (int c = 0; c < scores.Count; c++)
            if (scores[c].Support > 0) yield return (session.All.ClassNames[c], scores[c].Recall, (int)scores[c].Support);
    }

    /// <summary>The area under the ROC curve of two classes; null for other tasks, and if the test rows are all of one class.</summary>
    static double? RocAuc(TrainingSession session)
    {
        if (!session.IsClassification || session.All.ClassCount != 2) return null;
        Tensor probabilities = session.Predict(session.RawTest.Inputs);
        double area = Metrics.RocAuc(probabilities[.., 1], session.TestRows.Labels, skipAbsent: true);
        return double.IsFinite(area) ? area : null;
    }

    // The sentences of the library have no other characters that ASCII lacks.
    static string Plain(string sentence) => Screen.Clean(sentence).Replace("R²", "R2", StringComparison.Ordinal).Replace("…", "..", StringComparison.Ordinal)
        .Replace("−", "-", StringComparison.Ordinal).Replace("∞", "infinite", StringComparison.Ordinal);

    // What the score is worth: the interval it stands for, and the simplest predictions beside it.
    void Beside(TrainingResult result, Func<double, string> shown)
    {
        if (result.Interval is { } interval)
            Entry("", Invariant($"On new rows of this kind it is {shown(interval.Low)} to {shown(interval.High)}, with a confidence of 95 %."));
        if (result.Baselines is not { } baselines) return;
        string constant = session.IsClassification ? Invariant($"always answering {_classes[baselines.MostFrequent]}") : "always answering the mean";
        Entry("", Invariant($"For comparison: {constant} gives {shown(baselines.Constant)}, a linear model {shown(baselines.Linear)}."));
        if (result.TestScore <= baselines.Constant)
            Entry("", new Span(Invariant($"This is no better than {constant}: the model has learned nothing that holds on the test rows."), "bold"));
        else if (result.Interval is { } range && baselines.Linear > range.High)
            Entry("", new Span("The linear model is better here: use --hidden none.", "bold"));
        else if (result.TestScore < baselines.Linear)
            Entry("", "The linear model is as good, as far as these test rows can tell, and easier to explain: --hidden none.");
    }

    // Where a class is rare, the accuracy says little about it.
    void Imbalance(TrainingResult result)
    {
        var recalls = Recalls(session).ToArray();
        double largest = recalls.Max(r => r.Rows), smallest = recalls.Min(r => r.Rows);
        if (largest < 3 * smallest) return;
        double balanced = recalls.Average(r => r.Recall);
        string each = string.Join(", ", recalls.OrderBy(r => r.Recall).Take(MostRecalls).Select(r => Invariant($"{Short(r.Class, 20)} {100 * r.Recall:F0} % of {r.Rows}")));
        Entry("", Invariant($"The classes differ in size. Balanced accuracy: {100 * balanced:F1} %, the mean over the classes of the rows found:"));
        Entry("", "  " + each + (recalls.Length > MostRecalls ? Invariant($", and {recalls.Length - MostRecalls} more") : ""));
        if (RocAuc(session) is { } area)
            Entry("", Invariant($"ROC AUC: {area:F3}. So often a row of {_classes[1]} has a higher probability of it than a row of {_classes[0]}; 0.5 is guessing."));
        if (balanced < result.TestScore - 0.1 && session.Settings.ClassWeights == "none")
            Entry("", "If the rare classes matter as much, use --class-weights balanced.");
    }

    void Curve(IReadOnlyList<double> values)
    {
        foreach (string line in Plots.Curve(values, Math.Min(screen.Width, 76), 10, screen.Ascii)) screen.Line(line);
    }

    void Classification(TrainingResult result)
    {
        int classes = session.All.ClassCount;
        var (given, confidence) = session.TestAnswers();
        long[] truth = session.TestRows.Labels.ToInt64Array();

        Entry("Result", new Span(Invariant($"accuracy {100 * result.TestScore:F1} %"), "bold green"),
            Invariant($" on the {Counted(truth.Length, "test row")} (training rows: {100 * result.TrainScore:F1} %)"));
        Beside(result, score => Invariant($"{100 * score:F1} %"));
        Imbalance(result);
        screen.Line("");

        Tensor answers = Tensor.Indices(given);
        if (classes <= screen.Width && Plots.Confusion(Metrics.ConfusionMatrix(answers, session.TestRows.Labels, classes), _classes, screen.Width) is { } matrix)
        {
            Heading("Confusion matrix of the test rows");
            foreach (string line in matrix) screen.Line(line);
            screen.Line("");
        }
        else
        {
            Heading(Invariant($"Most frequent confusions ({classes} classes are too many for a matrix here)"));
            foreach (Confusion confusion in Metrics.Confusions(answers, session.TestRows.Labels).Take(MostConfusions))
                screen.Line(Invariant($"  {confusion.Rows,5} of {_classes[confusion.Label]} predicted as {_classes[confusion.Predicted]}"));
            screen.Line("");
        }

        // The wrong predictions with the highest probability are the most interesting ones.
        int[] wrong = [.. Enumerable.Range(0, given.Length).Where(row => given[row] != truth[row])];
        int[] shown = [.. wrong.OrderByDescending(row => confidence[row]).Take(Handful)];
        if (shown.Length == 0)
            screen.Line("Every test row was predicted correctly.");
        else
        {
            Heading(shown.Length == wrong.Length
                ? Invariant($"Wrong predictions, true class as predicted class ({wrong.Length} of {truth.Length})")
                : Invariant($"Wrong predictions, true class as predicted class (the {shown.Length} most confident of {wrong.Length})"));
            if (PictureWidth() is int width) Pictures(shown, width, row => Invariant($"{_classes[(int)truth[row]]} as {_classes[(int)given[row]]} ({100 * confidence[row]:F0} %)"));
            else
                foreach (int row in shown)
                    screen.Line(Invariant($"  {_classes[(int)truth[row]]} as {_classes[(int)given[row]]} ({100 * confidence[row]:F0} %): {Line(row)}{Features(row)}"));
        }

        screen.Line("");
        if (session.All.FeatureCount == 2) Boundary(truth);
    }

    void Regression(TrainingResult result)
    {
        double[] given = session.Predict(session.RawTest.Inputs).ToArray();
        double[] truth = session.RawTest.Targets.ToArray();
        string r2 = screen.Ascii ? "R2" : "R²";
        Entry("Result", new Span(Invariant($"{r2} {result.TestScore:F3}"), "bold green"),
            Invariant($" on the {Counted(truth.Length, "test row")} (training rows: {result.TrainScore:F3})"));
        Entry("", "1 is perfect; 0 is what predicting the mean for every row gives.");
        Beside(result, score => Math.Round(score, 3) == 0 ? "0.000" : Invariant($"{score:F3}"));
        Entry("", Invariant($"Mean absolute error: {Plots.Number(truth.Zip(given, (t, g) => Math.Abs(t - g)).Average())} (in the units of {Screen.Clean(session.Target)})."));
        screen.Line("");
        Heading("Largest errors");
        foreach (int row in Enumerable.Range(0, given.Length).OrderByDescending(row => Math.Abs(truth[row] - given[row])).Take(Handful))
            screen.Line(Invariant($"  {Plots.Number(truth[row])}, predicted {Plots.Number(given[row])}: {Line(row)}{Features(row)}"));
        screen.Line("");
    }

    void Pictures(int[] rows, int width, Func<int, string> caption)
    {
        double[] pixels = session.RawTest.Inputs.ToArray();
        double brightest = session.RawTrain.Inputs.Max().Item();
        int features = session.All.FeatureCount;
        var pictures = rows.Select(row => (caption(row), Plots.Picture(pixels.AsSpan(row * features, features), width, brightest, screen.Ascii))).ToArray();
        int fitting = Math.Max(1, (screen.Width + 3) / (Math.Max(2 * width, pictures.Max(p => p.Item1.Length)) + 3));
        foreach (var chunk in pictures.Chunk(fitting))
        {
            foreach (string line in Plots.SideBySide(chunk, 3)) screen.Line(line);
        }
    }

    void Boundary(long[] truth)
    {
        var (all, classes) = (session.All, session.All.ClassCount);
        if (classes > 26) return;
        int width = Math.Min(screen.Width - 2, 64), height = 20;
        double[] x = [.. all.Inputs.ToArray().Where((_, i) => i % 2 == 0)], y = [.. all.Inputs.ToArray().Where((_, i) => i % 2 == 1)];
        var (left, right, low, high) = (Finite(x).Min(), Finite(x).Max(), Finite(y).Min(), Finite(y).Max());
        var grid = new double[width * height * 2];
        for (int row = 0; row < height; row++)
            for (int column = 0; column < width; column++)
            {
                grid[2 * (row * width + column)] = left + (right - left) * column / (width - 1);
                grid[2 * (row * width + column) + 1] = high - (high - low) * row / (height - 1);
            }

        long[] answers = session.Predict(Tensor.From(grid, [width * height, 2], all.Inputs.DType)).ArgMax(1).ToInt64Array();
        var regions = new int[height, width];
        for (int i = 0; i < answers.Length; i++) regions[i / width, i % width] = (int)answers[i];
        double[] test = session.RawTest.Inputs.ToArray();
        var points = truth.Select((label, row) => (Cell(high, low, test[2 * row + 1], height), Cell(left, right, test[2 * row], width), (int)label)).ToArray();

        Heading("Decision boundary: lower-case letters are predictions, capitals the true classes of the test rows");
        foreach (string line in Plots.Boundary(regions, points))
            screen.Line([.. line.Select(c => new Span(c.ToString(), (char.IsUpper(c) ? "bold " : "") + ClassColours[(char.ToLowerInvariant(c) - 'a') % ClassColours.Length]))]);
        screen.Line(Invariant($"Across: {Screen.Clean(all.FeatureNames[0])} {Plots.Number(left)} to {Plots.Number(right)}. Up: {Screen.Clean(all.FeatureNames[1])} {Plots.Number(low)} to {Plots.Number(high)}."));
        screen.Line(string.Join(", ", _classes.Select((name, i) => $"{(char)('a' + i)} = {name}")) + ".");
        screen.Line("");

        static IEnumerable<double> Finite(double[] values) => values.Where(double.IsFinite).DefaultIfEmpty(0);
        static int Cell(double from, double to, double value, int cells) => from == to ? 0 : Math.Clamp((int)Math.Round((value - from) / (to - from) * (cells - 1)), 0, cells - 1);
    }

    /// <summary>The width of the image if the features are its pixels, named pixel_row_column in order; otherwise null.</summary>
    int? PictureWidth()
    {
        var names = session.All.FeatureNames.Select(n => PixelName().Match(n)).ToArray();
        if (!names.All(m => m.Success)) return null;
        int width = names.Max(m => Part(m, 2)) + 1;
        bool inOrder = names.Length % width == 0 && names.Select((m, i) => Part(m, 1) == i / width && Part(m, 2) == i % width).All(x => x);
        return inOrder ? width : null;

        static int Part(Match m, int group) => int.Parse(m.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    // Where a test row is in its file.
    string Line(int row) => session.RawTest.Lines is { Count: > 0 } lines ? Invariant($"line {lines[row]}, ") : "";

    // The first few columns of a test row, in the file's units.
    string Features(int row)
    {
        int features = session.All.FeatureCount;
        double[] values = session.RawTest.Inputs[row].ToArray();
        string[] names = [.. session.All.FeatureNames];
        Dictionary<string, DateFormat> dates = session.All.Schema?.Columns.Where(column => column is { Dates: not null, Features.Count: > 0 })
            .ToDictionary(column => column.Name, column => column.Dates!) ?? [];
        var texts = new List<string>();
        for (int i = 0; i < features && texts.Count < Handful; i++)
        {
            int dot = names[i].LastIndexOf('.');
            if (dot > 0 && dates.TryGetValue(names[i][..dot], out DateFormat? format))
            {
                // A date has several features, of which one is the days since the first date.
                if (names[i][(dot + 1)..] == "days") texts.Add($"{Screen.Clean(names[i][..dot])} {Date(format, values[i])}");
            }
            else if (!names[i].Contains('=', StringComparison.Ordinal)) texts.Add($"{Screen.Clean(names[i])} {Plots.Number(values[i])}");
            else if (values[i] != 0) texts.Add(values[i] == 1 ? Screen.Clean(names[i]) : $"{Screen.Clean(names[i])} {Plots.Number(values[i])}");
        }
        return string.Join(", ", texts);
    }

    static string Date(DateFormat format, double days)
    {
        bool hasTime = format.Parts.Contains("hour");
        double minutes = hasTime ? Math.Round(days * 24 * 60) : Math.Round(days) * 24 * 60;
        return minutes >= 0 && minutes < (DateTime.MaxValue - format.Origin).TotalMinutes
            ? format.Origin.AddMinutes(minutes).ToString(hasTime ? "yyyy-MM-dd HH:mm" : "yyyy-MM-dd", CultureInfo.InvariantCulture)
            : Plots.Number(days);
    }

    void Heading(string text) => screen.Line(new Span(text, "bold"));

    void Entry(string label, params IReadOnlyList<Span> spans) => screen.Line([new Span(label.PadRight(10), "bold"), .. spans]);

    static string Counted(int count, string what) => Invariant($"{count} {what}{(count == 1 ? "" : "s")}");

    static string Shown(string path)
    {
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.Length < path.Length ? relative : path;
    }

    static string Short(string text, int most)
    {
        string clean = Screen.Clean(text);
        return clean.Length <= most ? clean : clean[..(most - 2)] + "..";
    }

    [GeneratedRegex(@"^pixel_([0-9]{1,5})_([0-9]{1,5})$")]
    private static partial Regex PixelName();
}
