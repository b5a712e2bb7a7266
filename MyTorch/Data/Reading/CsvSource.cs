using System.IO.Compression;
using System.Text;

namespace MyTorch.Data;

/// <summary>
/// Where rows come from, as a stream of UTF-8 that can be opened several times: a file in any encoding, also compressed by gzip, or a buffer.
/// </summary>
sealed class CsvSource
{
    const int Head = 1 << 16;

    readonly byte[]? _rows;
    readonly string? _asked;
    readonly bool _gzip;

    /// <summary>Null for UTF-8, which needs no conversion.</summary>
    Encoding? _encoding;

    CsvSource(string name, byte[]? rows, CsvOptions options)
    {
        (Name, _rows, _asked, SkipLines) = (name, rows, options.Encoding, options.SkipLines);
        if (rows is not null)
        {
            Length = rows.Length;
            return;
        }
        byte[] head = First(gzip: false, out Length);
        RequireText(head);
        if (head is [0x1F, 0x8B, ..])
        {
            _gzip = true;
            try
            {
                head = First(gzip: true, out _);
            }
            catch (InvalidDataException e)
            {
                throw NotText("it begins like a file compressed by gzip, but cannot be decompressed.", "Compress it again, or name the file itself.", e);
            }
            RequireText(head);
            Note(new CsvIssue(CsvProblem.Encoding, $"{Cited.Text(name, 500)}: the file is compressed and was read through gzip."));
        }
        _encoding = _asked is null ? Detected(head) : Named(_asked);
    }

    /// <summary>The bytes of the file, or of the buffer.</summary>
    internal readonly long Length;

    /// <summary>The path as it was passed, for messages.</summary>
    internal string Name { get; }

    /// <summary>The number of lines that are skipped at the start.</summary>
    internal int SkipLines { get; }

    /// <summary>Whether <see cref="Length"/> is the number of bytes that are read.</summary>
    internal bool IsCompressed => _gzip;

    /// <summary>Whether the rows are objects: then each line is a row, also if it has no value.</summary>
    internal bool IsMemory => _rows is not null;

    /// <summary>What was noticed about the encoding.</summary>
    internal List<CsvIssue> Notes { get; } = [];

    internal static CsvSource File(string path, CsvOptions options) => new(path, null, options);

    /// <summary>Rows in memory, UTF-8.</summary>
    internal static CsvSource Memory(string name, byte[] rows) => new(name, rows, new CsvOptions());

    /// <summary>The text as UTF-8, from its start or after the lines to skip. Reading throws <see cref="InvalidUtf8Exception"/> where it is not UTF-8.</summary>
    internal Stream Open()
    {
        if (_rows is not null) return new MemoryStream(_rows, writable: false);
        Stream stream = OpenFile(_gzip);
        if (_encoding is not null) stream = Encoding.CreateTranscodingStream(stream, _encoding, new UTF8Encoding(false));
        return new CheckedUtf8Stream(stream, SkipLines, onReplacement: line => Note(new CsvIssue(CsvProblem.Encoding,
            $"{At(line)}: there is a replacement character (U+FFFD), so letters were lost before the file was written.",
            "Export it again, as UTF-8.")
        { Line = line }));
    }

    /// <summary>Reads the file as windows-1252 from now on, because it is not UTF-8; an error if it cannot be that either.</summary>
    internal void BecomeWindows1252(long line)
    {
        CsvFix fix = new(nameof(CsvOptions.Encoding), null);
        if (_asked is not null || _encoding is not null)
            throw new CsvDataException(Name, [new CsvIssue(CsvProblem.WrongEncoding, $"{At(line)}: here or soon after the bytes are not {Cited.Text(_asked ?? _encoding!.WebName)}.",
                "Name the encoding the file was saved in with {0}.", fix) { Line = line }]);
        (long letters, long others, long undefined) = Count();
        if (undefined > 0 || letters * 10 > others)
            throw new CsvDataException(Name, [new CsvIssue(CsvProblem.WrongEncoding, $"{At(line)}: the bytes are not UTF-8, " +
                (letters > 0 ? "though other lines are; the file may be damaged or be put together from two." : "and not windows-1252 either."),
                "Name the encoding the file was saved in with {0}, or save it as UTF-8.", fix) { Line = line }]);
        _encoding = CodePages.GetEncoding(1252)!;
        Note(new CsvIssue(CsvProblem.Encoding, $"{At(line)}: the file is not UTF-8; it was read as windows-1252, in which Excel saves in western Europe.",
            "If letters are wrong, name another encoding with {0}.", fix)
        { Line = line });
    }

