using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests.ReusedMemory;

/// <summary>The example of Docs/performance.md is compiled here, word for word, and does what the page says.</summary>
public sealed class ExampleTests
{
    static string Own([CallerFilePath] string file = "") => File.ReadAllText(file).ReplaceLineEndings("\n");

    [Test]
    public void ThePageHasThisCode()
    {
        Match block = Regex.Match(Own(), @"^( *)// EXAMPLE\n((?:.*\n)*?)\1// END", RegexOptions.Multiline);
        string code = string.Join('\n', block.Groups[2].Value.TrimEnd('\n').Split('\n').Select(line => line[Math.Min(line.Length, block.Groups[1].Length)..]));
        Assert.That(code, Does.Contain("reuseMemory"));
        Assert.That(File.ReadAllText(Path.Combine(GeneratedFile.Repository, "MyTorch", "Docs", "performance.md")).ReplaceLineEndings("\n"), Does.Contain($"```csharp\n{code}\n```"));
    }

    [Test]
    public void TheCodeDoesWhatThePageSays()
    {
        var generator = new Generator(1);
        var train = new Dataset(Tensor.Randn([40, 4], generator: generator), Tensor.RandInt(0, 3, [40], generator));
        MLP model = new(4, [8], 3, generator: generator);
        var criterion = new CrossEntropyLoss();
        Optimizer optimizer = new SGD(model.Parameters(), learningRate: 0.1);
        Tensor? loss = null;
        // EXAMPLE
        double sum = 0;
        var worst = new List<Tensor>();
        foreach (var batch in new DataLoader(train, batchSize: 32, shuffle: true))
        {
            using var autograd = new Autograd(reuseMemory: true);
            var output = model.Forward(batch.Inputs);
            loss = criterion.Forward(output, batch.Labels);
            autograd.Backward(loss);
            optimizer.Step();
            optimizer.ZeroGrad();
            sum += loss.Item();                       // a number is kept as it is
            worst.Add(output.AMax(1).Clone());        // a copy stays valid; output itself does not
        }
        // END
        Assert.That(sum, Is.Positive);
        Assert.That(worst.Sum(tensor => tensor.ToArray().Length), Is.EqualTo(40));
        Assert.That(() => loss!.Item(), Throws.InvalidOperationException.With.Message.Contains("Clone()"));
    }
}
