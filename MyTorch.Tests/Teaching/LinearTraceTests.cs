using MyTorch.Differentiation;
using MyTorch.Teaching;

namespace MyTorch.Tests;

/// <summary>A linear layer number by number, in both layouts, and what happens if a transpose is left out.</summary>
public class LinearTraceTests
{
    static LinearTrace Layer(int n = 4, int d = 3, int k = 2) => LinearTrace.Of(
        Random([n, d], 1), Random([k, d], 2), Random([k], 3), Random([n, k], 4));

    static Tensor Random(Shape shape, int seed) => Tensor.Randn(shape, DType.Float64, new Generator(seed));

    static IEnumerable<LinearMatrix> Results() => Enum.GetValues<LinearMatrix>().Where(matrix => !LinearTrace.IsGiven(matrix));

    static (int Rows, int Columns) Size(Tensor matrix) => matrix.Rank == 1 ? (1, matrix.Shape[0]) : (matrix.Shape[0], matrix.Shape[1]);

    [Test]
    public void GradientsAreThoseOfTheFormulas([Values(1, 4)] int n, [Values(1, 3)] int d, [Values(1, 2, 5)] int k)
    {
        LinearTrace layer = Layer(n, d, k);
        Tensor dy = layer[LinearMatrix.DY];
        Assert.That(layer[LinearMatrix.Y].ToArray(), Is.EqualTo((layer[LinearMatrix.X].MatMul(layer[LinearMatrix.W].T) + layer[LinearMatrix.B]).ToArray()).Within(1e-14));
        Assert.That(layer[LinearMatrix.DX].ToArray(), Is.EqualTo(dy.MatMul(layer[LinearMatrix.W]).ToArray()).Within(1e-14));
        Assert.That(layer[LinearMatrix.DW].ToArray(), Is.EqualTo(dy.T.MatMul(layer[LinearMatrix.X]).ToArray()).Within(1e-14));
        Assert.That(layer[LinearMatrix.DB].ToArray(), Is.EqualTo(dy.Sum(dims: 0).ToArray()).Within(1e-14));
        Assert.That((layer.Examples, layer.Inputs, layer.Outputs), Is.EqualTo((n, d, k)));
    }

    [TestCaseSource(nameof(Results))]
    public void EveryElementIsTheSumOfItsTerms(LinearMatrix matrix)
    {
        LinearTrace layer = Layer();
        (int rows, int columns) = Size(layer[matrix]);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
            {
                ElementSum sum = layer.Element(matrix, r, c);
                Assert.That(sum.Element.Value, Is.EqualTo(layer[matrix].Rank == 1 ? layer[matrix].Item(c) : layer[matrix].Item(r, c)));
                Assert.That(sum.Terms.Sum(term => term.Value), Is.EqualTo(sum.Element.Value).Within(1e-14), sum.Text);
            }
    }

    [Test]
    public void ATermSaysItsRowAndColumn()
    {
        LinearTrace layer = LinearTrace.Of(
            Tensor.From(new double[,] { { 1, 2, 3 }, { 4, 5, -6 } }, DType.Float64), Random([2, 3], 2), Random([2], 3),
            Tensor.From(new double[,] { { 1, 0.5 }, { 2, -1 } }, DType.Float64));
        ElementSum sum = layer.Element(LinearMatrix.DW, 1, 2);
        Assert.That(sum.ToString(), Is.EqualTo("dW[1,2] = dY[0,1]·X[0,2] + dY[1,1]·X[1,2] = 0.5·3 - 1·(-6) = 7.5"));
        Assert.That((sum.Rule, sum.Words), Is.EqualTo(("dW = dYᵀ·X", "row 1 of dYᵀ times column 2 of X")));
        Assert.That(layer.Element(LinearMatrix.DB, 0, 1).ToString(), Is.EqualTo("db[1] = dY[0,1] + dY[1,1] = 0.5 - 1 = -0.5"));
        Assert.That(layer.Element(LinearMatrix.Y, 0, 1).Words, Is.EqualTo("row 0 of X times column 1 of Wᵀ, plus b[1]"));
        Assert.That(layer.Element(LinearMatrix.DX, 1, 0).Text, Is.EqualTo("dY[1,0]·W[0,0] + dY[1,1]·W[1,0]"));
    }

    [TestCase(LinearMatrix.X)]
    [TestCase(LinearMatrix.W)]
    [TestCase(LinearMatrix.B)]
    [TestCase(LinearMatrix.DY)]
    public void WhatAnElementGoesIntoHasATermOfIt(LinearMatrix given)
    {
        LinearTrace layer = Layer();
        (int rows, int columns) = Size(layer[given]);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
            {
                string name = layer[given].Rank == 1 ? $"b[{c}]" : $"{LinearTrace.NameOf(given)}[{r},{c}]";
                HashSet<string> expected =
                [
                    .. from matrix in Results()
                       from at in Enumerable.Range(0, Size(layer[matrix]).Rows * Size(layer[matrix]).Columns)
                       let sum = layer.Element(matrix, at / Size(layer[matrix]).Columns, at % Size(layer[matrix]).Columns)
                       where sum.Terms.Any(term => term.Left.Name == name || term.Right?.Name == name)
                       select sum.Element.Name,
                ];
                Assert.That(layer.UsersOf(given, r, c).Select(user => user.Name), Is.EquivalentTo(expected), name);
            }
    }

