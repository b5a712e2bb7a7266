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

    /// <summary>Saves a trained model with what prepared its data, and says how to use it; null if it diverged or was not trained.</summary>
    public static string? Save(string path, TrainingSession session, TrainingResult result)
    {
        if (result.Outcome == Outcome.Diverged || result.Epochs == 0) return null;
        // Without --missing mean, a missing value is an error for new rows too.
        var pipeline = new Pipeline(session.Model, session.All, session.TrainRows.Standardizer, session.Settings.Missing == "mean" ? session.Imputer : null);
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
            Saved     {shown}
                      predict {shown} FILE     predicts the rows of a CSV file
                      evaluate {shown} FILE    scores it on a file with known {Screen.Clean(session.Target)}
                      inspect {shown}          shows what is in it
                      in C#: Pipeline.Load("{shown}").Predict(...)
            """;
    }

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
