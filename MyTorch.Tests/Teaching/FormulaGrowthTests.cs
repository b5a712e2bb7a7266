using MyTorch.Symbolic;
using MyTorch.Teaching;

namespace MyTorch.Tests.Teaching;

public class FormulaGrowthTests
{
    [Test]
    public void A_product_costs_what_the_lecture_counts([Values(2, 5, 10, 50)] int n)
    {
        FormulaSize size = FormulaGrowth.Of(GrowingFunction.Product, n);
        Assert.That((int)size.Rules.Multiplications, Is.EqualTo(n * (n * (n + 1) / 2 - 1)));
        Assert.That((int)size.Simplified.Multiplications, Is.EqualTo(n * (n - 2)));
        Assert.That((int)size.Reverse.Multiplications, Is.EqualTo(n == 2 ? 1 : 3 * (n - 1)).Or.EqualTo(3 * (n - 1)));
    }

    [Test]
    public void A_nested_function_doubles_as_a_tree_and_grows_evenly_as_a_graph()
    {
        FormulaSize[] sizes = [.. Enumerable.Range(1, 12).Select(n => FormulaGrowth.Of(GrowingFunction.Nested, n))];
        for (int i = 1; i < sizes.Length; i++)
        {
            Assert.That((int)sizes[i].Function.Total, Is.EqualTo(2 * (int)sizes[i - 1].Function.Total + 2));
            Assert.That((int)sizes[i].FunctionShared.Total, Is.EqualTo(2 * (i + 1)));
            Assert.That((int)(sizes[i].Reverse.Total - sizes[i - 1].Reverse.Total), Is.LessThan(8));
            Assert.That(sizes[i].Simplified.Total, Is.GreaterThan(2 * sizes[i - 1].Simplified.Total));
            Assert.That(sizes[i].Rules.Total, Is.GreaterThan(sizes[i].Simplified.Total));
            Assert.That(sizes[i].Shared.Total, Is.LessThan(sizes[i].Simplified.Total));
        }
    }

    [Test]
    public void The_formulas_have_the_derivatives_of_the_engine([Values] GrowingFunction family)
    {
        IReadOnlyList<string> names = FormulaGrowth.Variables(family, 3);
        var values = names.Select((name, i) => (name, 0.5 + i)).ToDictionary();
        Expression f = FormulaGrowth.Function(family, 3);
        string text = family == GrowingFunction.Product ? "x1*x2*x3" : "a = x*sin(x); b = a*sin(a); b*sin(b)";
        FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse(text), [.. values.Values]);
        Assert.That(f.Evaluate(values), Is.EqualTo(trace.Rows[^1].Value.Item()).Within(1e-15));
        for (int i = 0; i < names.Count; i++)
            Assert.That(f.Derivative(names[i]).Evaluate(values), Is.EqualTo(trace.Rows[i].Adjoint!.Item()).Within(1e-12));
    }

    [Test]
    public void Counting_one_variable_after_the_other_ends_at_the_whole()
    {
        FormulaSize[] sizes = [.. FormulaGrowth.Counted(GrowingFunction.Product, 6)];
        Assert.That(sizes, Has.Length.EqualTo(6));
        Assert.That(sizes[^1], Is.EqualTo(FormulaGrowth.Of(GrowingFunction.Product, 6)));
        Assert.That((int)sizes[2].Simplified.Multiplications, Is.EqualTo(3 * 4));
    }

    [Test]
    public void N_is_bounded()
    {
        Assert.That(() => FormulaGrowth.Of(GrowingFunction.Nested, 0),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1 to 100"));
        Assert.That(() => FormulaGrowth.Counted(GrowingFunction.Product, 101), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => FormulaGrowth.Function((GrowingFunction)7, 2),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("got 7"));
    }

    [Test]
    public void A_tree_is_drawn_as_written_and_a_graph_with_each_part_once([Range(1, 4)] int n)
    {
        Expression f = FormulaGrowth.Function(GrowingFunction.Nested, n);
        FormulaPicture tree = FormulaPicture.Of([f], shared: false)!, graph = FormulaPicture.Of([f], shared: true)!;
        Assert.That(tree.Boxes.Count(box => box.IsOperation), Is.EqualTo((int)f.CountOperations().Total));
        Assert.That(graph.Boxes.Count(box => box.IsOperation), Is.EqualTo((int)f.CountOperations(shared: true).Total));
        Assert.That(tree.Wires, Has.Count.EqualTo(tree.Boxes.Count - 1));
        Assert.That(tree.Boxes.Select(box => box.Uses), Is.All.LessThanOrEqualTo(1));
        Assert.That(graph.Boxes.Count(box => box.Uses == 2), Is.EqualTo(n));
        foreach (FormulaPicture picture in new[] { tree, graph })
        {
            Assert.That(picture.Boxes.Single(box => box.IsResult).Y, Is.EqualTo(picture.Boxes.Min(box => box.Y)));
            Assert.That(Overlaps(picture), Is.Empty);
        }
    }

    [Test]
    public void A_picture_of_several_formulas_has_several_results_and_a_bound()
    {
        Expression f = FormulaGrowth.Function(GrowingFunction.Product, 4);
        Expression[] partials = [.. FormulaGrowth.Variables(GrowingFunction.Product, 4).Select(name => f.Derivative(name).Simplify())];
        FormulaPicture tree = FormulaPicture.Of(partials, shared: false)!;
        Assert.That(tree.Boxes.Count(box => box.IsResult), Is.EqualTo(4));
        Assert.That(tree.Boxes.Count(box => box.IsOperation), Is.EqualTo(4 * 2));
        Assert.That(FormulaPicture.Of(partials, shared: false, most: 10), Is.Null);
        Assert.That(FormulaPicture.Of([FormulaGrowth.Function(GrowingFunction.Nested, 60)], shared: false), Is.Null,
            "2^60 boxes are not tried");
        Assert.That(FormulaPicture.Of(partials, shared: true, most: 3), Is.Null);
    }

    static IEnumerable<(FormulaBox, FormulaBox)> Overlaps(FormulaPicture picture) =>
        from one in picture.Boxes
        from other in picture.Boxes
        where one != other && Math.Abs(one.Y - other.Y) < FormulaPicture.BoxHeight
            && Math.Abs(one.X - other.X) < (one.Width + other.Width) / 2
        select (one, other);
}
