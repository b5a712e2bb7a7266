using System.Globalization;
using System.Text;
using Interop;
using Microsoft.ML.OnnxRuntime;
using MyTorch;
using MyTorch.Data;
using MyTorch.Export;
using MyTorch.Nn;
using MyTorch.Optim;
using static System.FormattableString;

// Runs exported models in ONNX Runtime and compares with MyTorch. Exit codes: 0 all equal to 10⁻⁵; 1 a difference; 2 ONNX Runtime cannot
// be loaded.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;

// Relative to numbers above 1, absolute below.
const double Tolerance = 1e-5;
int[] batchSizes = [1, 2, 7, 64];

// ONNX Runtime has no Float64 kernel for this operator, of which it makes GELU. It says so when the file is opened.
string[] notInFloat64 = ["Erf"];

// A folder to which the models are written too, for other programs.
string? folder = args is ["--keep", var name] ? Directory.CreateDirectory(name).FullName : null;

try
{
    Console.WriteLine($"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, opset 20, batches of {string.Join(", ", batchSizes)}, tolerance 1e-5");
}
catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or BadImageFormatException)
{
    Console.Error.WriteLine($"ONNX Runtime's native library cannot be loaded here: {(e.InnerException ?? e).Message.ReplaceLineEndings(" ")}");
    return 2;
}

int failed = 0, written = 0;
Console.WriteLine($"\n{"model",-34} {"input",-14} {"type",-8} largest difference");
foreach (Case one in Case.All)
    foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
        Compare(one, dtype);

string[] uncovered =
[
    .. typeof(Module).Assembly.GetExportedTypes()
        .Where(type => type.IsSubclassOf(typeof(Module)) && !type.IsAbstract && !type.IsSubclassOf(typeof(Loss)))
        .Except(Case.All.SelectMany(one => one.Make(DType.Float32, new Generator(0)).NamedModules().Select(named => named.Module.GetType())))
        .Select(type => type.Name),
];
if (uncovered.Length > 0) Fail($"No case has {string.Join(", ", uncovered)}. Add one to Cases.cs.");

Console.WriteLine();
WrongIndices();
Digits();
MissingValues();
Timestamps();
Console.WriteLine(failed == 0 ? "\nAll equal." : Invariant($"\n{failed} differ."));
return failed == 0 ? 0 : 1;

void Compare(Case one, DType dtype)
{
    var random = new Generator(1);
    Module model = one.Make(dtype, random);
    model.Eval();
    string shape = Invariant($"({string.Join(", ", one.Shape.Select(size => Invariant($"{size}")).Prepend("batch"))})");
    byte[] bytes = Export(model, new() { InputShape = Shape.Create(one.Shape), DType = dtype }, one.Name);
    try
    {
        using var runtime = new Runtime(bytes);
        double worst = batchSizes.Max(batch => new[] { 1.0, 8, one.LargestScale }.Max(scale =>
        {
            Tensor input = one.Categories is { } count
                ? Tensor.RandInt(count, [batch, .. one.Shape], random)
                : Tensor.Randn([batch, .. one.Shape], dtype, random) * scale;
            return Difference(runtime.Run(input)["output"], model.Forward(input));
        }));
        Line(one.Name, shape, dtype, worst);
    }
    catch (OnnxRuntimeException e) when (dtype == DType.Float64 && notInFloat64.Any(type => e.Message.Contains($"implementation for {type}(", StringComparison.Ordinal)))
    {
        Console.WriteLine($"{one.Name,-34} {shape,-14} {dtype,-8} not run: ONNX Runtime has no Float64 kernel for it");
    }
}

// An index beyond the table is an error in both programs, on both sides.
void WrongIndices()
{
    Module model = new Embedding(5, 2);
    using var runtime = new Runtime(Export(model, new() { InputShape = [] }, "indices"));
    foreach (long index in new[] { -1L, 5 })
        try
        {
            runtime.Run(Tensor.Indices(index));
            Fail(Invariant($"The index {index} of 5 gave a result."));
        }
        catch (OnnxRuntimeException)
        {
            Console.WriteLine(Invariant($"{"Embedding(5, 2)",-34} index {index,-8} {DType.Float32,-8} refused, as here"));
        }
}

// The main job: standardized pixels, an MLP, classes. The graph takes pixels, and the scores must be the same number.
void Digits()
{
    Dataset digits = CsvDataset.Load(Path.Combine(Repository(), "data", "digits.csv"), ^1);
    (Dataset train, Dataset test) = digits.Split(0.8, seed: 0);
    var standardizer = Standardizer.Fit(train);
    var model = new MLP(64, [64], 10, generator: new Generator(0));
    Train(model, standardizer.Apply(train), 0.03, 20);
    byte[] bytes = Export(model,
        new() { Standardizer = standardizer, Classification = true, FeatureNames = digits.FeatureNames, ClassNames = digits.ClassNames }, "digits");
    using var runtime = new Runtime(bytes);
    var outputs = runtime.Run(test.Inputs.To(DType.Float64));
    Tensor logits = model.Forward(standardizer.Apply(test).Inputs);
    Line("digits: logits", "(batch, 64)", DType.Float32, Difference(outputs["output"], logits));
    Line("digits: probabilities", "(batch, 64)", DType.Float32, Difference(outputs["probabilities"], logits.Softmax(1)));
    Line("digits: labels", "(batch, 64)", DType.Float32, Difference(outputs["label"], logits.ArgMax(1)));
    double ours = Metrics.Accuracy(logits, test.Labels), theirs = Metrics.Accuracy(outputs["output"], test.Labels);
    Console.WriteLine(Invariant($"{"digits: accuracy",-58} {ours} and {theirs}"));
    if (ours != theirs) Fail("The scores differ.");
}

