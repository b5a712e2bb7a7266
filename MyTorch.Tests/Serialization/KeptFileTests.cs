using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Training;

namespace MyTorch.Tests.Serialization;

/// <summary>
/// A model file that was made by the first version of the format. Every later version reads it, and predicts the same.
/// </summary>
[TestFixture]
public sealed class KeptFileTests
{
    static string Kept(string name) => Path.Combine(AppContext.BaseDirectory, "Serialization", "files", name);

    // What the pipeline predicted when the file was made, for the first rows of format1.csv: the probability of "yes".
    static readonly float[] s_expected =
        [0.4757169f, 0.49663496f, 0.511928f, 0.53223044f, 0.4712146f, 0.5018787f, 0.5199683f, 0.485088f, 0.5482747f, 0.5181648f];

    [Test]
    public void FormatOneIsReadAndPredictsTheSame()
    {
        Pipeline pipeline = Pipeline.Load(Kept("format1.safetensors"));
        Predictions predictions = pipeline.Predict(Kept("format1.csv"));

        Assert.That(pipeline.ClassNames, Is.EqualTo(new[] { "no", "yes" }));
        Assert.That(pipeline.Notes["made by"], Is.EqualTo("format 1"));
        Assert.That(predictions, Has.Count.EqualTo(60));
        // Other processors add in another order.
        Assert.That(predictions.Take(s_expected.Length).Select(p => p.Outputs[1]),
            Is.EqualTo(s_expected.Select(p => (double)p)).Within(1e-6));
        Assert.That(pipeline.Model.ToString(), Is.EqualTo(Model(pipeline.FeatureNames.Count).ToString()));
    }

    // Every kind of layer that rows of numbers can pass.
    static Sequential Model(int features) => new(
        new Linear(features, 6), new BatchNorm1d(6), new LeakyReLU(0.1),
            new Residual(new Sequential(new Linear(6, 6, bias: false), new GELU())),
        new LayerNorm([6]), new Dropout(0.2), new ELU(0.5), new MLP(6, [5], 2, () => new Swish(1.5)), new Softplus(2, 10), new Identity());

    // How it was made; run it by its name to make another one for a new version of the format, beside this one.
    [Test, Explicit("Writes a file.")]
    public void Make()
    {
        Dataset raw = CsvDataset.Load(Kept("format1.csv"), "kind", new CsvOptions { Missing = MissingValues.Mean });
        Imputer imputer = Imputer.Fit(raw);
        Standardizer standardizer = Standardizer.Fit(imputer.Apply(raw));
        Generator.Seed(1);
        Sequential model = Model(raw.FeatureCount);
        Trainer.Fit(model, standardizer.Apply(imputer.Apply(raw)), new TrainerOptions { Epochs = 20 });
        var pipeline = new Pipeline(model, raw, standardizer, imputer);
        pipeline.Notes["made by"] = "format 1";
        string path = Path.Combine(Path.GetTempPath(), "format1.safetensors");
        pipeline.Save(path);
        TestContext.Out.WriteLine(
            $"{path}\n{string.Join(", ", pipeline.Predict(Kept("format1.csv")).Take(10).Select(p => FormattableString.Invariant($"{(float)p.Outputs[1]}f")))}");
    }
}
