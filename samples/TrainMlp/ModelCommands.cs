using MyTorch;
using MyTorch.Data;
using MyTorch.Serialization;
using MyTorch.Training;
using static System.FormattableString;

namespace TrainMlp;

/// <summary>What the commands for a saved model do. Errors are exceptions whose messages are sentences for the user.</summary>
internal static class ModelCommands
{
    // A line for every tensor of a usual model.
    const int MostTensors = 200;

    const int MostConfusions = 10;

    /// <summary>
    /// Saves a trained model with what prepared its data, and says how to use it, or how to save it if there is no path; null if it diverged
    /// or was not trained.
    /// </summary>
    public static string? Save(string? path, TrainingSession session, TrainingResult result)
    {
        if (result.Outcome == Outcome.Diverged || result.Epochs == 0) return null;
        if (path is null) return "Not saved: with --save model.safetensors the command keeps the model, to predict the rows of other files.";
        Pipeline pipeline = PipelineOf(session);
        pipeline.Notes["data"] = Path.GetFileName(session.Path);
        pipeline.Notes["score"] = Invariant($"{session.Metric} {result.TestScore} on {session.TestRows.Count} test rows, {result.TrainScore} on {session.TrainRows.Count} training rows");
        try
        {
            pipeline.Save(path);
        }
        catch (IOException e)
        {
            throw new UsageException(e.Message);
        }
        string shown = Screen.Clean(path);
        return $"""
            Saved     {shown}, with all that prepares its data. To use it:
              {Shell.Program} predict {Screen.Clean(Shell.Quoted(path))} FILE     predicts the rows of a CSV file
              {Shell.Program} evaluate {Screen.Clean(Shell.Quoted(path))} FILE    scores it on a file with known {Screen.Clean(session.Target)}
              {Shell.Program} inspect {Screen.Clean(Shell.Quoted(path))}          shows what is in it
              in C#: Pipeline.Load("{shown}").Predict("FILE")
            """;
    }

    /// <summary>Predicts the rows of a file, and writes them with their predictions to a file or to the output.</summary>
    public static void Predict(string modelPath, string path, string? outputPath, CsvOptions? reading, TextWriter output, TextWriter error)
    {
        var pipeline = Pipeline.Load(modelPath);
        Predictions predictions = outputPath is null ? pipeline.PredictTo(path, output, reading) : pipeline.PredictTo(path, outputPath, reading);
        foreach (CsvIssue note in predictions.Notes) error.WriteLine(Screen.Clean(note.In(ReadingOptions.Word)));
        if (outputPath is not null)
            error.WriteLine(Invariant($"{predictions.Count} rows predicted; they are in {Screen.Clean(outputPath)}."));
    }

