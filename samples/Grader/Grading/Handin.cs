using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using MyTorch.Grader.Assignments;

namespace MyTorch.Grader.Grading;

/// <summary>
/// What was handed in: C# files by their paths from the repository's root. A folder, a zip or a tar, packed or not; whole checkouts too. Reading is
/// bounded in bytes, files and time, and never writes anything.
/// </summary>
sealed class Handin
{
    const int MostEntries = 20_000;
    const long MostUnpacked = 512L << 20;

    readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);

    /// <summary>Texts by paths: "MyTorch/Operations/Products.cs"; those below "Given/" with that in front.</summary>
    public IReadOnlyDictionary<string, string> Files => _files;

    /// <summary>The assignment that the handin says it is for; null if it does not say.</summary>
    public string? Assignment { get; private set; }

    /// <summary>The assignment's version that it says it was made from.</summary>
    public string? Version { get; private set; }

    /// <summary>SHA-256 of names and contents.</summary>
    public string Hash
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach ((string path, string text) in _files)
            {
                byte[] name = Encoding.UTF8.GetBytes(path), content = Encoding.UTF8.GetBytes(text);
                hash.AppendData(BitConverter.GetBytes(name.Length));
                hash.AppendData(name);
                hash.AppendData(BitConverter.GetBytes(content.Length));
                hash.AppendData(content);
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>A handin of these texts.</summary>
    public static Handin Of(IEnumerable<(string Path, string Text)> files)
    {
        var handin = new Handin();
        foreach ((string path, string text) in files) handin._files[path] = text;
        return handin;
    }

    /// <summary>Reads a handin.</summary>
    /// <exception cref="InvalidHandinException">It is none; the message is a sentence for the student.</exception>
    public static Handin Read(string path, Assignment assignment)
    {
        var raw = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var budget = new Budget((long)assignment.Limits.HandinMegabytes << 20);
        try
        {
            if (Directory.Exists(path)) ReadFolder(path, raw, budget);
            else if (File.Exists(path)) ReadArchive(path, raw, budget);
            else throw new InvalidHandinException($"There is no file or folder {Path.GetFileName(path)}.");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new InvalidHandinException("The archive is damaged or is neither a zip nor a tar. Make it again with the handin command.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new InvalidHandinException("The handin holds a file that cannot be read.");
        }

        var handin = new Handin();
        string top = Top(raw.Keys, assignment);
        foreach ((string name, byte[] bytes) in raw.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(top, StringComparison.Ordinal)) continue;
            string rest = name[top.Length..];
            if (rest is "manifest.json" or "Check/assignment.json") handin.ReadManifest(bytes);
            if (rest.EndsWith(".cs", StringComparison.OrdinalIgnoreCase) && Root(rest) is "MyTorch" or "Given")
                handin._files[rest] = Decode(bytes, rest);
        }
        handin.TakeLooseFiles(raw, assignment);
        if (!assignment.ReadingSet.Any(handin._files.ContainsKey))
            throw new InvalidHandinException(
                $"None of the assignment's files is in the handin: {assignment.ReadingSet[0]} and the others stand in the folder MyTorch. " +
                (raw.Count == 0 ? "It holds no C# file at all." : $"It holds {raw.Count} other {(raw.Count == 1 ? "file" : "files")}, {raw.Keys.Order(StringComparer.Ordinal).First()} among them."));
        return handin;
    }

    static string Root(string path) => path.Split('/')[0];

    // The folder in which the files stand, be it packed two folders deep.
    static string Top(IEnumerable<string> names, Assignment assignment)
    {
        var tops = names.SelectMany(name => assignment.ReadingSet
                .Where(wanted => name.EndsWith("/" + wanted, StringComparison.Ordinal) && !name.EndsWith("Given/" + wanted, StringComparison.Ordinal))
                .Select(wanted => name[..^wanted.Length]))
            .Distinct().OrderBy(top => top.Length).ThenBy(top => top, StringComparer.Ordinal).ToList();
        return names.Any(assignment.ReadingSet.Contains) || tops.Count == 0 ? "" : tops[0];
    }

    // Some upload forms know files only, no folders.
    void TakeLooseFiles(Dictionary<string, byte[]> raw, Assignment assignment)
    {
        if (assignment.ReadingSet.Any(_files.ContainsKey)) return;
        foreach (string wanted in assignment.ReadingSet)
        {
            string file = wanted[(wanted.LastIndexOf('/') + 1)..];
            var loose = raw.Where(one => one.Key == file || one.Key.EndsWith("/" + file, StringComparison.Ordinal)).ToList();
            bool unique = assignment.ReadingSet.Count(other => other.EndsWith("/" + file, StringComparison.Ordinal)) == 1;
            if (loose.Count == 1 && unique) _files[wanted] = Decode(loose[0].Value, wanted);
        }
    }

    void ReadManifest(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(Decode(bytes, "manifest.json"));
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                if (property.Value.ValueKind == JsonValueKind.String)
                    switch (property.Name)
                    {
                        case "assignment" or "id": Assignment ??= property.Value.GetString(); break;
                        case "version": Version ??= property.Value.GetString(); break;
                    }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { }
    }

    static bool Wanted(string name) => name.EndsWith(".cs", StringComparison.OrdinalIgnoreCase) || name.EndsWith("manifest.json", StringComparison.Ordinal) ||
        name.EndsWith("Check/assignment.json", StringComparison.Ordinal);

    static void ReadFolder(string folder, Dictionary<string, byte[]> raw, Budget budget)
    {
        var open = new Stack<(string Path, string Name, int Depth)>();
        open.Push((folder, "", 0));
        while (open.TryPop(out var at))
            foreach (FileSystemInfo entry in new DirectoryInfo(at.Path).EnumerateFileSystemInfos())
            {
                if (entry.Name is ".git" or "bin" or "obj" or ".vs" or ".idea" or "node_modules" or "packages") continue;
                budget.Entry();
                string name = at.Name + entry.Name.Replace('\\', '/');
                bool ours = name.StartsWith("MyTorch", StringComparison.Ordinal) || name.Contains("/MyTorch", StringComparison.Ordinal);
                if (entry.LinkTarget is not null)
                {
                    if (ours || Wanted(name)) throw new InvalidHandinException($"{name} is a link. Hand in the file itself.");
                }
                else if (entry is DirectoryInfo)
                {
                    if (at.Depth < 32) open.Push((entry.FullName, name + "/", at.Depth + 1));
                }
                else if (Wanted(name)) raw[name] = budget.Read(OpenRegular(entry.FullName, name));
            }
    }

    // A pipe or a device in the place of a file would keep the reader waiting.
    static Stream OpenRegular(string path, string name)
    {
        if (!OperatingSystem.IsLinux()) return File.OpenRead(path);
        // O_RDONLY | O_NONBLOCK | O_CLOEXEC
        var handle = new SafeFileHandle(open(Encoding.UTF8.GetBytes(path + "\0"), 0x800 | 0x80000), ownsHandle: true);
        if (handle.IsInvalid) throw new InvalidHandinException($"{name} cannot be read.");
        var stream = new FileStream(handle, FileAccess.Read);
        if (stream.CanSeek && File.GetAttributes(path) is var attributes && (attributes & FileAttributes.Device) == 0) return stream;
        stream.Dispose();
        throw new InvalidHandinException($"{name} is not a file but a pipe or a device.");
    }

    static void ReadArchive(string path, Dictionary<string, byte[]> raw, Budget budget)
    {
        using Stream file = OpenRegular(path, Path.GetFileName(path));
        Span<byte> head = stackalloc byte[4];
        int count = file.ReadAtLeast(head, 4, throwOnEndOfStream: false);
        file.Position = 0;
        if (count == 0) throw new InvalidHandinException("The handin is empty: a file of 0 bytes.");
        if (count == 4 && head[0] == 'P' && head[1] == 'K') ReadZip(file, raw, budget);
        else if (head[0] == 0x1F && head[1] == 0x8B)
        {
            using var unpacked = new GZipStream(file, CompressionMode.Decompress);
            ReadTar(unpacked, raw, budget);
        }
        else if (path.EndsWith(".cs", StringComparison.OrdinalIgnoreCase)) raw[Path.GetFileName(path)] = budget.Read(file);
        else ReadTar(file, raw, budget);
    }

    static void ReadZip(Stream file, Dictionary<string, byte[]> raw, Budget budget)
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Read);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            budget.Entry();
            string name = Inside(entry.FullName);
            // The upper half holds the file type of Unix; a link is 0xA000.
            if ((entry.ExternalAttributes >> 16 & 0xF000) == 0xA000) throw new InvalidHandinException($"{name} is a link. Hand in the file itself.");
            if (Wanted(name) && !IsBuilt(name)) raw[name] = budget.Read(entry.Open());
        }
    }

    static void ReadTar(Stream file, Dictionary<string, byte[]> raw, Budget budget)
    {
        using var tar = new TarReader(new Counted(file, MostUnpacked));
        bool any = false;
        while (tar.GetNextEntry() is { } entry)
        {
            any = true;
            budget.Entry();
            if (entry.EntryType is TarEntryType.Directory or TarEntryType.DirectoryList or TarEntryType.GlobalExtendedAttributes) continue;
            string name = Inside(entry.Name);
            if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink) throw new InvalidHandinException($"{name} is a link. Hand in the file itself.");
            if (entry.EntryType is TarEntryType.CharacterDevice or TarEntryType.BlockDevice or TarEntryType.Fifo)
                throw new InvalidHandinException($"{name} is not a file but a pipe or a device.");
            if (Wanted(name) && !IsBuilt(name) && entry.DataStream is { } data) raw[name] = budget.Read(data);
        }
        if (!any) throw new InvalidHandinException("The archive is empty, or neither a zip nor a tar.");
    }

    static bool IsBuilt(string name) => name.Split('/').Any(part => part is ".git" or "bin" or "obj");

    static string Inside(string name)
    {
        string path = name.Replace('\\', '/');
        while (path.StartsWith("./", StringComparison.Ordinal)) path = path[2..];
        if (path.StartsWith('/') || path.Length > 1 && path[1] == ':' || path.Split('/').Contains(".."))
            throw new InvalidHandinException("The archive holds a path that leads out of it. Make it again with the handin command.");
        return path;
    }

    static string Decode(byte[] bytes, string name)
    {
        ReadOnlySpan<byte> text = bytes;
        string decoded = text switch
        {
            [0xEF, 0xBB, 0xBF, .. var rest] => Encoding.UTF8.GetString(rest),
            [0xFF, 0xFE, .. var rest] => Encoding.Unicode.GetString(rest),
            [0xFE, 0xFF, .. var rest] => Encoding.BigEndianUnicode.GetString(rest),
            [not 0, 0, not 0, 0, ..] => Encoding.Unicode.GetString(text),
            [0, not 0, 0, not 0, ..] => Encoding.BigEndianUnicode.GetString(text),
            _ => Guess(text),
        };
        return decoded.Contains('\0') ? throw new InvalidHandinException($"{name} is not a text file.") : decoded;
    }

    static string Guess(ReadOnlySpan<byte> text)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(text);
        }
    }

    [DllImport("libc", SetLastError = true)] static extern int open(byte[] path, int flags);

    /// <summary>Bytes and entries that may still be read.</summary>
    sealed class Budget(long bytes)
    {
        readonly long _all = bytes;
        long _bytes = bytes;
        int _entries;

        public void Entry()
        {
            if (++_entries > MostEntries) throw new InvalidHandinException($"The handin holds more than {MostEntries} files.");
        }

        public byte[] Read(Stream stream)
        {
            using (stream)
            {
                using var kept = new MemoryStream();
                byte[] buffer = new byte[1 << 14];
                while (stream.Read(buffer) is > 0 and var count)
                {
                    if ((_bytes -= count) < 0) throw new InvalidHandinException($"The handin's source is larger than {_all >> 20} MB.");
                    kept.Write(buffer, 0, count);
                }
                return kept.ToArray();
            }
        }
    }

    /// <summary>A stream that ends with an error where it is longer than anybody's homework.</summary>
    sealed class Counted(Stream inner, long limit) : Stream
    {
        long _count;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = inner.Read(buffer);
            return (_count += count) <= limit ? count : throw new InvalidHandinException($"The archive unpacks to more than {limit >> 20} MB.");
        }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => _count; set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

/// <summary>A handin that cannot be graded; the message is a sentence for the student.</summary>
sealed class InvalidHandinException(string message) : Exception(message);
