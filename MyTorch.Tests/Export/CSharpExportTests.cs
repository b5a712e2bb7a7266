using System.Globalization;
using System.Text;
using MyTorch.Data;
using MyTorch.Export;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Tests.Samples;
using MyTorch.Training;
using TrainMlp;

namespace MyTorch.Tests.Export;

/// <summary>Exported C# files, compiled into one program that prints the bits of what they predict.</summary>
public class CSharpExportTests
{
    [Test, Category("Long")]
    public void ExportedFilesPredictWhatTheLibraryPredicts()
    {
        string folder = Fresh("exported");
        var program = new StringBuilder("using System.Globalization;\nCultureInfo.CurrentCulture = new CultureInfo(\"de-DE\");\n");
        var expected = new List<(string Name, double[] Outputs, DType DType)>();
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
            foreach ((string name, Func<Generator, DType, Module> make, int inputs, int outputs) in Models())
            {
                var random = new Generator(expected.Count);
                Module model = make(random, dtype);
                model.Eval();
                foreach (bool classes in new[] { true, false })
                {
                    string space = $"M{expected.Count}";
                    File.WriteAllText(Path.Combine(folder, $"{space}.cs"), CSharpFile.Source(new()
                    {
                        Model = model,
                        FeatureNames = [.. Enumerable.Range(0, inputs).Select(i => $"x{i}")],
                        ClassNames = classes ? [.. Enumerable.Range(0, outputs).Select(i => $"class {i}")] : [],
                        TargetNames = classes ? ["target"] : [.. Enumerable.Range(0, outputs).Select(i => $"y{i}")],
                    }, space));
                    Tensor input = Tensor.Randn([1, inputs], dtype, random) * 3;
                    Tensor output = model.Forward(input);
                    expected.Add(($"{name} {dtype} {(classes ? "probabilities" : "values")}", (classes ? output.Softmax(1) : output).ToArray(), dtype));
                    string row = string.Join(", ", input.ToArray().Select((value, i) => string.Create(CultureInfo.InvariantCulture, $"X{i} = {value:R}")));
                    string numbers = classes ? "Probabilities" : outputs == 1 ? "Value" : "Values";
                    program.Append(CultureInfo.InvariantCulture, $"Print({space}.Model.Predict(new {space}.Row {{ {row} }}).{numbers});\n");
                }
            }
        program.Append("""
            static void Print(object numbers) => Console.WriteLine(string.Join(' ', (numbers is double one ? [one] : (IEnumerable<double>)numbers)
                .Select(number => BitConverter.DoubleToInt64Bits(number).ToString("X16", CultureInfo.InvariantCulture))));
            """);
        string[] lines = Run(folder, program.ToString());
        Assert.That(lines, Has.Length.EqualTo(expected.Count));
        Assert.Multiple(() =>
        {
            for (int i = 0; i < lines.Length; i++)
            {
                double[] given = [.. lines[i].Split(' ').Select(bits => BitConverter.Int64BitsToDouble(long.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))];
                for (int o = 0; o < given.Length; o++)
                {
                    double ours = expected[i].Outputs[o];
                    double spacing = expected[i].DType == DType.Float32
                        ? float.BitIncrement((float)Math.Abs(ours)) - (float)Math.Abs(ours)
                        : Math.BitIncrement(Math.Abs(ours)) - Math.Abs(ours);
                    TestContext.Out.WriteLine($"{expected[i].Name}: {Math.Abs(given[o] - ours) / spacing} ulp");
                    Assert.That(Math.Abs(given[o] - ours) / spacing, Is.LessThanOrEqualTo(4), $"{expected[i].Name}, output {o}: {given[o]:R} and {ours:R}");
                }
            }
        });
    }

