using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>What <c>late.json</c> says about handins after the deadline.</summary>
sealed record LateRules
{
    /// <summary>The deadline, with its offset from UTC: "2026-02-03T23:59:00-05:00".</summary>
    public required string Due { get; init; }

    /// <summary>How many minutes after the deadline cost nothing. A later handin is late by the whole time since the deadline.</summary>
    public double GraceMinutes { get; init; }

    /// <summary>How many days each student may be late without a penalty, over the whole course.</summary>
    public int LateDays { get; init; }

    /// <summary>
    /// The <c>late.csv</c> of the assignment before, whose column late_days_left takes the place of <see cref="LateDays"/>.
    /// </summary>
    public string? LateDaysFrom { get; init; }

    /// <summary>What each started <see cref="Per"/> costs.</summary>
    public double Penalty { get; init; }

    /// <summary>
    /// What <see cref="Penalty"/> and <see cref="Cap"/> count: points, or percent of the student's score or of all points.
    /// </summary>
    public LateUnit Unit { get; init; } = LateUnit.PercentOfScore;

    /// <summary>day or hour.</summary>
    public LatePeriod Per { get; init; } = LatePeriod.Day;

    /// <summary>The most that a penalty may be; null for no such limit.</summary>
    public double? Cap { get; init; }

    /// <summary>After how many days a handin gets no points, whatever the cap; null for never.</summary>
    public double? ClosesAfterDays { get; init; }

    /// <summary><see cref="Due"/> as a time.</summary>
    [JsonIgnore]
    public DateTimeOffset Deadline => ReadTime(Due) ?? default;

    static readonly JsonSerializerOptions s_json = new(AssignmentJson.Options)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <exception cref="SourceException">The file does not hold such rules.</exception>
    public static LateRules Read(string file)
    {
        string name = Path.GetFileName(file);
        LateRules rules;
        try
        {
            rules = JsonSerializer.Deserialize<LateRules>(File.ReadAllText(file), s_json) ?? throw new JsonException("It holds null.");
        }
        catch (JsonException e)
        {
            throw new SourceException($"{name}: {ReportText.Line(e.Message)} Expected, for example: {{\"due\": " +
                $"\"2026-02-03T23:59:00-05:00\", \"graceMinutes\": 15, \"lateDays\": 3, \"penalty\": 10, \"unit\": \"percentOfScore\", " +
                $"\"per\": \"day\", \"cap\": 50}}.");
        }
        if (ReadTime(rules.Due) is null)
            throw new SourceException($"{name}: due is \"{rules.Due}\". {TimeForm}");
        foreach ((string key, double? value) in new[]
        {
            ("graceMinutes", rules.GraceMinutes), ("lateDays", rules.LateDays), ("penalty", rules.Penalty), ("cap", rules.Cap),
            ("closesAfterDays", rules.ClosesAfterDays),
        })
            if (value is < 0 or > Most)
                throw new SourceException(FormattableString.Invariant($"{name}: {key} is {value}; it must be from 0 to {Most}."));
        return rules;
    }

    /// <summary>The largest number that rules and extensions may have: beyond it is a slip of the pen, and beyond the calendar.</summary>
    public const int Most = 100_000;

    /// <summary>How a time must be written.</summary>
    public const string TimeForm = "A time needs its day, hour and offset from UTC: 2026-02-03T23:59:00-05:00.";

