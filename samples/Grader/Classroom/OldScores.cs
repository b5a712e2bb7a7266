using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>What a student gains or loses between two gradings.</summary>
/// <param name="Student">The student.</param>
/// <param name="Question">The question; "score" for the sum.</param>
/// <param name="Old">The points before; null if there were none.</param>
/// <param name="New">The points now; null if there are none.</param>
sealed record ScoreChange(string Student, string Question, double? Old, double? New)
{
    public double Difference => Math.Round((New ?? 0) - (Old ?? 0), 6);
}

/// <summary>The scores.csv of an earlier grading.</summary>
sealed class OldScores
{
    readonly Dictionary<string, IReadOnlyDictionary<string, string>> _rows = [];

    /// <summary>The version of the assignment that it was graded as; null where the table does not say.</summary>
    public string? Version =>
        _rows.Values.Select(row => row.GetValueOrDefault("version", "")).FirstOrDefault(version => version.Length > 0);

    /// <exception cref="SourceException">The file is not a scores.csv.</exception>
    public static OldScores Read(string file)
    {
        if (!File.Exists(file)) throw new SourceException($"There is no file {file}.");
        var scores = new OldScores();
        foreach ((int line, IReadOnlyDictionary<string, string> cells) in Csv.Read(file, "student", "score"))
            if (cells.GetValueOrDefault("status") != ClassroomScores.LeftOut && !scores._rows.TryAdd(cells["student"], cells))
                throw new SourceException($"{Path.GetFileName(file)}, line {line}: {cells["student"]} has two rows.");
        return scores;
    }

    /// <summary>The sum first, then the questions, of every student for whom one of them changed.</summary>
    public IReadOnlyList<ScoreChange> Compare(IReadOnlyList<ClassroomResult> results)
    {
        var changes = new List<ScoreChange>();
        foreach (ClassroomResult result in results)
        {
            IReadOnlyDictionary<string, string>? row = _rows.GetValueOrDefault(result.Student);
            var now = ClassroomScores.Points(result);
            foreach (string column in now.Keys)
                if (new ScoreChange(result.Student, column, Number(row, column), now[column]) is { } change && change.Old != change.New)
                    changes.Add(change);
        }
        foreach (string student in _rows.Keys.Except(results.Select(result => result.Student)))
            if (Number(_rows[student], "score") is { } old) changes.Add(new ScoreChange(student, "score", old, null));
        return changes;
    }

    /// <summary>The points of a student in a column; null if there are none.</summary>
    public double? Of(string student, string column) => Number(_rows.GetValueOrDefault(student), column);

    static double? Number(IReadOnlyDictionary<string, string>? row, string column) =>
        row?.GetValueOrDefault(column) is { } text && Csv.IsNumber(text, out double number) ? number : null;
}
