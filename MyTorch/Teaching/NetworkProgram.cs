using System.Globalization;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Teaching;

/// <summary>
/// Writes the C# program of <see cref="NetworkSettings"/>: it trains the same network on the same data, and prints the losses that
/// <see cref="NetworkRun"/> has.
/// </summary>
public static class NetworkProgram
{
    /// <summary>The program.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="isClassification">Whether the data have classes; of generated data and digits that is known, so it matters for an own
    /// file.</param>
    /// <param name="steps">The number of steps, at least 1.</param>
    /// <param name="project">The path of MyTorch.csproj from the program's folder.</param>
    /// <returns>The text of a file that <c>dotnet run FILE.cs</c> builds and runs.</returns>
    /// <exception cref="ArgumentException">The settings make no network, or there is no step.</exception>
    public static string Of(
        NetworkSettings settings, bool isClassification = true, int steps = 200, string project = "../../MyTorch/MyTorch.csproj")
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        if (steps < 1) throw Invalid.Setting(nameof(steps), steps, "NetworkProgram: there must be at least 1 step.");
        if (settings.Data != NetworkData.Own) isClassification = settings.Data is not (NetworkData.Line or NetworkData.Sine);
        NetworkLoss loss = settings.LossFor(isClassification);
        string seed = N(settings.Seed);
        var text = new StringBuilder();
        Line($"#:project {project}");
        foreach (string name in new[] { "MyTorch", "MyTorch.Data", "MyTorch.Nn", "MyTorch.Optim" }) Line($"using {name};");
        if (settings.Data == NetworkData.Function) Line("using MyTorch.Teaching;");
        Line("using static System.FormattableString;");
        Line();
        Line("Tensor.DefaultDType = DType.Float64;");
        Line($"Dataset data = {DataOf(settings)};");
        if (settings.IsFromFile)
            Line($"if (data.Count > {N(settings.Points)}) data = data.Select([.. Enumerable.Range(0, {N(settings.Points)})]);");
        Line($"var (train, test) = data.Split(trainFraction: {N(settings.TrainShare)}, seed: {seed});");
        if (settings.Data == NetworkData.Own)
        {
            Line("Imputer imputer = Imputer.Fit(train);                  // fills what is missing");
            Line("(train, test) = (imputer.Apply(train), imputer.Apply(test));");
        }
        if (settings.Standardize)
        {
            Line("Standardizer standardizer = Standardizer.Fit(train);");
            Line("(train, test) = (standardizer.Apply(train), standardizer.Apply(test));");
        }
        Line();
        Line($"var generator = new Generator({seed});");
        WriteModel(settings, Line);
        Line($"var criterion = new {loss}Loss();");
        Line($"var optimizer = new {OptimizerOf(settings)};");
        Line();
        string target = !isClassification ? "batch.Targets"
            : loss == NetworkLoss.CrossEntropy ? "batch.Labels"
            : "batch.Labels.OneHot(data.ClassCount)";
        Line($"var loader = new DataLoader(train, batchSize: {N(settings.BatchSize)}, shuffle: true, seed: {seed});");
        Line("int step = 0;");
        Line($"while (step < {N(steps)})");
        Line("    foreach (Batch batch in loader)");
        Line("    {");
        Line($"        if (step == {N(steps)}) break;");
        Line("        using var autograd = new Autograd();");
        Line("        Tensor output = model.Forward(batch.Inputs);           // forward");
        Line($"        Tensor loss = criterion.Forward(output, {target});");
        Line(settings.Uphill
            ? "        autograd.Backward(-loss);                              // backward: uphill"
            : "        autograd.Backward(loss);                               // backward");
        Line("        optimizer.Step();                                      // step");
        if (settings.ZeroGradients) Line("        optimizer.ZeroGrad();");
        Line("        step++;");
        Line("        Console.WriteLine(Invariant($\"step {step}  loss {loss.Item():G6}\"));");
        Line("    }");
        if (isClassification)
            Line(
                "Console.WriteLine(Invariant($\"right: {Metrics.Accuracy(model, train):P1}, in test {Metrics.Accuracy(model, test):P1}\"));");
        return text.ToString();

