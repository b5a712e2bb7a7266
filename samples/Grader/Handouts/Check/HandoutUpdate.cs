using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace MyTorch.Check;

/// <summary>A newer handout that is not taken over; the message says why and what to do.</summary>
public sealed class UpdateException(string message) : Exception(message);

/// <summary>
/// Takes over a newer handout of the same assignment: what is given is replaced, and what the student wrote stays. Everything is prepared
/// in a folder beside, with a backup of what will be replaced. Then that folder gets its name, and <c>check.cs</c> moves its files into place;
/// if that is interrupted, the next start of <c>check.cs</c> goes on.
/// </summary>
public sealed class HandoutUpdate
{
    /// <summary>The folder in which a complete update waits for its files to be moved.</summary>
    public const string Ready = ".update";

    const string Questions = "Check/assignment.json", Originals = "Check/Original/", Packages = "packages/";

    readonly string _root, _source;
    readonly CheckData _mine, _renewed;
    readonly SortedDictionary<string, byte[]> _files, _writes = new(StringComparer.Ordinal);
    readonly List<string> _removed = [];

    HandoutUpdate(string root, CheckData mine, string source, SortedDictionary<string, byte[]> files, CheckData renewed) =>
        (_root, _mine, _source, _files, _renewed) = (root, mine, source, files, renewed);

    /// <summary>What is said about the student's files, in order.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>What changed in the versions since the student's.</summary>
    public IEnumerable<CheckChange> Changes => _renewed.Changes.Where(change => Versions.Compare(change.Version, _mine.Version) > 0);

    /// <summary>The version that is taken over.</summary>
    public string Version => _renewed.Version;

    /// <summary>The folder with the files as they were, from the handout's; null if none is replaced.</summary>
    public string? Backup { get; private set; }

    /// <summary>How many files are replaced, added and removed.</summary>
    public int Count => _writes.Count + _removed.Count;

    /// <summary>Reads a handout, decides about every file, and prepares all of it.</summary>
    /// <param name="root">The folder of the handout.</param>
    /// <param name="mine">Its questions.</param>
    /// <param name="source">The new handout: a zip file, or a folder.</param>
    /// <exception cref="UpdateException">It cannot be taken over. Nothing was changed.</exception>
    public static HandoutUpdate Prepare(string root, CheckData mine, string source)
    {
        ArgumentNullException.ThrowIfNull(mine);
        ArgumentNullException.ThrowIfNull(source);
        SortedDictionary<string, byte[]> files = Read(root, source);
        CheckData renewed = Questionnaire(source, files);
        Require(renewed.Assignment == mine.Assignment,
            $"{source} is a handout of {renewed.Assignment}, and this folder is one of {mine.Assignment}. " +
            $"Take the file for {mine.Assignment}.");
        Require(Versions.Compare(renewed.Version, mine.Version) >= 0,
            $"{source} is version {renewed.Version}, and this folder has version {mine.Version} already, which is newer. " +
            $"There is nothing to update.");
        foreach ((string path, string hash) in renewed.Own.Concat(renewed.Given))
        {
            string what = !files.TryGetValue(path, out byte[]? content) ? "is missing"
                : HandinArchive.HashOf(Text(content)) != hash ? "is not as it was handed out" : "";
            Require(what.Length == 0, $"{source} is damaged, or was worked in: {path} {what}. Get the handout again.");
        }
        var update = new HandoutUpdate(root, mine, source, files, renewed);
        update.Decide();
        update.Write();
        return update;
    }

    static void Require(bool condition, string message)
    {
        if (!condition) throw new UpdateException(message + " Nothing was changed.");
    }

