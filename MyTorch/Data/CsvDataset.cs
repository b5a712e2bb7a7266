namespace MyTorch.Data;

/// <summary>
/// Loads a <see cref="Dataset"/> from a CSV file: <c>CsvDataset.Load("data/digits.csv", target: "digit")</c>.
/// </summary>
/// <remarks>
/// <para>Every column except the target is a feature, unless <see cref="CsvOptions"/> selects others. <see cref="Dataset.Schema"/> says what
/// each became, and <see cref="Dataset.Notes"/> what was noticed. A column with more texts than numbers is categorical and one-hot encoded: one
/// 0/1 column per category, named <c>column=text</c>, sorted ordinally; numbers with leading zeros, such as postal codes, are categories too. A text
/// in a numeric column is an error. Dates and times become numbers: year, month, weekday, hour, and days since the first.</para>
/// <para>Left out, and noted, are columns without values, columns of texts that are nearly all different, texts with more categories than
/// <see cref="CsvOptions.MaxCategories"/>, dates whose day and month cannot be told apart, and numbers that differ in every row and have a name
/// such as <c>id</c> or none.</para>
/// <para>A target of texts, or of at most 20 different integers, gives a classification. Classes are sorted, integers by value and texts
/// ordinally; the index in this order is the label. Any other target gives a regression, and so do several targets.</para>
/// <para>Files are UTF-8, UTF-16 or windows-1252, which is detected and noted, and may be compressed by gzip. Fields are separated by <c>,</c>
/// <c>;</c> <c>|</c> or tab and may be quoted as in RFC 4180; rows end with LF or CRLF. Spaces around a field, empty lines and repeated headers
/// are ignored.</para>
/// <para>Numbers have a decimal point, in every culture. Where a whole column has decimal commas, thousands separators, a currency or percent
/// sign (<c>15%</c> is read as 15), parentheses or the minus sign of typography, it is read so; <see cref="ColumnSchema.Numbers"/> says how. Numbers that can be
/// read in two ways are an error.</para>
/// <para>Float32 features keep about seven digits. Where the file has more, <see cref="Standardizer"/> computes with all of them. A column
/// in which different numbers become equal is an error.</para>
/// <para>Loading throws <see cref="FileNotFoundException"/> if the file does not exist; <see cref="CsvDataException"/>, with everything that is
/// wrong with its content; and <see cref="CsvColumnException"/>, with a list of the columns, if the target or an option names a column that does
/// not exist.</para>
/// </remarks>
public static class CsvDataset
{
    /// <summary>Loads a file with one target column.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The name of the column to predict; without a header column_0, column_1, ….</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <inheritdoc cref="CsvDataset" path="/remarks"/>
    public static Dataset Load(string path, string target, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        return CsvLoader.Load(path, header => [header.Find(target, "target")], options);
    }

    /// <summary>
    /// Loads a file with one target column as <see cref="Load(string, string, CsvOptions?)"/> does, on this thread, which others get every few
    /// milliseconds: for a page in a browser, whose only thread must answer meanwhile.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The name of the column to predict; without a header column_0, column_1, ….</param>
    /// <param name="pause">Is awaited every few milliseconds, such as <c>() => Task.Delay(1)</c>.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <inheritdoc cref="CsvDataset" path="/remarks"/>
    public static Task<Dataset> LoadInPartsAsync(string path, string target, Func<Task> pause, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(pause);
        return CsvLoader.LoadAsync(path, header => [header.Find(target, "target")], options, new Pauses(pause));
    }

    /// <summary>Loads a file with one target column, given by its index: <c>0</c> for the first, <c>^1</c> for the last.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The index of the column to predict.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <inheritdoc cref="CsvDataset" path="/remarks"/>
    public static Dataset Load(string path, Index target, CsvOptions? options = null) =>
        CsvLoader.Load(path, header => [header.Find(target)], options);

    /// <summary>Loads a file with several target columns: a regression.</summary>
    /// <param name="path">The file.</param>
    /// <param name="targets">The names of the columns to predict, in the order of <see cref="Dataset.Targets"/>.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <inheritdoc cref="CsvDataset" path="/remarks"/>
    public static Dataset Load(string path, IReadOnlyList<string> targets, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (targets.Count == 0) throw new ArgumentException("CsvDataset: got no target; expected at least one column.", nameof(targets));
        return CsvLoader.Load(path, header => [.. targets.Select(name => header.Find(name, "target"))], options);
    }

    /// <summary>
    /// Loads new rows for a model by the schema of its training data: the same columns, in any order. Rows without a target are left out; to predict
    /// these too, use <see cref="NewRows.Load"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">The schema of the training data, <see cref="Dataset.Schema"/>.</param>
    /// <param name="options">How the file is written; null for the defaults.</param>
    /// <exception cref="CsvDataException">A column is missing, a field is not a number or date, or the file cannot be read.</exception>
    /// <exception cref="InvalidOperationException">No row has a target.</exception>
    public static Dataset Load(string path, DatasetSchema schema, CsvOptions? options = null) => NewRows.Load(path, schema, options).ToDataset();

    /// <summary>The names of the columns of a file, as <see cref="Load(string, string, CsvOptions?)"/> takes them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Options; null for the defaults.</param>
    public static IReadOnlyList<string> ColumnNames(string path, CsvOptions? options = null)
    {
        options ??= new CsvOptions();
        CsvLoader.RequireOptions(options);
        CsvLoader.RequireFile(path);
        CsvSource source = CsvSource.File(path, options);
        return CsvLoader.Reading(source, () => (IReadOnlyList<string>)[.. CsvLayout.Of(source, options).Header.Names]);
    }

    /// <summary>The character between the fields of a file.</summary>
    internal static char Delimiter(string path, CsvOptions options)
    {
        CsvSource source = CsvSource.File(path, options);
        return CsvLoader.Reading(source, () =>
        {
            using var rows = new CsvRows(CsvLayout.Of(source, options));
            rows.Next();
            return (char)rows.Reader.Separator;
        });
    }

    /// <summary>
    /// Numbers that grow with the numbers or dates of a column, whose texts may have any form that files are read in; for
    /// <see cref="Dataset.SplitByOrder"/>: <c>data.SplitByOrder(CsvDataset.ReadOrder(data.Kept["day"]))</c>.
    /// </summary>
    /// <param name="texts">The fields of the column, all numbers or all dates.</param>
    /// <param name="options"><see cref="CsvOptions.DateOrder"/> and <see cref="CsvOptions.Decimal"/> are used; null for the defaults.</param>
    /// <returns>The numbers; for dates the days since 0001-01-01.</returns>
    /// <exception cref="CsvColumnException">The texts are neither all numbers nor all dates, or can be read in two orders.</exception>
    public static IReadOnlyList<double> ReadOrder(IReadOnlyList<string> texts, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return OrderReading.Read(texts, options ?? new CsvOptions());
    }
}