    /// <summary>Scores a model on the rows of a file whose target is known.</summary>
    public static void Evaluate(string modelPath, string path, CsvOptions? reading, Screen screen, TextWriter error, bool checkup = false)
    {
        var pipeline = Pipeline.Load(modelPath);
        Dataset rows = pipeline.ReadKnown(path, reading), ready = pipeline.Prepare(rows);
        foreach (CsvIssue note in rows.Notes) error.WriteLine(Screen.Clean(note.In(ReadingOptions.Word)));
        screen.Line(Invariant($"Rows      {rows.Count} with a known {Screen.Clean(string.Join(", ", rows.TargetNames))}{(rows.SkippedRows > 0 ? Invariant($"; {rows.SkippedRows} without one are left out") : "")}"));
        Tensor predicted = Metrics.Predict(pipeline.Model, ready);
        if (rows.IsClassification) OfClasses();
        else OfNumbers();
        if (!checkup) return;
        CheckupResult checks = Checkup.Trained(pipeline.Model, ready);
        foreach (string line in checks.ToString().Split('\n')) screen.Line(line);
        if (!checks.Passed) throw new UsageException("The check-up failed. The lines above say what to look at.");

        void OfNumbers()
        {
            // R2 divides by the variance of the target.
            bool constant = rows.Targets.Max().Item() == rows.Targets.Min().Item();
            screen.Line(constant ? "R2        not defined, because the target is the same in all rows" : Invariant($"R2        {Metrics.R2(pipeline.Model, ready)}"));
            screen.Line(Invariant($"Errors    mean absolute {Metrics.MeanAbsoluteError(predicted, rows.Targets):G6}, root mean square {Metrics.RootMeanSquaredError(predicted, rows.Targets):G6}"));
        }

        void OfClasses()
        {
            var counts = ready.Labels.ToInt64Array().CountBy(label => label).OrderByDescending(count => count.Value).ToArray();
            screen.Line(Invariant($"Accuracy  {Metrics.Accuracy(pipeline.Model, ready)}"));
            screen.Line(Invariant($"Baseline  {(double)counts[0].Value / rows.Count}, by always answering '{Screen.Clean(pipeline.ClassNames[(int)counts[0].Key])}'"));
            IReadOnlyList<Confusion> confusions = Metrics.Confusions(predicted, ready.Labels);
            var wrong = confusions.ToLookup(confusion => (long)confusion.Label, confusion => confusion.Rows);
            foreach (var (label, count) in counts.OrderBy(count => count.Key).Take(MostTensors))
                screen.Line(Invariant($"          {Screen.Clean(pipeline.ClassNames[(int)label])}: {count - wrong[label].Sum()} of {count} right"));
            if (counts.Length > MostTensors) screen.Line(Invariant($"          and {counts.Length - MostTensors} more classes"));
            foreach (Confusion confusion in confusions.Take(MostConfusions))
                screen.Line(Invariant($"{(confusion == confusions[0] ? "Confused" : ""),-10}{confusion.Rows} of {Screen.Clean(pipeline.ClassNames[confusion.Label])} predicted as {Screen.Clean(pipeline.ClassNames[confusion.Predicted])}"));
        }
    }

    /// <summary>The trained model with what prepared its data. Without --missing mean, a missing value is an error for new rows too.</summary>
    internal static Pipeline PipelineOf(TrainingSession session) =>
        new(session.Model, session.All, session.TrainRows.Standardizer, session.Settings.Missing == "mean" ? session.Imputer : null);

    /// <summary>Prints what is in a model file.</summary>
    public static void Inspect(string path, Screen screen)
    {
        SafetensorsHeader header = Safetensors.ReadHeader(path);
        bool isPipeline = header.Metadata.ContainsKey("mytorch.pipeline"), isModel = header.Metadata.ContainsKey("mytorch.architecture");
        screen.Line(Invariant($"File      {Screen.Clean(path)}: {header.Tensors.Count} tensors, {header.Tensors.Sum(tensor => tensor.ByteCount):#,0} bytes of data"));
        if (isPipeline)
        {
            var pipeline = Pipeline.Load(path);
            screen.Line($"Predicts  {Screen.Clean(pipeline.ToString())}");
            if (pipeline.IsClassification) screen.Line($"Classes   {Names(pipeline.ClassNames)}");
            Lines("Columns", pipeline.Schema?.Describe());
            Lines("Model", pipeline.Model.ToString());
            foreach ((string key, string text) in pipeline.Notes.OrderBy(note => note.Key, StringComparer.Ordinal)) Lines("Note", $"{key}: {text}");
        }
        else if (isModel) Lines("Model", ModelText(path));
        else screen.Line("Model     not described in the file, which holds tensors alone");

        screen.Line("Tensors");
        foreach (SafetensorsEntry tensor in header.Tensors.Take(MostTensors)) screen.Line($"          {Screen.Clean(tensor.Name)} {tensor.Shape} {tensor.StoredAs}");
        if (header.Tensors.Count > MostTensors) screen.Line(Invariant($"          and {header.Tensors.Count - MostTensors} more"));

        void Lines(string title, string? text)
        {
            string[] lines = (text ?? "").Split('\n');
            for (int i = 0; i < lines.Length; i++) screen.Line($"{(i == 0 ? title : ""),-10}{Screen.Clean(lines[i])}");
        }
    }

    // A model with a class of another program can be inspected, though not restored.
    static string ModelText(string path)
    {
        try
        {
            return MyTorch.Nn.Module.FromFile(path).ToString();
        }
        catch (ModelFileException e)
        {
            return e.Message;
        }
    }

    static string Names(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(20).Select(Screen.Clean)) + (names.Count > 20 ? Invariant($" and {names.Count - 20} more") : "");
}
