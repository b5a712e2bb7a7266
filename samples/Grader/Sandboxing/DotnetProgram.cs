using System.Runtime.InteropServices;

namespace MyTorch.Grader.Sandboxing;

/// <summary>The program <c>dotnet</c> that this process runs on.</summary>
static class DotnetProgram
{
    public static string Location { get; } = Find();

    static string Find()
    {
        // …/shared/Microsoft.NETCore.App/10.0.0/
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(beside) ? beside : Environment.ProcessPath is { } path && Path.GetFileName(path) == name ? path : name;
    }
}
