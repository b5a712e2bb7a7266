using System.Globalization;
using MyTorch.Training;
using TrainMlp;

namespace MyTorch.Tests.Samples;

/// <summary>From a CSV file to a model in use by the commands alone: train and save, then predict, evaluate, inspect.</summary>
[TestFixture]
public sealed class TrainMlpVerbTests : TestsWithFolder
{
    static readonly string Rows = "id,x,y,kind\n" + string.Concat(Enumerable.Range(0, 40).Select(i =>
        string.Create(CultureInfo.InvariantCulture, $"r{i},{i % 5 + 10 * (i % 2)},{i % 7 - 5 * (i % 2)},{(i % 2 == 0 ? "red" : "blue")}\n")));

    (string Model, TrainingSession Session, string Said) Saved()
    {
        var session = TrainingSession.Load(new Settings { DataPath = Write("train.csv", Rows), Target = "kind", Exclude = ["id"], Hidden = [64], Epochs = 20 });
        TrainingResult result = session.Train(null, CancellationToken.None);
        return (InFolder("model.safetensors"), session, ModelCommands.Save(InFolder("model.safetensors"), session, result)!);
    }

    [Test]
    public void TheModelIsSavedAndItsUseIsSaid()
    {
        var (model, session, said) = Saved();
        foreach (string line in new[] { $"Saved     {model}", $"predict {model} FILE", $"evaluate {model} FILE", $"inspect {model}", $"Pipeline.Load(\"{model}\")" })
            Assert.That(said, Does.Contain(line));
        Assert.That(Pipeline.Load(model).Predict(session.All).Outputs.ToArray(), Is.EqualTo(session.Predict(session.All.Inputs).ToArray()));
    }

    [Test]
    public void PredictKeepsTheOtherColumns()
    {
        var (model, _, _) = Saved();
        using StringWriter output = new(), error = new();
        ModelCommands.Predict(model, Write("new.csv", "y,id,x\n1,first,2\n-4,\"se,cond\",13\n"), null, null, output, error);

        string[] lines = output.ToString().Split('\n');
        Assert.That(lines[0], Is.EqualTo("y,id,x,prediction,probability_blue,probability_red"));
        Assert.That(lines[1], Does.StartWith("1,first,2,red,0."));
        Assert.That(lines[2], Does.StartWith("-4,\"se,cond\",13,blue,0."));
        Assert.That(error.ToString(), Is.Empty, "the id was left out by the user, so it is not a surprise");

        ModelCommands.Predict(model, InFolder("new.csv"), InFolder("out.csv"), null, TextWriter.Null, error);
        Assert.That(File.ReadAllText(InFolder("out.csv")), Is.EqualTo(output.ToString()));
        Assert.That(error.ToString(), Does.Contain("2 rows predicted"));

        File.WriteAllBytes(InFolder("latin.csv"), System.Text.Encoding.Latin1.GetBytes("y,id,x\n1,Bär,2\n"));
        ModelCommands.Predict(model, InFolder("latin.csv"), null, null, TextWriter.Null, error);
        Assert.That(error.ToString(), Does.Contain("name another encoding with --encoding."), "in the command's words");
    }

    [Test]
    public void EvaluateScoresAFileWithTargets()
    {
        var (model, session, _) = Saved();
        using StringWriter output = new(), error = new();
        ModelCommands.Evaluate(model, session.Path, null, new PlainScreen(output), error);
        Assert.That(output.ToString(), Does.Contain("Rows      40 with a known kind").And.Contain("Accuracy  1").And.Contain("Baseline  0.5, by always answering").And.Contain("blue: 20 of 20 right"));
    }

    [Test]
    public void InspectShowsPipelinesModelsAndOtherFiles()
    {
        var (model, _, _) = Saved();
        using var output = new StringWriter();
        ModelCommands.Inspect(model, new PlainScreen(output));
        foreach (string words in new[] { "kind (2 classes) from 2 features", "Classes   blue, red", "id: left out", "MLP(2-64-2)", "layers.0.weight (64, 2) F32", "score: accuracy", "data: train.csv" })
            Assert.That(output.ToString(), Does.Contain(words));

        new MyTorch.Nn.Linear(2, 3).Save(InFolder("layer"));
        MyTorch.Serialization.Safetensors.Save(InFolder("tensors"), new Dictionary<string, Tensor> { ["a\u001b"] = Tensor.Ones([2]) });
        output.GetStringBuilder().Clear();
        ModelCommands.Inspect(InFolder("layer"), new PlainScreen(output));
        ModelCommands.Inspect(InFolder("tensors"), new PlainScreen(output));
        Assert.That(output.ToString(), Does.Contain("Linear(2, 3)").And.Contain("holds tensors alone").And.Contain("a? (2,) F32"));
    }

    [TestCase("inspect", "nothing")]
    [TestCase("predict", "nothing", "new.csv")]
    [TestCase("evaluate", "train.csv", "train.csv")]
    public void ErrorsAreSentencesForTheUser(params string[] arguments)
    {
        Write("train.csv", Rows);
        string[] all = [arguments[0], .. arguments.Skip(1).Select(InFolder)];
        Assert.That(() => CommandLine.Run(all, _ => 0, TextWriter.Null), Throws.TypeOf<UsageException>().With.Message.Contains(InFolder(arguments[1])));
    }

    [Test]
    public void MissingArgumentsAreBadUsage()
    {
        using var error = new StringWriter();
        Assert.That(CommandLine.Run(["predict", "model"], _ => 0, error), Is.EqualTo(2));
        Assert.That(error.ToString(), Does.Contain("predict"));
    }
}
