using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MyTorch.Check;

/// <summary>
/// What is handed in: the files of the reading set and new files beside them, sorted, with a manifest of their hashes. The same files give
/// the same bytes.
/// </summary>
public sealed class HandinArchive
{
    HandinArchive(string assignment, string version) => (Assignment, Version) = (assignment, version);

    /// <summary>The assignment's id.</summary>
    public string Assignment { get; }

    /// <summary>The version that the handout was made from.</summary>
    public string Version { get; }

    /// <summary>The contents by their paths, in order.</summary>
    public SortedDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Notes for the student: files that were changed but are not graded.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Gathers the files of a handout.</summary>
    /// <exception cref="FileNotFoundException">A file of the reading set is missing.</exception>
    public static HandinArchive Collect(string root, CheckData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var archive = new HandinArchive(data.Assignment, data.Version);
        foreach (string path in data.ReadingSet)
        {
            string file = Path.Combine(root, path);
            if (!File.Exists(file))
                throw new FileNotFoundException($"{path} is missing; it must be handed in. Take it from the handout again if you have not " +
                    $"changed it.");
            archive.Files[path] = File.ReadAllBytes(file);
        }
        foreach (string path in SourcesUnder(root, "MyTorch").Where(path => !archive.Files.ContainsKey(path)))
        {
            archive.Files[path] = File.ReadAllBytes(Path.Combine(root, path));
            archive.Notes.Add($"{path} is yours and is handed in.");
        }
        foreach ((string path, byte[] content) in archive.Files)
            archive.Notes.AddRange(ForbiddenWords.In(path, Encoding.UTF8.GetString(content), data.Forbidden));
        foreach ((string path, string hash) in data.Given)
        {
            string file = Path.Combine(root, path);
            if (!File.Exists(file)) archive.Notes.Add($"{path} is missing here: it is not graded, and graded code is built with the " +
                $"original.");
            else if (HashOf(File.ReadAllText(file)) != hash)
                archive.Notes.Add($"You changed {path}: it is not graded, and graded code is built with the original.");
        }
        foreach (string path in SourcesUnder(root, "Given").Where(path => !data.Given.ContainsKey(path)))
            archive.Notes.Add($"{path} is yours and is not graded; move it to the folder MyTorch.");
        return archive;
    }

    static IEnumerable<string> SourcesUnder(string root, string folder) => Directory.Exists(Path.Combine(root, folder))
        ? Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal)
        : [];

    /// <summary>SHA-256 of a text, whatever its line ends.</summary>
    public static string HashOf(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))));

    static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Writes the archive, all of it or nothing.</summary>
    public void Write(string file)
    {
        string manifest = JsonSerializer.Serialize(
            new
            {
                assignment = Assignment,
                version = Version,
                files = Files.ToDictionary(entry => entry.Key, entry => Convert.ToHexStringLower(SHA256.HashData(entry.Value)))
            },
            s_indented);
        string partial = file + ".part";
        using (FileStream stream = File.Create(partial))
        using (var tar = new TarWriter(stream, TarEntryFormat.Ustar))
        {
            Add(tar, "manifest.json", Encoding.UTF8.GetBytes(manifest + "\n"));
            foreach ((string path, byte[] content) in Files) Add(tar, path, content);
        }
        File.Move(partial, file, overwrite: true);
    }

    static void Add(TarWriter tar, string path, byte[] content)
    {
        using var stream = new MemoryStream(content);
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path)
        {
            DataStream = stream,
            ModificationTime = DateTimeOffset.UnixEpoch
        });
    }
}
