using MyTorch.Grader.Assignments;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>What each student of a class is given back, and what people add to it.</summary>
[TestFixture]
public sealed class FeedbackTests : TestsWithFolder
{
    static readonly Lazy<GradeReport> s_swapped = new(() => TinyAssignment.Grade("namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) => [gradient * A, gradient * B]; }"));

    ClassroomOptions Options(params (string Name, string Text)[] tables) => new()
    {
        Assignment = TinyAssignment.Folder,
        Handins = InFolder("handins"),
        Output = InFolder("out"),
        Tables = tables.ToDictionary(table => table.Name, table => Write(table.Name, table.Text)),
    };

    IReadOnlyList<ClassroomHandin> Handins(params string[] names)
    {
        foreach (string name in names) TinyAssignment.Write(InFolder($"handins/{name}"), TinyAssignment.Grader.Sources.Reference);
        return HandinFolder.Read(InFolder("handins")).Handins;
    }

    ClassroomOutcome Outcome(ClassroomOptions options, GradeReport report)
    {
        IReadOnlyList<ClassroomHandin> handins = Handins("ada", "bob");
        ClassroomOutcome outcome = ClassroomTables.Read(options, TinyAssignment.Loaded, handins, _ => { }).Assemble(TinyAssignment.Loaded, new(handins, []), _ => (report, []));
        ClassroomFiles.Write(InFolder("out"), outcome, _ => { });
        return outcome;
    }

    PageReader Feedback(string student) => PageReader.Read(File.ReadAllText(InFolder($"out/feedback/{student}.html")));

