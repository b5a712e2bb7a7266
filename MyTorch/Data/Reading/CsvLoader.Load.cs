using System.Collections.ObjectModel;
using System.Numerics;

namespace MyTorch.Data;

/// <summary>
/// Reads a CSV file into a <see cref="Dataset"/>. The first pass parses every field as a number from the bytes of the file into the memory of the
/// inputs, and notes what the other fields look like; from this it is decided what each column becomes. A file of plain numbers needs no more.
/// Where numbers are written in other ways, a second pass finds out how; and another one reads them, the categories and the dates.
/// </summary>
sealed partial class CsvLoader<T>(CsvSource source, Func<CsvHeader, int[]> resolveTargets, CsvOptions options, Pauses pauses)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static readonly bool s_single = typeof(T) == typeof(float);

    static readonly CsvFix s_drop = new(nameof(CsvOptions.Missing), nameof(MissingValues.Drop));
    static readonly CsvFix s_mean = new(nameof(CsvOptions.Missing), nameof(MissingValues.Mean));

    readonly CsvLayout _layout = CsvLayout.Of(source, options);
    readonly List<CsvIssue> _issues = [], _notes = [];
    readonly Dictionary<int, string> _unused = [];

    CsvColumn[] _features = [], _targets = [];
    T[] _inputs = [];
    readonly List<double> _targetValues = [];

    // The line of each row; empty for rows that are from no file.
    readonly List<long> _lines = [];

    // Rows of the file, and those that are kept; null for all.
    int _rows;
    int[]? _kept;

    // Whether a number proves that the file has decimal points: one with other than three digits after the point, or a zero before it.
    bool _provesPoint;

    string File => source.Name;

    int Count => _kept?.Length ?? _rows;

    IEnumerable<CsvColumn> Used => _features.Concat(_targets);

    internal async Task<Dataset> Load()
    {
        ChooseColumns();
        await ReadNumbers().ConfigureAwait(true);
        await ReadReadings().ConfigureAwait(true);
        foreach (CsvColumn column in Used) Decide(column);
        JudgeFirstRow();
        KeepAFeature();
        await ReadOthers().ConfigureAwait(true);
        Keep();
        Finish();
        await ReadDigits().ConfigureAwait(true);
        ThrowIfAny(_issues);

        (T[] inputs, string[] names) = Inputs();
        DType dtype = s_single ? DType.Float32 : DType.Float64;
        Tensor table = Tensor.Own(inputs, [Count, names.Length], dtype);
        Tensor? rest = Rest(_features);
        string[] targetNames = [.. _targets.Select(t => t.Name)];
        Dataset dataset;
        if (Classes() is var (labels, classes))
        {
            NoteClasses(labels, classes);
            dataset = new Dataset(table, Tensor.Own(labels, [labels.Length], DType.Int64), names, classes, targetNames)
            {
                SkippedRows = _rows - Count,
                InputsRest = rest,
                Schema = Schema(names, classes),
                Lines = Lines(),
                File = File,
            };
        }
        else
        {
            ThrowIfAny([.. _targets.Select(t => t.TooLarge.Count > 0 ? TooLarge(t) : t.Lost).OfType<CsvIssue>()]);
            Tensor targets = Tensor.From(TargetValues(), [Count, _targets.Length], dtype);
            dataset = new Dataset(table, targets, names, targetNames: targetNames)
            {
                SkippedRows = _rows - Count,
                InputsRest = rest,
                TargetRest = Rest(_targets),
                Schema = Schema(names, []),
                Lines = Lines(),
                File = File,
            };
        }
        NoteHeader();
        if (options.Keep.Count > 0) dataset.Kept = KeptTexts();
        dataset.Notes = [.. source.Notes, .. _notes];
        return dataset;
    }

    ReadOnlyCollection<long> Lines() => _lines.Count == 0 || _kept is null ? _lines.AsReadOnly() : _kept.Select(row => _lines[row]).ToArray().AsReadOnly();

    void ThrowIfAny(List<CsvIssue> issues)
    {
        if (issues.Count > 0) throw new CsvDataException(File, [.. issues.OrderBy(issue => issue.Line == 0).ThenBy(issue => issue.Line)]);
    }

    /// <summary>What is wrong with, or was noticed about, a column as a whole.</summary>
    CsvIssue About(CsvColumn column, CsvProblem problem, string statement, string advice, params IReadOnlyList<CsvFix> fixes) =>
        new(problem, $"{Places.At(File, 0, 0, column.Name)}: {statement}", advice, fixes) { Column = column.Name };

    static CsvFix Exclude(CsvColumn column) => new(nameof(CsvOptions.Exclude), column.Name);

    /// <summary>The advice to leave a column out, if another feature remains.</summary>
    string OrExclude(CsvColumn column) => Excluding(column) is [] ? "." : ", or leave the column out with {0}.";

    CsvFix[] Excluding(CsvColumn column) => column.IsTarget || _features.Length == 1 ? [] : [Exclude(column)];

    static CsvFix AsText(CsvColumn column) => new(nameof(CsvOptions.TextColumns), column.Name);

    static CsvFix AsNumber(CsvColumn column) => new(nameof(CsvOptions.NumberColumns), column.Name);

    CsvDataException Changed() => new(File, [new CsvIssue(CsvProblem.FileChanged,
        $"{Cited.Text(File, 500)}: the file changed while it was read, or can be read only once.", "Load it from a file at rest.")]);
}