    // The printed score of a pipeline on its test rows, with every kind of column, awkward names and rows the training file did not have.
    [Test, Category("Long")]
    public void AnExportedPipelineRepeatsTheScoreToTheLastDigit()
    {
        string folder = Fresh("pipeline");
        string[] names = ["1st size (cm)", "class", "naïve \"quote\"\\", "Row", "Row", "when", "color"];
        names[4] = "row!";
        var random = new Generator(5);
        var lines = new List<string> { string.Join(',', names.Append("churn").Select(name => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) };
        string[] colors = ["red", "deep \u2028 \"blue\"", "grün", "\u00FCber {0}"];
        for (int i = 0; i < 240; i++)
        {
            double size = 20 + 9 * random.NextGaussian(), time = 1e7 + 1.3 * i, third = random.NextGaussian();
            string color = colors[(int)(random.NextDouble() * 4)];
            string missing = i % 17 == 3 ? "" : third.ToString("R", CultureInfo.InvariantCulture);
            bool churn = size + 8 * third + (color == "red" ? 9 : 0) + random.NextGaussian() > 22;
            lines.Add(FormattableString.Invariant(
                $"{size:0.00},{i % 3},{missing},{time:R},{-(i % 7)},{new DateTime(2024, 1, 1).AddDays(i * 1.5):yyyy-MM-dd},\"{color.Replace("\"", "\"\"", StringComparison.Ordinal)}\",{(churn ? "yes" : "no")}"));
        }
        string csv = Path.Combine(folder, "churn.csv");
        File.WriteAllLines(csv, lines);
        Dataset data = CsvDataset.Load(csv, "churn", new CsvOptions { Missing = MissingValues.Mean });
        var (train, test) = data.Split(0.7, seed: 1);
        var imputer = Imputer.Fit(train);
        var standardizer = Standardizer.Fit(imputer.Apply(train));
        Dataset ready = standardizer.Apply(imputer.Apply(train));
        var model = new MLP(data.FeatureCount, [12], 2, () => new GELU(), generator: new Generator(3));
        var optimizer = new SGD(model.Parameters(), 0.1, momentum: 0.9);
        for (int step = 0; step < 60; step++)
        {
            using var autograd = new Autograd();
            autograd.Backward(new CrossEntropyLoss().Forward(model.Forward(ready.Inputs), ready.Labels));
            optimizer.Step();
            optimizer.ZeroGrad();
        }
        var pipeline = new Pipeline(model, train, standardizer, imputer);
        string exported = Path.Combine(folder, "churn.cs");
        pipeline.ExportCSharp(exported);
        string source = File.ReadAllText(exported);

