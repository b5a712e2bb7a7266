using Microsoft.CodeAnalysis;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>What is compiled of a handin whose source does not fit the library: each file and type costs only what it must.</summary>
[TestFixture]
public sealed class StudentBuildTests
{
    const string Arithmetic = "MyTorch/Operations/Arithmetic.cs", Activations = "MyTorch/Operations/Activations.cs", Products = "MyTorch/Operations/Products.cs", Helper = "MyTorch/Helper.cs";
    static readonly Assignment s_assignment = TinyAssignment.Loaded.Assignment;

    static StudentBuild Build(params (string Path, string? Text)[] files)
    {
        var handin = TinyAssignment.ReadingSet.ToDictionary(path => path, path => (string?)TinyAssignment.Grader.Sources.Reference[path]);
        foreach ((string path, string? text) in files) handin[path] = text;
        return StudentBuild.Make(s_assignment, TinyAssignment.Grader.Sources, Handin.Of(handin.Where(file => file.Value is not null).Select(file => (file.Key, file.Value!))));
    }

    // Without compiling.
    static SourceTree Repaired(params (string Path, string? Text)[] files)
    {
        SourceTree taken = SourceTree.Empty;
        foreach (string path in TinyAssignment.ReadingSet) taken = taken.With(path, TinyAssignment.Grader.Sources.Reference[path]);
        foreach ((string path, string? text) in files) taken = taken.With(path, text!);
        return ApiRepair.Repair(taken, TinyAssignment.Grader.Sources.Handout, TinyAssignment.ReadingSet);
    }

    static (string, string?) Changed(string path, string what, string by)
    {
        string text = TinyAssignment.Grader.Sources.Reference[path];
        Assert.That(text, Does.Contain(what));
        int at = text.IndexOf(what, StringComparison.Ordinal);
        return (path, text[..at] + by + text[(at + what.Length)..]);
    }

    /// <summary>Whether a compiler that takes too long stops or goes on, its steps can be looked at: both are told.</summary>
    [TestCase(600, true, false, false), TestCase(0.3, true, true, false), TestCase(0.3, false, true, true)]
    public void ACompilerThatTakesLongIsToldWhetherItStopsOrNot(double seconds, bool stops, bool isTold, bool goesOn)
    {
        using var end = new CancellationTokenSource();
        var told = new List<bool>();
        var time = new CompilerTime(seconds, stopped =>
        {
            told.Add(stopped);
            end.Cancel();
        });
        void Work(CancellationToken stop)
        {
            int last = Environment.TickCount;
            while (!end.IsCancellationRequested && (seconds < 1 || Environment.TickCount - last < 500))
                if (stops) stop.ThrowIfCancellationRequested();
        }
        if (isTold && stops) Assert.That(() => time.Limited(Work), Throws.InstanceOf<OperationCanceledException>());
        else time.Limited(Work);
        Assert.That(told.Distinct(), Is.EqualTo(isTold ? new[] { !goesOn } : []));
    }

    [TestCase("namespace MyTorch; public partial class Tensor { public int Rank => 1; }", "MyTorch/")]
    [TestCase("namespace MyTorch; class Math { public static double Abs(double x) => 0; }", "'Math' does not contain a definition")]
    [TestCase("namespace MyTorch.Operations { abstract class Operation { } }", "MyTorch/Helper.cs causes an error elsewhere")]
    [TestCase("[assembly: System.Reflection.AssemblyKeyFile(\"/etc/passwd\")]", "CS7027")]
    [Category("Long")]
    public void AFileThatBreaksOthersIsLeftOutAlone(string helper, string error)
    {
        StudentBuild build = Build((Helper, helper));

        Assert.That(build.Broken, Is.EqualTo(new[] { Helper }), string.Join('\n', build.Report.Errors));
        Assert.That(string.Join('\n', build.Report.Errors), Does.Contain(error));
        Assert.That(build.Graded, Is.EquivalentTo(TinyAssignment.ReadingSet));
    }

