using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MyTorch.Tests.Samples;

/// <summary>The lessons run as a student runs them, <c>dotnet run FILE</c>, and the numbers of the lecture they must print.</summary>
/// <remarks>Each is built before it runs. Alone: <c>dotnet test -c Release --filter "FullyQualifiedName~LessonTests"</c>.</remarks>
[TestFixture]
[Category("Long")]
public sealed class LessonTests
{
    static readonly string Folder = FileBasedPrograms.Lessons;

    [Test]
    public void TensorsShowsShapesBroadcastingAndLogits()
    {
        string output = Run("00-tensors.cs");

        Expect(output, "grid.Shape -> (2, 3)", "grid.Sum(dims: 0) -> [5, 7, 9] (3,)", "grid + column -> [[101, 102, 103],", "(row + column).Shape -> (2, 3)",
            "logits.Shape -> (4, 2)", "keepDim: true) -> [[ 0.923, 0.077],", "probabilities.Sum(dims: 1) -> [1, 1, 1, 1]", "grid + grid.T -> error: Add: shapes (2, 3) and (3, 2) do not broadcast");
    }

    [Test]
    public void BothFormsHaveTheLecturesValuesInTheirOwnOrder()
    {
        string output = Run("01-a-function-is-a-sequence.cs");

        Expect(output, "v3 ln v1 Log v1 0.6931", "v4 v1*v2 Multiply v1, v2 10", "v5 sin v2 Sin v2 -0.9589", "v6 v3 + v4 Add v3, v4 10.69", "v7 v6 - v5 Subtract v6, v5 11.65",
            "v5 v3 + v4 Add v3, v4 10.69", "v6 sin v2 Sin v2 -0.9589", "v7 v5 - v6 Subtract v5, v6 11.65", "the same values, sorted: True", "5 operations; the 2 inputs");
        Assert.That(output, Does.Not.Contain("after its inputs: False"));
    }

    [Test]
    public void ForwardModeHasTheLecturesTangents()
    {
        string output = Run("02-forward-mode.cs");

        // v, expression, value, d/dv1, d/dv2
        Expect(output, "v1 input 2 1 0", "v2 input 5 0 1", "v3 ln v1 0.6931 0.5 0", "v4 v1*v2 10 5 2", "v5 sin v2 -0.9589 0 0.2837", "v6 v3 + v4 10.69 5.5 2", "v7 v6 - v5 11.65 5.5 1.716",
            "Dual { Value = 11.652071455223084, Tangent = 5.5 }", "tangent(v4) = tangent(v1)*v2 + tangent(v2)*v1 = 1*5 + 0*2 = 5");
        Assert.That(Number(output, @"slope -> (\S+)"), Is.EqualTo(Number(output, @"combined -> (\S+)")).And.EqualTo(3 * 5.5 - (2 - Math.Cos(5))).Within(5e-3));
    }

    [Test]
    public void ReverseModeHasTheLecturesAdjointsAndTheirParts()
    {
        string output = Run("03-reverse-mode.cs");

        Expect(output, "adj(v7) 1 the result itself", "adj(v6) 1 adj(v7)", "adj(v5) -1 -adj(v7)", "adj(v4) 1 adj(v6)", "adj(v3) 1 adj(v6)",
            "adj(v2) 1.716 adj(v5)*cos v2 + adj(v4)*v1", "adj(v1) 5.5 adj(v4)*v2 + adj(v3)/v1",
            "v5 v2 adj(v5)*cos v2 -0.2837 -0.2837", "v4 v2 adj(v4)*v1 2 1.716", "v4 v1 adj(v4)*v2 5 5", "v3 v1 adj(v3)/v1 0.5 5.5",
            "adj(v2) is now -0.2837 + 2 = 1.716", "every input has its derivative: 5.5 and 1.716", "the derivative of x3 * x3 is 6",
            "adj(v1) = 1*v2 + 1/v1 = v2 + 1/v1", "adj(v2) = (-1)*cos v2 + 1*v1 = v1 - cos v2",
            "\n backward of v7 = v6 - v5:\n adj(v6) receives adj(v7) = 1; adj(v6) is now 1\n adj(v5) receives -adj(v7) = -1;", "adj(v2) none the result does not depend on it\n");
    }

