using System.Diagnostics;
using System.Text;
using System.Xml.Linq;
using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts;

/// <summary>Makes a handout, checks it, and writes it completely or not at all.</summary>
sealed class HandoutWriter(AssignmentFolder folder, TextWriter progress)
{
    /// <summary>What was written.</summary>
    /// <param name="Files">How many files.</param>
    /// <param name="Lines">The lines of the reading set.</param>
    public sealed record Written(int Files, int Lines);

    /// <summary>Writes the handout.</summary>
    /// <param name="target">A folder that is not there yet, or is empty.</param>
    /// <param name="offline">Whether to add the packages, so that it builds without a network.</param>
    /// <param name="build">Whether to build it as a student will, too.</param>
    /// <param name="solved">Whether it contains the bodies, as a handin with full marks.</param>
    /// <exception cref="HandoutException">
    /// The target is not empty, the assignment has errors, or the handout does not pass its checks.
    /// </exception>
    public Written Write(string target, bool offline, bool build, bool solved = false)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new HandoutException($"{target} is not empty, and nothing is overwritten. Name another folder with -o, or delete this " +
                $"one first.");
        if (AssignmentCheck.Run(folder) is { Count: > 0 } problems)
            throw new HandoutException($"The assignment has {problems.Count} " +
                $"{(problems.Count == 1 ? "error" : "errors")}:\n{string.Join('\n', problems)}");

        progress.WriteLine("Blanking, and running the visible cases on the reference …");
        SourceTree library = solved ? Solution.Of(folder) : Stubs.Of(folder);
        using var handout = new LoadedHandout(library, folder);
        using LoadedHandout reference = handout.With(folder.Reference);
        SortedDictionary<string, string> files = HandoutFiles.Of(folder, library, reference, offline);
        progress.WriteLine("Proving …");
        if (!solved) Prove(handout, reference, files);

        string partial = $"{target}.{Environment.ProcessId}.part";
        try
        {
            foreach ((string path, string text) in files)
            {
                string file = Path.Combine(partial, path);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllText(file, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            }
            if (offline) AddPackages(partial);
            if (build)
            {
                progress.WriteLine("Building it as a student will …");
                foreach (string project in HandoutFiles.Programs(folder).Append("MyTorch")) Run(partial, ["build", project, "--nologo", "-v", "q"]);
                // It ends with 1, since nothing is right yet, or with 0 where everything is.
                string said = Run(partial, ["exec", "Check/bin/Check.dll", "--plain"], solved ? 0 : 1);
                if (said.Contains("does not compile", StringComparison.Ordinal))
                    throw new HandoutException($"The check does not compile the handout:\n{said}");
                RemoveBuilt(partial);
            }
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            Directory.Move(partial, target);
        }
        finally
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        }
        return new Written(files.Count, folder.Assignment.ReadingSet.Sum(path => AssignmentCheck.LinesOf(files[path])));
    }

    void Prove(LoadedHandout handout, LoadedHandout reference, SortedDictionary<string, string> files)
    {
        Require(HandoutProof.Api(folder, handout.Library, reference.Library), "The handout's public face differs from the library's");
        Require(HandoutProof.Repeats(folder, files), "The handout gives an answer away");
        Require(HandoutProof.Try(folder, handout.Library), "The program in try/ does not compile");
        Require(HandoutProof.Scores(handout, reference, CheckRunner.Read(files["Check/assignment.json"])),
            "The handout's scores are not what they must be");
    }

    static void Require(IEnumerable<string> problems, string what)
    {
        string[] found = [.. problems.Take(20)];
        if (found.Length > 0) throw new HandoutException($"{what}:\n{string.Join('\n', found)}");
    }

    void AddPackages(string partial)
    {
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named
            ? named : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Directory.CreateDirectory(Path.Combine(partial, "packages"));
        foreach (XElement package in XDocument.Load(Path.Combine(folder.Root, "Directory.Packages.props")).Descendants("PackageVersion"))
        {
            (string name, string version) = (package.Attribute("Include")!.Value, package.Attribute("Version")!.Value);
            if (!HandoutFiles.Packages(folder).Contains(name)) continue;
            string file = $"{name}.{version}.nupkg".ToLowerInvariant();
            string cached = Path.Combine(cache, name.ToLowerInvariant(), version, file);
            if (!File.Exists(cached)) throw new HandoutException($"{cached} is not there; run dotnet restore in the repository first.");
            File.Copy(cached, Path.Combine(partial, "packages", file));
        }
    }

    /// <summary>What a command of dotnet prints in a handout.</summary>
    /// <exception cref="HandoutException">It ends with another exit code than what is expected.</exception>
    internal static string Run(string partial, string[] arguments, int expected = 0)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = partial,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // The settings of a build that runs this program are not the student's.
        foreach (string name in start.Environment.Keys.Where(key =>
            key.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase) || key is "DOTNET_CLI_TELEMETRY_SESSIONID").ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != expected)
            throw new HandoutException($"In the handout, dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}{error.Result}");
        return output;
    }

    // Files that the build and the check write are not part of the handout.
    void RemoveBuilt(string partial)
    {
        File.Delete(Path.Combine(partial, "check.html"));
        foreach (string project in HandoutFiles.Programs(folder).Append("MyTorch"))
            foreach (string left in new[] { "bin", "obj" })
                if (Path.Combine(partial, project, left) is var path && Directory.Exists(path)) Directory.Delete(path, recursive: true);
    }
}

/// <summary>A handout that was not written; the message says why and what to do.</summary>
sealed class HandoutException(string message) : Exception(message);
