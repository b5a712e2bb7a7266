using System.Numerics;

namespace MyTorch.Data;

/// <summary>What the options say that a column is.</summary>
enum ColumnWish
{
    None,
    Text,
    Number,
    Date,
}

/// <summary>A column that is used: what its fields look like, what it becomes, and its values where they are not plain numbers.</summary>
sealed class CsvColumn(int position, string name, bool isTarget, ColumnWish wish, bool isAsked)
{
    // A text column is known after this many texts.
    const int EnoughTexts = 20;

    // Distinct numbers and texts are counted up to these, in the first rows.
    const int MostNumbers = 20, MostTexts = 2, FirstRows = 1000;

    readonly HashSet<double> _numbers = [];
    readonly HashSet<string> _texts = [];
    HashSet<double>? _ids;

    internal int Position { get; } = position;
    internal string Name { get; } = name;
    internal bool IsTarget { get; } = isTarget;
    internal ColumnWish Wish { get; } = wish;

    /// <summary>Whether the options name it as a feature, so that it is not left out.</summary>
    internal bool IsAsked { get; } = isAsked;

    /// <summary>Whether all its numbers must be different for it to be left out as an id: by its name.</summary>
    internal bool IsNamedId { get; init; }

    // What the fields look like. Each field is one of these.
    internal int Plain { get; private set; }
    internal int Styled { get; private set; }
    internal int DateLike { get; private set; }
    internal Places Empty { get; } = new();
    internal Places Markers { get; } = new();
    internal Places Texts { get; } = new();
    internal Places Infinite { get; } = new();

    /// <summary>Numbers that are too large for the type they are loaded as.</summary>
    internal Places TooLarge { get; } = new();

    /// <summary>The readings that all fields have, and the first field with another one.</summary>
    internal byte Readings { get; private set; } = NumberReading.All;
    internal Places Clash { get; } = new();
    internal Places FirstSeparated { get; } = new();
    internal string? Unit { get; private set; }
    internal Places OtherUnit { get; } = new();
    bool _hasUnit;

    internal ulong Dates { get; private set; } = DateReading.All;
    internal Places FirstDate { get; } = new();
    internal Places DateClash { get; } = new();

    internal bool AllWhole { get; private set; } = true;
    internal bool HasPoint { get; private set; }
    internal bool AllCompact { get; private set; } = true;
    internal bool CountsRows { get; private set; } = true;
    internal int LeadingZeros { get; private set; }
    internal double Least { get; private set; } = double.PositiveInfinity;
    internal double Most { get; private set; } = double.NegativeInfinity;
    double _last;

    internal bool IsUnique => _ids is not null && _ids.Count == Plain && Plain > 1;

    internal bool IsFewTexts => _texts.Count <= MostTexts;

    internal bool IsManyNumbers => _numbers.Count > MostNumbers;

    internal int Missing => Empty.Count + (Kind == ColumnKind.Category ? 0 : Markers.Count);

    // What it becomes.
    internal ColumnKind Kind { get; set; }
    internal NumberFormat? Numbers { get; set; }
    internal DateFormat? DateFormat { get; set; }
    internal string? Reason { get; set; }

    /// <summary>Why it is left out, with advice.</summary>
    internal CsvIssue? Why { get; set; }

    /// <summary>Why its numbers cannot be read.</summary>
    internal CsvIssue? Unclear { get; set; }

    /// <summary>That different numbers become equal.</summary>
    internal CsvIssue? Lost { get; set; }

    internal bool IsConstant { get; set; }

    internal bool IsText => Kind == ColumnKind.Category;

    /// <summary>Statistics of its numbers and their rounding errors.</summary>
    internal Digits Digits { get; set; } = new();

    /// <summary>The rounding error of each row; null if negligible.</summary>
    internal float[]? Rest { get; set; }

    /// <summary>The categories, sorted, and the category of each row (−1 if missing).</summary>
    internal string[] Categories { get; set; } = [];
    internal List<int> Codes { get; set; } = [];

    /// <summary>The date of each row; <see cref="NoDate"/> if missing.</summary>
    internal List<long> Ticks { get; set; } = [];
    internal const long NoDate = long.MinValue;

    /// <summary>The number of columns of the inputs that it becomes.</summary>
    internal int FeatureCount => Kind switch
    {
        ColumnKind.Number => 1,
        ColumnKind.Category => Categories.Length,
        ColumnKind.Date => DateFormat!.Parts.Count,
        _ => 0,
    };

