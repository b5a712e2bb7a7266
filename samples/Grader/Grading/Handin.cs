using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;

namespace MyTorch.Grader.Grading;

/// <summary>
/// What was handed in: C# files by their paths from the repository's root. A folder, a zip or a tar, packed or not; whole checkouts too.
/// Reading is bounded in bytes, files and time, and never writes anything.
/// </summary>
sealed class Handin
{
    const int MostEntries = 20_000;
    const long MostUnpacked = 512L << 20;
    const int LongestName = 240;
    const int LongestHeader = 1 << 20;

    // A handout's description of itself says first which assignment it is; what follows can be larger than any handin.
    const int HeadOfManifest = 1 << 16;

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
    /// <exception cref="InvalidHandinException">It is not a handin; the message is a sentence for the student.</exception>
    public static Handin Read(string path, Assignment assignment)
    {
        var found = new Found(assignment);
        try
        {
            if (Directory.Exists(path)) ReadFolder(path, found);
            else if (Path.Exists(path)) ReadArchive(path, found);
            else throw new InvalidHandinException($"There is no file or folder {Shown(Path.GetFileName(path))}.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not EndOfStreamException)
        {
            throw new InvalidHandinException("The handin holds a file that cannot be read.");
        }
        // Other exceptions of the libraries on bytes that are not an archive, or that claim to unpack to gigabytes.
        catch (Exception e) when (e is not InvalidHandinException)
        {
            throw new InvalidHandinException("The archive is damaged or is neither a zip nor a tar. Make it again with the handin command.");
        }

        var handin = new Handin();
        string top = Top(found, assignment);
        foreach ((string name, byte[] bytes) in found.Files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(top, StringComparison.Ordinal)) continue;
            string rest = name[top.Length..];
            if (IsManifest(rest)) handin.ReadManifest(bytes);
            else if (Rooted(rest) is { } ours)
                handin._files[assignment.ReadingSet.Contains(ours) ? ours : Spelled(ours, found, top, assignment)] = Decode(bytes);
        }
        handin.TakeLooseFiles(found, assignment);
        if (!assignment.ReadingSet.Any(handin._files.ContainsKey))
            throw new InvalidHandinException(
                $"None of the assignment's files is in the handin: {assignment.ReadingSet[0]} and the others belong in the folder MyTorch. " +
                Instead(found));
        return handin;
    }

    static string Instead(Found found) => found.First is not { } first ? "It holds no files."
        : found.Count > 1 ? FormattableString.Invariant($"It holds {found.Count} other files, {Shown(first)} among them.")
        : $"It holds 1 other file, {Shown(first)}.{(IsArchive(first) ? " Hand in that archive itself." : "")}";

    static readonly string[] s_archives = [".zip", ".tar", ".tar.gz", ".tgz"];

    static bool IsArchive(string name) => s_archives.Any(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    static bool IsManifest(string path) => path is "manifest.json" or "Check/assignment.json";

    static bool IsAnyManifest(string path) => ("/" + path).EndsWith("/manifest.json", StringComparison.Ordinal)
        || ("/" + path).EndsWith("/Check/assignment.json", StringComparison.Ordinal);

    // File systems that ignore case may give mytorch/operations/PRODUCTS.CS.
    static string? Rooted(string path) =>
        path.StartsWith("MyTorch/", StringComparison.OrdinalIgnoreCase) ? "MyTorch" + path[7..]
            : path.StartsWith("Given/", StringComparison.Ordinal) ? path : null;

    // As the assignment spells it, unless that very file is there too.
    static string Spelled(string path, Found found, string top, Assignment assignment) =>
        assignment.ReadingSet.FirstOrDefault(wanted => wanted.Equals(path, StringComparison.OrdinalIgnoreCase)) is { } due
            && !found.Files.ContainsKey(top + due) ? due : path;

    // The folder in which the files stand: the one nearest to the root, or of several the one that says it is this assignment's.
    static string Top(Found found, Assignment assignment)
    {
        string[] tops = [.. found.Files.Keys.SelectMany(name => assignment.ReadingSet
                .Where(wanted => ("/" + name).EndsWith("/" + wanted, StringComparison.OrdinalIgnoreCase)
                    && !name.EndsWith("Given/" + wanted, StringComparison.OrdinalIgnoreCase))
                .Select(wanted => name[..^wanted.Length]))
            .Distinct()];
        if (tops.Length == 0) return "";
        int nearest = tops.Min(Depth);
        string[] near = [.. tops.Where(top => Depth(top) == nearest).Order(StringComparer.Ordinal)];
        if (near.Length > 1 && near.Where(top => Says(top) == assignment.Id).ToList() is [var own]) near = [own];
        if (near.Length > 1 && near.All(top => Contents(top).SequenceEqual(Contents(near[0])))) near = [near[0]];
        return near is [var one] ? one
            : throw new InvalidHandinException($"There are {near.Length} folders with files of the assignment that differ: " +
                $"{Shown(near[0])} and {Shown(near[1])}{(near.Length > 2 ? " among them" : "")}. Hand in one of them.");

        // Two copies of a folder are one handin.
        IEnumerable<(string Path, string Hash)> Contents(string top) => found.Files
            .Where(file => file.Key.StartsWith(top, StringComparison.Ordinal))
            .OrderBy(file => file.Key, StringComparer.Ordinal)
            .Select(file => (file.Key[top.Length..], Convert.ToHexString(SHA256.HashData(file.Value))));

        string? Says(string top)
        {
            var handin = new Handin();
            foreach (string name in found.Files.Keys.Where(name =>
                name.StartsWith(top, StringComparison.Ordinal) && IsManifest(name[top.Length..]))) handin.ReadManifest(found.Files[name]);
            return handin.Assignment;
        }
    }

    static int Depth(string path) => path.Count(c => c == '/');

    // Some upload forms take files only, without folders.
    void TakeLooseFiles(Found found, Assignment assignment)
    {
        if (assignment.ReadingSet.Any(_files.ContainsKey)) return;
        foreach (string wanted in assignment.ReadingSet)
        {
            string file = FileName(wanted);
            if (assignment.ReadingSet.Count(other => FileName(other) == file) > 1) continue;
            var loose = found.Files.Where(one => FileName(one.Key).Equals(file, StringComparison.OrdinalIgnoreCase)).ToList();
            if (loose.Count > 1) loose = [.. loose.Where(one => Depth(one.Key) == loose.Min(other => Depth(other.Key)))];
            if (loose is [var (_, bytes)]) _files[wanted] = Decode(bytes);
        }
    }

    static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];

    void ReadManifest(byte[] bytes)
    {
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(Decode(bytes)), isFinalBlock: false, state: default);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string name = json.GetString()!;
                if (!json.Read()) return;
                if (json.TokenType != JsonTokenType.String)
                {
                    if (!json.TrySkip()) return;
                }
                else if (name is "assignment" or "id") Assignment ??= Shown(json.GetString()!);
                else if (name == "version") Version ??= Shown(json.GetString()!);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { }
    }

