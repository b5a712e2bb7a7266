using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>
/// Finding, blanking and removing members: the syntax tree says where, and the rest of a file keeps its text to the letter.
/// </summary>
public sealed class SourceTests
{
    const string Sample = """
        namespace Shop;

        /// <summary>A till.</summary>
        public sealed partial class Till
        {
            /// <summary>What is in it.</summary>
            public double Sum => _sum * 1.0;

            public int Drawers { get { return 2; } set => _drawers = value; }

            double _sum;
            int _drawers;

            // Adds the price twice.
            /// <summary>Rings up.</summary>
            public double Add(double price) =>
                _sum += price + price;

            public double Add(int count, double price)
            {
                for (int i = 0; i < count; i++) Add(price);
                return _sum;
            }

            internal sealed class Coin { public int Value() => 5; }
        }
        """;

    static readonly SourceTree s_source = SourceTree.Empty.With("Shop/Till.cs", Sample);

    [TestCase("Shop.Till", 1)]
    [TestCase("Shop.Till.Sum", 1)]
    [TestCase("Shop.Till._sum", 1)]
    [TestCase("Shop.Till.Add", 2)]
    [TestCase("Shop.Till.Add(double)", 1)]
    [TestCase("Shop.Till.Add(int, double)", 1)]
    [TestCase("Shop.Till.Add(string)", 0)]
    [TestCase("Shop.Till.Coin.Value", 1)]
    [TestCase("Till.Sum", 0)]
    public void FindsMembersByFullName(string name, int count) => Assert.That(s_source.Find(name), Has.Count.EqualTo(count));

    [Test]
    public void AMissingOrAmbiguousNameIsAnsweredWithTheNamesThatAreThere()
    {
        Assert.That(() => s_source.Single("Shop.Till.Som"), Throws.TypeOf<SourceException>().With.Message.Contains("Did you mean Shop.Till.Sum"));
        Assert.That(() => s_source.Single("Shop.Add"), Throws.TypeOf<SourceException>().With.Message.Contains("Shop.Till.Add"));
        Assert.That(() => s_source.Single("Shop.Till.Add"), Throws.TypeOf<SourceException>().With.Message.Contains("Shop.Till.Add(int,double)"));
    }

    [Test]
    public void BlankingKeepsSignaturesAndDocumentationAndNothingElseChanges()
    {
        var edits = new SourceEdits(s_source);
        foreach (string name in new[] { "Shop.Till.Sum", "Shop.Till.Drawers", "Shop.Till.Add(double)", "Shop.Till.Add(double)", "Shop.Till.Coin.Value" })
            edits.Blank(s_source.Single(name), "1.1 \"so\"");
        const string Throw = """throw new NotImplementedException("1.1 \"so\"");""";
        string expected = Sample
            .Replace("=> _sum * 1.0;", "=> " + Throw)
            .Replace("get { return 2; } set => _drawers = value;", $"get {{ {Throw} }} set {{ {Throw} }}")
            .Replace("    // Adds the price twice.\n", "")
            .Replace(" =>\n        _sum += price + price;", $"\n    {{\n        {Throw}\n    }}")
            .Replace("Value() => 5;", $"Value()\n    {{\n        {Throw}\n    }}");
        Assert.That(edits.Apply()["Shop/Till.cs"], Is.EqualTo(expected));
    }

    [Test]
    public void RemovingTakesTheDocumentationAlongAndLeavesNoGap()
    {
        var edits = new SourceEdits(s_source);
        edits.Remove(s_source.Single("Shop.Till.Sum"));
        edits.Remove(s_source.Single("Shop.Till.Add(int,double)"));
        string text = edits.Apply()["Shop/Till.cs"];
        Assert.That(text, Does.Contain("{\n    public int Drawers").And.Not.Contain("What is in it").And.Not.Contain("for (int").And.Not.Contain("\n\n\n"));
        Assert.That(edits.Apply().Find("Shop.Till.Add"), Has.Count.EqualTo(1));
    }

    [Test]
    public void WhatLiesInsideARemovedTypeNeedsNoChangeOfItsOwn()
    {
        var edits = new SourceEdits(s_source);
        edits.Blank(s_source.Single("Shop.Till.Coin.Value"), "1.2");
        edits.Remove(s_source.Single("Shop.Till.Coin"));
        edits.Blank(s_source.Single("Shop.Till.Coin.Value"), "1.2");
        Assert.That(edits.Apply()["Shop/Till.cs"], Does.Not.Contain("Coin").And.Not.Contain("1.2"));
    }

    [Test]
    public void ReplacingKeepsTheDocumentation()
    {
        var edits = new SourceEdits(s_source);
        edits.Replace(s_source.Single("Shop.Till.Add(double)"), "public double Add(double price) => _sum += price;");
        edits.AddAfter(s_source.Single("Shop.Till.Add(double)"), "public void Clear() => _sum = 0;");
        string text = edits.Apply()["Shop/Till.cs"];
        Assert.That(text, Does.Contain("/// <summary>Rings up.</summary>\n    public double Add(double price) => _sum += price;\n\n    public void Clear() => _sum = 0;\n"));
    }

    [Test]
    public void SignaturesAreTheDeclarationWithoutItsBody() =>
        Assert.That(s_source.Find("Shop.Till.Add").Select(member => member.Signature), Is.EqualTo(new[] { "public double Add(double price)", "public double Add(int count, double price)" }));

    [Test]
    public void AFailingCompilationNamesFileAndPlace() => Assert.That(
        () => Compiling.Emit(SourceTree.Empty.With("Shop/Broken.cs", "class A\n{\n    int x = ;\n}\n").Compile("Shop", Compiling.LibraryReferences)),
        Throws.TypeOf<SourceException>().With.Message.Contains("Shop/Broken.cs(3,13): CS1525"));
}