    [Test]
    public void TheEngineOfThePageIsShortAndAgreesOnAThousandGraphs()
    {
        string output = Run("04-the-algorithm.cs");

        Expect(output, "partial adjoints 5, 0.5: the derivative is their sum, 5.5", "partial adjoints -0.2837, 2: the derivative is their sum, 1.716",
            "\n start [1]\n v7 = v6 - v5 [1] [1] [-1]\n v6 = v3 + v4 [1] [1] [-1] [1] [1]\n v5 = sin v2 [1] [1] [-1] [1] [1] [-0.2837]\n",
            "\n v3 = ln v1 [1] [1] [-1] [1] [1] [-0.2837, 2] [5, 0.5]\n");
        Assert.That(Number(output, @"epoch 300 loss (\S+)"), Is.LessThan(0.01).And.LessThan(0.01 * Number(output, @"epoch 0 loss (\S+)")));
        Assert.That(Number(output, @"(\d+) graphs"), Is.EqualTo(1000));
        Assert.That(Number(output, @"(\d+) adjoints compared"), Is.GreaterThan(3000));
        Assert.That(Number(output, @"(\d+) values skipped"), Is.GreaterThan(1000));
        Assert.That(Number(output, @"difference, relative: (\S+)"), Is.LessThan(1e-12));
        Assert.That(Number(output, @"in (\d+) of the graphs"), Is.EqualTo(1000));

        string[] lines = File.ReadAllLines(Path.Combine(Folder, "04-the-algorithm.cs"));
        Assert.That(lines.SkipWhile(line => !line.StartsWith("sealed class Node", StringComparison.Ordinal)).Count(), Is.InRange(40, 80));
    }

    [Test]
    public void PassesAreCountedBothWays()
    {
        string output = Run("05-why-backward.cs");

        // n, m, numerical values, forward passes, reverse passes
        foreach (int size in new[] { 1, 10, 100, 1000 })
            Expect(output, $"\n {size} 1 {size + 1} {size} 1 ", $"\n 1 {size} 2 1 {size} ");
        Expect(output, "100 1 0 1", "1 100 1 0");
    }

    [Test]
    public void TheErrorOfDifferencesIsAV()
    {
        string output = Run("06-numerical-differentiation.cs");

        Expect(output, "exact -> 5.5", "(OfX1(at + h) - OfX1(at)) / h -> 5.446", "OneSided, step: h) -> 5.446", "Central, step: h) -> 5.511");
        Assert.That(Regex.Count(output, @"^ 1e-\d\d ", RegexOptions.Multiline), Is.EqualTo(15));
        Assert.That(Number(output, @"one-sided (\S+): its error"), Is.EqualTo(1).Within(0.05));
        Assert.That(Number(output, @"central (\S+): its error"), Is.EqualTo(2).Within(0.05));
        Assert.That(Number(output, @"left arm (\S+): rounding"), Is.EqualTo(-1).Within(0.5));
        Assert.That(Number(output, @"best step one-sided (\S+),"), Is.InRange(1e-9, 1e-6));
        Assert.That(Number(output, @"best central (\S+)"), Is.InRange(1e-7, 1e-4));
        ExpectPicture(output, "06-the-v.svg", marks: 30);
    }

    [Test]
    public void TheMultiplicationsOfSymbolicAndReverseModeAreCounted()
    {
        string output = Run("07-symbolic-differentiation.cs");

        Expect(output, "y -> ln v1 + v1*v2 - sin v2", """y.Derivative("v1") -> 1/v1 + (1*v2 + v1*0) - cos(v2)*0""", """y.Derivative("v1").Simplify() -> 1/v1 + v2""", "-> 5.5",
            "d/dv1 = ((1*v2 + v1*0)*v3 + v1*v2*0)*v4 + v1*v2*v3*0", "d/dv1 = v2*v3*v4", "s3 = x*s1",
            "\n 50 63700 2450 2400 147 147\n");
        // Each level of nesting at least doubles what is written out, and adds seven operations to the tape.
        double[] derivative = [.. new[] { 5, 10, 20, 50 }.Select(depth => Number(output, $@"\n {depth} \S+ (\S+) \d+ \d+\n"))];
        double[] tape = [.. new[] { 5, 10, 20, 50 }.Select(depth => Number(output, $@"\n {depth} \S+ \S+ \d+ (\d+)\n"))];
        Assert.That(derivative.Zip([5, 10, 20, 50], (size, depth) => size > Math.Pow(2, depth)), Has.All.True);
        Assert.That(tape, Is.EqualTo(new double[] { 35, 70, 140, 350 }));
    }

