using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using CsvHelper;

namespace MyTorch.Data;

// The first pass over the file: every field as a plain number, and what other fields look like.
partial class CsvLoader<T>
{
    /// <summary>The first pass: all numbers, and what other fields look like.</summary>
    async ValueTask ReadNumbers()
    {
        using var rows = new CsvRows(_layout);
        HashSet<string>? rowNames = _layout.HasRowNames ? new HashSet<string>(StringComparer.Ordinal) : null;
        // The indices of the features by their positions in the file, up to the last one; −1 elsewhere.
        int[] features = new int[_features.Max(column => column.Position) + 1];
        Array.Fill(features, -1);
        for (int f = 0; f < _features.Length; f++) features[_features[f].Position] = f;
        // Rows are kept in Float64 until a block is full: then all statistics of a column are updated at once.
        int width = _features.Length, most = Math.Clamp(BlockValues / width, 1, BlockRows), inBlock = 0;
        double[] block = new double[most * width];
        while (ReadSomeNumbers(rows, rowNames, features, block, most, ref inBlock)) await pauses.Take().ConfigureAwait(true);
        AddBlock(block.AsSpan(0, inBlock * width));
        if (rows.FieldCounts.Count > 0)
            _issues.Add(rows.FieldCounts.Issue(File, null, CsvProblem.FieldCount,
                $"the row has {rows.FieldCounts.Value} field(s); expected {_layout.Width}, as in {(options.HasHeader ? "the header" : "the first rows")}.",
                "Correct the row; a field that contains the delimiter must be quoted."));
        if (_rows == 0)
        {
            ThrowIfAny(_issues);
            ThrowIfAny([new CsvIssue(CsvProblem.NoRows, $"{Cited.Text(File, 500)}: the file has a header but no rows of data.", "Add some, or name another file.")]);
        }
        // The array may be slightly longer than the tensor, which is cheaper than a copy.
        int used = _rows * _features.Length;
        if (_inputs.Length - used > used / 8) Array.Resize(ref _inputs, used);
        NoteRows(rows);
    }

    /// <summary>Reads rows until a pause is due; false at the end of the file.</summary>
    bool ReadSomeNumbers(CsvRows rows, HashSet<string>? rowNames, int[] features, double[] block, int most, ref int inBlock)
    {
        CsvReader reader = rows.Reader;
        int width = _features.Length;
        bool markers = options.MissingMarkers.Count > 0;
        while (rows.Next())
        {
            MakeRoom(reader);
            // Without quotes a row is its fields with separators between them. Markers of missing values may be numbers, which the reader knows.
            ReadOnlySpan<byte> raw = reader.RawRecord;
            byte separator = (byte)reader.Separator;
            bool plain = !markers && separator is not ((byte)'-' or (byte)'.') and not (>= (byte)'0' and <= (byte)'9') && raw.IndexOf((byte)'"') < 0;
            Span<double> row = block.AsSpan(inBlock * width, width);
            int at = 0;
            foreach (int f in features)
            {
                bool parsed = DecimalParser.TryParse(plain ? raw : [], separator, ref at, out double value);
                if (f < 0) continue;
                CsvColumn column = _features[f];
                // Parsed in Float64, so that the rounding error is known.
                if (parsed && column.Wish != ColumnWish.Text) AddPlain(rows, column, value);
                else value = ReadField(rows, column);
                row[f] = value;
                if (Math.Abs(value) > s_largest) column.TooLarge.Add(rows, column.Position);
            }
            if (++inBlock == most)
            {
                AddBlock(block);
                inBlock = 0;
            }
            foreach (CsvColumn target in _targets)
            {
                double value = ReadField(rows, target);
                _targetValues.Add(value);
                Note(rows, target, value, T.CreateTruncating(value));
            }
            if (!source.IsMemory) _lines.Add(rows.Line);
            _rows++;
            if (rowNames is not null && !rowNames.Add(reader.GetString(0)))
                ThrowIfAny([new CsvIssue(CsvProblem.FieldCount,
                    $"{Places.At(File, rows.Line, rows.Row, null)}: the row has {reader.FieldCount} field(s); expected {_layout.Width - 1}, as in the header. " +
                    $"The first field is not the name of the row, because '{Cited.Text(reader.GetString(0))}' is there twice.", "Correct the header.") { Line = rows.Line, Row = rows.Row }]);
            if (pauses.AreDue) return true;
        }
        return false;
    }