    static SortedDictionary<string, byte[]> Read(string root, string source)
    {
        if (Directory.Exists(source))
        {
            Require(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)) != Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)),
                $"{source} is this folder itself. Name the new handout, a zip file or its folder.");
            return Below(Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories)
                .Select(file => (Path.GetRelativePath(source, file).Replace('\\', '/'), (Func<byte[]>)(() => File.ReadAllBytes(file)))));
        }
        Require(File.Exists(source), $"There is no file or folder {source}. Name the new handout, a zip file or its folder.");
        try
        {
            using ZipArchive zip = ZipFile.OpenRead(source);
            return Below(zip.Entries.Where(entry => !entry.FullName.EndsWith('/'))
                .Select(entry => (entry.FullName.Replace('\\', '/'), (Func<byte[]>)(() => Unpacked(entry)))));
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new UpdateException($"{source} is not a zip file, or is damaged ({exception.Message}) Get the handout again. " +
                $"Nothing was changed.");
        }
    }

    static byte[] Unpacked(ZipArchiveEntry entry)
    {
        using Stream from = entry.Open();
        using var to = new MemoryStream();
        from.CopyTo(to);
        return to.ToArray();
    }

    // The files from the folder that holds Check/, which may be packed within another one. Nothing leads out of it.
    static SortedDictionary<string, byte[]> Below(IEnumerable<(string Path, Func<byte[]> Content)> entries)
    {
        (string Path, Func<byte[]> Content)[] all = [.. entries];
        string start = all.Select(entry => entry.Path)
            .Where(path => path == Questions || path.EndsWith("/" + Questions, StringComparison.Ordinal))
            .OrderBy(path => path.Length).Select(path => path[..^Questions.Length]).FirstOrDefault() ?? "";
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string path, Func<byte[]> content) in all)
        {
            if (!path.StartsWith(start, StringComparison.Ordinal)) continue;
            string inside = path[start.Length..];
            string[] parts = inside.Split('/');
            Require(!parts.Contains("..") && !Path.IsPathRooted(inside) && !inside.Contains(':', StringComparison.Ordinal),
                $"The file {path} leads out of the handout.");
            if (!parts.Any(part => part is "bin" or "obj" or ".git" or Ready) && IsHandedOut(parts)) files[inside] = content();
        }
        return files;
    }

    static bool IsHandedOut(string[] parts) => parts.Length == 1
        ? !parts[0].StartsWith("handin", StringComparison.Ordinal) && !parts[0].StartsWith("check.html", StringComparison.Ordinal)
            && parts[0] != ".DS_Store"
        : parts[0] is "MyTorch" or "Given" or "Check" or "Try" or "packages";

    static CheckData Questionnaire(string source, SortedDictionary<string, byte[]> files)
    {
        Require(files.ContainsKey(Questions),
            $"{source} holds no handout: {Questions} is missing in it. Name the file or folder that you were given.");
        try
        {
            return CheckRunner.Read(Text(files[Questions]));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new UpdateException($"{source} is damaged: {Questions} cannot be read ({exception.Message}) Get the handout again. " +
                $"Nothing was changed.");
        }
    }

    void Decide()
    {
        bool offline = _files.Keys.Any(IsPackage), wasOffline = Directory.Exists(Here(Packages));
        if (wasOffline && !offline)
        {
            // Without a network the packages that are here must do.
            string[] here = [.. Directory.EnumerateFiles(Here(Packages)).Select(file => Path.GetFileName(file).ToLowerInvariant())];
            string[] missing = [.. PackagesOf(Text(_files["Directory.Packages.props"])).Where(package => !here.Contains(package))];
            Require(missing.Length == 0,
                $"This folder has its packages with it, for a machine without a network, and {_source} has none; " +
                $"{string.Join(", ", missing)} would be missing. Ask for the handout with packages (--offline).");
        }
        foreach (string path in _files.Keys)
        {
            if (_renewed.ReadingSet.Contains(path)
                || path.StartsWith("Try/", StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal))
                Students(path);
            else if (!File.Exists(Here(path)) || !IsText(path) && !_files[path].AsSpan().SequenceEqual(File.ReadAllBytes(Here(path)))
                || IsText(path) && HandinArchive.HashOf(File.ReadAllText(Here(path))) != HandinArchive.HashOf(Text(_files[path])))
                _writes[path] = _files[path];
        }
        foreach (string path in _mine.Own.Keys.Concat(_mine.Given.Keys).Where(path => !_files.ContainsKey(path) && File.Exists(Here(path))))
        {
            if (_mine.ReadingSet.Contains(path) || path.StartsWith("Try/", StringComparison.Ordinal))
                Notes.Add($"{path} is not part of the new version. Yours stays.");
            else if (path != "nuget.config" || !wasOffline) _removed.Add(path);
        }
        if (offline && wasOffline)
            _removed.AddRange(Directory.EnumerateFiles(Here(Packages)).Select(file => Packages + Path.GetFileName(file))
                .Where(path => !_files.ContainsKey(path)));
        foreach (string path in _writes.Keys.Concat(_removed).Where(path => _mine.Given.TryGetValue(path, out string? hash)
            && File.Exists(Here(path)) && HandinArchive.HashOf(File.ReadAllText(Here(path))) != hash))
            Notes.Add($"You had changed {path}, which is given. It is replaced; yours is in the backup.");
    }

    static bool IsPackage(string path) => path.StartsWith(Packages, StringComparison.Ordinal);

    static bool IsText(string path) => !IsPackage(path);

    static IEnumerable<string> PackagesOf(string versions) => System.Xml.Linq.XDocument.Parse(versions).Descendants("PackageVersion")
        .Select(package => $"{(string?)package.Attribute("Include")}.{(string?)package.Attribute("Version")}.nupkg".ToLowerInvariant());

    // A file that the student writes in.
    void Students(string path)
    {
        if (!File.Exists(Here(path)))
        {
            _writes[path] = _files[path];
            Notes.Add($"{path} was not there, and is now.");
            return;
        }
        byte[] bytes = File.ReadAllBytes(Here(path));
        string mine = Text(bytes), renewed = Text(_files[path]), hash = HandinArchive.HashOf(mine);
        string? original = File.Exists(Here(Originals + path)) ? File.ReadAllText(Here(Originals + path)) : null;
        if (hash == HandinArchive.HashOf(renewed)
            || original is not null && HandinArchive.HashOf(original) == HandinArchive.HashOf(renewed)) return;
        if (original is not null && HandinArchive.HashOf(original) == hash)
        {
            _writes[path] = _files[path];
            Notes.Add($"{path}: you have not written in it yet. It is the new one now.");
            return;
        }
        MergedFile merged = original is null ? new(null, [], [], $"{Originals}{path} is missing")
            : _renewed.ReadingSet.Contains(path) ? MemberMerge.Of(Unix(original), Unix(mine), Unix(renewed))
            : new(null, [], [], "it is your own program");
        if (merged.Text is { } text)
        {
            _writes[path] = Encoded(text, bytes, mine);
            Notes.Add($"{path}: what you wrote is in the new file: {string.Join(", ", merged.Members)}.");
            if (merged.Both.Count == 0) return;
            Notes.Add($"{path}: you and the new version changed {string.Join(", ", merged.Both)}. Yours is kept; compare it with " +
                $"{path}.new.");
        }
        else Notes.Add($"{path}: yours stays as it is, since {merged.Why}. The new file is {path}.new: compare the two.");
        _writes[path + ".new"] = _files[path];
    }

    static string Unix(string text) => text.ReplaceLineEndings("\n");

    // With the line ends and the mark of the student's file.
    static byte[] Encoded(string text, byte[] before, string mine)
    {
        bool windows = mine.Contains("\r\n", StringComparison.Ordinal), marked = before.AsSpan().StartsWith(Encoding.UTF8.Preamble);
        return [.. marked ? Encoding.UTF8.Preamble : [], .. Encoding.UTF8.GetBytes(windows ? text.ReplaceLineEndings("\r\n") : text)];
    }

    static string Text(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    string Here(string path) => Path.Combine([_root, .. path.Split('/', StringSplitOptions.RemoveEmptyEntries)]);

    void Write()
    {
        string part = Here(Ready + ".part");
        if (Directory.Exists(part)) Directory.Delete(part, recursive: true);
        if (Count == 0) return;
        foreach ((string path, byte[] content) in _writes) Put(Path.Combine([part, "files", .. path.Split('/')]), content);
        File.WriteAllLines(Path.Combine(part, "remove.txt"), _removed);
        string[] replaced = [.. _writes.Keys.Concat(_removed).Where(path => File.Exists(Here(path)))];
        if (replaced.Length > 0)
        {
            Backup = $"before-version-{string.Concat(Version.Select(c => char.IsLetterOrDigit(c) || c == '.' ? c : '-'))}";
            for (int i = 2; Directory.Exists(Here(Backup)); i++) Backup = FormattableString.Invariant($"{Backup.Split(" (")[0]} ({i})");
            // Under its name it is complete.
            string copy = Path.Combine(part, "backup");
            foreach (string path in replaced) Put(Path.Combine([copy, .. path.Split('/')]), File.ReadAllBytes(Here(path)));
            Directory.Move(copy, Here(Backup));
        }
        Directory.Move(part, Here(Ready));
    }

    static void Put(string file, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
    }
}

/// <summary>The order of versions: numbers within them count as numbers.</summary>
public static class Versions
{
    /// <summary>Below 0 if the first is older: "2" before "10", "2025-fall" before "2026-spring".</summary>
    public static int Compare(string a, string b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return CompareParts([.. Parts(a)], [.. Parts(b)]);
    }

    static int CompareParts(string[] a, string[] b)
    {
        for (int i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            bool numbers = char.IsAsciiDigit(a[i][0]) && char.IsAsciiDigit(b[i][0]);
            string x = numbers ? a[i].TrimStart('0') : a[i], y = numbers ? b[i].TrimStart('0') : b[i];
            int order = numbers && x.Length != y.Length ? x.Length.CompareTo(y.Length) : string.CompareOrdinal(x, y);
            if (order != 0) return order;
        }
        return a.Length.CompareTo(b.Length);
    }

    static IEnumerable<string> Parts(string version)
    {
        for (int start = 0, end; start < version.Length; start = end)
        {
            for (end = start + 1; end < version.Length && char.IsAsciiDigit(version[end]) == char.IsAsciiDigit(version[start]);) end++;
            yield return version[start..end];
        }
    }
}
