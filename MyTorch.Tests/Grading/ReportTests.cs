using System.Text;
using System.Text.RegularExpressions;
using MyTorch.Grader.Reports;

namespace MyTorch.Tests.Grading;

/// <summary>Every format says what the report says, as its platform would read it.</summary>
[TestFixture]
public sealed class ReportTests
{
    const string Nasty = "a \"quote\", it's 7: Q1: x:1, \\ back\\slash, ]]> </script><script>alert(1)</script> &amp; \u0000\u0001\u001b[31m\u007f\u202e\u2028\ud800 π 𝒙 é:\r\n::error::boo\n{\"scores\": {\"x\": 999}}\n##[add-mask]";

    static readonly string[] s_texts = ["", "dW[1, 2] is 0.5, expected 0.25", Nasty, new('x', 1 << 20), new('\n', 20_000), string.Concat(Enumerable.Repeat(Nasty, 200))];

    static GradeReport Report(string text = "it is transposed", GradeStatus status = GradeStatus.Graded)
    {
        TestReport Test(string id, Outcome outcome, double most, int ms = 3) => new()
        {
            Id = id,
            Name = id.Length > 3 ? "d" + text : "value",
            Outcome = outcome,
            Score = outcome == Outcome.Passed ? most : 0,
            MaxScore = most,
            Ms = ms,
            Message = outcome == Outcome.Passed ? "" : text,
            Staff = text,
        };
        QuestionReport Question(string id, string group, string name, params TestReport[] tests) => new() { Id = id, Group = group, Name = name, Tests = tests };
        int number = 0;
        return new GradeReport
        {
            Assignment = "hw1",
            Title = "Homework 1: your own autograd",
            Version = "1",
            Status = status,
            Message = status == GradeStatus.Graded ? "" : text,
            Staff = text,
            Seconds = 1.5,
            Seed = "0a",
            Handin = "ff",
            Build = new BuildReport { Ok = status != GradeStatus.CompileError, Errors = status == GradeStatus.CompileError ? [text] : [], IgnoredFiles = [text], Forbidden = [text] },
            Questions =
            [
                .. Enum.GetValues<Outcome>().Select(outcome => Question($"1.{++number}", "Rules", "Outcome " + outcome, Test($"1.{number}", outcome, 2))),
                Question("4.1", "Linear: the layer", "Sigmoid: rule" + text, Test("4.1.v", Outcome.Passed, 1), Test("4.1.r", Outcome.Failed, 2)) with { Mistakes = ["4.1-transposed"], Hints = [text], Visibility = "after_due_date" },
                Question("4.2", "Linear: the layer", "db", Test("4.2.a", Outcome.Passed, 0.5), Test("4.2.b", Outcome.Passed, 1.5)) with { GradedAlone = true },
            ],
            Manual = [new ManualReport("6.1", "Write-up", 10)],
        };
    }

    static IEnumerable<GradeReport> Reports() =>
        from text in s_texts from status in Enum.GetValues<GradeStatus>() select Report(text, status);

    static GradeReport Invalid => Report() with { Status = GradeStatus.InvalidHandin, Message = "The handin is empty.", Questions = [.. Report().Questions.Select(NotRun)] };

    static QuestionReport NotRun(QuestionReport question) => question with { Mistakes = [], Hints = [], Tests = [.. question.Tests.Select(test => test with { Outcome = Outcome.NotRun, Score = 0 })] };

    [Test]
    public void JsonComesBackAsItWas()
    {
        foreach (GradeReport report in Reports().Where(report => !report.Staff.Contains('\ud800', StringComparison.Ordinal) && report.Staff.Length < 1000))
        {
            GradeReport again = JsonReport.Read(JsonReport.Write(report));
            Assert.That(JsonReport.Write(again), Is.EqualTo(JsonReport.Write(report)));
            Assert.That(again.Score, Is.EqualTo(5));
            Assert.That(again.Questions[10].Hints, Is.EqualTo(report.Questions[10].Hints));
        }
        Assert.That(JsonReport.Write(Report()), Does.Contain("\"not_implemented\"").And.Contain("\"max_score\": 25"));
    }

