using System.Text.RegularExpressions;
using MyTorch.Data;
using MyTorch.Differentiation;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Symbolic;

namespace MyTorch.Tests.Samples;

/// <summary>The solutions of the lessons' exercises: what stands between the markers is the code of solutions.md, and it does what it should.</summary>
public sealed class LessonSolutionTests
{
    [Test]
    public void EveryBlockOfThePageIsCompiledHereAndEveryLessonHasASolution()
    {
        string page = File.ReadAllText(Path.Combine(FileBasedPrograms.Lessons, "solutions.md")).ReplaceLineEndings("\n");
        string code = File.ReadAllText(Path.Combine(GeneratedFile.Repository, "MyTorch.Tests", "Samples", "LessonSolutionTests.cs")).ReplaceLineEndings("\n");
        string[] compiled = [.. Regex.Matches(code, @"^( *)// solution (\S+)\n((?:.*\n)*?)\1// end$", RegexOptions.Multiline)
            .Select(match => Regex.Replace(match.Groups[3].Value, $"^ {{{match.Groups[1].Length}}}", "", RegexOptions.Multiline).TrimEnd('\n'))];
        string[] shown = [.. Regex.Matches(page, "^```csharp\n(.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline).Select(match => match.Groups[1].Value)];
        Assert.That(shown, Is.EqualTo(compiled));

        foreach (string file in Directory.GetFiles(FileBasedPrograms.Lessons, "*.cs").Select(file => Path.GetFileName(file)).Where(file => file != "drill.cs"))
            Assert.That(page, Does.Contain($"]({file})"), "a page without a solution to its exercise");
        Assert.That(Regex.Count(page, "^<details>$", RegexOptions.Multiline), Is.EqualTo(Regex.Count(page, "^</details>$", RegexOptions.Multiline)));
    }

    [Test]
    public void MeansOfColumnsAndRows()
    {
        // solution 00
        Tensor batch = Tensor.Randn([4, 3], generator: new Generator(0));
        Tensor columns = batch - batch.Mean(dims: 0);                     // (4, 3) - (3,): repeated down the rows
        Tensor rows = batch - batch.Mean(dims: 1, keepDim: true);         // (4, 3) - (4, 1): repeated along the rows
        // end
        Assert.That(columns.Mean(dims: 0).Abs().Max().Item(), Is.LessThan(1e-6));
        Assert.That(rows.Mean(dims: 1).Abs().Max().Item(), Is.LessThan(1e-6));
        Assert.That(() => batch - batch.Mean(dims: 1), Throws.ArgumentException);
    }

    [Test]
    public void ASumComputedTwiceOrOnce()
    {
        // solution 01
        Trace twice = Trace.Of(x => (x[0] + x[1]) * (x[0] + x[1]), [2, 5]);
        Trace once = Trace.Of(x => { Tensor sum = x[0] + x[1]; return sum * sum; }, [2, 5]);
        // end
        Assert.That(twice.Rows.Select(row => row.Expression), Is.EqualTo(new[] { "input", "input", "v1 + v2", "v1 + v2", "v3·v4" }));
        Assert.That(once.Rows.Select(row => row.Expression), Is.EqualTo(new[] { "input", "input", "v1 + v2", "v3·v3" }));
        Assert.That(twice.Rows[0].Adjoint!.Item(), Is.EqualTo(14).And.EqualTo(once.Rows[0].Adjoint!.Item()));
    }

    // solution 02
    readonly record struct Dual(double Value, double Tangent)
    {
        public static Dual operator /(Dual a, Dual b) => new(a.Value / b.Value, (a.Tangent * b.Value - a.Value * b.Tangent) / (b.Value * b.Value));

        public static Dual Tanh(Dual a)
        {
            double y = Math.Tanh(a.Value);
            return new(y, a.Tangent * (1 - y * y));
        }
    }
    // end

    [Test]
    public void DualNumbersDivide()
    {
        // solution 02
        Dual y = Dual.Tanh(new Dual(2, 1) / new Dual(5, 0));
        Tensor tangent = Differentiate.Jvp(x => (x[0] / x[1]).Tanh(), x: new double[] { 2, 5 }, v: new double[] { 1, 0 }).Tangent;
        // end
        Assert.That(y.Tangent, Is.EqualTo(tangent.Item()).Within(1e-6).And.EqualTo((1 - Math.Pow(Math.Tanh(0.4), 2)) / 5).Within(1e-15));
    }

    [Test]
    public void TheAdjointsOfAProductWithASine()
    {
        // solution 03
        Trace trace = Trace.Of(x => x[0] * (x[0] * x[1]).Sin(), [2, 5]);      // v3 = v1 v2, v4 = sin v3, v5 = v1 v4
        // end
        double sin = Math.Sin(10), cos = Math.Cos(10);
        Assert.That(trace.Rows.Select(row => row.Adjoint!.Item()), Is.EqualTo(new[] { sin + 10 * cos, 4 * cos, 2 * cos, 2, 1 }).Within(1e-5));
        Assert.That(trace.Rows[0].Partials.Select(partial => partial.Value.Item()), Is.EqualTo(new[] { sin, 10 * cos }).Within(1e-5));
    }

    [Test]
    public void TheEngineOfLesson04LearnsTwoOperations()
    {
        // solution 04
        static Node Sqrt(Engine tape, Node a) =>
            tape.Record(new Node(tape, Math.Sqrt(a.Value), (a, 0.5 / Math.Sqrt(a.Value))));

        static Node Power(Engine tape, Node a, double exponent) =>
            tape.Record(new Node(tape, Math.Pow(a.Value, exponent), (a, exponent * Math.Pow(a.Value, exponent - 1))));
        // end
        var engine = new Engine();
        Node x = engine.Variable(1.5);
        Dictionary<Node, List<double>> grads = engine.Gradients(Sqrt(engine, Power(engine, x, 3) + x));
        Assert.That(grads[x].Sum(), Is.EqualTo(Differentiate.Gradient(x => (x.Pow(3) + x).Sqrt(), 1.5).Item()).Within(1e-6));
    }

    [Test]
    public void ReverseModeIsCheaperFromEightInputsOn()
    {
        // solution 05
        int n = Enumerable.Range(1, 100).First(n => 3 * 5 < 2 * n);           // 5 reverse passes against n forward passes
        // end
        Assert.That(n, Is.EqualTo(8));
    }

    [Test]
    public void RichardsonsErrorFallsWithTheFourthPower()
    {
        // solution 06
        double F(double x1) => Math.Log(x1) + x1 * 5 - Math.Sin(5);
        double Central(double h) => (F(2 + h) - F(2 - h)) / (2 * h);
        double Richardson(double h) => (4 * Central(h / 2) - Central(h)) / 3;
        // end
        double slope = Math.Log10(Math.Abs(Richardson(0.4) - 5.5) / Math.Abs(Richardson(0.04) - 5.5));
        Assert.That(slope, Is.EqualTo(4).Within(0.05));
        Assert.That(Math.Log10(Math.Abs(Central(0.4) - 5.5) / Math.Abs(Central(0.04) - 5.5)), Is.EqualTo(2).Within(0.05));
    }

    [Test]
    public void DivisionsOfAQuotientOfTen()
    {
        // solution 07
        string[] names = [.. Enumerable.Range(1, 10).Select(i => $"v{i}")];
        Expression y = names.Select(Expression.Variable).Aggregate((quotient, v) => quotient / v);
        var byRule = Expression.CountOperations(names.Select(y.Derivative)).Divisions;
        var simplified = Expression.CountOperations(names.Select(name => y.Derivative(name).Simplify())).Divisions;
        var byGradient = Expression.CountOperations([y, .. y.Gradient(names)], shared: true).Divisions;
        // end
        Assert.That($"{byRule} {simplified} {byGradient}", Is.EqualTo("450 10 27"));
    }

    [Test]
    public void TwoMatricesAndASum()
    {
        var random = new Generator(0);
        Tensor V = Tensor.Randn([4, 2], generator: random), W = Tensor.Randn([2, 3], generator: random), x = Tensor.Randn([3], generator: random);
        // solution 08
        Tensor ones = Tensor.Ones([4]);                                       // dL/dz of L = sum of z, for z = V W x
        Tensor dV = ones.Outer(W.MatMul(x));                                  // (4, 2), the shape of V
        Tensor dx = W.T.MatMul(V.T.MatMul(ones));                             // (3,), the shape of x
        // end
        Tensor[] engine = Differentiate.Gradients(p => p[0].MatMul(W.MatMul(p[1])).Sum(), [V, x]);
        Assert.That(dV.ToArray(), Is.EqualTo(engine[0].ToArray()).Within(1e-5));
        Assert.That(dx.ToArray(), Is.EqualTo(engine[1].ToArray()).Within(1e-5));
    }

    [Test]
    public void TheSlopesOfSigmoidAndTanh()
    {
        // solution 09
        Tensor z = Tensor.Linspace(-5, 5, 101);
        Tensor sigmoid = z.Sigmoid(), tanh = z.Tanh();
        double steepestSigmoid = (sigmoid * (1 - sigmoid)).Max().Item();      // f' of sigmoid: y (1 - y)
        double steepestTanh = (1 - tanh * tanh).Max().Item();                 // f' of tanh: 1 - y^2
        // end
        Assert.That((steepestSigmoid, steepestTanh), Is.EqualTo((0.25, 1.0)));
    }

    [Test]
    public void AGradientPenalty()
    {
        // solution 10
        Tensor w = new double[] { 3, 1 };
        w.RequiresGrad = true;
        using (var autograd = new Autograd())
        {
            Tensor loss = (w * w * w).Sum();
            Tensor gradient = autograd.Gradients(loss, [w], createGraph: true)[0]!;
            autograd.Backward(loss + gradient.Square().Sum());
        }
        // end
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(new double[] { 3 * 9 + 36 * 27, 3 + 36 }));
    }

    [Test]
    public void NoiseSeparatesTestAndTrainingAccuracy()
    {
        // solution 11
        static (double Train, double Test) Accuracies(double noise)
        {
            (Dataset train, Dataset test) = Dataset.Spirals(perClass: 150, classes: 3, noise: noise, seed: 0).Split(trainFraction: 0.8, seed: 0);
            var model = new MLP(2, [64, 64], 3, generator: new Generator(0));
            var criterion = new CrossEntropyLoss();
            var optimizer = new SGD(model.Parameters(), learningRate: 0.05, momentum: 0.9);
            for (int epoch = 1; epoch <= 200; epoch++)
                foreach (Batch batch in new DataLoader(train, batchSize: 32, shuffle: true, seed: epoch))
                {
                    using var autograd = new Autograd();
                    autograd.Backward(criterion.Forward(model.Forward(batch.Inputs), batch.Labels));
                    optimizer.Step();
                    optimizer.ZeroGrad();
                }
            return (Metrics.Accuracy(model, train), Metrics.Accuracy(model, test));
        }
        // end
        (double train, double test) = Accuracies(0.1);
        Assert.That(Math.Min(train, test), Is.GreaterThan(0.97));
        (train, test) = Accuracies(0.5);
        Assert.That(test, Is.InRange(0.8, 0.95).And.LessThan(train - 0.01));
    }

    [Test]
    public void OneSumForEachNode()
    {
        // solution 12
        static Dictionary<Node, double> Gradients(IReadOnlyList<Node> tape, Node output)
        {
            var sums = new Dictionary<Node, double> { [output] = 1 };
            foreach (Node node in tape.Reverse())
            {
                if (!sums.TryGetValue(node, out double adjoint)) continue;
                foreach ((Node input, double derivative) in node.Edges)
                    sums[input] = sums.GetValueOrDefault(input) + adjoint * derivative;
            }
            return sums;
        }
        // end
        var engine = new Engine();
        Node v1 = engine.Variable(2), v2 = engine.Variable(5);
        Node v3 = v1.Log(), v4 = v1 * v2, v5 = v2.Sin(), v6 = v3 + v4, v7 = v6 - v5;
        Dictionary<Node, double> gradients = Gradients([v3, v4, v5, v6, v7], v7);
        Assert.That((gradients[v1], gradients[v2]), Is.EqualTo((5.5, 2 - Math.Cos(5))));
    }

    [Test]
    public void TheBatchWhoseActivationsAreAsLargeAsTheParameters()
    {
        // solution 13
        var model = new MLP(784, [512, 256], 10);
        long Activations(int rows)
        {
            using var autograd = new Autograd();
            new CrossEntropyLoss().Forward(model.Forward(Tensor.Zeros([rows, 784])), Tensor.Zeros([rows], DType.Int64));
            return autograd.Cost().Activations.Bytes;
        }
        long parameters = 4L * model.ParameterCount, first = Activations(1), each = Activations(2) - first;
        long batch = 1 + (parameters - first + each - 1) / each;
        // end
        Assert.That((first, each, parameters, batch), Is.EqualTo((9336L, 9332L, 4 * 535_818L, 230L)));
        Assert.That(Activations((int)batch), Is.GreaterThanOrEqualTo(parameters));
        Assert.That(Activations((int)batch - 1), Is.LessThan(parameters));
    }

    [Test]
    public void ColumnsStandardizedAsNumPyDoes()
    {
        Tensor a = new double[,] { { 1, 2 }, { 3, 8 } };
        // solution numpy
        Tensor standardized = (a - a.Mean(dims: 0)) / a.Std(dims: 0, unbiased: false);
        // end
        Assert.That(standardized.ToArray(), Is.EqualTo(new double[] { -1, -1, 1, 1 }));
    }

    abstract class Layer
    {
        public abstract Tensor Forward(Tensor a);

        public abstract Tensor Backward(Tensor dLdZ);
    }

    sealed class Times(double factor) : Layer
    {
        public override Tensor Forward(Tensor a) => a * factor;

        public override Tensor Backward(Tensor dLdZ) => dLdZ * factor;
    }

    // solution layers-and-tape
    sealed class Residual(Layer first, Layer second) : Layer
    {
        public override Tensor Forward(Tensor a) => a + second.Forward(first.Forward(a));

        public override Tensor Backward(Tensor dLdA) => dLdA + first.Backward(second.Backward(dLdA));
    }
    // end

    [Test]
    public void AResidualConnectionByLayers()
    {
        var layer = new Residual(new Times(2), new Times(3));
        Assert.That(layer.Forward(1.0).Item(), Is.EqualTo(7));
        Assert.That(layer.Backward(1.0).Item(), Is.EqualTo(Differentiate.Gradient(a => a + a * 2 * 3, 1.0).Item()));
    }
}
