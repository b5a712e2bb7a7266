using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace MyTorch.Check;

/// <summary>The assemblies that a check runs, by their paths.</summary>
/// <param name="Cases">The probes.</param>
/// <param name="Given">What is given of the library.</param>
/// <param name="Mine">The student's files.</param>
public sealed record CaseAssemblies(string Cases, string Given, string Mine);

/// <summary>
/// Compiles the student's files alone. What is given and what is to be written refer to each other, so they are two assemblies that do:
/// the library's face is compiled first, without bodies, then each half against the other. After an edit only the student's half is
/// compiled, unless its own face, which the given half is bound to, has changed as well.
/// </summary>
/// <remarks>
/// Everything compiled is kept under the hash of its sources, in a folder that is complete when it has its name. So no answer is about old
/// code, whatever happens at the same time. The compiler is the SDK's own; its server ends by itself after ten idle minutes.
/// </remarks>
/// <param name="root">The folder of the handout.</param>
/// <param name="bin">The folder of this program; MSBuild has written there which compiler and which references there are.</param>
/// <param name="progress">Is told what takes long.</param>
public sealed class StudentBuild(string root, string bin, Action<string> progress)
{
    const string Mine = "MyTorch", Given = "MyTorch.Given", Cases = "MyTorch.Cases";

    /// <summary>The file beside this program that names the compiler, and then the references.</summary>
    internal const string Settings = "compile.rsp";

    const int MostKept = 12;

    // A rule that is half written has operands and fields without a use; an assembly's copy of a type is not the one that is meant.
    static readonly string[] s_options =
    [
        "-nologo", "-nostdlib", "-target:library", "-langversion:14", "-nullable:annotations", "-unsafe", "-deterministic",
        "-debug:portable", "-utf8output", "-preferreduilang:en", "-nowarn:CS9113,CS0169,CS0649,CS0436,CS1701,CS1702",
    ];

