using MyTorch.Grader.Classroom;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>Handins that are alike but for names, comments and layout.</summary>
[TestFixture]
public sealed class LikenessTests
{
    const string Original = """
        namespace MyTorch.Operations;

        class Linear
        {
            public override Tensor?[] Backward(Tensor gradient)
            {
                // The weights first.
                Tensor weights = gradient.T.MatMul(X);
                var inputs = gradient.MatMul(W);
                double[] numbers = new double[gradient.Shape[1]];
                for (int i = 0; i < numbers.Length; i++) numbers[i] = Column(gradient, i);
                Tensor bias = Tensor.From(numbers, [numbers.Length], gradient.DType);
                return [inputs, weights, bias];
            }

            static double Column(Tensor all, int column)
            {
                double sum = 0;
                for (int row = 0; row < all.Shape[0]; row++) sum += all[row, column].Item();
                return sum;
            }
        }
        """;

    const string Renamed = """
        namespace MyTorch.Operations;

        class Linear
        {
            static double SumUp(Tensor t, int j)
            {
                double total = 0;
                for (int k = 0; k < t.Shape[0]; k++)
                {
                    total += t[k, j].Item();   // added up
                }
                return total;
            }

            public override Tensor?[] Backward(Tensor g)
            {
                var dW = g.T.MatMul(X); Tensor dX = g.MatMul(W);
                var d = new double[g.Shape[1]];
                for (int n = 0; n < d.Length; n++) d[n] = SumUp(g, n);
                var db = Tensor.From(d, [d.Length], g.DType);
                return [dX, dW, db];
            }
        }
        """;

    static readonly string s_otherSum = Original.Replace("sum += all[row, column].Item()", "sum = sum + all[row, column].Item()", StringComparison.Ordinal);
    static readonly string s_otherway = Original.Replace("gradient.T.MatMul(X)", "X.T.MatMul(gradient).T", StringComparison.Ordinal).Replace("double sum = 0;", "double sum = 0, c = 1; sum *= c;", StringComparison.Ordinal);

    static SourceTree Reference => TinyAssignment.Grader.Sources.Reference;

    static IReadOnlyList<MemberPrint> Prints(SourceTree source) => MemberPrints.Of(TinyAssignment.Loaded.Assignment, TinyAssignment.Grader.Sources.Library, TinyAssignment.Grader.Sources.Handout,
        SourceTree.Of(TinyAssignment.ReadingSet.Select(path => (path, source[path]))));

    static IReadOnlyList<LikeHandins> Group(params (string Name, string Members)[] handins) => Likeness.Group([.. handins.Select(one =>
        (new ClassroomHandin(one.Name, [one.Name], "p", one.Name, false, null), one.Members, Prints(TinyAssignment.Edited(Reference, one.Members))))]);

    [Test]
    public void NamesCommentsAndLayoutDoNotTellCodeApart()
    {
        LikeHandins group = Group(("ada", Original), ("bob", Renamed), ("cem", s_otherway)).Single();
        Assert.That(group.Handins.Select(handin => handin.Key), Is.EqualTo(new[] { "ada", "bob" }));
        Assert.That(group.What, Is.EqualTo("the same code but for names, comments and layout"));
    }

    [Test]
    public void WhatAWholeCheckoutHasBesideTheHandoutIsNobodysOwn() => Assert.That(Prints(TinyAssignment.Grader.Sources.Library).Select(print => print.Like), Is.All.EqualTo("reference"));

    [Test]
    public void TheSameFilesAreSaidToBeTheSame() =>
        Assert.That(Group(("ada", Original), ("bob", Original)).Single().What, Is.EqualTo("the same files"));

    [Test]
    public void WhatDiffersInAFewTokensIsNearlyAlike()
    {
        // The helper is a third of it.
        Assert.That(Group(("ada", Original), ("cem", s_otherSum)), Is.Empty);
        const string Sigmoid = "class Sigmoid { protected override Tensor Forward() { Tensor e = (-X).Exp(); Tensor one = Tensor.Ones(e.Shape, e.DType); Tensor below = one + e; for (int i = 0; i < 3; i++) below = below * 1; return one / below; } public override Tensor Derivative() { Tensor y = Output; Tensor rest = 1 - y; Tensor both = y * rest; for (int i = 0; i < 3; i++) both = both + 0 * y; return both; } }";
        LikeHandins group = Group(("ada", Original + Sigmoid), ("cem", s_otherSum + Sigmoid)).Single();
        Assert.That(group.What, Does.Match("^at least 8[0-9] % of the code that they wrote is the same"));
    }

    // The one right line of a rule, and what was given out, are everybody's.
    [Test]
    public void TheReferenceTheHandoutAndShortCodeGroupNobody()
    {
        Assert.That(Group(("ada", ""), ("bob", "")), Is.Empty);
        const string Swapped = "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) => [B * gradient, A * gradient]; }";
        Assert.That(Group(("ada", Swapped), ("bob", Swapped + " ")), Is.Empty);
        Assert.That(Prints(TinyAssignment.Grader.Sources.Handout).Select(print => print.Like), Is.All.EqualTo("handout"));
    }

    // A rule of one line has one right form, which says nothing: the bound lies between the longest of them and the shortest with a choice.
    [Test]
    public void ShortMembersAreOnlyCounted()
    {
        Assert.That(new MemberPrint("A.B", "h", MemberPrint.Short - 1, "reference").IsShort, Is.True);
        Assert.That(new MemberPrint("A.B", "h", MemberPrint.Short, "reference").IsShort, Is.False);
        MemberPrint[] prints = [.. Prints(Reference)];
        Assert.That(prints.Where(print => print.IsShort).Select(print => print.Member), Does.Contain("Sigmoid.Derivative").And.Not.Contain("Linear.Backward"));
    }

    [Test]
    public void AMemberLikeTheReferenceIsFoundUnderOtherNames()
    {
        string copied = Reference.Single("MyTorch.Operations.Linear.Backward").Syntax.ToString().Replace("gradient", "upstream", StringComparison.Ordinal);
        var prints = Prints(TinyAssignment.Edited(Reference, $"namespace MyTorch.Operations; class Linear {{ {copied} /* mine */ }}"));
        Assert.That(prints.Select(print => print.Like), Is.All.EqualTo("reference"));
        Assert.That(prints.Single(print => print.Member == "Linear.Backward").Hash, Is.EqualTo(Prints(Reference).Single(print => print.Member == "Linear.Backward").Hash));
        Assert.That(Prints(TinyAssignment.Edited(Reference, Original)).Single(print => print.Member == "Linear.Backward").Like, Is.Empty);
    }
}