    [Test]
    public void AutolabReadsEveryScoreBehindItsRewriting()
    {
        foreach (GradeReport report in Reports())
        {
            string[] problems = [.. report.Questions.Select(question => AutolabReport.ProblemName(question.Id, question.Name))];
            Assert.That(problems, Is.Unique);
            string written = AutolabReport.Write(report);
            var read = AutolabReader.Read(written, problems);
            if (report.Status == GradeStatus.GraderError)
            {
                Assert.That(read.Error, Is.EqualTo("no scores"), "a failure of the grader must not look like a zero");
                continue;
            }
            Assert.That(read.Error, Is.Null);
            Assert.That(read.Scores.Values, Is.EqualTo(report.Questions.Select(question => question.Score)));
            Assert.That(read.Tables!.Keys, Is.EqualTo(new[] { "Build", "1 Rules", "4 Linear: the layer" }));
            Assert.That(read.Tables["1 Rules"].Values.Count(test => test.Passed), Is.EqualTo(1));
            Assert.That(read.Tables["4 Linear: the layer"].Values.Select(test => test.Passed), Is.EqualTo(new[] { false, true }));
            Assert.That(read.Tables["Build"]["Handin"].Passed, Is.EqualTo(report.Status is GradeStatus.Graded or GradeStatus.CompileError));
            // Tango elides the middle of what is longer.
            Assert.That(Encoding.UTF8.GetByteCount(written), Is.LessThan(1000 * 1024));
            Assert.That(written.Count(c => c == '\n'), Is.LessThan(10_000));
            Assert.That(written[(written.TrimEnd().LastIndexOf('\n') + 1)..], Does.Not.Match("[A-Za-z0-9]:"));
        }
    }

    [Test]
    public void AutolabRefusesWhatTheReaderShouldRefuse()
    {
        Assert.That(AutolabReader.Read("{\"scores\": {\"Q1: Linear\": 2}}\n", ["Q1: Linear"]).Error, Does.StartWith("parse"));
        Assert.That(AutolabReader.Read("{\"scores\": {\"A\": 2, \"B\": 3}}\n", ["A"]) is { Error: "unknown problem B", Scores.Count: 1 }, Is.True);
        Assert.That(AutolabReader.Read("{\"scores\": {\"A\": 2}}\nmake: *** [Makefile:2: all] Error 1\n", ["A"]).Error, Does.StartWith("parse"));
        Assert.That(AutolabReader.Read("{scores: {\"A\": 2}}", ["A"]).Error, Is.Null, "bare names become quoted");
    }

    [Test]
    public void GradescopeReadsFieldsThatItKnows()
    {
        foreach (GradeReport report in Reports())
        {
            var read = GradescopeReader.Read(GradescopeReport.Write(report));
            if (report.Status == GradeStatus.GraderError)
            {
                Assert.That(read.Score, Is.Null, "without a score Gradescope says that the autograder failed");
                continue;
            }
            Assert.That(read.Score, Is.EqualTo(report.Score));
            Assert.That(read.TotalIsShown, Is.True);
            Assert.That(read.Tests.Skip(1).Select(test => (test.Number, test.Score, test.Most)), Is.EqualTo(report.Questions.Select(question => ((string?)question.Id, (double?)question.Score, (double?)question.MaxScore))));
            Assert.That(read.Tests[11].Visibility, Is.EqualTo("after_due_date"));
            Assert.That(read.Tests.Max(test => test.Output.Length), Is.LessThan(10_000));
        }
        Assert.That(GradescopeReader.Read(GradescopeReport.Write(Report())).Tests[11].Output, Is.EqualTo("dit is transposed: failed: it is transposed\nhint: it is transposed"));
        Assert.That(() => GradescopeReader.Read("{\"score\": 1, \"colour\": \"red\"}"), Throws.InstanceOf<AssertionException>());
    }