    /// <summary>A time that says its offset from UTC; null for any other text.</summary>
    public static DateTimeOffset? ReadTime(string text)
    {
        string[] forms = ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss K",
            "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm K"];
        bool saysOffset = text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > "yyyy-MM-dd".Length;
        return saysOffset && DateTimeOffset.TryParseExact(text.Trim(), forms, CultureInfo.InvariantCulture, DateTimeStyles.None,
            out DateTimeOffset time) ? time : null;
    }

    /// <summary>What a handin loses.</summary>
    /// <param name="submitted">When it was handed in.</param>
    /// <param name="extension">What was granted to the student; null for nothing.</param>
    /// <param name="left">The late days that the student has left.</param>
    /// <param name="score">The points without a penalty.</param>
    /// <param name="most">The points that can be reached.</param>
    public LateResult Apply(DateTimeOffset submitted, LateExtension? extension, int left, double score, double most)
    {
        DateTimeOffset due = extension?.Due ?? Deadline + TimeSpan.FromHours(extension?.Hours ?? 0);
        left += extension?.LateDays ?? 0;
        string why = extension is null ? "" : $" ({extension.Said})";
        TimeSpan late = submitted - due;
        if (late <= TimeSpan.Zero)
            return new(0, 0, left, late, extension is null ? "" : $"On time: the deadline was {Shown(due)}{why}.");
        string said = $"{Duration(late)} after the deadline, {Shown(due)}{why}";
        if (late.TotalMinutes <= GraceMinutes)
            return new(0, 0, left, late, $"{said}, within the {Number(GraceMinutes)} minutes that cost nothing.");
        if (ClosesAfterDays is { } closes && late.TotalDays > closes)
            return new(score, 0, left, late, $"{said}: handins more than {Days(closes)} late get no points.");
        int used = (int)Math.Min(left, Math.Ceiling(late.TotalDays));
        string spent = used == 0 ? "" : $"{Days(used)} of {left} late {(left == 1 ? "day" : "days")} used";
        TimeSpan rest = late - TimeSpan.FromDays(used);
        if (rest <= TimeSpan.Zero) return new(0, used, left - used, late, $"{said}: {spent}, no points lost.");
        double periods = Math.Ceiling(Per == LatePeriod.Day ? rest.TotalDays : rest.TotalHours);
        double counted = periods * Penalty;
        bool capped = counted > Cap;
        double penalty = Math.Round(Math.Min(score, Math.Min(counted, Cap ?? counted) * Worth(score, most)), 2);
        string sum = $"{Number(periods)} started {(Per == LatePeriod.Day ? "day" : "hour")}{(periods == 1 ? "" : "s")} × {Rate(Penalty)}"
            + (capped ? $", but at most {Rate(Cap!.Value)}" : "");
        return new(penalty, used, left - used, late,
            $"{said}: {spent}{(used > 0 ? ", then " : "")}{sum}, {ReportText.PointsWord(penalty)} lost.");
    }

    double Worth(double score, double most) =>
        Unit switch { LateUnit.Points => 1, LateUnit.PercentOfScore => score / 100, _ => most / 100 };

    string Rate(double amount) => Unit switch
    {
        LateUnit.Points => ReportText.PointsWord(amount),
        LateUnit.PercentOfScore => $"{Number(amount)} % of the score",
        _ => $"{Number(amount)} % of all points",
    };

    static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    static string Days(double days) => $"{Number(days)} {(days == 1 ? "day" : "days")}";

    static string Shown(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);

    static string Duration(TimeSpan time)
    {
        (int days, int hours, int minutes) = (time.Days, time.Hours, time.Minutes);
        string[] parts = [.. new[] { (days, "d"), (hours, "h"), (minutes, "min") }
            .Where(part => part.Item1 > 0).Select(part => FormattableString.Invariant($"{part.Item1} {part.Item2}"))];
        return parts.Length > 0 ? string.Join(' ', parts) : FormattableString.Invariant($"{Math.Ceiling(time.TotalSeconds)} s");
    }
}

/// <summary>What a penalty counts.</summary>
enum LateUnit
{
    /// <summary>Percent of the student's own score.</summary>
    PercentOfScore,
    /// <summary>Percent of the points that can be reached.</summary>
    PercentOfMaximum,
    /// <summary>Points.</summary>
    Points,
}

/// <summary>How often a penalty is counted.</summary>
enum LatePeriod
{
    /// <summary>For each started day.</summary>
    Day,
    /// <summary>For each started hour.</summary>
    Hour,
}

/// <summary>What a row of <c>extensions.csv</c> grants.</summary>
/// <param name="Due">A deadline of one's own; null for the class's.</param>
/// <param name="Hours">Hours beyond the class's deadline.</param>
/// <param name="LateDays">Further late days.</param>
/// <param name="Reason">Why.</param>
sealed record LateExtension(DateTimeOffset? Due, double Hours, int LateDays, string Reason)
{
    /// <summary>"extension: ill"</summary>
    public string Said => Reason.Length > 0 ? $"extension: {Reason}" : "extension";
}

/// <summary>How late a handin is, and what that costs.</summary>
/// <param name="Penalty">Points.</param>
/// <param name="DaysUsed">Late days.</param>
/// <param name="DaysLeft">Late days that remain.</param>
/// <param name="Lateness">The time since the student's deadline; negative before it.</param>
/// <param name="Reason">A sentence for the student; empty on time.</param>
sealed record LateResult(double Penalty, int DaysUsed, int DaysLeft, TimeSpan Lateness, string Reason);