    [Test]
    public void TheChainRuleHoldsInBothLayouts()
    {
        string output = Run("08-shapes-and-the-chain-rule.cs");

        Expect(output, "z(x) (3,) (2,) (2, 3) (3, 2)", "L(z) (2,) () (1, 2) (2, 1)", "drops the 1 and keeps (3,)", "x (1, 3) (3,)", "W (3, 2) (2, 3)", "dX = dY W (5, 3) (5, 3)", "dW = dY^T X (2, 3) (2, 3)",
            "db = column sums of dY (2,) (2,)", "error: MatMul: (2, 3) x (1, 2): inner sizes 3 and 1 differ",
            "MatMul (3, 2) (5, 2) 10 x 6 1 x 6 (3, 2)", "Add (2,) (5, 2) 10 x 2 1 x 2 (2,)", "Sum (5, 2) () 1 x 10 1 x 10 (5, 2)",
            "dY[0,1]*X[0,2] + dY[1,1]*X[1,2] + dY[2,1]*X[2,2] + dY[3,1]*X[3,2] + dY[4,1]*X[4,2]",
            "error: Confused.Backward returned a gradient of (3, 2) Float64 for input 0, which is (2, 3) Float64", "the gradient is its transpose");
        double[] differences = [.. Regex.Matches(output, @"largest difference (\S+)").Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.That(differences, Has.Length.EqualTo(8).And.All.LessThan(1e-12));
    }

    [Test]
    public void TheLoopsOfTheSlideAreTheEnginesGradientsAndTrainingWorks()
    {
        string output = Run("09-training.cs");

        double[] differences = [.. Regex.Matches(output, @"largest difference (\S+)").Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.That(differences, Has.Length.EqualTo(3).And.All.LessThan(1e-12));
        // The output of the layer for an example is tanh of its weighted sums.
        Assert.That(Regex.Match(output, @"sums.Tanh\(\) -> (.*)").Groups[1].Value, Is.Not.Empty.And.EqualTo(Regex.Match(output, @"Forward\(example\)\) -> (.*)").Groups[1].Value));
        Expect(output, "\n layer 3: y = ", "\n layer 2: y = ", "\n layer 1: y = ", "to neuron 1 of layer 2", "\n 1e-02 |", "\n 1e-04 |");
        Assert.That(Number(output, @"\n neuron 1 of layer 1 (\S+) "), Is.EqualTo(Number(output, @"layers\[1\].Weight.Grad -> \[\[ *(\S+?),")).Within(1e-3));
        Expect(output, "dDivdy.MatMul(jacobian) -> [ 0.263, -0.2616, -0.0014]", "dDivdy) -> [ 0.263, -0.2616, -0.0014]", "dims: 1) -> [ 0.2349, -0.2014, 0.075]");
        Assert.That(Number(output, @"epoch 300 loss (\S+)"), Is.LessThan(1e-4).And.LessThan(Number(output, @"epoch 0 loss (\S+)")));
    }

    [Test]
    public void TheGraphIsExtendedAndDifferentiatedAgain()
    {
        string output = Run("10-extending-the-graph.cs");

        Expect(output, "2 operations before the sweep, 2 after", "2 operations before the sweep, 7 after", "v6 operation Cos(v1) 0.8776 backward 1 v7", "adj(v1) backward 1", "y' 0.9182 0.9182", "y'' 1.515 1.515",
            "5 630 630", "step 5: x = 0.693147");
        ExpectPicture(output, "10-extended-graph.svg", marks: null);
    }

    [Test]
    public void TheSpiralsAreLearned()
    {
        string output = Run("11-spirals.cs");

        Expect(output, "after epoch 1:", "after epoch 100:");
        Assert.That(Number(output, @"test accuracy (\S+) %"), Is.GreaterThanOrEqualTo(95));
        ExpectPicture(output, "11-boundary.svg", marks: 300);
        ExpectPicture(output, "11-loss.svg", marks: 0);
    }

    [Test]
    public void TheRealEngineIsMeasuredPartByPart()
    {
        string output = Run("12-the-real-engine.cs");

        // Counts are exact. Of the times, only comparisons are tested that hold on every machine.
        Expect(output, "\n lesson 04 33792 ", "\n MyTorch 5 ", "gradient history: True\n after its end:", "1000 partial adjoints in the list of the value", "\n x.MatMul(w.T) + b 4 ", "\n x.Linear(w, b) 2 ",
            "was changed after Square was recorded");
        Assert.That(Number(output, @"times fewer operations, (\d+) times faster"), Is.GreaterThan(5));
        Assert.That(Number(output, @"Backward in step 5 allocates (\d+) bytes"), Is.LessThan(0.2 * Number(output, @"in new memory: (\d+) bytes")));
    }

    [Test]
    public void TheCostOfAStepIsCounted()
    {
        string output = Run("13-what-a-step-costs.cs");

        // Everything but times is exact; the counts by hand stand in the lesson.
        Expect(output, "\n v5 Linear(c1, v1, v2) layers.0 512 640 c1 1,344 2,560 2,560\n", "\n v7 Linear(v6, v3, v4) layers.2 160 512 v6, v3 (parameter) 852 640 1,280\n",
            "\n parameters 4 421 1,684\n", "\n activations that backward rules read 5 464 1,888\n",
            "\n ReLU 1220 1184\n", "\n Tanh 1220 672\n", "\n no activation 708 672\n",
            "\n 8 1684 1684 1924 1920 7040\n", "\n 16 1684 1684 3844 3840 14080\n", "\n 32 1684 1684 7684 7680 28160\n",
            "\n SGD 0 0\n", "\n SGD with momentum 1684 1 momentum_buffer\n", "\n Adam 3368 2 step, exp_avg, exp_avg_sq\n",
            "v5 operation Linear(c1, v1, v2) (8, 16) Float32 layers.0 640 B 100 % v6",
            "\n 2-16-2 4 5 640 128 ", "\n 64-128-64-10 32 7 1372160 196022 ", "\n 256-512-256-10 64 7 42434560 6062080 ");
        foreach (string network in new[] { "2-16-2 4", "64-128-64-10 32", "256-512-256-10 64" })
            Assert.That(Number(output, $@"\n {network} .* (\S+) %\n"), Is.InRange(0, 200), "a share of a limit that is measured too");
        ExpectPicture(output, "13-what-a-step-keeps.svg", marks: null);
    }

    [Test]
    public void NumPyAndCSharpStandSideBySide()
    {
        string output = Run("numpy.cs");

        Expect(output, "a @ a.T a.MatMul(a.T) [[14, 32], [32, 77]] (2, 2) Float32", "a[:, 1] a[.., 1] [2, 5] (2,) Float32", "a[a > 3] a[a > 3] [4, 5, 6] (3,) Float32",
            "a + a.To(DType.Float64) -> error: ", "kept[0] -> [1, 2, 3]", "b[0] -> [2, 3, 4]", "x.Grad -> [2, 4]");
        Assert.That(Number(output, @"epoch 100 loss (\S+)"), Is.LessThan(0.1 * Number(output, @"epoch 0 loss (\S+)")));
    }

    [Test]
    public void LayersAndTapeHaveTheSameGradients()
    {
        string output = Run("layers-and-tape.cs");

        Expect(output, "10 calls of Forward, 10 of Backward", "the first layer on the tape: Permute, MatMul, Add, ReLU", "\n 4 (2, 4) ");
        Assert.That(Number(output, @"largest difference (\S+)"), Is.LessThan(1e-12));
    }

    [Test]
    public void TheTableOfContentsListsEveryLessonWithItsCommand()
    {
        string contents = File.ReadAllText(Path.Combine(Folder, "README.md"));
        string[] lessons = [.. Directory.GetFiles(Folder, "??-*.cs").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

        Assert.That(lessons, Has.Length.EqualTo(14));
        lessons = [.. lessons, "numpy.cs", "layers-and-tape.cs"];
        foreach (string lesson in lessons)
        {
            Assert.That(contents, Does.Contain($"`dotnet run samples/lessons/{lesson}`"));
            Assert.That(contents, Does.Contain($"]({lesson})"));
            Assert.That(File.ReadLines(Path.Combine(Folder, lesson)).First(), Is.EqualTo("#:project ../../MyTorch/MyTorch.csproj"));
        }
    }

    // The output with every run of blanks made one, which is how the expectations are written.
    static string Run(string lesson)
    {
        ProgramRun run = FileBasedPrograms.Run(lesson);
        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
        Assert.That(run.Error, Is.Empty);
        Assert.That(run.Output.All(char.IsAscii), "the output is ASCII");
        Assert.That(run.Output, Does.Contain("Try next").And.Contain("Exercise"));
        return Regex.Replace(run.Output, " +", " ");
    }

    static void Expect(string output, params string[] parts)
    {
        using (Assert.EnterMultipleScope())
            foreach (string part in parts) Assert.That(output, Does.Contain(part));
    }

    // A picture that a screen reader can name, with a mark for every point (null: it is not a plot). The legend has one more for each
    // class.
    static void ExpectPicture(string output, string file, int? marks)
    {
        Assert.That(output, Does.Contain($"a browser: {file}"));
        XElement svg = XDocument.Load(Path.Combine(FileBasedPrograms.WorkingFolder, file)).Root!;
        Assert.That(svg.Elements().Take(2).Select(element => element.Name.LocalName), Is.EqualTo(new[] { "title", "desc" }));
        if (marks is null) return;
        Assert.That(svg.Elements().Count(element => element.Attribute("class")?.Value.StartsWith("mark ", StringComparison.Ordinal) == true), Is.EqualTo(marks == 0 ? 0 : marks + 2));
    }

    static double Number(string output, string pattern)
    {
        Match match = Regex.Match(output, pattern);
        Assert.That(match.Success, $"{pattern} in:\n{output}");
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
