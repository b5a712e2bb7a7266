using MyTorch.Grader.Classroom;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>What a late handin costs, by the platform's time of submission and the course's rules.</summary>
[TestFixture]
public sealed class LateTests : TestsWithFolder
{
    const string Due = "2026-02-03T23:59:00-05:00";

    // Rules, hours after the deadline, then: penalty of 8 points of 10, late days used and left.
    [TestCase("""{"penalty": 10}""", -1.0, 0.0, 0, 0)]
    [TestCase("""{"penalty": 10}""", 0.0, 0.0, 0, 0)]
    [TestCase("""{"penalty": 10}""", 0.001, 0.8, 0, 0)]
    [TestCase("""{"penalty": 10}""", 24.0, 0.8, 0, 0)]
    [TestCase("""{"penalty": 10}""", 24.1, 1.6, 0, 0)]
    [TestCase("""{"penalty": 10, "unit": "percentOfMaximum"}""", 24.1, 2.0, 0, 0)]
    [TestCase("""{"penalty": 1.5, "unit": "points"}""", 24.1, 3.0, 0, 0)]
    [TestCase("""{"penalty": 5, "unit": "points"}""", 100.0, 8.0, 0, 0)]
    [TestCase("""{"penalty": 1, "per": "hour"}""", 5.5, 0.48, 0, 0)]
    [TestCase("""{"penalty": 10, "cap": 25}""", 200.0, 2.0, 0, 0)]
    [TestCase("""{"penalty": 1, "unit": "points", "cap": 3}""", 200.0, 3.0, 0, 0)]
    [TestCase("""{"penalty": 10, "cap": 25, "closesAfterDays": 3}""", 72.0, 2.0, 0, 0)]
    [TestCase("""{"penalty": 10, "cap": 25, "closesAfterDays": 3}""", 72.1, 8.0, 0, 0)]
    [TestCase("""{"penalty": 10, "graceMinutes": 30}""", 0.5, 0.0, 0, 0)]
    [TestCase("""{"penalty": 10, "graceMinutes": 30}""", 0.51, 0.8, 0, 0)]
    [TestCase("""{"penalty": 10, "lateDays": 3}""", 30.0, 0.0, 2, 1)]
    [TestCase("""{"penalty": 10, "lateDays": 1}""", 30.0, 0.8, 1, 0)]
    [TestCase("""{"penalty": 10, "lateDays": 1, "per": "hour", "cap": 40}""", 25.5, 1.6, 1, 0)]
    [TestCase("""{"penalty": 10, "lateDays": 3, "graceMinutes": 30}""", 0.4, 0.0, 0, 3)]
    public void ALateHandinCostsWhatTheRulesSay(string rules, double hours, double penalty, int used, int left)
    {
        LateRules read = Rules(rules);
        LateResult result = read.Apply(read.Deadline.AddHours(hours), null, read.LateDays, 8, 10);
        Assert.That((result.Penalty, result.DaysUsed, result.DaysLeft), Is.EqualTo((penalty, used, left)), result.Reason);
        Assert.That(result.Reason, hours <= 0 ? Is.Empty : Does.Contain("after the deadline, 2026-02-03 23:59 -05:00"));
        if (penalty > 0) Assert.That(result.Reason, Does.Contain("points lost.").Or.Contain("point lost.").Or.Contain("get no points."));
    }

    [Test]
    public void TheReasonShowsHowItWasCounted()
    {
        LateRules rules = Rules("""{"penalty": 10, "lateDays": 1, "cap": 15}""");
        Assert.That(rules.Apply(rules.Deadline.AddHours(50.5), new(null, 0, 0, "ill"), 1, 8, 10).Reason, Is.EqualTo(
            "2 d 2 h 30 min after the deadline, 2026-02-03 23:59 -05:00 (extension: ill): 1 day of 1 late day used, then 2 started days × 10 % of the score, but at most 15 % of the score, 1.2 points lost."));
        Assert.That(rules.Apply(DateTimeOffset.Parse("2026-02-04T06:00:00+01:00", null), null, 0, 8, 10).Reason, Does.StartWith("1 min after"), "times of other zones are compared as times");
    }

    [TestCase("""{"due": "2026-02-03 23:59"}""", "due is \"2026-02-03 23:59\". A time needs its day, hour and offset from UTC: 2026-02-03T23:59:00-05:00.")]
    [TestCase("""{"due": "3.2.2026"}""", "A time needs its day")]
    [TestCase("""{"penalty": 10}""", "due")]
    [TestCase("""{"due": "2026-02-03T23:59:00Z", "penalty": -1}""", "penalty is -1; it must be from 0 to 100000.")]
    [TestCase("""{"due": "2026-02-03T23:59:00Z", "penalti": 1}""", "penalti")]
    [TestCase("""{"due": "2026-02-03T23:59:00Z", "per": "week"}""", "Expected, for example: {\"due\"")]
    [TestCase("ten", "Expected, for example: {\"due\"")]
    public void RulesThatCannotBeUsedAreRefused(string text, string message) =>
        Assert.That(() => LateRules.Read(Write("late.json", text)), Throws.TypeOf<SourceException>().With.Message.StartsWith("late.json: ").And.Message.Contains(message));

    [Test]
    public void ExtensionsTimesAndLateDaysComeFromTables()
    {
        Write("hw0.csv", "student,late_days_left\nbob,0\n");
        string late = Write("late.json", $$"""{"due": "{{Due}}", "penalty": 10, "lateDays": 1, "lateDaysFrom": "hw0.csv"}""");
        string extensions = Write("extensions.csv", "student,due,hours,late_days,reason\nada,2026-02-10T12:00:00Z,,,ill\ncem,,48,,\ndora,,,2,\n");
        string submitted = Write("submitted.csv", "student,submitted_at\nada,2026-02-05T00:00:00-05:00\nbob,2026-02-05 00:00:00 -05:00\ncem,2026-02-05T05:00:00Z\ndora,2026-02-07T00:00:00-05:00\n");

        LateTables tables = LateTables.Read(late, extensions, submitted);

        LateResult? Of(string student) => tables.Apply(new ClassroomResult(new("k", [student], "p", "e", false, null), student, TinyAssignment.OfReference));
        Assert.That(Of("ada"), Has.Property("Penalty").Zero.And.Property("Reason").Contains("2026-02-10 12:00 +00:00 (extension: ill)"));
        Assert.That(Of("bob"), Has.Property("Penalty").EqualTo(2).And.Property("DaysUsed").Zero, "no late day is left of hw0");
        Assert.That(Of("cem"), Has.Property("Penalty").Zero);
        Assert.That(Of("dora"), Has.Property("Penalty").EqualTo(1).And.Property("DaysUsed").EqualTo(3));
        Assert.That(Of("eve"), Is.Null, "without a time nobody is late");
        Assert.That(() => LateTables.Read(late, Write("x.csv", "student,due\nada,tomorrow\n"), null), Throws.TypeOf<SourceException>().With.Message.StartsWith("x.csv, line 2: \"tomorrow\" is not a time."));
        Assert.That(() => LateTables.Read(late, Write("x.csv", "student,hours\nada,\n"), null), Throws.TypeOf<SourceException>().With.Message.Contains("nothing is granted"));
        Assert.That(() => LateTables.Read(late, Write("x.csv", "student,hours\nada,1\nada,2\n"), null), Throws.TypeOf<SourceException>().With.Message.StartsWith("x.csv, line 3: ada has a row already"));
    }

    LateRules Rules(string more) => LateRules.Read(Write("late.json", $$"""{"due": "{{Due}}", {{more.TrimStart('{')}}"""));
}