    // Compiled without MSBuild: the usings that are implicit there, and who may see what is internal.
    const string Common = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("MyTorch")]
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("MyTorch.Given")]
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("MyTorch.Cases")]
        """;

    static readonly Regex s_partial = new(@"\bpartial\s+(?:class|interface|record\s+struct|record|struct)\s+(\w+)", RegexOptions.CultureInvariant);

    readonly string _kept = Path.Combine(bin, "compiled");
    bool _compiledGiven;

    /// <summary>The sources as they are on the disk.</summary>
    sealed record Sources(string[] Mine, string[] Given, string[] Cases, string MineHash, string GivenHash);

    /// <summary>Compiles what has changed.</summary>
    /// <param name="assemblies">What can be run now; null if there are errors.</param>
    /// <returns>The compiler's errors; empty if there are none.</returns>
    public IReadOnlyList<string> Run(out CaseAssemblies? assemblies)
    {
        string work = Path.Combine(_kept, FormattableString.Invariant($"{Environment.ProcessId}-{Guid.NewGuid():N}.part"));
        Directory.CreateDirectory(work);
        ForgetEnded();
        try
        {
            while (true)
            {
                Sources sources = Read();
                _compiledGiven = false;
                IReadOnlyList<string> errors = Compile(sources, work, out assemblies);
                // A file that was saved meanwhile belongs to the next attempt.
                if (Read() is var now && now.MineHash == sources.MineHash && now.GivenHash == sources.GivenHash) return errors;
                TryDelete(Path.Combine(_kept, sources.GivenHash, _compiledGiven ? "" : "mine-" + sources.MineHash));
            }
        }
        finally
        {
            TryDelete(work);
        }
    }

    IReadOnlyList<string> Compile(Sources sources, string work, out CaseAssemblies? assemblies)
    {
        string home = Path.Combine(_kept, sources.GivenHash), mine = Path.Combine(home, "mine-" + sources.MineHash),
            latest = Path.Combine(home, "latest");
        if ((assemblies = Known(home, mine)) is not null) return [];
        File.WriteAllText(Path.Combine(work, "Common.cs"), Common);
        string half = Fresh(work, "mine");
        IReadOnlyList<string> errors = [];
        string? face = File.Exists(latest) ? File.ReadAllText(latest) : null;
        if (face is not null)
        {
            if ((errors = CompileMine(sources, work, half, Path.Combine(home, "given-" + face))).Count > 0) return errors;
            string changed = FaceOf(half);
            if (changed != face && !Directory.Exists(Path.Combine(home, "given-" + changed)))
                changed = CompileGiven(sources, work, half, home).Count == 0 ? FaceOf(half) : face;
            face = changed;
        }
        else if ((errors = CompileGiven(sources, work, half, home)).Count > 0) return errors;
        else face = FaceOf(half);
        File.WriteAllText(Path.Combine(half, "face"), face);
        Keep(half, mine);
        string note = Path.Combine(work, "latest");
        File.WriteAllText(note, face);
        File.Move(note, latest, overwrite: true);
        Forget(home);
        assemblies = Known(home, mine);
        return [];
    }

    static CaseAssemblies? Known(string home, string mine)
    {
        if (!File.Exists(Path.Combine(mine, Mine + ".dll"))) return null;
        try
        {
            Directory.SetLastWriteTimeUtc(mine, DateTime.UtcNow);
        }
        catch (IOException)
        {
            // It says which are forgotten first, and no more.
        }
        string given = Path.Combine(home, "given-" + File.ReadAllText(Path.Combine(mine, "face")));
        return new CaseAssemblies(Path.Combine(given, Cases + ".dll"), Path.Combine(given, Given + ".dll"), Path.Combine(mine, Mine + ".dll"));
    }

    // The student's half, and its face as an assembly without bodies.
    IReadOnlyList<string> CompileMine(Sources sources, string work, string half, string given) =>
        Csc(work, [$"-out:{half}/{Mine}.dll", $"-refout:{half}/face.dll", $"-r:{given}/{Given}.dll"], sources.Mine);

    static string FaceOf(string half) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(half, "face.dll"))))[..16];

    // Both halves and the cases. The faces: of everything as the given half's, then the student's against it.
    IReadOnlyList<string> CompileGiven(Sources sources, string work, string half, string home)
    {
        if (!_compiledGiven) progress("Compiling what is given as well; this takes longer than usual …");
        _compiledGiven = true;
        string all = Fresh(work, "all"), face = Fresh(work, "face"), given = Fresh(work, "given");
        IReadOnlyList<string> errors = Csc(work, ["-refonly", $"-out:{all}/{Given}.dll"], [.. sources.Given, .. sources.Mine]);
        if (errors.Count == 0) errors = Csc(work, ["-refonly", $"-out:{face}/{Mine}.dll", $"-r:{all}/{Given}.dll"], sources.Mine);
        if (errors.Count == 0)
            errors = Csc(work, ["-optimize", $"-out:{given}/{Given}.dll", $"-r:{face}/{Mine}.dll"], sources.Given);
        if (errors.Count == 0) errors = CompileMine(sources, work, half, given);
        if (errors.Count == 0)
            errors = Csc(work, [$"-out:{given}/{Cases}.dll", $"-r:{given}/{Given}.dll", $"-r:{half}/{Mine}.dll"], sources.Cases);
        if (errors.Count == 0) Keep(given, Path.Combine(home, "given-" + FaceOf(half)));
        return errors;
    }

    static string Fresh(string work, string name)
    {
        string folder = Path.Combine(work, name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    }

    // A folder is there under its name when it is complete. Another check may have been faster with the same.
    static void Keep(string folder, string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(name)!);
        try
        {
            Directory.Move(folder, name);
        }
        catch (IOException) when (Directory.Exists(name))
        {
        }
    }

    IReadOnlyList<string> Csc(string work, string[] options, string[] files)
    {
        string[] settings = File.ReadAllLines(Path.Combine(bin, Settings));
        // A response file: a command line may be too short for all references.
        string response = Path.Combine(work, "csc.rsp");
        File.WriteAllLines(response, s_options.Concat(settings[1..].Select(path => $"-r:{path}")).Concat(options)
            .Concat(files.Append(Path.Combine(work, "Common.cs")))
            .Select(line => $"\"{line}\""));
        var start = new ProcessStartInfo(Dotnet.Location, [settings[0], "-noconfig", .. Server, "@" + response])
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0) return [];
        string[] errors = [.. output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.Contains("error CS", StringComparison.Ordinal)).Select(line => line.Replace('\\', '/')).Distinct()];
        return errors.Length > 0 ? errors : [$"The compiler ended with code {process.ExitCode}: {output}{error.Result}"];
    }

    // The compiler does without its server where it cannot start it.
    static string[] Server =>
        Environment.GetEnvironmentVariable("UseSharedCompilation") == "false" ? [] : ["-shared", "-keepalive:600"];

    Sources Read()
    {
        for (int attempt = 0; ; attempt++)
            try
            {
                var texts = new Dictionary<string, string>(StringComparer.Ordinal);
                string[] written = Load("MyTorch", texts), given = Load("Given", texts), cases = Load("Check/Cases", texts);
                (string[] mine, string[] others) = Halves(written, given, path => PartialsIn(texts[path]));
                string settings = File.ReadAllText(Path.Combine(bin, Settings)) + string.Join('\n', s_options) + Common;
                return new Sources(mine, others, cases, HashOf(mine, texts, ""), HashOf([.. others, .. cases], texts, settings));
            }
            catch (IOException) when (attempt < 100)
            {
                // An editor replaces a file by renaming another over it.
                Thread.Sleep(20);
            }
    }

    // Parts of a class cannot stand in two assemblies: what shares a class with the student's files is compiled with them, and so on.
    static (string[] Mine, string[] Others) Halves(string[] written, string[] given, Func<string, IEnumerable<string>> partials)
    {
        List<string> mine = [.. written], others = [.. given];
        HashSet<string> parts = [.. written.SelectMany(partials)];
        while (others.Find(path => partials(path).Any(parts.Contains)) is { } path)
        {
            mine.Add(path);
            others.Remove(path);
            parts.UnionWith(partials(path));
        }
        return ([.. mine], [.. others]);
    }

    string[] Load(string folder, Dictionary<string, string> texts)
    {
        string[] paths = [.. Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj")).Order(StringComparer.Ordinal)];
        foreach (string path in paths) texts[path] = File.ReadAllText(Path.Combine(root, path));
        return paths;
    }

    static IEnumerable<string> PartialsIn(string text) => s_partial.Matches(text).Select(match => match.Groups[1].Value);

    static string HashOf(string[] paths, Dictionary<string, string> texts, string settings) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(settings + string.Concat(paths.Select(path => $"\0{path}\0{texts[path]}")))))[..16];

    // The oldest; another check may be about to run a young one.
    void Forget(string home)
    {
        foreach (DirectoryInfo old in new DirectoryInfo(home).EnumerateDirectories("mine-*").OrderByDescending(one => one.LastWriteTimeUtc)
            .Skip(MostKept).Concat(new DirectoryInfo(_kept).EnumerateDirectories()
                .Where(one => one.FullName != home && one.LastWriteTimeUtc < DateTime.UtcNow.AddHours(-1))).ToArray())
            TryDelete(old.FullName);
    }

    // What a check left that was ended in the middle of a build, with Ctrl+C.
    void ForgetEnded()
    {
        foreach (string part in Directory.EnumerateDirectories(_kept, "*.part"))
            if (int.TryParse(Path.GetFileName(part).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && !IsRunning(id)) TryDelete(part);
    }

    static bool IsRunning(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
        // Of another user; it may run.
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }

    static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is in use; the next check tries again.
        }
    }
}
