using System.Globalization;

namespace MyTorch.Data;

/// <summary>The column names of a file, each once: a second <c>income</c> is <c>income.1</c>, and a column without a name has its number.</summary>
sealed class CsvHeader
{
    readonly Dictionary<string, int> _positions = new(StringComparer.Ordinal);

    internal CsvHeader(string file, IReadOnlyList<string> names)
    {
        File = file;
        Unnamed = [.. names.Select(name => name.Length == 0)];
        var unique = new string[names.Count];
        var renamed = new List<string>();
        // Names that are there once keep them: a second income does not become income.1 if there is an income.1.
        foreach (string name in names) _positions.TryAdd(name, -1);
        for (int i = 0; i < names.Count; i++)
        {
            unique[i] = names[i].Length > 0 ? names[i] : Numbered(i);
            if (_positions.TryGetValue(unique[i], out int first) && first >= 0)
            {
                int number = 1;
                while (_positions.ContainsKey(Again(names[i], number))) number++;
                unique[i] = Again(unique[i], number);
                renamed.Add(unique[i]);
            }
            _positions[unique[i]] = i;
        }
        Names = unique;
        if (renamed.Count > 0)
            Renamed = new CsvIssue(CsvProblem.RenamedColumn,
                $"{Cited.Text(file, 500)}: columns have the same name, so the later ones are named {Cited.List(renamed)}.");
    }

    internal string File { get; }

    internal string[] Names { get; }

    /// <summary>Whether a column has no name in the file.</summary>
    internal bool[] Unnamed { get; }

    /// <summary>That columns were renamed; null if none was.</summary>
    internal CsvIssue? Renamed { get; }

    internal static string Numbered(int position) => FormattableString.Invariant($"column_{position}");

    static string Again(string name, int number) => FormattableString.Invariant($"{name}.{number}");

    internal int? Position(string name) => _positions.TryGetValue(name, out int position) && position >= 0 ? position : null;

    internal int Find(string name, string role)
    {
        if (Position(name) is int position) return position;
        // Distances to very long names would take long.
        string? near = Names.Where(n => n.Length < 200 && name.Length < 200).MinBy(n => EditDistance.Between(n, name));
        bool isNear = near is not null && EditDistance.Between(near, name) <= Math.Max(2, name.Length / 3);
        throw Unknown(
            $"{Cited.Text(File, 500)}: there is no column '{Cited.Text(name)}' to use as {role}." +
            $"{(isNear ? $" Did you mean '{Cited.Text(near!)}'?" : "")} The columns are {List()}.", role);
    }

    internal int Find(Index target)
    {
        int position = target.GetOffset(Names.Length);
        return position >= 0 && position < Names.Length
            ? position
            : throw Unknown(
                $"{Cited.Text(File, 500)}: there is no column at position {target} to use as target; " +
                $"the {Names.Length} columns are {List()}, counted from 0.",
                nameof(target));
    }

    string List() => Names.Length <= 20
        ? string.Join(", ", Names.Select(n => $"'{Cited.Text(n)}'"))
        : $"{string.Join(", ", Names.Take(19).Select(n => $"'{Cited.Text(n)}'"))} … '{Cited.Text(Names[^1])}' ({Names.Length} in all)";

    internal static bool IsNumber(string name) => double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    // Where the file looks as if it was read in the wrong way, that is the likelier problem.
    CsvColumnException Unknown(string statement, string parameter) => new(
        Names.Length == 1 ? new(CsvProblem.SingleColumn, statement + " As there is only one, the delimiter may be another.",
            "Name it with {0}.", new CsvFix(nameof(CsvOptions.Delimiter), null))
        : Names.All(IsNumber) ? new(CsvProblem.NumericHeader, statement + " Every name is a number, so the first row may be data.",
            "If it is, set {0}; the columns are then column_0, column_1, ….", new CsvFix(nameof(CsvOptions.HasHeader), "false"))
        : new(CsvProblem.UnknownColumn, statement), parameter);
}