        void Line(string line = "") => text.Append(line).Append('\n');
    }

    static string DataOf(NetworkSettings settings)
    {
        string half = N(settings.Points / 2), noise = N(settings.Noise), seed = N(settings.Seed);
        return settings.Data switch
        {
            NetworkData.Spirals => $"Dataset.Spirals(perClass: {half}, classes: 2, noise: {noise}, seed: {seed})",
            NetworkData.ThreeSpirals => $"Dataset.Spirals(perClass: {N(settings.Points / 3)}, classes: 3, noise: {noise}, seed: {seed})",
            NetworkData.Moons or NetworkData.Circles or NetworkData.Xor =>
                $"Dataset.{settings.Data}(perClass: {half}, noise: {noise}, seed: {seed})",
            NetworkData.Line or NetworkData.Sine => $"Dataset.{settings.Data}(count: {N(settings.Points)}, noise: {noise}, seed: {seed})",
            NetworkData.Function =>
                $"NetworkRun.OfFunction(FunctionText.Parse({Quoted(settings.Function)}), " +
                $"count: {N(settings.Points)}, noise: {noise}, seed: {seed})",
            NetworkData.Digits => "CsvDataset.Load(\"digits.csv\", \"digit\")",
            _ => $"CsvDataset.Load({Quoted(settings.File)}, {Quoted(settings.Target)}, new CsvOptions {{ {ReadingOf(settings)} }})",
        };
    }

    // Of an option that is one value the last setting holds; a list has them all.
    static string ReadingOf(NetworkSettings settings)
    {
        CsvFix[] fixes = [new CsvFix(nameof(CsvOptions.Missing), nameof(MissingValues.Mean)), .. settings.Reading];
        return string.Join(", ", fixes.GroupBy(fix => fix.Option).Select(same =>
            same.Last().ToString() is var last && last.EndsWith(']')
                ? $"{same.Key} = [{string.Join(", ", same.Select(fix => Quoted(fix.Value ?? "")).Distinct())}]"
                : last));
    }

    static void WriteModel(NetworkSettings settings, Action<string> line)
    {
        string inputs = "data.FeatureCount";
        line("var model = new Sequential(");
        foreach (NetworkLayer layer in settings.Layers)
        {
            line($"    new Linear({inputs}, {N(layer.Neurons)}, generator: generator), new {layer.Activation}(),");
            inputs = N(layer.Neurons);
        }
        line($"    new Linear({inputs}, data.OutputCount, generator: generator));");
        string? weights = settings.Init switch
        {
            NetworkInit.Default => null,
            NetworkInit.KaimingUniform or NetworkInit.KaimingNormal =>
                $"Init.{settings.Init}(layer.Weight, nonlinearity: Nonlinearity.ReLU, generator: generator)",
            NetworkInit.Large => "Init.Normal(layer.Weight, deviation: 3, generator: generator)",
            NetworkInit.Zeros => "Init.Zeros(layer.Weight)",
            _ => $"Init.{settings.Init}(layer.Weight, generator: generator)",
        };
        if (weights is null) return;
        line("foreach (Linear layer in model.Modules.OfType<Linear>())");
        line("{");
        line($"    {weights};");
        line("    Init.Zeros(layer.Bias!);");
        line("}");
    }

    static string OptimizerOf(NetworkSettings settings)
    {
        string arguments = $"(model.Parameters(), learningRate: {N(settings.LearningRate)}";
        string momentum = settings.Momentum > 0 ? $", momentum: {N(settings.Momentum)}" : "";
        // Their defaults for the decay differ.
        bool hasDecay = settings.WeightDecay > 0 || settings.Optimizer == NetworkOptimizer.AdamW;
        string decay = hasDecay ? $", weightDecay: {N(settings.WeightDecay)}" : "";
        return settings.Optimizer switch
        {
            NetworkOptimizer.SGD => $"SGD{arguments}{momentum}{decay})",
            NetworkOptimizer.Nesterov => $"SGD{arguments}{momentum}{decay}, nesterov: true)",
            NetworkOptimizer.RMSprop => $"RMSprop{arguments}{decay}{momentum})",
            _ => $"{settings.Optimizer}{arguments}{decay})",
        };
    }

    static string Quoted(string text) =>
        "\"" + string.Concat(text.Select(c => c switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            < ' ' or '\u007f' or '\u0085' or '\u2028' or '\u2029' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            _ => c.ToString(),
        })) + "\"";

    static string N(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