// Missing values are replaced in the graph.
void MissingValues()
{
    string path = Path.Combine(Repository(), "data", "penguins.csv");
    Dataset penguins = CsvDataset.Load(path, "species", new CsvOptions { Missing = MyTorch.Data.MissingValues.Mean });
    var imputer = Imputer.Fit(penguins);
    var standardizer = Standardizer.Fit(imputer.Apply(penguins));
    Dataset prepared = standardizer.Apply(imputer.Apply(penguins));
    var model = new MLP(penguins.FeatureCount, [16], penguins.ClassCount, generator: new Generator(0));
    Train(model, prepared, 0.03, 5);
    using var runtime = new Runtime(Export(model, new() { Imputer = imputer, Standardizer = standardizer, Classification = true }, "penguins"));
    var outputs = runtime.Run(penguins.Inputs.To(DType.Float64));
    Line(Invariant($"penguins: {penguins.MissingCount} missing values"), $"(batch, {penguins.FeatureCount})", DType.Float32,
        Difference(outputs["output"], model.Forward(prepared.Inputs)));
}

// A regression on times whose last digits Float32 does not hold: the graph standardizes them in Float64.
void Timestamps()
{
    var random = new Generator(2);
    double[] times = [.. Enumerable.Range(0, 200).Select(i => 1e7 + 1.3 * i)], values = [.. times.Select(t => 5000 + 3 * (t - 1e7) + random.NextGaussian())];
    string path = Path.GetTempFileName();
    File.WriteAllLines(path, times.Zip(values, (t, v) => Invariant($"{t:R},{v:R}")).Prepend("time,value"));
    Dataset rows = CsvDataset.Load(path, "value", new CsvOptions { Task = LearningTask.Regression });
    File.Delete(path);
    var standardizer = Standardizer.Fit(rows);
    var model = new MLP(1, [8], 1, () => new Tanh(), generator: new Generator(0));
    Train(model, standardizer.Apply(rows), 0.01, 20);
    using var runtime = new Runtime(Export(model, new() { Standardizer = standardizer }, "timestamps"));
    Tensor given = runtime.Run(Tensor.From(times, [200, 1], DType.Float64))["output"];
    Tensor ours = standardizer.InverseTargets(model.Forward(standardizer.Apply(rows).Inputs));
    Line("timestamps: values in units", "(batch, 1)", DType.Float32, Difference(given, ours));
}

void Train(Module model, Dataset rows, double learningRate, int epochs)
{
    var optimizer = new SGD(model.Parameters(), learningRate, momentum: 0.9);
    for (int epoch = 0; epoch < epochs; epoch++)
        foreach (Batch batch in new DataLoader(rows, 32, shuffle: true, seed: epoch))
        {
            using var autograd = new Autograd();
            Tensor output = model.Forward(batch.Inputs);
            Tensor loss = rows.IsClassification
                ? new CrossEntropyLoss().Forward(output, batch.Labels)
                : new MSELoss().Forward(output, batch.Targets);
            autograd.Backward(loss);
            optimizer.Step();
            optimizer.ZeroGrad();
        }
    model.Eval();
}

byte[] Export(Module model, OnnxOptions options, string title)
{
    using var stream = new MemoryStream();
    model.ExportOnnx(stream, options);
    byte[] bytes = stream.ToArray();
    if (folder is not null)
        File.WriteAllBytes(Path.Combine(folder, Invariant($"{written++:000} {string.Concat(title.Where(c => char.IsAsciiLetterOrDigit(c) || c == ' '))}.onnx")), bytes);
    return bytes;
}

void Line(string title, string shape, DType dtype, double worst)
{
    bool good = worst <= Tolerance;
    Console.WriteLine(Invariant($"{title,-34} {shape,-14} {dtype,-8} {worst:0.0e+00}{(good ? "" : "  DIFFERS")}"));
    if (!good) failed++;
}

void Fail(string what)
{
    Console.WriteLine(what);
    failed++;
}

// The largest difference, relative to numbers above 1; infinite where the shapes differ or only one is finite.
static double Difference(Tensor given, Tensor ours)
{
    if (given.Shape != ours.Shape || given.DType != ours.DType) return double.PositiveInfinity;
    return given.ToArray().Zip(ours.ToArray(), (x, y) =>
        x.Equals(y) ? 0 : double.IsFinite(x) && double.IsFinite(y) ? Math.Abs(x - y) / Math.Max(1, Math.Abs(y)) : double.PositiveInfinity).DefaultIfEmpty(0).Max();
}

static string Repository()
{
    for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        if (File.Exists(Path.Combine(at.FullName, "MyTorch.sln"))) return at.FullName;
    throw new InvalidOperationException("The folder of the repository was not found above the program.");
}
