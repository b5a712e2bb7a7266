using MyTorch.Grader.Classroom;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;
using MyTorch.Grader.Viva;

namespace MyTorch.Tests.Grading;

/// <summary>The sheets of a talk about each handin: what they ask, that the answers are right, and what hostile code cannot do to them.</summary>
[TestFixture]
public sealed class VivaTests : TestsWithFolder
{
    // Of several lines, so that a mistake in it has to be looked for.
    const string Written = """
        namespace MyTorch.Operations;

        class Linear
        {
            public override Tensor?[] Backward(Tensor gradient)
            {
                Tensor dX = gradient.MatMul(Weight);
                Tensor dW = gradient.T.MatMul(X);
                Tensor db = gradient.Sum(0);
                return [dX, dW, db];
            }
        }

        class Multiply
        {
            public override Tensor?[] Backward(Tensor gradient)
            {
                Tensor left = gradient * B;
                Tensor right = gradient * A;
                return [left, right];
            }
        }
        """;

    static HandinGrader Grader => TinyAssignment.Grader;

    string HandIn(string name, SourceTree source, params (string Path, string Text)[] files)
    {
        TinyAssignment.Write(InFolder($"handins/{name}"), source, files);
        return InFolder($"handins/{name}");
    }

    VivaSheet Sheet(string name, string members) =>
        new VivaMaker(Grader, name).Make(HandIn(name, TinyAssignment.Edited(Grader.Sources.Handout, members)));

