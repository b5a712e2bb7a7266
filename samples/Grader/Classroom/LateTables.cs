using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// The late rules of a class with what stands beside them: extensions, times of submission that the platform's names do not tell, and late
/// days left over from the assignment before.
/// </summary>
sealed class LateTables
{
    readonly LateRules? _rules;
    readonly Dictionary<string, LateExtension> _extensions = [];
    readonly Dictionary<string, DateTimeOffset> _submitted = [];
    readonly Dictionary<string, int> _left = [];

    LateTables(LateRules? rules) => _rules = rules;

    /// <summary>The rules; null if lateness costs nothing.</summary>
    public LateRules? Rules => _rules;

    /// <summary>The students whom a row names.</summary>
    public IEnumerable<string> Students => _extensions.Keys.Concat(_submitted.Keys).Distinct();

    /// <exception cref="SourceException">A file cannot be used; the message names the line and the fix.</exception>
    public static LateTables Read(string? late, string? extensions, string? submitted)
    {
        var tables = new LateTables(late is null ? null : LateRules.Read(late));
        if (extensions is not null) tables.ReadExtensions(extensions);
        if (submitted is not null)
            foreach ((int line, IReadOnlyDictionary<string, string> row) in Csv.Read(submitted, "student", "submitted_at"))
                Add(tables._submitted, submitted, line, row["student"], Time(submitted, line, row["submitted_at"]));
        if (tables._rules?.LateDaysFrom is { } before) tables.ReadDaysLeft(Path.Combine(Path.GetDirectoryName(late)!, before));
        return tables;
    }

    /// <summary>When a student's handin was made; null if nothing tells.</summary>
    public DateTimeOffset? SubmittedAt(ClassroomResult result) =>
        _submitted.TryGetValue(result.Student, out DateTimeOffset at) ? at : result.Report.SubmittedAt;

    /// <summary>What lateness costs a result; null without rules or without a time.</summary>
    public LateResult? Apply(ClassroomResult result) => _rules is null || SubmittedAt(result) is not { } at ? null
        : _rules.Apply(at, _extensions.GetValueOrDefault(result.Student), _left.GetValueOrDefault(result.Student, _rules.LateDays),
            result.RawScore, result.MostPoints);

    static string At(string file, int line) => FormattableString.Invariant($"{Path.GetFileName(file)}, line {line}: ");

    static DateTimeOffset Time(string file, int line, string text) => LateRules.ReadTime(text)
        ?? throw new SourceException($"{At(file, line)}\"{text}\" is not a time. {LateRules.TimeForm}");

    static void Add<T>(Dictionary<string, T> into, string file, int line, string student, T value)
    {
        if (student.Length == 0) throw new SourceException(At(file, line) + "no student is named.");
        if (!into.TryAdd(student, value)) throw new SourceException($"{At(file, line)}{student} has a row already, further up.");
    }

    void ReadExtensions(string file)
    {
        foreach ((int line, IReadOnlyDictionary<string, string> row) in Csv.Read(file, "student"))
        {
            string due = row.GetValueOrDefault("due", "");
            double Number(string column) => row.GetValueOrDefault(column, "") is not { Length: > 0 } text ? 0
                : Csv.IsNumber(text, out double number) && number is >= 0 and <= LateRules.Most ? number
                : throw new SourceException($"{At(file, line)}{column} is \"{text}\"; it must be a number from 0 to {LateRules.Most}.");
            var granted = new LateExtension(due.Length > 0 ? Time(file, line, due) : null, Number("hours"), (int)Number("late_days"),
                row.GetValueOrDefault("reason", ""));
            if (granted is { Due: null, Hours: 0, LateDays: 0 })
                throw new SourceException(
                    At(file, line) + "nothing is granted. Expected a value in one of the columns due, hours, late_days.");
            Add(_extensions, file, line, row["student"], granted);
        }
    }

    void ReadDaysLeft(string file)
    {
        if (!File.Exists(file)) throw new SourceException($"There is no file {file}, which lateDaysFrom in late.json names.");
        foreach ((int line, IReadOnlyDictionary<string, string> row) in Csv.Read(file, "student", "late_days_left"))
            Add(_left, file, line, row["student"], Csv.IsNumber(row["late_days_left"], out double left)
                && left is >= 0 and <= LateRules.Most ? (int)left
                : throw new SourceException($"{At(file, line)}late_days_left is \"{row["late_days_left"]}\"; it must be a number from 0."));
    }
}