    [Test]
    public void TheExamplesOfABatchAddUp()
    {
        LinearTrace layer = Layer();
        foreach (LinearMatrix matrix in new[] { LinearMatrix.DW, LinearMatrix.DB })
            Assert.That(Enumerable.Range(0, 4).Select(n => layer.Part(n, 1)[matrix]).Aggregate((a, b) => a + b).ToArray(), Is.EqualTo(layer[matrix].ToArray()).Within(1e-14));
        Assert.That(layer.Part(2, 1)[LinearMatrix.DX].ToArray(), Is.EqualTo(layer[LinearMatrix.DX][2..3].ToArray()));
        Assert.That(() => layer.Part(3, 2), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("examples 3 to 4 of a batch of 4"));
    }

    [Test]
    public void TheLecturesDerivativesAreTheTransposes()
    {
        LinearTrace layer = Layer();
        for (int n = 0; n < 4; n++)
        {
            LectureDerivatives lecture = layer.Lecture(n);
            LinearTrace one = layer.Part(n, 1);
            Assert.That((lecture.ByZ.Shape, lecture.ByX.Shape, lecture.ByW.Shape), Is.EqualTo(((Shape)new[] { 1, 2 }, (Shape)new[] { 1, 3 }, (Shape)new[] { 3, 2 })));
            Assert.That(lecture.ByX.ToArray(), Is.EqualTo(one[LinearMatrix.DX].ToArray()).Within(1e-14));
            Assert.That(lecture.ByW.T.ToArray(), Is.EqualTo(one[LinearMatrix.DW].ToArray()).Within(1e-14));
            // And they are Jacobians: of L = ∇_zL·z by x.
            Tensor x = layer[LinearMatrix.X][n], w = layer[LinearMatrix.W], row = lecture.ByZ;
            Assert.That(Differentiate.Jacobian(at => row.MatMul(w.MatMul(at)), x).ToArray(), Is.EqualTo(lecture.ByX.ToArray()).Within(1e-14));
        }
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        LinearTrace layer = Layer();
        Assert.That(() => layer.Element(LinearMatrix.DW, 2, 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("dW has shape (2, 3) and no element [2,0]"));
        Assert.That(() => layer.Element(LinearMatrix.X, 0, 0), Throws.ArgumentException.With.Message.Contains("ask for Y, dX, dW or db"));
        Assert.That(() => LinearTrace.Of(Random([3], 1), Random([2, 3], 2), Random([2], 3), Random([2], 4)), Throws.ArgumentException.With.Message.Contains("(N, D)"));
        Assert.That(() => LinearTrace.Of(Random([4, 3], 1), Random([3, 2], 2), Random([2], 3), Random([4, 2], 4)), Throws.ArgumentException.With.Message.Contains("do not match"));
    }

    [Test]
    public void AMistakeIsAnErrorUnlessSizesHappenToBeEqual()
    {
        ShapeMistakeOutcome[] different = [.. ShapeMistake.All.Select(one => one.Run(Layer()))];
        Assert.That(different.Select(one => one.Error), Has.All.Not.Null);
        Assert.That(different[0].Error, Does.Contain("MatMul: (4, 3) x (2, 3): inner sizes 3 and 2 differ. Transpose the right operand?"));
        Assert.That(different[3].Error, Does.Contain("returned a gradient of (3, 2) Float64").And.Contain("the gradient is its transpose"));
        // Square matrices hide every one of them.
        ShapeMistakeOutcome[] square = [.. ShapeMistake.All.Select(one => one.Run(Layer(3, 3, 3)))];
        Assert.That(square.Select(one => (one.Error, one.IsSilent)), Is.All.EqualTo(((string?)null, true)));
    }

    [Test]
    public void EachFormulaOfTheBackwardPassHasTheEnginesNumber()
    {
        int[] sizes = [2, 3, 2];
        LayerWalk walk = LayerWalk.Of([Random([3, 2], 1), Random([2, 3], 2)], [Random([3], 3), Random([2], 4)], Random([2], 5), Random([2], 6));
        Assert.That(walk.Sizes, Is.EqualTo(sizes));
        Assert.That(walk.Steps.Select(step => step.Layer), Is.Ordered.Descending);
        Assert.That(walk.Steps, Has.Count.EqualTo(2 + 2 + 8 + 3 + 3 + 9));
        foreach (LayerStep step in walk.Steps)
        {
            (int k, int i, int j) = (step.Layer, step.I, step.J);
            double byLoops = step.Formula switch
            {
                LayerFormula.ByOutput => walk.Y(k, i) - walk.Target.Item(i - 1),
                LayerFormula.ByY => Enumerable.Range(1, sizes[k + 1]).Sum(to => walk.W(k + 1, i, to) * walk.ByZ(k + 1, to)),
                LayerFormula.ByZ => walk.ByY(k, i) * (1 - walk.Y(k, i) * walk.Y(k, i)),
                _ => walk.Y(k - 1, i) * walk.ByZ(k, j),
            };
            Assert.That(step.Value, Is.EqualTo(byLoops).Within(1e-12), step.Tex);
            Assert.That(step.Numbers, Does.EndWith($"= {FunctionTrace.Shown(step.Value)}"));
        }
        Assert.That(walk.Steps[^1].Tex, Is.EqualTo(@"\frac{\partial \mathit{Div}}{\partial w_{23}^{(1)}} = y_{2}^{(0)}\,\frac{\partial \mathit{Div}}{\partial z_{3}^{(1)}}"));
        Assert.That(() => LayerWalk.Of([Random([3, 2], 1)], [Random([3], 3)], Random([2], 5), Random([2], 6)), Throws.ArgumentException.With.Message.Contains("(2,)"));
    }
}
