using System.Diagnostics;
using System.Globalization;

namespace MyTorch;

/// <summary>The file and line of user code, for scopes that note it.</summary>
static class SourceLine
{
    /// <summary>The file and line, outside this library, that is being executed.</summary>
    internal static string? OfCaller()
    {
        foreach (StackFrame frame in new StackTrace(fNeedFileInfo: true).GetFrames())
            if (frame.GetFileName() is { } file && DiagnosticMethodInfo.Create(frame)?.DeclaringAssemblyName is { } assembly
                && !assembly.StartsWith("MyTorch,", StringComparison.Ordinal))
                return string.Create(CultureInfo.InvariantCulture, $"{file}:{frame.GetFileLineNumber()}");
        return null;
    }
}