    /// <summary>Without it, what used it does not compile either, and costs itself.</summary>
    [Test, Category("Long")]
    public void WhatUsesATypeThatBreaksTheLibraryIsLeftOutWithIt()
    {
        StudentBuild build = Build(
            (Helper, "namespace MyTorch.Operations; static class Math { public static Tensor Logistic(Tensor x) => 1 / (1 + (-x).Exp()); }"),
            Changed(Activations, "protected override Tensor Forward() => ", "protected override Tensor Forward() => true ? Math.Logistic(X) : "));

        Assert.That(build.Broken, Is.EqualTo(new[] { Helper }), string.Join('\n', build.Report.Errors));
        Assert.That(build.Partly.Select(one => one.Path), Is.EqualTo(new[] { Activations }), string.Join('\n', build.Partly));
        Assert.That(string.Join('\n', build.Report.Errors), Does.Contain("MyTorch/Helper.cs causes an error elsewhere").And.Contain("'Logistic'"));
        Assert.That(build.Graded, Is.EquivalentTo(TinyAssignment.ReadingSet));
    }

    [Test, Category("Long")]
    public void AFileThatBreaksOthersOfTheHandinIsTheOneToBlame()
    {
        StudentBuild build = Build(Changed(Arithmetic, "namespace MyTorch.Operations;", "namespace MyTorch.Operations;\npublic class Tensor { public bool RequiresGrad; }"));

        Assert.That(build.Partly, Is.EqualTo(new[] { new LeftOutDeclaration(Arithmetic, "Tensor") }), string.Join('\n', build.Report.Errors));
        Assert.That(build.Broken, Is.Empty);
    }

    [TestCase("System.Console.WriteLine(1);\nnamespace MyTorch { class Own; }", "MyTorch/Helper.cs(1,1): CS8805", "a statement outside of any type")]
    [TestCase("global using Math = System.Int32;\nnamespace MyTorch { class Own; }", "global using Math = System.Int32; in MyTorch/Helper.cs causes", "global using Math = System.Int32;")]
    [Category("Long")]
    public void WhatStandsOutsideOfTypesIsLeftOutAlone(string helper, string error, string name)
    {
        StudentBuild build = Build((Helper, helper));

        Assert.That(build.Partly, Is.EqualTo(new[] { new LeftOutDeclaration(Helper, name) }), string.Join('\n', build.Report.Errors));
        Assert.That(string.Join('\n', build.Report.Errors), Does.Contain(error));
        Assert.That(build.Source.Find("MyTorch.Own"), Is.Not.Empty);
    }