    static EncodingProvider CodePages => CodePagesEncodingProvider.Instance;

    string At(long line) => line > 0 ? FormattableString.Invariant($"{Cited.Text(Name, 500)}, line {line}") : Cited.Text(Name, 500);

    void Note(CsvIssue note)
    {
        if (!Notes.Any(n => n.Statement == note.Statement)) Notes.Add(note);
    }

    Stream OpenFile(bool gzip)
    {
        var file = new FileStream(Name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1, FileOptions.SequentialScan);
        return gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    byte[] First(bool gzip, out long length)
    {
        byte[] head = new byte[Head];
        using Stream stream = OpenFile(gzip);
        int read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        length = gzip ? 0 : stream.CanSeek ? stream.Length : read;
        return head[..read];
    }

    CsvDataException NotText(string statement, string advice, Exception? inner = null) =>
        new(Name, [new CsvIssue(CsvProblem.NotText, $"{Cited.Text(Name, 500)}: {statement}", advice)], inner);

    void RequireText(byte[] head)
    {
        ReadOnlySpan<byte> start = head;
        if (start.StartsWith("PK\u0003\u0004"u8) || start.StartsWith("PK\u0005\u0006"u8))
            throw start.IndexOf("xl/"u8) >= 0 || start.IndexOf("[Content_Types]"u8) >= 0 || Name.EndsWith(".xlsx", StringComparison.OrdinalIgnoreCase)
                ? NotText("this is a workbook (.xlsx), not a CSV file.", "Open it in a spreadsheet program and save the sheet as \"CSV UTF-8\".")
                : NotText("this is a zip archive, not a CSV file.", "Unpack it and name the CSV file in it.");
        if (start.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0]))
            throw NotText("this is a workbook of an older spreadsheet program (.xls), not a CSV file.", "Open it there and save the sheet as \"CSV UTF-8\".");
        foreach ((byte[] magic, string what) in s_binary)
            if (start.StartsWith(magic)) throw NotText($"this is {what}, not a CSV file.", "Export the table as CSV.");
        foreach (byte[] magic in s_compressed)
            if (start.StartsWith(magic)) throw NotText("the file is compressed in another way than gzip.", "Unpack it, or compress it with gzip.");
    }

    // bzip2, xz, zstd and 7-zip.
    static readonly byte[][] s_compressed =
        [[0x42, 0x5A, 0x68, 0x39, 0x31, 0x41], [0xFD, 0x37, 0x7A, 0x58, 0x5A], [0x28, 0xB5, 0x2F, 0xFD], [0x37, 0x7A, 0xBC, 0xAF]];

    static readonly (byte[] Magic, string What)[] s_binary =
    [
        ("PAR1"u8.ToArray(), "a Parquet file"), ("ARROW1"u8.ToArray(), "an Arrow file"), ("%PDF-"u8.ToArray(), "a PDF"), ("SQLite format 3"u8.ToArray(), "an SQLite database"),
        ([0x89, 0x50, 0x4E, 0x47], "a picture (PNG)"), ([0xFF, 0xD8, 0xFF], "a picture (JPEG)"), ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
        ([0x80, 0x04, 0x95], "a pickle of Python"), ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "an array of NumPy"), ("<!DOCTYPE html"u8.ToArray(), "a web page"),
        ("<html"u8.ToArray(), "a web page"), ("<?xml"u8.ToArray(), "an XML file"),
    ];

    /// <summary>The encoding by the mark or the pattern of zeros; null for UTF-8.</summary>
    Encoding? Detected(byte[] head)
    {
        switch (head)
        {
            case [0xEF, 0xBB, 0xBF, ..]: return null;
            case [0xFF, 0xFE, 0, 0, ..]: return Noticed(new UTF32Encoding(false, false, true), "UTF-32, by its byte order mark");
            case [0, 0, 0xFE, 0xFF, ..]: return Noticed(new UTF32Encoding(true, false, true), "UTF-32, by its byte order mark");
            case [0xFF, 0xFE, ..]: return Noticed(new UnicodeEncoding(false, false, true), "UTF-16, by its byte order mark");
            case [0xFE, 0xFF, ..]: return Noticed(new UnicodeEncoding(true, false, true), "UTF-16, by its byte order mark");
        }
        // In UTF-16 the characters between fields and lines have a zero byte, always on the same side.
        int even = 0, odd = 0;
        for (int i = 0; i + 1 < head.Length; i += 2)
        {
            if (head[i] == 0) even++;
            if (head[i + 1] == 0) odd++;
        }
        if (odd * 10 > head.Length && even * 20 < odd) return Noticed(new UnicodeEncoding(false, false, true), "UTF-16 without a byte order mark");
        if (even * 10 > head.Length && odd * 20 < even) return Noticed(new UnicodeEncoding(true, false, true), "UTF-16 without a byte order mark");
        if ((even + odd) * 20 > head.Length)
            throw NotText("the file has many zero bytes and no text.", "Export the table as CSV, or name its encoding with CsvOptions.Encoding.");
        return null;

        Encoding Noticed(Encoding encoding, string what)
        {
            Note(new CsvIssue(CsvProblem.Encoding, $"{Cited.Text(Name, 500)}: the file was read as {what}."));
            return encoding;
        }
    }

    /// <summary>The encoding of that name, which throws on bytes that are not characters of it; null for UTF-8.</summary>
    internal static Encoding? Named(string name)
    {
        Encoding? encoding = null;
        string plain = name.Trim();
        if (plain.StartsWith("cp", StringComparison.OrdinalIgnoreCase)) plain = plain[2..];
        if (plain.Equals("latin-1", StringComparison.OrdinalIgnoreCase)) plain = "iso-8859-1";
        if (plain.Equals("utf16", StringComparison.OrdinalIgnoreCase)) plain = "utf-16";
        if (plain.Equals("utf8", StringComparison.OrdinalIgnoreCase)) plain = "utf-8";
        try
        {
            encoding = int.TryParse(plain, out int page)
                ? CodePages.GetEncoding(page, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                    ?? Encoding.GetEncoding(page, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                : CodePages.GetEncoding(plain, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                    ?? Encoding.GetEncoding(plain, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw Invalid.Argument("options",
                $"CsvDataset: the Encoding is '{Cited.Text(name)}'; expected the name of an encoding, such as utf-8, windows-1252, iso-8859-15, utf-16, " +
                $"shift_jis or gb18030.", e);
        }
        return encoding.CodePage == Encoding.UTF8.CodePage ? null : encoding;
    }

    /// <summary>How many letters beyond ASCII are UTF-8, how many bytes are not, and how many of these are not windows-1252 either.</summary>
    (long Letters, long Others, long Undefined) Count()
    {
        long letters = 0, others = 0, undefined = 0;
        byte[] buffer = new byte[Head];
        int kept = 0;
        using Stream stream = OpenFile(_gzip);
        while (stream.Read(buffer, kept, buffer.Length - kept) is > 0 and int read)
        {
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, kept + read);
            while (rest.Length > 0)
            {
                int ascii = rest.IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
                if (ascii < 0) break;
                rest = rest[ascii..];
                var status = Rune.DecodeFromUtf8(rest, out _, out int consumed);
                if (status == System.Buffers.OperationStatus.NeedMoreData) goto more;
                if (status == System.Buffers.OperationStatus.Done) letters++;
                else
                {
                    others++;
                    if (rest[0] is 0x81 or 0x8D or 0x8F or 0x90 or 0x9D) undefined++;
                }
                rest = rest[(status == System.Buffers.OperationStatus.Done ? consumed : 1)..];
            }
            kept = 0;
            continue;
        more:
            rest.CopyTo(buffer);
            kept = rest.Length;
        }
        return (letters, others + kept, undefined);
    }
}

/// <summary>The bytes are not UTF-8.</summary>
sealed class InvalidUtf8Exception(long line) : Exception
{
    /// <summary>The line, from 1.</summary>
    internal long Line { get; } = line;
}

/// <summary>Passes UTF-8 on, checks it, and skips lines at the start.</summary>
sealed class CheckedUtf8Stream(Stream inner, int skipLines, Action<long> onReplacement) : Stream
{
    readonly byte[] _partial = new byte[4];
    int _partialLength, _skip = skipLines;
    long _line = 1;
    bool _ended, _replacement;

    // The bytes after the skipped lines that were read with them.
    byte[] _left = [];
    int _leftAt;

    public override int Read(Span<byte> buffer)
    {
        if (buffer.Length == 0) return 0;
        while (_skip > 0 && !_ended) SkipLines();
        if (_leftAt < _left.Length)
        {
            int count = Math.Min(buffer.Length, _left.Length - _leftAt);
            _left.AsSpan(_leftAt, count).CopyTo(buffer);
            _leftAt += count;
            return count;
        }
        return Fill(buffer);
    }

    void SkipLines()
    {
        byte[] block = new byte[4096];
        int read = Fill(block), at = 0;
        while (_skip > 0 && at < read)
        {
            int end = block.AsSpan(at, read - at).IndexOf((byte)'\n');
            if (end < 0) return;
            at += end + 1;
            _skip--;
        }
        _left = block[at..read];
        _leftAt = 0;
    }

    int Fill(Span<byte> buffer)
    {
        int read;
        try
        {
            read = inner.Read(buffer);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidUtf8Exception(_line);
        }
        Check(buffer[..read]);
        _ended |= read == 0;
        return read;
    }

    void Check(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
        {
            if (_partialLength > 0) throw new InvalidUtf8Exception(_line);
            return;
        }
        // The first bytes may end a character that the last ones began.
        while (_partialLength > 0 && bytes.Length > 0)
        {
            _partial[_partialLength++] = bytes[0];
            bytes = bytes[1..];
            var status = Rune.DecodeFromUtf8(_partial.AsSpan(0, _partialLength), out _, out _);
            if (status == System.Buffers.OperationStatus.InvalidData) throw new InvalidUtf8Exception(_line);
            if (status == System.Buffers.OperationStatus.Done) _partialLength = 0;
        }
        if (bytes.Length == 0) return;
        int whole = bytes.Length - Unfinished(bytes);
        if (!System.Text.Unicode.Utf8.IsValid(bytes[..whole])) throw new InvalidUtf8Exception(_line + LinesBefore(bytes[..whole]));
        if (!_replacement && bytes.IndexOf("\uFFFD"u8) is >= 0 and int at)
        {
            _replacement = true;
            onReplacement(_line + bytes[..at].Count((byte)'\n'));
        }
        bytes[whole..].CopyTo(_partial);
        _partialLength = bytes.Length - whole;
        _line += bytes.Count((byte)'\n');
    }

    static long LinesBefore(ReadOnlySpan<byte> bytes)
    {
        long lines = 0;
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out _, out int consumed) != System.Buffers.OperationStatus.Done) break;
            if (bytes[0] == '\n') lines++;
            bytes = bytes[consumed..];
        }
        return lines;
    }

    /// <summary>The number of bytes at the end that begin a character which is not complete.</summary>
    static int Unfinished(ReadOnlySpan<byte> bytes)
    {
        for (int back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            byte b = bytes[^back];
            if ((b & 0xC0) == 0x80) continue;
            int length = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 1;
            return length > back ? back : 0;
        }
        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
