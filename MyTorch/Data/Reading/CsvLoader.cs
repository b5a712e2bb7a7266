using CsvHelper;

namespace MyTorch.Data;

/// <summary>Opens files for <see cref="CsvLoader{T}"/>: checks the options and the path, and gives the errors of the reader their places.</summary>
static class CsvLoader
{
    internal static Dataset Load(string path, Func<CsvHeader, int[]> targets, CsvOptions? options) =>
        LoadAsync(path, targets, options, new Pauses()).GetAwaiter().GetResult();

    internal static async Task<Dataset> LoadAsync(string path, Func<CsvHeader, int[]> targets, CsvOptions? options, Pauses pauses)
    {
        options ??= new CsvOptions();
        RequireOptions(options);
        RequireFile(path);
        return await LoadAsync(CsvSource.File(path, options), targets, options, pauses).ConfigureAwait(true);
    }

    // Without pauses every task is complete when it is returned.
    internal static Dataset Load(CsvSource source, Func<CsvHeader, int[]> targets, CsvOptions options) =>
        LoadAsync(source, targets, options, new Pauses()).GetAwaiter().GetResult();

    static Task<Dataset> LoadAsync(CsvSource source, Func<CsvHeader, int[]> targets, CsvOptions options, Pauses pauses) => ReadingAsync(source, () =>
        (options.DType ?? Tensor.DefaultDType) == DType.Float32
            ? new CsvLoader<float>(source, targets, options, pauses).Load()
            : new CsvLoader<double>(source, targets, options, pauses).Load());

    /// <summary>Reads, and reads again as windows-1252 if the file turns out to be no UTF-8; gives the reader's exceptions their place.</summary>
    internal static TResult Reading<TResult>(CsvSource source, Func<TResult> read) =>
        ReadingAsync(source, () => Task.FromResult(read())).GetAwaiter().GetResult();

    static async Task<TResult> ReadingAsync<TResult>(CsvSource source, Func<Task<TResult>> read)
    {
        for (bool again = false; ; again = true)
        {
            try
            {
                return await read().ConfigureAwait(true);
            }
            catch (InvalidUtf8Exception e) when (!again)
            {
                source.BecomeWindows1252(e.Line);
            }
            catch (CsvFormatException e)
            {
                throw new CsvDataException(source.Name, [new CsvIssue(CsvProblem.BrokenQuoting,
                    $"{Places.At(source.Name, e.LineNumber > 0 ? e.LineNumber + source.SkipLines : 0, 0, null)}: the quoting is broken. {Cited.Message(e.Message)}",
                    "Put a field that has a quote into quotes and double that quote, as in \"5\"\" disk\"; close every quote.") { Line = e.LineNumber > 0 ? e.LineNumber + source.SkipLines : 0 }], e);
            }
            catch (InvalidDataException e)
            {
                throw new CsvDataException(source.Name, [new CsvIssue(CsvProblem.NotText,
                    $"{Cited.Text(source.Name, 500)}: the compressed file is damaged.", "Compress it again, or name the file itself.")], e);
            }
        }
    }

    internal static void RequireFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (File.Exists(path)) return;
        throw new FileNotFoundException(
            $"CsvDataset: there is no file '{Cited.Text(path, 500)}' ({(Directory.Exists(path) ? "it is a directory" : $"looked for {Cited.Text(Path.GetFullPath(path), 500)}")}). " +
            "Check the path; a relative one starts from the current directory.", path);
    }

    internal static void RequireOptions(CsvOptions options)
    {
        RequireAscii(options.Delimiter, nameof(options.Delimiter));
        RequireAscii(options.CommentPrefix, nameof(options.CommentPrefix));
        if (options.CommentPrefix is { } comment && comment == options.Delimiter)
            throw new ArgumentException($"CsvDataset: '{comment}' is both the Delimiter and the CommentPrefix; expected different characters.", nameof(options));
        if (options.Decimal is not (null or '.' or ','))
            throw new ArgumentException($"CsvDataset: the Decimal is '{Cited.Text(options.Decimal.ToString()!)}'; expected '.' or ','.", nameof(options));
        if (options.SkipLines < 0)
            throw Invalid.OutOfRange(nameof(options), $"CsvDataset: SkipLines is {options.SkipLines}; expected at least 0.");
        if (options.DType is { } dtype && !dtype.IsFloat())
            throw new ArgumentException($"CsvDataset: the dtype is {dtype}; expected Float32 or Float64.", nameof(options));
        string[][] kinds = [[.. options.TextColumns], [.. options.NumberColumns], [.. options.DateColumns]];
        string? twice = kinds.SelectMany(names => names.Distinct()).GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (twice is not null)
            throw new ArgumentException(
                $"CsvDataset: the column '{Cited.Text(twice)}' is in two of TextColumns, NumberColumns and DateColumns; name it in one.", nameof(options));
    }

    static void RequireAscii(char? character, string option)
    {
        if (character is { } c && (!char.IsAscii(c) || c is '"' or '\n' or '\r'))
            throw Invalid.Argument("options",
                $"CsvDataset: the {option} is U+{(int)c:X4}; expected an ASCII character other than a quote or a line end.");
    }
}
