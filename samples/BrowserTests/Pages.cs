using MyTorch;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Reports;
using MyTorch.Training;

namespace BrowserTests;

/// <summary>The pages that are opened: reports of quick trainings on the repository's data, and the grader's pages.</summary>
internal static class Pages
{
    /// <summary>Writes the pages, and returns their names without ".html": those with plots, and the grader's.</summary>
    public static async Task<(IReadOnlyList<string> Reports, IReadOnlyList<string> Grader)> Write(string folder)
    {
        string data = DataFolder();
        Report(Path.Combine(folder, "classification.html"), CsvDataset.Load(Path.Combine(data, "iris.csv"), "species"));
        Report(Path.Combine(folder, "pictures.html"), CsvDataset.Load(Path.Combine(data, "digits.csv"), "digit"));
        Report(Path.Combine(folder, "two-classes.html"), CsvDataset.Load(Path.Combine(data, "breast_cancer.csv"), "diagnosis"));
        Report(Path.Combine(folder, "regression.html"), CsvDataset.Load(Path.Combine(data, "diabetes.csv"), "progression"));
        Report(Path.Combine(folder, "hostile.html"), Hostile());
        return (["classification", "pictures", "two-classes", "regression", "hostile"],
            await GraderPages.Write(Path.Combine(folder, "grader"), Path.GetDirectoryName(data)!));
    }

    static void Report(string path, Dataset data)
    {
        var (rawTrain, rawTest) = data.Split(0.8);
        Standardizer standardizer = Standardizer.Fit(rawTrain);
        Dataset train = standardizer.Apply(rawTrain), test = standardizer.Apply(rawTest);
        var model = new MLP(data.FeatureCount, [16], data.OutputCount, () => new ReLU(), generator: new Generator(0));
        var norms = new LayerNorms(model);
        TrainingOutcome outcome = Trainer.Fit(model, train, new TrainerOptions
        {
            Epochs = 20,
            ValidationShare = 0.2,
            Optimizer = parameters => new Adam(parameters, 0.01),
            Schedule = optimizer => new CosineAnnealing(optimizer, 20),
            AfterBackward = step => norms.Record(step.Epoch),
        });
        new TrainingReport
        {
            Model = model, Train = train, Test = test, Data = data, Curves = TrainingCurves.Of(outcome), Norms = norms,
                Source = data.TargetNames[0],
            Split = "random split, seed 0", Settings = [("epochs", "20"), ("optimizer", "Adam")],
                Command = "dotnet run -c Release --project samples/BrowserTests",
        }.Write(path);
    }

    // Names as an attacker would write them into a file.
    static Dataset Hostile()
    {
        const string script = "</script><script>alert(1)</script>", image = "\"><img src=x onerror=alert(2)>",
            link = "javascript:alert(3)//`${alert(4)}`";
        var generator = new Generator(0);
        double[] inputs = [.. Enumerable.Range(0, 600).Select(_ => generator.NextGaussian())];
        return new Dataset(Tensor.From(inputs, [200, 3]), Tensor.Indices(
            [.. Enumerable.Range(0, 200).Select(i => inputs[3 * i] > 0 ? 1L : 0L)]), [script, image, link], [image, script], [script]);
    }

    static string DataFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "data")) && File.Exists(Path.Combine(folder.FullName, "MyTorch.sln")))
                return Path.Combine(folder.FullName, "data");
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds MyTorch.sln and data.");
    }
}