    internal string[] Features => Kind switch
    {
        _ when IsTarget => [],
        ColumnKind.Number => [Name],
        ColumnKind.Category => [.. Categories.Select(category => $"{Name}={category}")],
        ColumnKind.Date => [.. DateFormat!.Parts.Select(part => $"{Name}.{part}")],
        _ => [],
    };

    internal void AddPlain(CsvRows rows, double value)
    {
        Plain++;
        if (AllWhole) AddWhole(rows, value);
        if (Plain <= FirstRows && _numbers.Count <= MostNumbers) _numbers.Add(value);
    }

    /// <summary>Adds every so-manieth number of a block, and its rounding error, to the statistics; NaN is a missing one.</summary>
    internal void AddStatistics<T>(ReadOnlySpan<double> values, ReadOnlySpan<T> rounded, int stride) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (double least, double most) = (Least, Most);
        for (int i = 0; i < values.Length; i += stride)
        {
            double value = values[i];
            if (value < least) least = value;
            if (value > most) most = value;
        }
        (Least, Most) = (least, most);
        Digits.Add(values, rounded, stride);
    }

    void AddWhole(CsvRows rows, double value)
    {
        if (!double.IsInteger(value))
        {
            (AllWhole, HasPoint, CountsRows, AllCompact, _ids) = (false, true, false, false, null);
            return;
        }
        ReadOnlySpan<byte> text = rows.Reader.GetSpan(Position);
        if (text.Length > 1)
        {
            if (text[0] == '0' && char.IsAsciiDigit((char)text[1])) LeadingZeros++;
            HasPoint |= text.Contains((byte)'.');
        }
        CountsRows &= Plain == 1 || value == _last + 1;
        _last = value;
        AllCompact = AllCompact && DateReading.IsCompact(value, out _);
        if (!IsNamedId || Plain > 1 && _ids is null) return;
        _ids ??= [];
        if (!_ids.Add(value)) _ids = null;
    }

    /// <summary>A field that is neither empty nor a plain finite number.</summary>
    internal void AddOther(CsvRows rows, bool isInfinite)
    {
        // Only numbers can make it a column of numbers now.
        if (Texts.Count > EnoughTexts && Styled == 0 && DateLike == 0 && Plain == 0)
        {
            Texts.Add(rows, Position);
            return;
        }
        Span<char> buffer = stackalloc char[CsvRows.LongestField];
        if (rows.TryGetChars(Position, buffer, out ReadOnlySpan<char> text))
        {
            if (MissingTexts.Contains(text))
            {
                Markers.Add(rows, Position);
                return;
            }
            if (isInfinite || IsInfinity(text))
            {
                Infinite.Add(rows, Position);
                return;
            }
            byte readings = NumberReading.Readings(text, out ReadOnlySpan<char> unit);
            if (readings != NumberReading.None)
            {
                Styled++;
                AddReadings(rows, readings, unit);
                return;
            }
            if (IsDate(rows, text)) return;
        }
        if (_texts.Count <= MostTexts) _texts.Add(rows.Reader.GetString(Position));
        Texts.Add(rows, Position);
    }

    bool IsDate(CsvRows rows, ReadOnlySpan<char> text)
    {
        ulong dates = DateReading.Formats(text, Dates != 0 ? Dates : DateReading.All);
        if (dates == 0 && Dates is not 0 and not ulong.MaxValue) dates = DateReading.Formats(text, DateReading.All);
        if (dates == 0) return false;
        DateLike++;
        if (DateLike == 1) FirstDate.Add(rows, Position);
        if (Dates != 0 && (Dates & dates) == 0) DateClash.Add(rows, Position);
        Dates &= dates;
        return true;
    }

    static bool IsInfinity(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> plain = text.TrimStart("+-\u2212");
        return plain.Equals("inf", StringComparison.OrdinalIgnoreCase) || plain.Equals("infinity", StringComparison.OrdinalIgnoreCase) || plain is "\u221E";
    }

    /// <summary>Starts again, to see the readings of all fields, also of plain numbers.</summary>
    internal void ForgetReadings() => (Readings, Unit, _hasUnit, Digits) = (NumberReading.All, null, false, new Digits());

    internal void AddReadings(CsvRows rows, byte readings, ReadOnlySpan<char> unit)
    {
        if (readings != NumberReading.All && FirstSeparated.Count == 0) FirstSeparated.Add(rows, Position);
        if (Readings != 0 && (Readings & readings) == 0) Clash.Add(rows, Position);
        Readings &= readings;
        if (!_hasUnit) (Unit, _hasUnit) = (unit.ToString(), true);
        else if (!unit.SequenceEqual(Unit)) OtherUnit.Add(rows, Position);
    }

    internal bool HasSeparators => FirstSeparated.Count > 0;
}
