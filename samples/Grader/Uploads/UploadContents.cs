using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Uploads;

/// <summary>
/// The files that every platform needs: the grader, the library's source and the assignment; and the secret if nobody can read it there.
/// </summary>
sealed class UploadContents(AssignmentFolder folder, byte[]? secret)
{
    /// <summary>The version of the runtime that this grader was tried with.</summary>
    public static string Runtime => Environment.Version.ToString(3);

    /// <summary>The files by their paths in an upload.</summary>
    /// <exception cref="SourceException">The secret is asked for and there is none.</exception>
    public IEnumerable<UploadFile> Files(bool withSecret = true)
    {
        foreach (string file in GraderFiles()) yield return new("grader/" + Path.GetFileName(file), File.ReadAllBytes(file));
        foreach ((string path, string file) in Below(Path.Combine(folder.Root, "MyTorch")))
            if (!path.Split('/').Any(part => part is "bin" or "obj") && Path.GetExtension(path) is ".cs" or ".csproj")
                yield return new("MyTorch/" + path, File.ReadAllBytes(file));
        foreach (string program in folder.Assignment.Types.Select(type => type.File).Distinct())
            yield return new(program, File.ReadAllBytes(Path.Combine(folder.Root, program)));
        foreach ((string path, string file) in Below(folder.Path))
            if (path.Split('/')[0] is "assignment.json" or "probes" or "mistakes" or "reference"
                || path.StartsWith("hints.", StringComparison.Ordinal))
                yield return new("assignment/" + path, File.ReadAllBytes(file));
        if (withSecret) yield return new("assignment/secret", secret ?? throw new SourceException(
            "There is no secret, so anyone could compute the hidden cases. Make one with `head -c 32 /dev/urandom > secret`, name it with " +
            "--secret secret, and keep it for regrading."));
    }

    static IEnumerable<(string Path, string File)> Below(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => (Path.GetRelativePath(folder, file).Replace('\\', '/'), file));

    // The folder of the running grader may hold other programs. What the grader needs is in its list of dependencies.
    static IEnumerable<string> GraderFiles()
    {
        using var dependencies = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "mytorch-grader.deps.json")));
        IEnumerable<string> assemblies = dependencies.RootElement.GetProperty("targets").EnumerateObject()
            .SelectMany(target => target.Value.EnumerateObject())
            .Where(library => library.Value.TryGetProperty("runtime", out _))
            .SelectMany(library => library.Value.GetProperty("runtime").EnumerateObject())
            .Select(file => Path.GetFileName(file.Name));
        string[] own = ["mytorch-grader.dll", "mytorch-grader.deps.json", "mytorch-grader.runtimeconfig.json"];
        return [.. assemblies.Concat(own).Distinct().Order(StringComparer.Ordinal).Select(InBaseFolder)];
    }

    // Of an assembly that is compiled for this kind of machine, the one that runs on every machine.
    static string InBaseFolder(string file)
    {
        string portable = Path.Combine(AppContext.BaseDirectory, "portable", file);
        if (File.Exists(portable)) return portable;
        string path = Path.Combine(AppContext.BaseDirectory, file);
        return File.Exists(path) ? path
            : throw new SourceException($"The grader's file {file} is missing from {AppContext.BaseDirectory}. Build the grader again.");
    }
}