    static IEnumerable<TestCaseData> Deep()
    {
        static string Repeat(string what, int times) => string.Concat(Enumerable.Repeat(what, times));
        static TestCaseData Body(string name, string statements) =>
            new TestCaseData($"namespace MyTorch; static class Deep {{ static int X; static int[] A; static Deep2 D; static void F() {{ {statements} }} }} class Deep2 {{ public Deep2 M() => this; }}").SetArgDisplayNames(name);
        yield return Body("loops", Repeat("for (;;) ", 60_000) + ";");
        yield return Body("conditions", Repeat("if (X > 0) ", 800) + ";");
        yield return Body("parentheses", $"X = {Repeat("(", 190)}X{Repeat(")", 190)};");
        yield return Body("a sum", $"X = X{Repeat("+X", 4900)};");
        yield return Body("a sum of 20,000", $"X = X{Repeat("+X", 20_000)};");
        yield return Body("signs", $"X = {Repeat("- ", 4900)}X;");
        yield return Body("casts", $"X = {Repeat("(int)", 1900)}X;");
        yield return Body("choices", $"X = {Repeat("X>0?X:", 1600)}X;");
        yield return Body("a chain of calls", $"D = D{Repeat(".M()", 2400)};");
        yield return Body("assignments", $"{Repeat("X=", 4900)}X;");
        yield return Body("lambdas", $"System.Func<int, object> f = {Repeat("x=>", 1)}{Repeat("(System.Func<int,object>)(y=>", 150)}1{Repeat(")", 150)};");
        yield return Body("indices", $"X = {Repeat("A[", 190)}X{Repeat("]", 190)};");
        yield return Body("blocks", Repeat("{", 190) + Repeat("}", 190));
        yield return Body("labels", string.Concat(Enumerable.Range(0, 2000).Select(i => $"L{i}: ")) + ";");
        yield return new TestCaseData($"namespace MyTorch; {string.Concat(Enumerable.Range(0, 190).Select(i => $"class C{i} {{ "))}{Repeat("}", 190)}").SetArgDisplayNames("classes");
        yield return new TestCaseData($"namespace MyTorch; class G<T>; class Deep {{ {Repeat("G<", 190)}int{Repeat(">", 190)} field; }}").SetArgDisplayNames("types");
        yield return new TestCaseData($"namespace MyTorch; class Deep {{ int{Repeat("[]", 4000)} field; }}").SetArgDisplayNames("ranks");
        yield return new TestCaseData($"namespace MyTorch; class Deep {{ const string X = \"\"{Repeat("+\"a\"", 2400)}; }}").SetArgDisplayNames("a constant");
    }

    /// <summary>What is nested deeply compiles, or is left out alone.</summary>
    [TestCaseSource(nameof(Deep)), Category("Long")]
    public void DeepNestingCostsItsOwnFileOnly(string helper)
    {
        StudentBuild build = Build((Helper, helper));

        Assert.That(build.Graded, Is.SupersetOf(TinyAssignment.ReadingSet), string.Join('\n', build.Report.Errors));
        Assert.That(build.Partly.Select(left => left.Path).Concat(build.Broken), Is.SubsetOf(new[] { Helper }));
    }

    [Test, Category("Long")]
    public void TwoFilesWithErrorsOfTheirOwnAreBothNamed()
    {
        StudentBuild build = Build(Changed(Arithmetic, "gradient * B : null", "gradient * Bee : null"), Changed(Products, "Rows(gradient).Sum(0)", "Rows(gradient).Summ(0)"));

        Assert.That(build.Partly, Is.EquivalentTo(new LeftOutDeclaration[] { new(Arithmetic, "Multiply.Backward"), new(Products, "Linear.Backward") }));
        Assert.That(build.Report.Errors, Has.Some.Contains("'Bee'").And.Some.Contains("'Summ'"));
    }

    /// <summary>A slip of the pen costs its member, as a wrong name does, where the parser finds its way again.</summary>
    [TestCase("Output * (1 - Output);", "Output * (1 - Output)", "Sigmoid.Derivative", "CS1002")]
    [TestCase("Output * (1 - Output);", "Output * (1 - ;", "Sigmoid.Derivative", "CS")]
    [TestCase("=> Output * (1 - Output);", "{\n System.Console.WriteLine(\"x);\n return X;\n}", "Sigmoid.Derivative", "CS1010")]
    [TestCase("=> Output * (1 - Output);", "{ System.Console.WriteLine(\"x); return X; }", null, "CS1010")]
    [TestCase("=> Output * (1 - Output);", "{\n<<<<<<< HEAD\n return X;\n=======\n return Output;\n>>>>>>> mine\n}", "Sigmoid.Derivative", "CS8300")]
    [TestCase("=> Output * (1 - Output);", "{ return Output;", null, "CS1513")]
    [TestCase("=> Output * (1 - Output);", "{ return Output; } }", null, "CS")]
    public void AnErrorOfSyntaxCostsItsMemberWhereTheRestCanBeRead(string what, string by, string? leftOut, string error)
    {
        StudentBuild build = Build(Changed(Activations, what, by));

        Assert.That(build.Report.Errors[0], Does.StartWith("MyTorch/Operations/Activations.cs(").And.Contain(error));
        Assert.That(build.Partly, Is.EqualTo(leftOut is null ? [] : new[] { new LeftOutDeclaration(Activations, leftOut) }), string.Join('\n', build.Report.Errors));
        Assert.That(build.Broken, Is.EqualTo(leftOut is null ? new[] { Activations } : []));
    }

    [TestCase("")]
    [TestCase("// later\n")]
    [TestCase("namespace MyTorch.Operations;\nclass Nothing;")]
    public void AFileWithoutItsTypesCostsThoseOnly(string text)
    {
        SourceTree repaired = Repaired((Products, text));

        Assert.That(repaired[Products], Does.Contain("MyTorch/Operations/Products.cs lacks internal sealed partial class Linear : Operation.").And.Contain("class MatMul("));
    }

    [TestCase("public sealed class Multiply(Tensor a, Tensor b) :", "public sealed class Multiply(Tensor a, Tensor b, int c = 0) :")]
    [TestCase("public sealed class Multiply(", "public abstract class Multiply(")]
    [TestCase("public sealed class Multiply(", "public sealed class Multiply<T>(")]
    [TestCase("public sealed class Multiply(", "public sealed class Multiplied(")]
    [TestCase(": BinaryOperation(a, b)\n{\n    /// <inheritdoc/>\n    protected override Tensor Forward() => ElementwiseDispatch.Multiply(A, B);", "{")]
    public void AChangedTypeIsPutBackAndSaysWhatWasExpected(string what, string by)
    {
        SourceTree repaired = Repaired(Changed(Arithmetic, what, by));

        Assert.That(repaired[Arithmetic], Does.Contain("\"MyTorch/Operations/Arithmetic.cs lacks public sealed class Multiply(Tensor a, Tensor b) : BinaryOperation(a, b).\""));
    }

    [TestCase("Tensor?[] Backward<T>(Tensor gradient)")]
    [TestCase("System.Threading.Tasks.Task<Tensor?[]> Backward(Tensor gradient)")]
    [TestCase("Tensor?[] Backward")]
    public void AChangedMemberIsPutBackAndSaysWhatWasExpected(string signature)
    {
        const string original = "override Tensor?[] Backward(Tensor gradient) =>\n    [\n        A.RequiresGrad ? gradient * B : null,\n        B.RequiresGrad ? gradient * A : null,\n    ];";
        SourceTree repaired = Repaired(Changed(Arithmetic, original, signature + " => throw null!;"));

        Assert.That(repaired[Arithmetic], Does.Contain("\"MyTorch.Operations.Multiply lacks public override Tensor?[] Backward(Tensor gradient).\""));
    }

    [Test]
    public void AnInternalClassMayBeMadePublic()
    {
        StudentBuild build = Build(Changed(Activations, "internal sealed partial class", "public sealed partial class"));

        Assert.That(build.Broken, Is.Empty, string.Join('\n', build.Report.Errors));
        Assert.That(build.Source[Activations], Does.Contain("public sealed partial class Sigmoid(Tensor x)").And.Not.Contain("lacks"));
    }

    [TestCase("protected Tensor A => InputArray[0];", "internal Tensor A => null!;")]
    [TestCase("protected Tensor A => InputArray[0];", "protected Tensor A = null!;")]
    public void WhatWasGivenIsPutBackAsItWas(string what, string by)
    {
        SourceTree repaired = Repaired(Changed(Arithmetic, what, by));

        Assert.That(repaired[Arithmetic], Does.Contain(what).And.Not.Contain(by).And.Not.Contain("lacks"));
    }

    [TestCase("override Tensor?[] Backward(Tensor gradient)", "override global::MyTorch.Tensor[] Backward(global::MyTorch.Tensor? gradient)")]
    [TestCase("public sealed class Multiply(Tensor a, Tensor b)", "public class Multiply(MyTorch.Tensor x, Tensor? a, params int[] more)")]
    public void ATypeSpelledInAnotherWayIsTheSame(string what, string by)
    {
        // The second differs by a parameter: a spelling is told from a change.
        SourceTree repaired = Repaired(Changed(Arithmetic, what, by));

        Assert.That(repaired[Arithmetic].Contains(" lacks ", StringComparison.Ordinal), Is.EqualTo(by.Contains("params", StringComparison.Ordinal)));
    }

    [Test]
    public void WhatIsPutBackCompilesWithTheRest()
    {
        (string, string?) arithmetic = Changed(Arithmetic, "public sealed class Multiply(", "public abstract class Multiply(");
        (string, string?) activations = Changed(Activations, "public override Tensor Derivative() => Output * (1 - Output);", "public Tensor Derivative => Output;");

        StudentBuild build = Build((Products, "// later"), arithmetic, activations);

        Assert.That(build.Broken, Is.Empty, string.Join('\n', build.Report.Errors));
        Assert.That(build.Source[Activations], Does.Contain("MyTorch.Operations.Sigmoid lacks public override Tensor Derivative()."));
    }

    [Test]
    public void AClassMayStandInAnotherFile()
    {
        string text = TinyAssignment.Grader.Sources.Reference[Arithmetic];
        StudentBuild build = Build((Arithmetic, null), ("MyTorch/Mine.cs", text));

        Assert.That(build.Broken, Is.Empty, string.Join('\n', build.Report.Errors));
        Assert.That(build.Graded, Does.Contain("MyTorch/Mine.cs"));
        Assert.That(build.Source.Find("MyTorch.Operations.Multiply.Backward").Select(member => member.Path), Is.EqualTo(new[] { "MyTorch/Mine.cs" }));
    }

    [Test]
    public void PlacesThatADirectiveMakesUpAreNotBelieved()
    {
        StudentBuild build = Build(Changed(Arithmetic, "public sealed class Multiply(", "#line 1 \"Elsewhere.cs\"\npublic sealed class Multiply("), (Helper, "// #line 7\nclass { }"));

        Assert.That(build.Source[Arithmetic], Does.Contain("//#line 1 \"Elsewhere.cs\""));
        Assert.That(build.Report.Errors, Has.Count.GreaterThan(0).And.All.StartWith("MyTorch/Helper.cs(2,"));
    }

    /// <summary>Wherever it stands: an older copy of the repository has the library's rules in one pass in another file.</summary>
    [Test]
    public void ARuleInOnePassIsNotGradedInPlaceOfTheOneThatIsAskedFor()
    {
        const string Moved = "namespace MyTorch.Operations;\nsealed partial class Linear\n{\n    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory) =>\n        [];\n}\nclass Own;\n";

        StudentBuild build = Build((Helper, Moved));

        Assert.That(build.Report.Errors, Is.Empty);
        Assert.That(build.Source.Find("MyTorch.Operations.Linear.BackwardInOnePass"), Is.Empty);
        Assert.That(build.Report.IgnoredFiles, Is.EqualTo(new[] { $"{Helper}(4,5): Linear.BackwardInOnePass is not graded. The rule that counts is Linear.Backward." }));
        Assert.That(build.Source[Helper].Split('\n')[6], Is.EqualTo("class Own;"), "the lines below stay where they are");
    }

    [Test]
    public void AMessageIsNoLongerThanAReaderCanBear()
    {
        SourceTree source = SourceTree.Empty.With(Helper, $"class A : {new string('b', 9000)} {{ }}");
        Diagnostic error = source.CompileLibrary().GetDiagnostics().Single(one => one.Severity == DiagnosticSeverity.Error);

        Assert.That(Compiling.Describe(error), Has.Length.LessThan(700).And.StartWith(Helper));
    }
}
