using System.Globalization;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Serialization;
using MyTorch.Training;

namespace MyTorch.Tests.Training;

/// <summary>A pipeline predicts new rows as the program that trained it does, from its file alone.</summary>
[TestFixture]
public sealed class PipelineTests : TestsWithFolder
{
    // The amount is large and has many digits, so that scaling matters; the colour is a category; one age is missing.
    static string Customers(int rows) => "id,age,colour,amount,kind\n" + string.Concat(Enumerable.Range(0, rows).Select(i => string.Create(
        CultureInfo.InvariantCulture,
        $"{i},{(i == 3 ? "" : 20 + i % 41)},{(i % 3 == 0 ? "red" : i % 3 == 1 ? "green" : "blue")},{5000000.25 + i * 37 % 1000},{(i % 41 + 10 * (i % 3) > 25 ? "yes" : "no")}\n")));

    static readonly CsvOptions s_options = new() { Exclude = ["id"], Missing = MissingValues.Mean };

    (Pipeline Pipeline, Dataset Raw, Dataset Ready) Trained(string target = "kind", DType dtype = DType.Float32)
    {
        Dataset raw = CsvDataset.Load(Write("train.csv", Customers(120)), target, s_options with { DType = dtype });
        Imputer imputer = Imputer.Fit(raw);
        Dataset filled = imputer.Apply(raw);
        Standardizer standardizer = Standardizer.Fit(filled);
        Dataset ready = standardizer.Apply(filled);
        var model = new Sequential(new Linear(raw.FeatureCount, 12, dtype: dtype), new BatchNorm1d(12, dtype: dtype), new ReLU(),
            new Dropout(0.1), new Linear(12, raw.OutputCount, dtype: dtype));
        var optimizer = new SGD(model.Parameters(), 0.05, momentum: 0.9);
        for (int epoch = 0; epoch < 5; epoch++)
            foreach (Batch batch in new DataLoader(ready, 16, shuffle: true, seed: epoch))
            {
                using var autograd = new Autograd();
                Tensor output = model.Forward(batch.Inputs);
                autograd.Backward(raw.IsClassification ? new CrossEntropyLoss().Forward(output, batch.Labels)
                    : new MSELoss().Forward(output, batch.Targets));
                optimizer.Step();
                optimizer.ZeroGrad();
            }
        return (new Pipeline(model, raw, standardizer, imputer), raw, ready);
    }

    [TestCase("kind", DType.Float32)]
    [TestCase("kind", DType.Float64)]
    [TestCase("amount", DType.Float32)]
    [TestCase("amount", DType.Float64)]
    public void TheFileAlonePredictsWhatTheTrainedModelPredicts(string target, DType dtype)
    {
        var (pipeline, raw, ready) = Trained(target, dtype);
        pipeline.Notes["command"] = "--data train.csv";
        pipeline.Save(InFolder("p.safetensors"));
        Pipeline loaded = Pipeline.Load(InFolder("p.safetensors"));

        Tensor expected;
        using (pipeline.Model.InEvaluationMode())
            expected = raw.IsClassification ? pipeline.Model.Forward(ready.Inputs).Softmax(1)
                : pipeline.Standardizer!.InverseTargets(pipeline.Model.Forward(ready.Inputs));
        foreach (Pipeline each in new[] { pipeline, loaded })
        {
            Assert.That(each.Predict(raw).Outputs.ToArray(), Is.EqualTo(expected.ToArray()));
            Assert.That(each.Predict(raw).TargetNames, Is.EqualTo(new[] { target }));
        }
        Assert.That(pipeline.Model.Training, Is.True, "predicting leaves the mode alone");
        Assert.That(loaded.Model.Training, Is.False);
        Assert.That(loaded.Notes["command"], Is.EqualTo("--data train.csv"));
        Assert.That(loaded.Schema!.Describe(), Is.EqualTo(raw.Schema!.Describe()));
        Assert.That(loaded.ToString(), Is.EqualTo(pipeline.ToString()));
        Assert.That((loaded.FeatureNames, loaded.ClassNames), Is.EqualTo((raw.FeatureNames, raw.ClassNames)));
        Assert.That(Safetensors.ReadHeader(InFolder("p.safetensors")).Tensors.Select(entry => entry.Name),
            Does.Contain("0.weight").And.Contain("pipeline.imputer.mean"));

        if (raw.IsClassification)
        {
            Assert.That(Metrics.Accuracy(loaded.Model, loaded.Prepare(raw)),
                Is.EqualTo(Metrics.Accuracy(pipeline.Model.Eval(), ready)).And.GreaterThan(0.6));
            Prediction first = loaded.Predict(raw)[0];
            Assert.That(first.Class, Is.EqualTo(raw.ClassNames[(int)expected.ArgMax(1).ToInt64Array()[0]]));
            Assert.That(first.Probability, Is.EqualTo(first.Outputs.Max()));
            Assert.That(() => first.Value, Throws.InvalidOperationException);
        }
        else
        {
            Assert.That(loaded.Predict(raw)[0].Value, Is.EqualTo(expected.ToArray()[0]).And.GreaterThan(4_900_000));
            Assert.That(loaded.Predict(raw)[0].Class, Is.Null);
        }
    }