    static void ReadFolder(string folder, Found found)
    {
        var open = new Stack<(string Path, string Name, int Depth)>();
        open.Push((folder, "", 0));
        while (open.TryPop(out var at))
        {
            FileSystemInfo[] entries;
            try
            {
                entries = [.. new DirectoryInfo(at.Path).EnumerateFileSystemInfos().Take(MostEntries + 1)];
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                if (at.Depth == 0 || IsOurs(at.Name))
                    throw new InvalidHandinException($"The folder {(at.Depth == 0 ? "" : Shown(at.Name) + " ")}cannot be read.");
                continue;
            }
            foreach (FileSystemInfo entry in entries)
            {
                string name = at.Name + entry.Name.Replace('\\', '/');
                if (IsLeftOut(name)) continue;
                found.Entry();
                if (entry.LinkTarget is not null) found.RefuseLink(name);
                else if (entry is DirectoryInfo)
                {
                    if (at.Depth < 32) open.Push((entry.FullName, name + "/", at.Depth + 1));
                }
                else if (found.Wants(name)) found.Add(name, OpenRegular(entry.FullName, name));
            }
        }
    }

    // A pipe or a device in place of a file would block the reader, or never end.
    static FileStream OpenRegular(string path, string name)
    {
        if (!OperatingSystem.IsLinux()) return File.OpenRead(path);
        int flags = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.O_CLOEXEC;
        var handle = new SafeFileHandle(Linux.open(Linux.CString(path), flags), ownsHandle: true);
        if (handle.IsInvalid) throw new InvalidHandinException($"{Shown(name)} cannot be read.");
        var stream = new FileStream(handle, FileAccess.Read);
        // A device has no length, and yet there is something to read.
        if (stream.CanSeek && (stream.Length > 0 || stream.ReadByte() < 0)) return stream;
        stream.Dispose();
        throw new InvalidHandinException($"{Shown(name)} is not a file but a pipe or a device.");
    }