    // The sheet of an honest handin, made once: it takes seconds.
    static readonly Lazy<VivaSheet> s_honest = new(() =>
    {
        string folder = Directory.CreateTempSubdirectory("honest").FullName;
        try
        {
            TinyAssignment.Write(folder, TinyAssignment.Edited(Grader.Sources.Handout, Written));
            return new VivaMaker(Grader, "ada").Make(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    });

    static string Page(VivaSheet sheet, string student = "ada") => VivaPage.Write(Grader.Assignment,
        new(new ClassroomHandin("ada", [student], "p", "ada", false, null), sheet));

    [Test]
    public void AnHonestHandinIsAskedAboutItsOwnLines()
    {
        VivaSheet sheet = s_honest.Value;
        string source = TinyAssignment.Edited(Grader.Sources.Handout, Written)["MyTorch/Operations/Products.cs"]
            + TinyAssignment.Edited(Grader.Sources.Handout, Written)["MyTorch/Operations/Arithmetic.cs"];

        Assert.That(sheet.Notes, Is.Empty);
        Assert.That(sheet.Drill!.Complaint, Is.Empty);
        double v1 = Number("v1"), v2 = Number("v2");
        Assert.That((Number("v3 = v1 · v2"), Number("the adjoint of v1"), Number("the adjoint of v2")), Is.EqualTo((v1 * v2, v2, v1)));
        Assert.That(sheet.Questions, Has.Count.EqualTo(2));
        Assert.That(sheet.Questions.SelectMany(question => question.Lines).Where(line => line.Text.Trim().Length > 0),
            Is.All.Matches<VivaLine>(line => source.Contains(line!.Text.Trim(), StringComparison.Ordinal)), "no line that the student did not write");
        Assert.That(sheet.Questions, Is.All.Matches<VivaQuestion>(question => question!.Lines.Any(line => line.IsAsked)));
        Assert.That(sheet.Questions[1].Answer[0], Does.Match(@"^(1\.1 Multiply|4\.1 Linear: backward) fails: "));
        Assert.That(VivaPage.HeightOf(sheet), Is.LessThanOrEqualTo(VivaPage.PageHeight));

        double Number(string row) => double.Parse(sheet.Drill!.Rows.Single(one => one.Name == row).Answer, null);
    }

    // The shape is that of the numbers of the probe, (4, 3), (2, 3) and (4, 2), whichever expression was drawn.
    [Test]
    [Category("Long")]
    public void AShapeIsTheOneThatTheCodeComputes()
    {
        VivaQuestion shape = s_honest.Value.Questions[0];
        string asked = shape.Ask.Split(" Which shape has ")[1];
        string answer = asked switch
        {
            var text when text.Contains("gradient.MatMul(Weight)", StringComparison.Ordinal) => "(4, 3).",
            var text when text.Contains("gradient.T.MatMul(X)", StringComparison.Ordinal) => "(2, 3).",
            var text when text.Contains("gradient.Sum(0)", StringComparison.Ordinal) => "(2).",
            _ => "(2, 3).",
        };
        Assert.That(shape.Answer, Is.EqualTo(new[] { answer }));
        Assert.That(shape.Ask, Does.Match("^While question [14].1 is tried, `\\w+` has the shape "));
    }

    [Test]
    [Category("Long")]
    public void TheMistakeMakesTheNamedQuestionFail()
    {
        VivaSheet sheet = s_honest.Value;
        VivaQuestion mistake = sheet.Mistake!;
        SourceTree source = TinyAssignment.Edited(Grader.Sources.Handout, Written);
        string text = string.Join('\n', source[mistake.File].Split('\n').Select((line, i) =>
            mistake.Lines.FirstOrDefault(changed => changed.Number == i + 1) is { } changed ? changed.Text : line));
        Assert.That(text, Is.Not.EqualTo(source[mistake.File]));
        string[] failing = [.. Grader.Grade(source.With(mistake.File, text)).Questions.Where(question => question.Score < question.MaxScore)
            .Select(question => question.Id).Except(["3.1"])];
        Assert.That(failing, Has.Length.EqualTo(1), "3.1 is not written");
        Assert.That(mistake.Ask, Does.Contain($"and {failing[0]} "));
        Assert.That(mistake.Answer[0], Does.Match(@"^Line \d+, .+\. It was `.+`; it is now `.+`\.$"));
        Assert.That(mistake.Lines, Is.All.Matches<VivaLine>(line => !line!.IsAsked), "the sheet does not show where it is");
    }

    [Test]
    [Category("Long")]
    public void TheSameHandinGetsTheSameSheetAndAnotherStudentOtherNumbers()
    {
        Assert.That(Sheet("ada", Written).Write(), Is.EqualTo(s_honest.Value.Write()));
        string[] others = [.. new[] { "bob", "cem", "dan" }.Select(name => string.Join(' ', new VivaMaker(Grader, name).Uncompilable.Drill!.Rows))];
        Assert.That(others, Is.Unique);
    }

    [Test]
    public void AWrongHandinIsSaidToBeWrongAndGetsTheReferencesNumbers()
    {
        VivaSheet sheet = Sheet("bob", "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) => [gradient * A, gradient * B + 1]; }");
        Assert.That(sheet.Drill!.Complaint, Does.StartWith("The student's code gives other numbers"));
        VivaRow row = sheet.Drill.Rows.Single(one => one.Name == "the adjoint of v1");
        Assert.That(row.Answer, Is.EqualTo(sheet.Drill.Rows.Single(one => one.Name == "v2").Answer).And.Not.EqualTo(row.Got));
        Assert.That(row.Got, Is.Not.Empty);
        Assert.That(sheet.Mistake, Is.Null);
        Assert.That(sheet.Notes, Has.Some.Contains("no mistake is put in"));
    }

    [Test]
    public void AnEmptyHandinIsAskedForTheDrillAlone()
    {
        VivaSheet sheet = new VivaMaker(Grader, "ivy").Make(HandIn("ivy", Grader.Sources.Handout));
        Assert.That(sheet.Notes, Has.Some.Contains("No member that the assignment asks for is written"));
        Assert.That(sheet.Drill!.Complaint, Does.Contain("does not finish this (NotImplementedException: 1.1"));
        Assert.That((sheet.Questions.Count, sheet.Mistake), Is.EqualTo((0, (VivaQuestion?)null)));
        Directory.CreateDirectory(InFolder("handins/nothing"));
        Assert.That(new VivaMaker(Grader, "nothing").Make(InFolder("handins/nothing")).Notes[0], Does.StartWith("This handin cannot be read: "));
    }

    [Test]
    public void WhatDoesNotCompileIsAskedAboutAsText()
    {
        SourceTree source = TinyAssignment.Edited(Grader.Sources.Handout, Written);
        const string Path = "MyTorch/Operations/Products.cs";
        int line = source[Path].Split('\n').Index().First(one => one.Item.Contains("gradient.Sum(0);", StringComparison.Ordinal)).Index + 1;
        string broken = source[Path].Replace("gradient.Sum(0);", "gradient.Sum(0)", StringComparison.Ordinal);
        VivaSheet sheet = new VivaMaker(Grader, "fay").Make(HandIn("fay", source.With(Path, broken)));

        Assert.That(sheet.Notes[0], Does.StartWith($"This handin does not compile: {Path}({line},"));
        Assert.That(sheet.Questions[0].Ask, Does.StartWith($"The compiler refuses line {line}."));
        Assert.That(sheet.Questions[0].Answer[0], Does.Contain("CS1002: ; expected"));
        Assert.That(sheet.Questions[1].Ask, Does.Match(@"^In which lines is `\w+` of line \d+ used"));
        Assert.That(sheet.Questions[1].Answer[0], Does.Match(@"^Lines \d+"));
        Assert.That(sheet.Mistake, Is.Not.Null, "the other file compiles, and its code is right");
    }

    [Test]
    [Category("Long")]
    public void AnEndlessLoopCostsItsOwnTimeOnly()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        VivaSheet sheet = Sheet("hal", Written.Replace("Tensor left = gradient * B;", "while (gradient.Rank >= 0) { } Tensor left = gradient * B;", StringComparison.Ordinal));
        Assert.That(sheet.Drill!.Complaint, Does.Contain("it does not end"));
        Assert.That(sheet.Mistake!.File, Does.EndWith("Products.cs"));
        Assert.That(VivaPage.HeightOf(sheet), Is.LessThanOrEqualTo(VivaPage.PageHeight));
    }

    [Test]
    public void NothingOfAHandinIsMarkup()
    {
        const string Evil = "</pre><script>alert(1)</script>";
        var line = new VivaLine(3, $"// {Evil}", true);
        var sheet = new VivaSheet
        {
            Notes = [Evil],
            Drill = new([new(Evil, Evil, Evil, true), new(Evil, Evil, Evil, false)], Evil),
            Questions = [new(Evil, Evil, [line], [Evil])],
            Mistake = new($"`{Evil}`", Evil, [line], [$"`{Evil}`"]),
        };
        string page = Page(sheet, "<b>Jo & \u202Eevil"), index = VivaPage.WriteIndex(Grader.Assignment,
            [new(new ClassroomHandin("jo", ["<i>jo"], "p", "jo", false, null), sheet)]);
        Assert.That(page + index, Does.Not.Contain("<script").And.Not.Contain("<b>").And.Not.Contain("<i>").And.None.EqualTo('\u202E'));
        Assert.That(PageReader.Read(page).Text, Does.Contain("alert(1)"));
        Assert.That(PageReader.Read(index).Text, Does.Contain("<i>jo"));
    }

    [Test]
    public void TheAnswersAreApartAndASheetIsOnePage()
    {
        VivaLine[] code = [.. Enumerable.Range(1, 20).Select(i => new VivaLine(i, new string('x', 104), false))];
        var sheet = new VivaSheet
        {
            Drill = new([.. Enumerable.Range(1, 14).Select(i => new VivaRow($"v{i}", $"{i}11", "", i < 3))], ""),
            Questions = [new(new string('?', 260), "MyTorch/Operations/SoftmaxCrossEntropy.cs", code[..8], ["the first answer"]), new("Two?", "A.cs", code[..8], ["the second answer"])],
            Mistake = new("Where?", "A.cs", code, ["the third answer"]),
        };
        Assert.That(VivaPage.HeightOf(sheet), Is.LessThanOrEqualTo(VivaPage.PageHeight), "what is cut fits");
        string[] parts = Page(sheet).Split("<details class=\"answers\">");
        Assert.That(parts, Has.Length.EqualTo(2));
        Assert.That(parts[0], Does.Not.Contain("answer<").And.Not.Contain("311").And.Contain("v3").And.Contain("v1 = 111"));
        Assert.That(parts[1], Does.Contain("the first answer").And.Contain("the second answer").And.Contain("the third answer").And.Contain("311"));
    }

    [Test]
    [Category("Long")]
    public async Task AClassGetsItsSheetsAndIsContinued()
    {
        HandIn("ada", TinyAssignment.Edited(Grader.Sources.Handout, Written));
        HandIn("ivy", Grader.Sources.Handout);
        // Its source keeps the compiler from any answer; the others get their sheets.
        HandIn("zed", Grader.Sources.Handout, ("MyTorch/Deep.cs", File.ReadAllText(Path.Combine(TinyAssignment.BadHandins, "42-long-chain", "MyTorch", "Deep.cs"))));
        File.WriteAllText(InFolder("secret"), "a secret");
        var options = new VivaOptions { Assignment = TinyAssignment.Folder, Handins = InFolder("handins"), Output = InFolder("out"), Secret = InFolder("secret"), Parallel = 1 };
        using var first = new StringWriter();
        IReadOnlyList<VivaResult> results = await new VivaClass(options, first).Run();
        Assert.That(results.Select(result => result.Handin.Key), Is.EqualTo(new[] { "ada", "ivy", "zed" }));
        Assert.That(results[0].Sheet.Write(), Is.EqualTo(s_honest.Value.Write()), "the same secret draws the same");
        Assert.That(results[2].Sheet.Notes[0], Does.Match("compile"));
        string[] pages = [.. Directory.GetFiles(InFolder("out/sheets")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.That(pages, Is.EqualTo(new[] { "ada.html", "ivy.html", "zed.html" }));
        Assert.That(PageReader.Read(File.ReadAllText(InFolder("out/index.html"))).All("a").Count(), Is.EqualTo(3));

        using var second = new StringWriter();
        await new VivaClass(options, second).Run();
        Assert.That(second.ToString(), Does.Contain("3 of 3 sheets are made already."));
    }
}