    [Test]
    public void GradescopeTellsWhenItWasHandedIn()
    {
        Assert.That(GradescopeReport.SubmittedAt("{\"id\": 1, \"created_at\": \"2025-02-03T04:05:06.123456-05:00\", \"users\": []}"), Is.EqualTo(new DateTimeOffset(2025, 2, 3, 4, 5, 6, TimeSpan.FromHours(-5)).AddTicks(1234560)));
        foreach (string broken in new[] { "", "[]", "{}", "{\"created_at\": 5}", "{\"created_at\": \"yesterday\"}" })
            Assert.That(GradescopeReport.SubmittedAt(broken), Is.Null, broken);
    }

    [Test]
    public void GitHubsTableAndNoticeAgreeOnPartialCredit()
    {
        foreach (GradeReport report in Reports())
        {
            var read = GitHubReader.Read(GitHubReport.Write(report));
            Assert.That(read.Runners.Select(runner => runner.Runner), Is.EqualTo(report.Questions.Select(question => GitHubReport.Runner(question.Id))));
            Assert.That(read.Most, Is.EqualTo(report.MaxScore));
            Assert.That(read.Table, Is.EqualTo(read.Notice).Within(1e-9));
            if (report.Status == GradeStatus.GraderError) Assert.That(read.Runners.Select(runner => runner.Status), Is.All.EqualTo("error"));
            else Assert.That(read.Notice, Is.EqualTo(report.Score).Within(1e-9));
        }
        var linear = GitHubReader.Read(GitHubReport.Write(Report())).Runners[10];
        Assert.That(linear.Tests.Select(test => test.Score), Is.EqualTo(new[] { 1.0, 0, 0 }), "two points weigh as two tests");
    }

    [Test]
    public void GitHubTakesNoCommandFromAHandin()
    {
        foreach (GradeReport report in Reports())
            Assert.That(GitHubReader.Commands(GitHubReport.Wrap(TextReport.Write(report), "token17") + GitHubReport.Write(report)), Is.Empty);
        Assert.That(GitHubReader.Commands("::error::x"), Is.Not.Empty);
    }

    [Test]
    public void JUnitCountsItsCases()
    {
        foreach (GradeReport report in Reports())
        {
            var read = JUnitReader.Read(JUnitReport.Write(report));
            if (report.Status == GradeStatus.GraderError)
            {
                Assert.That(read.Cases.Single().Result, Is.EqualTo("error"));
                continue;
            }
            Assert.That(read.Cases.Select(one => one.Result), Is.EqualTo(report.Questions.SelectMany(question => question.Tests).Select(test => test.Outcome switch
            {
                Outcome.Passed => "passed",
                Outcome.NotRun => "skipped",
                Outcome.Failed or Outcome.NotImplemented or Outcome.MissingApi => "failure",
                _ => "error",
            })));
            Assert.That(read.Cases[0].Class, Is.EqualTo("hw1.Rules"));
        }
        Assert.That(JUnitReader.Read(JUnitReport.Write(Invalid with { Questions = [] })).Cases.Single().Result, Is.EqualTo("error"), "no empty success");
    }

    [Test]
    public void ThePageIsAccessibleAndHoldsNothingActive()
    {
        foreach (GradeReport report in Reports())
        {
            PageReader page = PageReader.Read(HtmlReport.Write(report));
            if (report.Status != GradeStatus.GraderError) Assert.That(page.Text, Does.Contain("5 of 35 points"));
            PageReader staff = PageReader.Read(HtmlReport.Write(report, new PageDetails { Student = "Zoë " + report.Staff[..Math.Min(40, report.Staff.Length)], Code = new Dictionary<string, string> { ["4.1"] = "return x; // " + report.Staff } }));
            Assert.That(staff.Text, Does.Contain("return x; // "));
        }
    }

    [Test]
    public void WhatStaffSeesIsOnNoStudentsPage()
    {
        GradeReport report = Report() with { Staff = "seed 12345" };
        report = report with { Questions = [.. report.Questions.Select(question => question with { Tests = [.. question.Tests.Select(test => test with { Staff = "seed 12345" })] })] };
        foreach ((string name, Func<GradeReport, string> write) in ReportFormats.All)
            if (name == "github")
                Assert.That(GitHubReader.Read(write(report)).Runners.SelectMany(runner => runner.Tests).Select(test => test.Message), Has.None.Contain("12345"));
            else if (name is not ("json" or "gradescope")) Assert.That(write(report), Does.Not.Contain("12345"), name);
        Assert.That(GradescopeReader.Read(GradescopeReport.Write(report)).Tests.Select(test => test.Output), Has.None.Contain("12345"));
        Assert.That(HtmlReport.Write(report, new PageDetails { Student = "Zoë", Code = new Dictionary<string, string>() }), Does.Contain("12345"));
    }