    static readonly (byte[] Mark, string Name)[] s_foreign =
    [
        ([.. "7z"u8, 0xBC, 0xAF], "7z"), ([.. "Rar!"u8], "rar"), ([0xFD, .. "7zX"u8], "xz"), ([.. "BZh"u8], "bzip2"),
        ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
    ];

    static void ReadArchive(string path, Found found)
    {
        using FileStream file = OpenRegular(path, Path.GetFileName(path));
        if (file.Length > MostUnpacked) throw new InvalidHandinException($"The archive is larger than {MostUnpacked >> 20} MB.");
        byte[] head = new byte[4];
        int count = file.ReadAtLeast(head, 4, throwOnEndOfStream: false);
        file.Position = 0;
        if (count == 0) throw new InvalidHandinException("The handin is empty: a file of 0 bytes.");
        if (s_foreign.FirstOrDefault(kind => head.AsSpan(0, count).StartsWith(kind.Mark)).Name is { } foreign)
            throw new InvalidHandinException($"The handin is packed as {foreign}. Hand in a zip, a tar or a tar.gz.");
        if (count == 4 && head[0] == 'P' && head[1] == 'K') ReadZip(file, found);
        else if (head[0] == 0x1F && head[1] == 0x8B)
        {
            using var unpacked = new GZipStream(file, CompressionMode.Decompress);
            ReadTar(unpacked, found);
        }
        else if (path.EndsWith(".cs", StringComparison.OrdinalIgnoreCase))
        {
            string name = Path.GetFileName(path);
            if (found.Wants(name)) found.Add(name, file);
        }
        else ReadTar(file, found);
    }