    [Test]
    public void APageBeginsWithTheResultTheReasonAndTheNextStep()
    {
        Outcome(Options(), s_swapped.Value);
        string[] lines = [.. Feedback("ada").Text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        Assert.That(lines[..4], Is.EqualTo(new[]
        {
            "ada: A tiny assignment", "9 of 10 points.", lines[2], lines[3],
        }));
        Assert.That(lines[2], Does.StartWith("Why: 1.1 Multiply has 0 of 1 point: ∂z/∂a is b"));
        Assert.That(lines[3], Does.StartWith("Next: ").And.Contain("dotnet check.cs 1.1").And.Contain("There are also 2 hidden cases of each question."));
        string page = File.ReadAllText(InFolder("out/feedback/ada.html"));
        Assert.That(page.IndexOf("<a ", StringComparison.Ordinal), Is.GreaterThan(page.LastIndexOf("hint: ", StringComparison.Ordinal)), "links come last");
    }

    [Test]
    public void APassSaysThatHiddenCasesExist()
    {
        Outcome(Options(), TinyAssignment.OfReference);
        Assert.That(TextReport.Write(TinyAssignment.OfReference), Does.EndWith("10 of 10 points\nEach question was also tried on 2 hidden cases.\n"));
        Assert.That(TextReport.Write(s_swapped.Value), Does.Not.Contain("hidden cases"));
        Assert.That(GradescopeReport.Write(TinyAssignment.OfReference), Does.Contain("3 of 3 questions have all their points. Each was also tried on 2 hidden cases."));
        Assert.That(Feedback("ada").Text, Does.Contain("10 of 10 points.").And.Contain("Nothing: every question has all its points. Each was also tried on 2 hidden cases, and passed."));
    }

    [Test]
    public void WhatEndsAllPartsOfAQuestionIsSaidOnce()
    {
        GradeReport report = s_swapped.Value;
        const string Message = "DivideByZeroException in MyTorch.Operations.Linear.Backward, Products.cs line 82: Attempted to divide by zero.";
        report = report with
        {
            Questions = [.. report.Questions.Select(question => question.Id != "4.1" ? question : question with
        {
            Tests = [.. question.Tests.Select((test, i) => test with { Score = 0, Outcome = MyTorch.Grader.Reports.Outcome.Error, Message = i < 2 ? Message : "an exception, in a hidden case." })],
        })]
        };
        Outcome(Options(), report);
        string page = Feedback("ada").Text, text = TextReport.Write(report);
        Assert.That(page.Split("dX; dW: error: " + Message), Has.Length.EqualTo(2));
        Assert.That(page.Split(Message), Has.Length.EqualTo(2));
        Assert.That(page, Does.Contain("db: error: an exception, in a hidden case."));
        Assert.That(text, Does.Contain("dX; dW: error: DivideByZeroException").And.Contain("db: error: an exception"));
    }

    [Test]
    public void APageSaysWhereToWorkAndWhatHasToBeRightBefore()
    {
        GradeReport report = s_swapped.Value;
        report = report with
        {
            Questions = [.. report.Questions.Select(question => question.Id != "3.1" ? question : question with
        {
            Tests = [.. question.Tests.Select(test => test with { Score = 0, Outcome = MyTorch.Grader.Reports.Outcome.Failed, Message = "x" })],
        })]
        };
        Outcome(Options(), report);
        string text = Feedback("ada").Text;
        Assert.That(text, Does.Contain("Your code: MyTorch/Operations/Arithmetic.cs: Multiply.Backward.\n"));
        Assert.That(text, Does.Contain("Sigmoid.Forward, MyTorch/Operations/Activations.cs: Sigmoid.Derivative. It needs 1.1, which is not right yet: correct that first."));
        Assert.That(text, Does.Not.Contain("?."));
    }

    [Test]
    public void AMissingFileIsAskedForInsteadOfAHint()
    {
        GradeReport report = TinyAssignment.OfReference;
        report = report with
        {
            Build = new BuildReport { StubbedFiles = ["MyTorch/A.cs", "MyTorch/B.cs"], MissingFiles = ["MyTorch/A.cs", "MyTorch/B.cs"] },
            Questions = [.. report.Questions.Select(question => question with { Tests = [.. question.Tests.Select(test => test with { Score = 0, Outcome = MyTorch.Grader.Reports.Outcome.NotImplemented, Message = "missing file: MyTorch/B.cs, so the handout's empty body was run." })] })],
        };
        (string reason, string next) = NextStep.Of(report);
        Assert.That(reason, Is.EqualTo("the handin has no MyTorch/B.cs, and what is asked for in it has no points."));
        Assert.That(next, Does.Contain("dotnet check.cs handin"));

        // To build finds the error, and not what is missing.
        (reason, next) = NextStep.Of(report with { Status = GradeStatus.CompileError, Build = report.Build with { Errors = ["MyTorch/C.cs(1,2): CS1002: ; expected"] } });
        Assert.That(reason, Is.EqualTo("the handin has no MyTorch/B.cs, and what is asked for in it has no points; and a file does not compile: MyTorch/C.cs(1,2): CS1002: ; expected"));
        Assert.That(next, Does.Contain("`dotnet build`").And.Contain("`dotnet check.cs handin`"));
    }

    [Test]
    public void WhatDoesNotCompileIsNotCalledUnwritten()
    {
        GradeReport report = TinyAssignment.Grade("namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) => nothing; }");
        const string Reason = "the handout's empty body was run, because Multiply.Backward (MyTorch/Operations/Arithmetic.cs) does not compile.";
        Assert.That(report.Test("1.1").Message, Is.EqualTo(Reason));
        Assert.That(HtmlReport.Write(report), Does.Contain("not implemented: " + Html.Encode(Reason)).And.Not.Contain("not written yet"));

        TestReport waits = report.Test("1.1") with { Message = "waiting for 1.1 Multiply.Backward: not written yet" };
        Assert.That(Judge.WaitingBecause(waits, id => id == "1.1" ? Reason : null).Message, Is.EqualTo("waiting for 1.1: " + Reason));
        Assert.That(ReportText.Lost(report.Question("1.1"), waits), Is.EqualTo(waits.Message), "it may be written itself");
        Assert.That(Judge.WaitingBecause(waits, _ => null).Message, Is.EqualTo(waits.Message), "unwritten is what it is");
        TestReport hidden = waits with { Message = "waiting for another question, in a hidden case." };
        Assert.That(Judge.WaitingBecause(hidden, _ => Reason).Message, Is.EqualTo(hidden.Message));
    }

    [Test]
    public void ThePartsNameIsSaidOnce()
    {
        GradeReport report = s_swapped.Value;
        QuestionReport question = report.Question("4.1");
        TestReport test = question.Tests[0] with { Outcome = MyTorch.Grader.Reports.Outcome.Failed, Message = $"{question.Tests[0].Name}: shape (2,); all differ" };
        Assert.That(ReportText.Lost(question, test), Is.EqualTo($"{test.Name}: failed: shape (2,); all differ"));
        Assert.That(ReportText.Lost(question with { Tests = [test] }, test), Is.EqualTo($"failed: {test.Message}"), "the only part is not named");
    }

    // What throws may be the library, which the student did not write.
    [Test]
    public void AnExceptionIsPlacedInTheLineOfTheStudents()
    {
        var question = new Question { Id = "4.2", Title = "dX", Points = 1, Blank = ["MyTorch.Operations.Linear.Backward"], Probe = "P.P" };
        var one = new ProbeCase(0, question, 1, Single: false, Hidden: false);
        var thrown = new CaseResult
        {
            Ending = Ending.Threw,
            Exception = ["System.ArgumentException"],
            Message = "sizes differ.",
            Trace = "   at MyTorch.Operations.MatrixDispatch.MatMul(Tensor a) in MyTorch/Operations/Dispatch/MatrixDispatch.cs:line 17\n   at MyTorch.Operations.Linear.Backward(Tensor gradient) in MyTorch/Operations/Products.cs:line 82",
        };
        var expected = new CaseResult { Ending = Ending.Completed, Returned = [new("dX", [1], "Float64", [1.0])] };
        Assert.That(Judge.Tests(question, [one], new Dictionary<int, CaseResult> { [0] = expected }, new Dictionary<int, CaseResult> { [0] = thrown })[0].Message,
            Is.EqualTo("ArgumentException in MyTorch.Operations.Linear.Backward, MyTorch/Operations/Products.cs line 82: sizes differ."));
    }

    // The trace says whose code it was, also where another question's code called it.
    [TestCase("   at MyTorch.L.Backward(Tensor g) in L.cs:line 9\n   at Layers.dW(Probe probe)", "4.2 is told, 4.3 points to 4.2: the same code answers both questions, 7.1 points to 4.2: this question runs the same code")]
    [TestCase("   at MyTorch.Help.Me() in L.cs:line 3\n   at MyTorch.L.Forward() in L.cs:line 4\n   at MyTorch.L.Backward(Tensor g) in L.cs:line 9", "4.2 is told, 4.3 points to 4.2: this question runs the same code, 7.1 points to 4.2: this question runs the same code")]
    [TestCase("   at Layers.dW(Probe probe)", "4.2 is told, 4.3 is told, 7.1 is told")]
    public void AnExceptionIsToldAtTheFirstQuestionThatRunsIntoIt(string trace, string expected)
    {
        Question Of(string id, params string[] blank) => new() { Id = id, Title = id, Points = 1, Blank = blank, Probe = "P.P" };
        Question[] questions = [Of("4.1", "MyTorch.L.Forward"), Of("4.2", "MyTorch.L.Backward(Tensor)"), Of("4.3", "MyTorch.L.Backward"), Of("7.1")];
        var blame = new ExceptionBlame(questions);
        var thrown = new CaseResult { Ending = Ending.Threw, Exception = ["System.E"], Message = "m", Trace = trace };
        string Said(Question question, bool hidden = false) => blame.Once(question, [new ProbeCase(0, question, 1, Single: false, hidden)],
            new Dictionary<int, CaseResult> { [0] = thrown },
            [new TestReport { Id = question.Id, Name = question.Id, MaxScore = 1, Score = 0, Outcome = MyTorch.Grader.Reports.Outcome.Error, Message = "told" }])[0].Message;

        Assert.That(Said(questions[1], hidden: true), Is.EqualTo("told"), "what is not told there must not be pointed to");
        string[] said = [.. questions[1..].Select(question => Said(question) is "told" ? $"{question.Id} is told"
            : Said(question).Replace("stopped by the exception that is reported at ", $"{question.Id} points to ", StringComparison.Ordinal).TrimEnd('.'))];
        Assert.That(string.Join(", ", said), Is.EqualTo(expected));
        // Graded alone, that question is right, and reports no exception.
        blame.Forget(questions[1]);
        Assert.That(Said(questions[2]), Is.EqualTo("told"));
    }

    // The handout's check and the grader ask the same.
    [TestCase("   at MyTorch.Operations.Linear.Backward(Tensor gradient) in a, b/Products.cs:line 82", "Linear.Backward", true)]
    [TestCase("   at MyTorch.Operations.Linear.Backward(Tensor gradient)", "MyTorch.Operations.Linear.Backward", true)]
    [TestCase("   at MyTorch.Operations.Linear.Backwards(Tensor gradient)", "Linear.Backward", false)]
    [TestCase("   at MyTorch.Operations.Bilinear.Backward(Tensor gradient)", "Linear.Backward", false)]
    [TestCase("   at MyTorch.Operations.Linear.<Backward>b__0(Tensor x)", "Linear.Backward", true)]
    [TestCase("   at MyTorch.Operations.Linear.<Backward>g__Local|3_0(Tensor x)", "Linear.Backward", true)]
    [TestCase("   at MyTorch.Operations.Linear.<>c__DisplayClass3_0.<Backward>b__0(Tensor x)", "Linear.Backward", true)]
    [TestCase("   at MyTorch.Operations.Linear.<>c.<Forward>b__0(Tensor x)", "Linear.Backward", false)]
    [TestCase("   at MyTorch.Autograd.Scan[T](T x)", "Autograd.Scan", true)]
    [TestCase("   at MyTorch.Operations.Sigmoid.get_Slope()", "Sigmoid.Slope", true)]
    [TestCase("   at Engine.Variable(Double value) in MyTorch/Engine.cs:line 8", "Engine.Variable", true)]
    [TestCase("   at Node.op_Addition(Node a, Node b) in MyTorch/Node.cs:line 8", "Node.operator+", true)]
    [TestCase("   at Node.<>c.<op_Addition>b__4_0(Int32 i)", "Node.operator+", true)]
    [TestCase("   at Node.op_Multiply(Node a, Node b)", "Node.operator+", false)]
    [TestCase("   at Node.op_Subtraction(Node a, Node b)", "Node.operator-", true)]
    [TestCase("   at Node.op_UnaryNegation(Node a) in a, b/Node.cs:line 8", "Node.operator-", true)]
    public void ALineOfATraceIsInTheBodyThatItNames(string line, string body, bool isIn) =>
        Assert.That(MyTorch.Check.CaseRunner.IsIn(line.Trim(), body), Is.EqualTo(isIn));

    [Test]
    public void AMistakeThatCostsPointsAtTwoQuestionsWasMadeOnce()
    {
        ClassroomResult Result(string student, params string[] questions) => new(new ClassroomHandin(student, [student], "p", student, false, null), student,
            s_swapped.Value with { Questions = [.. s_swapped.Value.Questions.Select(one => one with { Mistakes = questions.Contains(one.Id) ? ["swapped"] : [] })] });
        ClassroomResult[] results = [Result("ada", "1.1", "3.1"), Result("bob", "3.1")];
        var (question, mistake, students) = ClassroomScores.Mistakes(results).Single();
        Assert.That((question, mistake, string.Join(' ', students)), Is.EqualTo(("1.1, 3.1", "swapped", "ada bob")));
        Assert.That(ClassroomOverview.Lines(results), Has.Some.EqualTo("Known mistakes: 1 kinds, 2 in all; most often").And.Some.EqualTo("  2 × swapped"));
    }

    [Test]
    public void NoHiddenNumberIsOnAStudentsPage()
    {
        GradeReport report = s_swapped.Value;
        report = report with { Staff = "seed 4711", Questions = [.. report.Questions.Select(question => question with { Tests = [.. question.Tests.Select(test => test with { Staff = "hidden case 1: got 4711\nexpected 4712" })] })] };
        Outcome(Options(), report);
        Assert.That(File.ReadAllText(InFolder("out/feedback/ada.html")), Does.Not.Contain("471"));
        Assert.That(File.ReadAllText(InFolder("out/pages/ada.html")), Does.Contain("4711"));
    }

    [Test]
    public void ACommentStandsAtItsLineAndItsPointsCount()
    {
        string path = TinyAssignment.ReadingSet[0];
        string[] source = TinyAssignment.Grader.Sources.Reference[path].Split('\n');
        int line = Array.FindIndex(source, text => text.Contains("Backward(Tensor gradient)", StringComparison.Ordinal)) + 1;
        ClassroomOutcome outcome = Outcome(Options(("comments.csv", $"handin,file,line,text,points\nada,{Path.GetFileName(path)},{line},\"well <done>\",-0.5\nada,{path},1,a remark,\n")), s_swapped.Value);

        Assert.That(outcome.Results.Select(result => (result.Student, result.Score)), Is.EqualTo(new[] { ("ada", 8.5), ("bob", 9.0) }));
        PageReader page = Feedback("ada");
        string block = page.All("pre").Single(pre => pre.Attribute("aria-label")!.Value == $"The code at {path}, line {line}").Value;
        Assert.That(block.Split('\n'), Has.Length.EqualTo(5));
        Assert.That(block.Split('\n')[2], Does.Match($"^> +{line}  ").And.EndsWith(source[line - 1].TrimEnd()));
        Assert.That(page.Text, Does.Contain("well <done> (-0.5 points)").And.Contain("a remark\n").And.Contain("8.5 of 10 points."));
        Assert.That(Feedback("bob").Text, Does.Not.Contain("Comments on your code"));
    }

    [TestCase("ad,Arithmetic.cs,1,x,", "comments.csv, line 2: there is no handin of ad. Did you mean ada")]
    [TestCase("ada,Arithmetics.cs,1,x,", "comments.csv, line 2: the handin has no file Arithmetics.cs.")]
    [TestCase("ada,Arithmetic.cs,0,x,", "has the lines 1 to ")]
    [TestCase("ada,Arithmetic.cs,99999,x,", "has the lines 1 to ")]
    [TestCase("ada,Arithmetic.cs,1,,", "the column text is empty")]
    [TestCase("ada,Arithmetic.cs,1,x,much", "points is \"much\"; it must be a number")]
    public void ACommentThatCannotBeShownIsNamedByItsRow(string row, string message)
    {
        IReadOnlyList<ClassroomHandin> handins = Handins("ada", "bob");
        Assert.That(() => LineComments.Read(Write("comments.csv", $"handin,file,line,text,points\n{row}\n"), TinyAssignment.Loaded.Assignment, handins),
            Throws.TypeOf<SourceException>().With.Message.Contains(message));
    }

    [Test]
    public void LatenessIsSubtractedAndExplainedAndCountedAgainWhenTheDeadlineMoves()
    {
        ClassroomOptions options = Options(("late.json", """{"due": "2026-02-03T12:00:00Z", "penalty": 10}"""), ("submitted.csv", "student,submitted_at\nada,2026-02-04T18:00:00Z\n"));
        ClassroomOutcome outcome = Outcome(options, TinyAssignment.OfReference);
        Assert.That(outcome.Results.Select(result => (result.RawScore, result.Score)), Is.EqualTo(new[] { (10.0, 8.0), (10.0, 10.0) }));
        Assert.That(Feedback("ada").Text, Does.Contain("8 of 10 points.").And.Contain("10 points for the answers, 2 points less for lateness.").And.Contain("1 d 6 h after the deadline"));
        var late = Csv.Read(InFolder("out/late.csv"), "student", "late_days_left", "penalty", "raw_score", "score", "reason").Single();
        Assert.That((late.Cells["raw_score"], late.Cells["penalty"], late.Cells["score"]), Is.EqualTo(("10", "2", "8")));
        var score = Csv.Read(InFolder("out/scores.csv"), "score", "raw_score", "late")[0];
        Assert.That((score.Cells["score"], score.Cells["raw_score"]), Is.EqualTo(("8", "10")));

        Write("late.json", """{"due": "2026-02-04T12:00:00Z", "penalty": 10}""");
        Assert.That(Outcome(options, TinyAssignment.OfReference).Results[0].Score, Is.EqualTo(9));
    }

    [Test]
    public void ARequestKeepsTheOldScoreTheNewOneAndTheReason()
    {
        string old = Write("old.csv", "student,score,1.1,version,status\nada,8,0,1,graded\nada_1.zip,,,,left_out\n");
        ClassroomOptions options = Options(("requests.csv", "student,question,request\nada,1.1,mine is right\nada,4.1,see again\n"), ("overrides.csv", "student,question,score,reason,author\nada,1.1,0.5,half is,ta\n")) with { Against = old };
        string[] Answers(ClassroomOptions with) => [.. Outcome(with, s_swapped.Value).Regrades.Select(one => $"{one.Question} {one.Old}->{one.New} {one.Reason}")];

        Assert.That(ClassroomTables.Read(options, TinyAssignment.Loaded, Handins("ada", "bob"), _ => { }).Requests.Open, Is.EqualTo(new[] { "ada" }));
        Assert.That(Answers(options), Is.EqualTo(new[] { "1.1 0->0.5 ta: half is", "4.1 ->6 Graded again." }));
        Assert.That(Feedback("ada").Text, Does.Contain("mine is right").And.Contain("ta: half is"));
        Assert.That(Feedback("bob").Text, Does.Not.Contain("Requests to grade again"));
        // Graded once more, against the scores that the request already changed: the points of before stay.
        string later = Write("later.csv", "student,score,1.1,version,status\nada,9,0.5,1,graded\n");
        Assert.That(Answers(options with { Against = later })[0], Is.EqualTo("1.1 0->0.5 ta: half is"));
        Assert.That(ClassroomTables.Read(options, TinyAssignment.Loaded, Handins("ada", "bob"), _ => { }).Requests.Open, Is.Empty, "what is answered is not graded again");
        Assert.That(Answers(Options() with { Against = later }), Has.Length.EqualTo(2), "answers are kept");
        Assert.That(() => RegradeRequests.Read(Write("r.csv", "student,question,request\nada,9.9,x\n"), "none", TinyAssignment.Loaded.Assignment),
            Throws.TypeOf<SourceException>().With.Message.EqualTo("r.csv, line 2: tiny has no question 9.9. The questions are 1.1, 3.1, 4.1."));
    }

    /// <summary>What a write-up leaves no choice in looks like the reference in every handin, and needs no talk.</summary>
    [TestCase(3, "Linear.Backward, Log.Derivative", 3)]
    [TestCase(4, "Linear.Backward and Log.Derivative (as in most handins)", 1)]
    public void WhatMostOfAClassWritesAsTheReferenceDoesIsMinor(int size, string said, int listed)
    {
        IReadOnlyList<ClassroomHandin> handins = Handins([.. Enumerable.Range(0, size).Select(i => $"s{i}")]);
        ClassroomOutcome outcome = ClassroomTables.Read(Options(), TinyAssignment.Loaded, handins, _ => { })
            .Assemble(TinyAssignment.Loaded, new(handins, []), handin => (TinyAssignment.OfReference,
                [new("Linear.Backward", "h", 80, handin == handins[0] ? "reference" : ""), new("Log.Derivative", "i", 60, "reference")]));

        Assert.That(outcome.Results[0].ToLookAt.Single(one => one.Kind == "Like the reference").What, Is.EqualTo(said));
        Assert.That(outcome.Results.Count(result => result.ToLookAt.Any(one => one.Kind == "Like the reference" && !one.IsMinor)), Is.EqualTo(listed));
    }

    [Test]
    public void HandinsWithMissingFilesAndTheReferencesCodeAreListed()
    {
        GradeReport missing = TinyAssignment.OfReference with { Status = GradeStatus.CompileError, Message = "MyTorch/B.cs does not compile: it was left out.", Build = new BuildReport { StubbedFiles = ["MyTorch/A.cs", "MyTorch/B.cs"], MissingFiles = ["MyTorch/A.cs"], Errors = ["MyTorch/B.cs(1,2): CS1002: ; expected"] } };
        IReadOnlyList<ClassroomHandin> handins = Handins("ada");
        IReadOnlyList<MemberPrint> prints = [new("Linear.Backward", "h", 80, "reference"), new("Multiply.Backward", "i", 9, "reference"), new("Own.Code", "j", 90, "")];
        ClassroomOutcome outcome = ClassroomTables.Read(Options(), TinyAssignment.Loaded, handins, _ => { })
            .Assemble(TinyAssignment.Loaded, new(handins, [new("jane.rar", "it is not a folder, a zip or a tar.")]), _ => (missing, prints));

        PageReader index = PageReader.Read(ClassIndex.Write(outcome));
        Assert.That(index.Text, Does.Contain("Missing files: 1").And.Contain("MyTorch/A.cs").And.Contain("Does not compile: 1").And.Not.Contain("Cannot be read")
            .And.Contain("Linear.Backward and 1 short member").And.Contain("jane.rar").And.Contain("left out: it is not a folder, a zip or a tar."));
        Assert.That(outcome.Results[0].Score, Is.EqualTo(10), "it costs nothing");
        var rows = Csv.Read(Write("s.csv", ClassroomScores.Scores(outcome)), "student", "status", "to_look_at");
        Assert.That(rows.Select(row => row.Cells["status"]), Is.EqualTo(new[] { "compile_error", "left_out" }));
        Assert.That(rows[0].Cells["to_look_at"], Is.EqualTo("Does not compile: MyTorch/B.cs does not compile: it was left out; Missing files: MyTorch/A.cs; Like the reference: Linear.Backward and 1 short member"));
    }
}
