using System.Diagnostics;

namespace MyTorch.Tests.Samples;

/// <summary>What a program wrote, lines ended by \n, and how it ended.</summary>
public sealed record ProgramRun(int ExitCode, string Output, string Error);

/// <summary>The programs of samples/lessons, run as a student runs them: <c>dotnet run FILE</c>.</summary>
public static class FileBasedPrograms
{
    /// <summary>The folder of the programs.</summary>
    public static string Lessons { get; } = Path.Combine(GeneratedFile.Repository, "samples", "lessons");

    /// <summary>The folder in which they run and write their pictures.</summary>
    public static string WorkingFolder { get; } = Path.Combine(AppContext.BaseDirectory, "lessons");

    /// <summary>Builds a program and runs it.</summary>
    /// <param name="file">Its name in the folder.</param>
    /// <param name="arguments">What follows <c>--</c>.</param>
    /// <param name="input">The text on standard input, which ends after it.</param>
    public static ProgramRun Run(string file, IEnumerable<string>? arguments = null, string input = "")
    {
        bool release = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
        return Start(Directory.CreateDirectory(WorkingFolder).FullName,
            ["run", "-c", release ? "Release" : "Debug", Path.Combine(Lessons, file), "--", .. arguments ?? []], input);
    }

    /// <summary>Runs the command dotnet.</summary>
    public static ProgramRun RunDotnet(string folder, params string[] arguments) => Start(folder, arguments, "");

    static ProgramRun Start(string folder, string[] arguments, string input)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // No build process may outlive the program: it would hold the pipes open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return new ProgramRun(process.ExitCode, output.Result.ReplaceLineEndings("\n"), error.Result.ReplaceLineEndings("\n"));
    }
}