    static void ReadZip(FileStream file, Found found)
    {
        if (DirectoryLength(file) > MostEntries * 200L) throw TooManyFiles();
        using var zip = new ZipArchive(file, ZipArchiveMode.Read);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            found.Entry();
            if (Inside(entry.FullName) is not { } name) continue;
            // The upper half holds the file's mode on Unix; archives from other systems have 0 there.
            int type = entry.ExternalAttributes >> 16 & Linux.S_IFMT;
            if (type == Linux.S_IFLNK) found.RefuseLink(name);
            else if (found.Wants(name))
            {
                if (type is not (0 or Linux.S_IFREG))
                    throw new InvalidHandinException($"{Shown(name)} is not a file but a pipe or a device.");
                if (entry.IsEncrypted)
                    throw new InvalidHandinException($"{Shown(name)} is locked with a password. Hand in an archive without one.");
                found.Add(name, entry.Open());
            }
        }
    }

    // A zip's table of contents is read whole, before its first entry: from where its last record says, to that record.
    static long DirectoryLength(FileStream file)
    {
        byte[] tail = new byte[Math.Min(file.Length, 22 + ushort.MaxValue)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        int at = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        return at < 0 || at + 20 > tail.Length ? 0 : file.Length - tail.Length + at - BitConverter.ToUInt32(tail, at + 16);
    }

    static void ReadTar(Stream file, Found found)
    {
        using var tar = new TarReader(new Counted(file, MostUnpacked));
        bool any = false;
        while (tar.GetNextEntry() is { } entry)
        {
            any = true;
            found.Entry();
            if (entry.EntryType is TarEntryType.Directory or TarEntryType.DirectoryList or TarEntryType.GlobalExtendedAttributes
                || Inside(entry.Name) is not { } name) continue;
            if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink) found.RefuseLink(name);
            else if (found.Wants(name))
            {
                if (entry.EntryType is TarEntryType.CharacterDevice or TarEntryType.BlockDevice or TarEntryType.Fifo)
                    throw new InvalidHandinException($"{Shown(name)} is not a file but a pipe or a device.");
                found.Add(name, entry.DataStream ?? Stream.Null);
            }
        }
        if (!any) throw new InvalidHandinException("The archive is empty, or neither a zip nor a tar.");
    }

    // What builds, editors, git and macOS leave beside the source.
    static bool IsLeftOut(string name) =>
        name.Split('/').Any(part =>
            part is ".git" or "bin" or "obj" or ".vs" or ".idea" or "node_modules" or "packages" or "__MACOSX"
                || part.StartsWith("._", StringComparison.Ordinal));

    static bool IsOurs(string name) => name.Split('/').Any(part => part.Equals("MyTorch", StringComparison.OrdinalIgnoreCase));

    // The path of an entry below the archive's root; null for a folder and for what is left out.
    static string? Inside(string entry)
    {
        string path = entry.Replace('\\', '/');
        string[] parts = path.Split('/');
        if (path.StartsWith('/') || path.Length > 1 && path[1] == ':' || parts.Contains(".."))
            throw new InvalidHandinException("The archive holds a path that leads out of it. Make it again with the handin command.");
        string name = string.Join('/', parts.Where(part => part is not ("" or ".")));
        return path.EndsWith('/') || name.Length == 0 || IsLeftOut(name) ? null : name;
    }

    // A name as a sentence may hold it.
    static string Shown(string name) => ReportText.Line(name, 100);

    static string Decode(byte[] bytes)
    {
        ReadOnlySpan<byte> text = bytes;
        return text switch
        {
            [0xEF, 0xBB, 0xBF, .. var rest] => Encoding.UTF8.GetString(rest),
            [0xFF, 0xFE, .. var rest] => Encoding.Unicode.GetString(rest),
            [0xFE, 0xFF, .. var rest] => Encoding.BigEndianUnicode.GetString(rest),
            [not 0, 0, not 0, 0, ..] => Encoding.Unicode.GetString(text),
            [0, not 0, 0, not 0, ..] => Encoding.BigEndianUnicode.GetString(text),
            _ => Guess(text),
        };
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


    static InvalidHandinException TooManyFiles() => new($"The handin holds more than {MostEntries} files.");

    /// <summary>The files that matter, and how much may still be read.</summary>
    sealed class Found(Assignment assignment)
    {
        readonly HashSet<string> _loose = assignment.ReadingSet.Select(FileName).ToHashSet(StringComparer.OrdinalIgnoreCase);
        readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
        long _bytes = (long)assignment.Limits.HandinMegabytes << 20;
        int _entries;

        /// <summary>By their paths, the last of a path as any unpacker leaves it.</summary>
        public IReadOnlyDictionary<string, byte[]> Files => _files;

        /// <summary>How many files there are, those that do not matter too, and the first of them.</summary>
        public int Count { get; private set; }

        public string? First { get; private set; }

        public void Entry()
        {
            if (++_entries > MostEntries) throw TooManyFiles();
        }

        /// <summary>
        /// Whether a file is worth reading: C# below MyTorch, or by itself with the name of one of the assignment's, and what says which
        /// assignment it is.
        /// </summary>
        public bool Wants(string name)
        {
            Count++;
            if (First is null || string.CompareOrdinal(name, First) < 0) First = name;
            return IsAnyManifest(name) || name.EndsWith(".cs", StringComparison.OrdinalIgnoreCase) && (IsOurs(name) || _loose.Contains(FileName(name)));
        }

        /// <summary>
        /// A link in the place of a file or folder that matters could show anything; elsewhere there are many, and innocent.
        /// </summary>
        public void RefuseLink(string name)
        {
            if (IsOurs(name) || Wants(name)) throw new InvalidHandinException($"{Shown(name)} is a link. Hand in the file itself.");
        }

        public void Add(string name, Stream stream)
        {
            using (stream)
            {
                if (name.Length > LongestName)
                    throw new InvalidHandinException($"The name of a file has {name.Length} characters; at most {LongestName} are read.");
                // Reports name files: no name may break a line or turn it around.
                if (ReportText.Line(name) != name || name.Contains('\uFFFD'))
                    throw new InvalidHandinException($"The name of a file holds characters that cannot be displayed: {Shown(name)}. " +
                        $"Rename it.");
                if (IsAnyManifest(name))
                {
                    byte[] head = new byte[HeadOfManifest];
                    int length = stream.ReadAtLeast(head, HeadOfManifest, throwOnEndOfStream: false);
                    // A character at the end may be cut.
                    if (length == HeadOfManifest)
                        while (length > 0 && head[length - 1] >= 0x80) length--;
                    _files[name] = head[..length];
                    return;
                }
                using var kept = new MemoryStream();
                byte[] buffer = new byte[1 << 14];
                while (stream.Read(buffer) is > 0 and var count)
                {
                    if ((_bytes -= count) < 0)
                        throw new InvalidHandinException($"The handin's source is larger than {assignment.Limits.HandinMegabytes} MB.");
                    kept.Write(buffer, 0, count);
                }
                _files[name] = kept.ToArray();
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
            // Files are read in small pieces; one as large as this is a header that describes a file.
            if (buffer.Length > LongestHeader)
                throw new InvalidHandinException("The archive describes a file at a length that no honest one needs. Make it again with " +
                    "the handin command.");
            int count = inner.Read(buffer);
            return (_count += count) <= limit
                ? count
                : throw new InvalidHandinException($"The archive unpacks to more than {limit >> 20} MB.");
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