    [Test]
    public void ARowIsPredictedAlikeAloneAndAmongManyRows()
    {
        Pipeline pipeline = Trained().Pipeline;
        Tensor all = Tensor.Rand([2500, pipeline.FeatureNames.Count], generator: new Generator(3)) * 100;
        double[] together = pipeline.Predict(all).Outputs.ToArray();
        for (int row = 0; row < 2500; row += 419)
            Assert.That(pipeline.Predict(all[row..(row + 1)]).Outputs.ToArray(),
                Is.EqualTo(together[(2 * row)..(2 * row + 2)]).Within(1e-6));
        Assert.That(pipeline.Predict(all), Has.Count.EqualTo(2500));
        Assert.That(() => pipeline.Predict(all)[2500], Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void EightThreadsPredictAtOnce()
    {
        Pipeline pipeline = Trained().Pipeline;
        pipeline.Save(InFolder("p"));
        foreach (Pipeline each in new[] { pipeline, Pipeline.Load(InFolder("p")) })
        {
            Tensor[] inputs = [.. Enumerable.Range(0, 64).Select(i =>
                Tensor.Rand([1 + i % 5, pipeline.FeatureNames.Count], generator: new Generator(i)) * 50)];
            double[][] expected = [.. inputs.Select(input => each.Predict(input).Outputs.ToArray())];
            int wrong = 0;
            Thread[] threads = [.. Enumerable.Range(0, 8).Select(t => new Thread(() =>
            {
                for (int n = 0; n < 200; n++)
                {
                    int i = (n * 7 + t) % inputs.Length;
                    if (!each.Predict(inputs[i]).Outputs.ToArray().AsSpan().SequenceEqual(expected[i])) Interlocked.Increment(ref wrong);
                }
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            Assert.That(wrong, Is.Zero);
        }
    }

    [Test]
    public void ForwardAllocatesItsResultsAndLittleElse()
    {
        var model = new MLP(64, [128], 10).Eval();
        Tensor input = Tensor.Rand([256, 64]);
        model.Forward(input);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) model.Forward(input);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 10;
        Assert.That(each, Is.LessThan(256 * (128 + 128 + 10) * sizeof(float) + 4096), "the outputs of three layers");
    }

    [Test]
    public void FeaturesAreMatchedByNameInAnyOrder()
    {
        var (pipeline, raw, _) = Trained();
        int[] order = [.. Enumerable.Range(0, raw.FeatureCount).Reverse()];
        var reversed = new Dataset(Tensor.Concat([.. order.Select(c => raw.Inputs[.., c..(c + 1)])], 1), raw.Labels,
            [.. order.Select(c => raw.FeatureNames[c])], raw.ClassNames);
        Assert.That(pipeline.Predict(reversed).Outputs.ToArray(),
            Is.EqualTo(pipeline.Predict(new Dataset(raw.Inputs, raw.Labels, raw.FeatureNames, raw.ClassNames)).Outputs.ToArray()));
        var unknown = new Dataset(raw.Inputs, raw.Labels, [.. raw.FeatureNames.Select(name => name == "age" ? "years" : name)],
            raw.ClassNames);
        Assert.That(() => pipeline.Predict(unknown), Throws.ArgumentException.With.Message.Contains("'years' is new and 'age' is missing"));
    }

    [Test]
    public void WhatCannotBePredictedIsNamed()
    {
        var (pipeline, raw, ready) = Trained();
        Assert.That(() => pipeline.Predict(ready), Throws.ArgumentException.With.Message.Contains("standardized"));
        Assert.That(() => pipeline.Predict(Tensor.Ones([2, 3])),
            Throws.ArgumentException.With.Message.Contains("(2, 3) Float32; expected (rows, 5) Float32"));
        var plain = new Pipeline(pipeline.Model, raw, pipeline.Standardizer);
        Assert.That(() => plain.Predict(raw), Throws.InvalidOperationException.With.Message.Contains("'age' of row 3 is missing"));
        Assert.That(() => new Pipeline(new Linear(5, 3), raw), Throws.ArgumentException.With.Message.Contains(
            "do not fit").And.Message.Contains("expected (1, 2)"));
        Assert.That(() => new Pipeline(new Linear(4, 2), raw), Throws.ArgumentException.With.Message.Contains("do not fit"));
        pipeline.Model.Parameters()[0].Fill(double.NaN);
        Assert.That(() => pipeline.Predict(raw), Throws.InvalidOperationException.With.Message.Contains("row 0 is NaN"));
    }

    [Test]
    public void AModelFileIsNoPipelineAndSaysSo()
    {
        new Linear(2, 2).Save(InFolder("model"));
        Assert.That(() => Pipeline.Load(InFolder("model")), Throws.TypeOf<ModelFileException>().With.Message.Contains(
            "a model alone").And.Message.Contains("Module.FromFile"));
        Trained().Pipeline.Save(InFolder("p"));
        Assert.That(Module.FromFile(InFolder("p")).Describe(), Is.EqualTo("Sequential"), "a pipeline is a model file too");
    }

    [TestCase("format", "1", "2", "format 2")]
    [TestCase("format", "1", "1,\"later\":3", "later")]
    [TestCase("dtype", "\"Float32\"", "\"Int64\"", "do not fit")]
    [TestCase("dtype", "\"Float32\"", "\"Float99\"", "cannot be read")]
    [TestCase("class_names", "[\"no\",\"yes\"]", "[\"no\"]", "do not fit")]
    [TestCase("class_names", "[\"no\",\"yes\"]", "null", "cannot be read")]
    [TestCase("feature_names", "\"age\"", "\"age\",\"more\"", "expected 6 finite Float64 numbers")]
    [TestCase("has_imputer", "true", "1", "cannot be read")]
    public void DamagedTextsAreOneClearError(string key, string was, string becomes, string words)
    {
        Trained().Pipeline.Save(InFolder("p"));
        SafetensorsFile file = Safetensors.Load(InFolder("p"));
        var metadata = file.Metadata.ToDictionary();
        string json = metadata["mytorch.pipeline"];
        int at = json.IndexOf($"\"{key}\":", StringComparison.Ordinal), value = json.IndexOf(was, at, StringComparison.Ordinal);
        Assert.That(at >= 0 && value >= 0, json);
        metadata["mytorch.pipeline"] = json[..value] + becomes + json[(value + was.Length)..];
        Safetensors.Save(InFolder("damaged"), file.Tensors, metadata);
        Assert.That(() => Pipeline.Load(InFolder("damaged")), Throws.TypeOf<ModelFileException>().With.Message.Contains(words));
    }

    [Test]
    public void DamagedNumbersAreOneClearError()
    {
        Trained("amount").Pipeline.Save(InFolder("p"));
        SafetensorsFile file = Safetensors.Load(InFolder("p"));
        foreach ((string name, Tensor? value, string words) in new (string, Tensor?, string)[]
                 {
                     ("pipeline.standardizer.scale", null, "is missing"),
                     ("pipeline.standardizer.scale", Tensor.Zeros([6], DType.Float64), "not greater than 0"),
                     ("pipeline.imputer.mean", Tensor.Full([6], double.NaN, DType.Float64), "expected 6 finite"),
                     ("pipeline.imputer.mean", Tensor.Zeros([6]), "expected 6 finite Float64"),
                     ("0.weight", Tensor.Zeros([12, 7]), "0.weight"),
                 })
        {
            var tensors = file.Tensors.ToDictionary();
            if (value is null) tensors.Remove(name);
            else tensors[name] = value;
            Safetensors.Save(InFolder("damaged"), tensors, file.Metadata);
            Assert.That(() => Pipeline.Load(InFolder("damaged")), Throws.TypeOf<ModelFileException>().With.Message.Contains(words), name);
        }
    }

    sealed class Net : Module
    {
        readonly Linear _layer = new(5, 2);

        protected override Tensor ForwardCore(Tensor input) => _layer.Forward(input).Tanh();
    }

    [Test]
    public void APipelineWithAnOwnModelIsLoadedIntoIt()
    {
        var (pipeline, raw, _) = Trained();
        var own = new Pipeline(new Net(), raw, pipeline.Standardizer, pipeline.Imputer);
        own.Save(InFolder("own"));
        Assert.That(() => Pipeline.Load(InFolder("own")), Throws.TypeOf<ModelFileException>().With.Message.Contains(
            "a class of the program"));
        Assert.That(Pipeline.Load(InFolder("own"), new Net()).Predict(raw).Outputs.ToArray(),
            Is.EqualTo(own.Predict(raw).Outputs.ToArray()));
    }

    enum Colour { Red, Green, Blue }

    sealed record Customer(int? Age, string? Colour, decimal Amount, string NotUsed = "");

    [Test]
    public void TypedRowsArePredictedAsThoseOfTheFile()
    {
        var (pipeline, raw, _) = Trained();
        pipeline.Save(InFolder("p"));
        Pipeline loaded = Pipeline.Load(InFolder("p"));
        Customer[] customers = [.. Enumerable.Range(0, 120).Select(i =>
            new Customer(i == 3 ? null : 20 + i % 41, (i % 3) switch { 0 => "red", 1 => "green", _ => "blue" },
            5000000.25m + i * 37 % 1000))];

        Predictions all = loaded.PredictAll(customers);

        Assert.That(all.Outputs.ToArray(), Is.EqualTo(pipeline.Predict(raw).Outputs.ToArray()));
        Assert.That(all.Warnings, Is.Empty);
        Assert.That(loaded.Predict(customers[5]).Outputs, Is.EqualTo(all[5].Outputs).Within(1e-6));
        Assert.That(loaded.Predict(new { amount = customers[7].Amount, AGE = 27L, colour = Colour.Green }).Class, Is.EqualTo(all[7].Class));
        var map = new Dictionary<string, object?> { ["age"] = "27", ["colour"] = "green", ["amount"] = (double)customers[7].Amount };
        Assert.That(loaded.Predict(map).Outputs, Is.EqualTo(all[7].Outputs).Within(1e-6));
    }

    [Test]
    public void TypedRowsThatDoNotFitAreNamed()
    {
        Pipeline pipeline = Trained().Pipeline;
        Assert.That(() => pipeline.Predict(new { colour = "red", Years = 3 }),
            Throws.ArgumentException.With.Message.Contains("no value for 'age', 'amount'; it has 'colour', 'Years'"));
        Assert.That(() => pipeline.PredictAll(new[] { new { age = "30", colour = "red", amount = 1 }, new { age = "old", colour = "red",
            amount = 1 } }),
            Throws.ArgumentException.With.Message.Contains("row 1, 'age' is 'old'; expected a number"));
        Assert.That(() => pipeline.Predict(new { age = double.PositiveInfinity, colour = "red", amount = 1 }),
            Throws.ArgumentException.With.Message.Contains("a finite number"));
        Assert.That(() => pipeline.Predict(new { age = DateTime.Now, colour = "red", amount = 1 }),
            Throws.ArgumentException.With.Message.Contains("(DateTime); expected a number"));
        Assert.That(() => pipeline.PredictAll(Array.Empty<Customer>()), Throws.ArgumentException);

        Predictions unknown = pipeline.PredictAll(new[] { new { age = 30, colour = "violet", amount = 1 }, new { age = 31,
            colour = "violet", amount = 2 } });
        Assert.That(unknown.Warnings, Is.EqualTo(
            new[] { "row 0, 'colour': the category 'violet' was not in the training rows; it counts as none of 'blue', 'green', 'red'." }));
        var none = pipeline.Predict(Tensor.From([30f, 0, 0, 0, 1], [1, 5]));
        Assert.That(unknown[0].Outputs, Is.EqualTo(none[0].Outputs).Within(1e-6), "none of the categories");
    }

    [TestCase("kind", DType.Float32)]
    [TestCase("amount", DType.Float32)]
    [TestCase("amount", DType.Float64)]
    public void AFileIsPredictedAndScoredAsTheTrainingRows(string target, DType dtype)
    {
        var (pipeline, raw, ready) = Trained(target, dtype);
        pipeline.Save(InFolder("p"));
        Pipeline loaded = Pipeline.Load(InFolder("p"));
        string file = InFolder("train.csv");

        Assert.That(loaded.Predict(file).Outputs.ToArray(), Is.EqualTo(pipeline.Predict(raw).Outputs.ToArray()));
        Dataset again = loaded.Prepare(loaded.ReadKnown(file));
        double expected = raw.IsClassification ? Metrics.Accuracy(pipeline.Model.Eval(), ready) : Metrics.R2(pipeline.Model.Eval(), ready);
        Assert.That(raw.IsClassification ? Metrics.Accuracy(loaded.Model, again) : Metrics.R2(loaded.Model, again), Is.EqualTo(expected),
            "to the last digit");
    }

    [Test]
    public void NewFilesMayHaveOtherColumnsInAnotherOrder()
    {
        var (pipeline, _, _) = Trained();
        string[] rows = [.. Enumerable.Range(0, 6).Select(i =>
            $"\"note, {i}\",{(i % 3 == 0 ? "red" : i % 3 == 1 ? "green" : "blue")},{(5000000.25 + i * 37).ToString(CultureInfo.InvariantCulture)},{(i == 3 ? "" : (20 + i).ToString(CultureInfo.InvariantCulture))}")];
        string file = Write("new.csv", "note,colour,amount,age\n" + string.Join("\n", rows) + "\n");

        Predictions predictions = pipeline.PredictTo(file, InFolder("out.csv"));

        Assert.That(predictions.Outputs.ToArray(), Is.EqualTo(pipeline.Predict(InFolder("train.csv")).Outputs[..6].ToArray()).Within(1e-6));
        Assert.That(predictions.Warnings, Has.Count.EqualTo(1).And.One.Contains("'note'"));
        string[] lines = File.ReadAllLines(InFolder("out.csv"));
        Assert.That(lines[0], Is.EqualTo("note,colour,amount,age,prediction,probability_no,probability_yes"));
        Assert.That(lines, Has.Length.EqualTo(7));
        for (int i = 0; i < 6; i++)
            Assert.That(lines[i + 1], Is.EqualTo(string.Create(CultureInfo.InvariantCulture,
                $"{rows[i]},{predictions[i].Class},{(float)predictions[i].Outputs[0]},{(float)predictions[i].Outputs[1]}")));

        using var text = new StringWriter();
        pipeline.PredictTo(InFolder("out.csv"), text);
        Assert.That(text.ToString(), Does.StartWith(
            "note,colour,amount,age,prediction,probability_no,probability_yes,prediction_2,probability_no_2,probability_yes_2\n"));
    }

    [Test]
    public void RowsThatDoNotFitTheSchemaHaveARuleAndAMessageEach()
    {
        var (pipeline, raw, _) = Trained();
        Assert.That(() => pipeline.Predict(Write("a.csv", "age,colour\n30,red\n")),
            Throws.TypeOf<CsvDataException>().With.Message.Contains("no column 'amount'"));
        Assert.That(() => pipeline.Predict(Write("b.csv", "age,colour,amount\n30,red,5000000\nold,red,5000000\n")),
            Throws.TypeOf<CsvDataException>().With.Message.Contains("'old' is not a number"));
        Predictions unknown = pipeline.Predict(Write("c.csv", "age,colour,amount\n30,violet,5000000\n"));
        Assert.That(unknown.Warnings, Has.One.Contains("violet"));
        Assert.That(() => pipeline.ReadKnown(InFolder("c.csv")), Throws.InvalidOperationException.With.Message.Contains("has a target"));
        Assert.That(() => new Pipeline(pipeline.Model, raw, pipeline.Standardizer).Predict(
            Write("d.csv", "age,colour,amount\n,red,5000000\n")),
            Throws.TypeOf<CsvDataException>().With.Message.Contains("line 2, column 'age': the value is missing"));
        Assert.That(() => pipeline.PredictTo(InFolder("c.csv"), InFolder("none/out.csv")), Throws.InstanceOf<IOException>());
        var tensors = new Pipeline(pipeline.Model, new Dataset(raw.Inputs, raw.Labels, raw.FeatureNames, raw.ClassNames));
        Assert.That(() => tensors.Predict(InFolder("c.csv")), Throws.InvalidOperationException.With.Message.Contains("without a schema"));
        Assert.That(() => tensors.Predict(new { age = 3 }), Throws.InvalidOperationException.With.Message.Contains("without a schema"));
    }

    [Test]
    public void FilesInOtherCulturesAreWrittenAsTheyAre()
    {
        string train = Write("de.csv", "größe;preis;art\n" + string.Concat(Enumerable.Range(0, 40).Select(i =>
            $"{i};{i * 3 % 17},5;{(i % 2 == 0 ? "A" : "B")}\n")));
        Dataset raw = CsvDataset.Load(train, "art");
        Standardizer standardizer = Standardizer.Fit(raw);
        new Pipeline(new Linear(2, 2), raw, standardizer).Save(InFolder("p"));
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            Pipeline.Load(InFolder("p")).PredictTo(Write("neu.csv", "preis;größe\n12,5;3\n"), InFolder("out.csv"));
            string[] lines = File.ReadAllLines(InFolder("out.csv"));
            Assert.That(lines[0], Is.EqualTo("preis;größe;prediction;probability_A;probability_B"));
            Assert.That(lines[1], Does.StartWith("12,5;3;").And.Match("0\\.[0-9]+;0\\.[0-9]+$"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