    // A block of so many rows, or of fewer if they are wide, fits into a core's cache.
    const int BlockRows = 256, BlockValues = 16384;

    static readonly double s_largest = s_single ? float.MaxValue : double.MaxValue;

    int _converted;

    /// <summary>Converts rows into the memory of the inputs, and adds their numbers to the statistics of the columns.</summary>
    void AddBlock(ReadOnlySpan<double> block)
    {
        if (block.Length == 0) return;
        Span<T> rounded = _inputs.AsSpan(_converted, block.Length);
        _converted += block.Length;
        if (typeof(T) == typeof(float)) TensorPrimitives.ConvertTruncating(block, rounded);
        else block.CopyTo(MemoryMarshal.Cast<T, double>(rounded));
        for (int f = 0; f < _features.Length; f++) _features[f].AddStatistics(block[f..], rounded[f..], _features.Length);
    }

    double ReadField(CsvRows rows, CsvColumn column)
    {
        CsvReader reader = rows.Reader;
        if (reader.IsNull(column.Position))
        {
            column.Empty.Add(rows, "");
            return double.NaN;
        }
        if (column.Wish == ColumnWish.Text) return double.NaN;
        bool parsed = reader.TryParse(column.Position, out double value);
        // The parser skips commas as thousands separators, so it would read a decimal comma as a number a thousand times too large.
        // It also ignores zero bytes at the end.
        bool comma = parsed && reader.GetSpan(column.Position).IndexOfAny((byte)',', (byte)0) >= 0;
        if (parsed && !comma && double.IsFinite(value))
        {
            AddPlain(rows, column, value);
            return value;
        }
        column.AddOther(rows, isInfinite: parsed && !comma);
        return double.NaN;
    }

    void AddPlain(CsvRows rows, CsvColumn column, double value)
    {
        column.AddPlain(rows, value);
        if (_provesPoint || double.IsInteger(value)) return;
        ReadOnlySpan<byte> text = rows.Reader.GetSpan(column.Position);
        int point = text.IndexOf((byte)'.');
        _provesPoint = point >= 0 && (text.Length - point != 4 || point is 0 or > 3 || text[0] == '0');
    }

    static void Note(CsvRows rows, CsvColumn column, double value, T rounded)
    {
        if (T.IsFinite(rounded)) column.Digits.Add(value, double.CreateTruncating(rounded));
        else if (!double.IsNaN(value)) column.TooLarge.Add(rows, column.Position);
    }

    void MakeRoom(CsvReader reader)
    {
        long needed = (_rows + 1L) * _features.Length;
        if (needed <= _inputs.Length) return;
        // The number of rows is estimated from the size of the first row, so that usually one allocation is enough.
        long bytes = source.Length;
        long guess = _rows == 0 && !source.IsCompressed
            ? Math.Min((long)(1.02 * bytes / (reader.RawRecord.Length + 1) + 16) * _features.Length, bytes)
            : needed + needed / 2;
        if (needed > Array.MaxLength)
            ThrowIfAny([new CsvIssue(CsvProblem.TooManyValues,
                $"{Cited.Text(File, 500)}: there are more than {Array.MaxLength} values, the most that a tensor holds.", "Split the file.")]);
        Array.Resize(ref _inputs, (int)Math.Min(Math.Max(guess, needed), Array.MaxLength));
        int roomForRows = _inputs.Length / _features.Length;
        _targetValues.EnsureCapacity((int)Math.Min((long)roomForRows * _targets.Length, Array.MaxLength));
        if (!source.IsMemory) _lines.EnsureCapacity(roomForRows);
    }
}