    [Test]
    public void TheTextHasATitleInTheMiddleAndOneLineForEachQuestion()
    {
        string text = TextReport.Write(Report());
        string[] lines = text.Split('\n');
        Assert.That(lines[0].Trim(), Is.EqualTo("Homework 1: your own autograd"));
        Assert.That(Math.Abs(lines[0].Length - lines[0].TrimStart().Length - (100 - lines[0].TrimStart().Length) / 2), Is.LessThanOrEqualTo(1));
        Assert.That(lines, Has.One.Match(@"^  1\.1   Outcome Passed +2/2$"));
        Assert.That(lines, Has.One.Match(@"^  1\.4   Outcome NotImplemented +0/2$"));
        Assert.That(lines, Has.One.EqualTo("        not implemented: it is transposed"));
        Assert.That(lines, Has.One.EqualTo("        hint: it is transposed"));
        Assert.That(text, Does.Match(@"\n5 of 25 points\nNext: dotnet check\.cs 1\.2 shows this question's visible cases, and dotnet check\.cs hint 1\.2 explains\s+it\.\n$"));
    }

    [Test]
    public void TextNeedsNoColourAndColoursChangeNoWord()
    {
        foreach (GradeReport report in Reports())
        {
            string plain = TextReport.Write(report), coloured = TextReport.Write(report, colour: true);
            Assert.That(plain.Where(c => char.IsControl(c) && c != '\n'), Is.Empty);
            Assert.That(Regex.Replace(coloured, "\e\\[[0-9]+m", ""), Is.EqualTo(plain));
            Assert.That(plain, Has.Length.LessThan(200_000));
        }
    }

    [Test]
    public void PointsThatAPersonSetCountAndAreExplained()
    {
        GradeReport report = Report();
        report = report with { Questions = [report.Questions[0] with { Override = new(1.5, "late by agreement", "ta@example.org") }, .. report.Questions.Skip(1)] };

        Assert.That(report.Score, Is.EqualTo(4.5));
        Assert.That(TextReport.Write(report), Does.Contain("(1.5 points, set by ta@example.org: late by agreement)"));
        Assert.That(GitHubReader.Read(GitHubReport.Write(report)).Notice, Is.EqualTo(4.5).Within(1e-9));
        Assert.That(GradescopeReader.Read(GradescopeReport.Write(report)).Tests[1].Output, Does.Contain("late by agreement"));
        Assert.That(PageReader.Read(HtmlReport.Write(report)).Text, Does.Contain("late by agreement"));
        Assert.That(JsonReport.Read(JsonReport.Write(report)).Score, Is.EqualTo(4.5));
    }

    [TestCase("Ada \u202Eecalevol", "Ada <U+202E>ecalevol")]
    [TestCase("one\ntwo\tthree\e[2J", "one<U+000A>two<U+0009>three<U+001B>[2J")]
    [TestCase("zero\u200Bwidth\u2028\uFEFF", "zero<U+200B>width<U+2028><U+FEFF>")]
    [TestCase("\u00A0Zoë  Müller 李 \U0001F469\u200D\U0001F4BB ", "Zoë  Müller 李 \U0001F469<U+200D>\U0001F4BB")]
    public void ANameShowsWhatCannotBeSeen(string given, string shown) => Assert.That(ReportText.Name(given), Is.EqualTo(shown));

    [Test]
    public void ATextKeepsItsLinesAndLosesWhatHasNoWidth() =>
        Assert.That(ReportText.Clean("a\r\nb\rc\td\u202E\u200B\u0007\uFFFE \u200C"), Is.EqualTo("a\nb\nc d\uFFFD\uFFFD\uFFFD\uFFFD \u200C"));
}