        // All rows of the file, read by the schema that the exported record has.
        Predictions ours = pipeline.Predict(data);
        string[] properties = ["_1stSizeCm", "Class", "NaïveQuote", "Row_2", "Row_3", "When", "Color"];
        Assert.That(properties.Where(property => !source.Contains($"? {property} {{ get; init; }}", StringComparison.Ordinal)), Is.Empty, source[..3000]);
        var program = new StringBuilder("using Exported.Churn;\nusing System.Globalization;\nvar rows = new Row[] {\n");
        foreach (string line in lines.Skip(1))
        {
            string[] fields = line.Split(',', 7), last = [fields[6][1..fields[6].LastIndexOf('"')].Replace("\"\"", "\"", StringComparison.Ordinal)];
            string[] values = [.. fields[..6], .. last];
            program.Append("new() { ").AppendJoin(", ", properties.Zip(values).Where(pair => pair.Second.Length > 0).Select(pair => $"{pair.First} = {Written(pair.First, pair.Second, data.Schema!, names[Array.IndexOf(properties, pair.First)])}")).Append(" },\n");
        }
        program.Append("""
            };
            foreach (Row row in rows) Print(Model.Predict(row));
            Print(Model.Predict(rows[0] with { Color = "never seen" }));
            Print(Model.Predict(rows[0] with { Color = null }));
            try { Model.Predict(rows[0] with { Class = null, When = DateTime.MaxValue, _1stSizeCm = double.PositiveInfinity }); }
            catch (ArgumentException e) { Console.WriteLine(e.Message); }
            static void Print(Prediction p) => Console.WriteLine(p.Label + " " + string.Join(' ', p.Probabilities.Select(x => x.ToString("R", CultureInfo.InvariantCulture))));
            """);
        string[] given = Run(folder, program.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(given, Has.Length.EqualTo(data.Count + 3));
            for (int row = 0; row < data.Count; row++)
            {
                string[] fields = given[row].Split(' ');
                Assert.That(fields[0], Is.EqualTo(ours[row].Class));
                for (int c = 0; c < 2; c++)
                {
                    float theirs = (float)double.Parse(fields[c + 1], CultureInfo.InvariantCulture), mine = (float)ours[row].Outputs[c];
                    Assert.That(Math.Abs((double)theirs - mine), Is.LessThanOrEqualTo(4 * (float.BitIncrement(mine) - mine)), $"row {row}: {lines[row + 1]}");
                }
            }
            int right = given.Take(data.Count).Where((line, row) => line.StartsWith(data.ClassNames[(int)data.Labels.ToInt64Array()[row]] + " ", StringComparison.Ordinal)).Count();
            Assert.That((double)right / data.Count, Is.EqualTo(Metrics.Accuracy(model, pipeline.Prepare(data))));
            Assert.That(given[^1], Does.Contain("1st size (cm) is infinite or too large"));
            Assert.That(given[^3], Is.Not.EqualTo(given[^2]).And.Not.EqualTo(given[0]));
        });

        static string Written(string property, string value, DatasetSchema schema, string column) => schema.Find(column)?.Kind switch
        {
            ColumnKind.Date => $"DateTime.Parse(\"{value}\", CultureInfo.InvariantCulture)",
            ColumnKind.Category => "\"" + string.Concat(value.Select(c => $"\\u{(int)c:X4}")) + "\"",
            _ => value,
        };
    }

    // The score that the sample prints, with the model that it exports, over the test rows of the sample's split.
    [Test, Category("Long")]
    public void ExportedFilesRepeatThePrintedScores()
    {
        string folder = Fresh("scores");
        var program = new StringBuilder("using System.Globalization;\n");
        var expected = new List<(TrainingSession Session, TrainingResult Result, Dataset Test)>();
        foreach ((string file, string target) in new[] { ("digits", "digit"), ("iris", "species"), ("breast_cancer", "diagnosis"), ("penguins", "species"), ("diabetes", "progression") })
        {
            var settings = new Settings
            {
                DataPath = Path.Combine(GeneratedFile.Repository, "data", file + ".csv"),
                Target = target,
                Epochs = 5,
                Missing = file == "penguins" ? "mean" : "error",
            };
            var session = TrainingSession.Load(settings);
            TrainingResult result = session.Train(null, CancellationToken.None);
            Assert.That(ModelExport.Write(Path.Combine(folder, $"{file}.cs"), session, result), Is.Not.Null);
            Dataset test = session.All.Split(1 - settings.TestFraction, settings.Seed).Test;
            Assert.That(test.Count, Is.EqualTo(session.TestRows.Count));
            string space = "Exported." + CSharpNames.Pascal(file);
            File.WriteAllLines(Path.Combine(folder, $"{file}.txt"), Enumerable.Range(0, test.Count).Select(row => Fields(session.All.Schema!, test, row)));
            program.Append(CultureInfo.InvariantCulture, $$"""
                foreach (string line in File.ReadLines("{{file}}.txt"))
                {
                    string[] f = line.Split('\t');
                    var p = {{space}}.Model.Predict(new {{space}}.Row { {{string.Join(", ", Properties(session.All.Schema!))}} });
                    Console.WriteLine({{(session.IsClassification ? "p.Label" : "p.Value.ToString(\"R\", CultureInfo.InvariantCulture)")}});
                }
                """).Append('\n');
            expected.Add((session, result, test));
        }
        program.Append("static double? Number(string text) => text.Length == 0 ? null : double.Parse(text, CultureInfo.InvariantCulture);\n");
        string[] lines = Run(folder, program.ToString());
        int at = 0;
        Assert.Multiple(() =>
        {
            foreach (var (session, result, test) in expected)
            {
                string[] given = lines[at..(at += test.Count)];
                if (session.IsClassification)
                {
                    long[] labels = [.. given.Select(label => (long)session.All.ClassNames.ToList().IndexOf(label))];
                    Assert.That(Metrics.Accuracy(Tensor.Indices(labels).OneHot(session.All.ClassCount), test.Labels), Is.EqualTo(result.TestScore), session.Path);
                }
                else Assert.That(given.Select(value => (float)double.Parse(value, CultureInfo.InvariantCulture)),
                    Is.EqualTo(ModelCommands.PipelineOf(session).Predict(test).Select(prediction => (float)prediction.Value)).Within(4).Ulps, session.Path);
            }
        });

        static IEnumerable<string> Properties(DatasetSchema schema)
        {
            ColumnSchema[] columns = [.. schema.Columns.Where(column => column.Features.Count > 0)];
            string[] names = CSharpNames.Properties([.. columns.Select(column => column.Name)], "Row");
            for (int c = 0; c < columns.Length; c++)
                yield return columns[c].Kind == ColumnKind.Number ? $"{names[c]} = Number(f[{c}])" : $"{names[c]} = f[{c}]";
        }

        // The fields of a row, from its features: the exact number, or the category that is 1.
        static string Fields(DatasetSchema schema, Dataset rows, int row)
        {
            double[] features = new double[rows.FeatureCount];
            Columns.ReadRow(rows.Inputs, rows.InputsRest, row, features);
            int next = 0;
            return string.Join('\t', schema.Columns.Where(column => column.Features.Count > 0).Select(column =>
            {
                double[] part = features[next..(next += column.Features.Count)];
                if (part.Any(double.IsNaN)) return "";
                return column.Kind == ColumnKind.Number ? part[0].ToString("R", CultureInfo.InvariantCulture) : column.Categories[Array.IndexOf(part, 1)];
            }));
        }
    }

    [TestCase("sepal length (cm)", "SepalLengthCm")]
    [TestCase("class", "Class")]
    [TestCase("2nd floor", "_2ndFloor")]
    [TestCase("naïve", "Naïve")]
    [TestCase("nai\u0308ve", "Naïve")]
    [TestCase("年龄", "年龄")]
    [TestCase("", "Column1")]
    [TestCase("€ %", "Column1")]
    [TestCase("Equals", "Equals_2")]
    [TestCase("row", "Row_2")]
    [TestCase("\U0001F600", "Column1")]
    [TestCase("٣", "_٣")]
    public void AColumnIsAProperty(string column, string property) =>
        Assert.That(CSharpNames.Properties([column], "Row"), Is.EqualTo(new[] { property }));

    [Test]
    public void ColumnsOfTheSameNameAreNumbered() =>
        Assert.That(CSharpNames.Properties(["a b", "a_b", "AB", "a_b_2"], "Row"), Is.EqualTo(new[] { "AB", "AB_2", "AB_3", "AB2" }));

    [TestCase("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [TestCase("x\u2028\u0000\n\u00A0", "\"x\\u2028\\u0000\\u000A\\u00A0\"")]
    [TestCase("é {x} 年", "\"é {x} 年\"")]
    public void ATextIsALiteral(string text, string literal) => Assert.That(CSharpNames.Literal(text), Is.EqualTo(literal));

    // An attribute cannot hold half a character.
    [Test]
    public void HalfACharacterIsAnEscape() => Assert.Multiple(() =>
    {
        Assert.That(CSharpNames.Literal("\uD800"), Is.EqualTo("\"\\uD800\""));
        Assert.That(CSharpNames.Properties(["\uD800x"], "Row"), Is.EqualTo(new[] { "X" }));
    });

    [TestCase("Shop.Churn", true)]
    [TestCase("Shop..Churn", false)]
    [TestCase("class", false)]
    [TestCase("1a", false)]
    [TestCase("a; using X", false)]
    public void TheNamespaceIsAnIdentifier(string space, bool right)
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "namespace.cs");
        var rows = new Dataset(Tensor.Ones([2, 3]), Tensor.Indices(0, 1));
        var pipeline = new Pipeline(new MLP(3, [], 2), rows);
        void Export() => pipeline.ExportCSharp(path, new() { Namespace = space });
        if (right) Assert.That(Export, Throws.Nothing);
        else Assert.That(Export, Throws.ArgumentException.With.Message.Contains("such as Shop.Churn"));
    }

    [Test]
    public void WhatCannotBeWrittenIsNamed()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "refused.cs");
        var rows = new Dataset(Tensor.Ones([2, 3]), Tensor.Indices(0, 1));
        void Export(Module model) => new Pipeline(model, rows).ExportCSharp(path);
        Assert.Multiple(() =>
        {
            Assert.That(() => Export(new Sequential(new Linear(3, 2), new Softmax(0))), Throws.ArgumentException.With.Message.Contains("'1' (Softmax)"));
            Assert.That(() => Export(new Own()), Throws.ArgumentException.With.Message.Contains("the model Own").And.Message.Contains("new Sequential("));
            Assert.That(File.Exists(path), Is.False);
        });
    }

    [Test]
    public void AColumnMayHaveTheNameOfACategoryOfAnotherOne()
    {
        string folder = Fresh("category-names"), file = Path.Combine(folder, "names.csv"), code = Path.Combine(folder, "names.cs");
        File.WriteAllText(file, "colour=red,colour,y\n5,red,0\n6,blue,1\n7,red,1\n");
        Dataset data = CsvDataset.Load(file, "y", new CsvOptions { Features = ["colour", "colour=red"], DType = DType.Float32 });
        new Pipeline(new MLP(3, [], 2), data).ExportCSharp(code);

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "colour=blue", "colour=red", "colour=red" }));
        Assert.That(File.ReadAllText(code), Does.Contain("features[2] = row.").And.Contain("features.AsSpan(0, 2)"));
    }

    sealed class Own : Module
    {
        readonly Linear _layer = new(3, 2);

        protected override Tensor ForwardCore(Tensor input) => _layer.Forward(input).Exp();
    }

    static string Fresh(string name)
    {
        string folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    }

    static IEnumerable<(string Name, Func<Generator, DType, Module> Make, int Inputs, int Outputs)> Models()
    {
        var activations = new Func<Module>[]
        {
            () => new ReLU(), () => new Identity(), () => new LeakyReLU(0.3), () => new LeakyReLU(0), () => new ELU(), () => new ELU(-0.7), () => new GELU(),
            () => new GELU(tanh: true), () => new SiLU(), () => new Swish(1.7), () => new Swish(0), () => new Sigmoid(), () => new Tanh(), () => new Softplus(),
            () => new Softplus(-2.5, 3), () => new Softplus(1, double.PositiveInfinity), () => new Dropout(0.3), () => new Softmax(), () => new LogSoftmax(1),
        };
        foreach (Func<Module> activation in activations)
            yield return (activation().Describe(), (random, dtype) => new Sequential(
                new Linear(5, 40, dtype: dtype, generator: random), activation(), new Linear(40, 3, dtype: dtype, generator: random)), 5, 3);
        yield return ("deep", (random, dtype) => Trained(new Sequential(
            new Linear(6, 32, dtype: dtype, generator: random), new BatchNorm1d(32, dtype: dtype), new Tanh(),
            new Sequential(new Linear(32, 24, dtype: dtype, generator: random), new LayerNorm([24], dtype: dtype), new GELU()),
            new Linear(24, 2, bias: false, dtype, random)), random), 6, 2);
        yield return ("residual", (random, dtype) => new Sequential(
            new Residual(new Sequential(new Linear(4, 9, dtype: dtype, generator: random), new ELU()), new Linear(4, 9, dtype: dtype, generator: random)),
            new Flatten(), new Residual(new Residual(new Tanh())), new Linear(9, 2, dtype: dtype, generator: random)), 4, 2);
        yield return ("plain norms", (random, dtype) => Trained(new Sequential(
            new Linear(4, 9, dtype: dtype, generator: random), new BatchNorm1d(9, affine: false, dtype: dtype), new LayerNorm([9], affine: false, dtype: dtype),
            new Linear(9, 1, dtype: dtype, generator: random)), random), 4, 1);
        yield return ("long rows", (random, dtype) => new MLP(3, [3500], 2, () => new Tanh(), dtype, random), 3, 2);
        yield return ("linear", (random, dtype) => new MLP(3, [], 2, null, dtype, random), 3, 2);
        yield return ("many classes", (random, dtype) => new Linear(3, 150, dtype: dtype, generator: random), 3, 150);
    }

    static Module Trained(Module module, Generator random)
    {
        foreach ((string name, Tensor tensor) in module.NamedParameters().Concat(module.NamedBuffers()).Where(named => named.Tensor.DType != DType.Int64))
            tensor.CopyFrom(name.EndsWith("running_var", StringComparison.Ordinal)
                ? Tensor.Rand(tensor.Shape, tensor.DType, random) * 3 + 0.1
                : Tensor.Randn(tensor.Shape, tensor.DType, random) * 0.7);
        return module;
    }

    // The lines that a program of these files prints.
    static string[] Run(string folder, string program)
    {
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
        File.WriteAllText(Path.Combine(folder, "exported.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <CheckForOverflowUnderflow>true</CheckForOverflowUnderflow>
              </PropertyGroup>
            </Project>
            """);
        // The repository's rules are for its own projects.
        foreach (string rules in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
            File.WriteAllText(Path.Combine(folder, rules), "<Project />");
        ProgramRun run = FileBasedPrograms.RunDotnet(folder, "run", "-c", "Release", "--project", folder);
        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
