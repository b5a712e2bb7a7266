namespace MyTorch.Grader.Source;

/// <summary>The files that are embedded in the grader: sources of the child process, and templates. Grader.csproj names them.</summary>
static class EmbeddedFiles
{
    /// <summary>The names of the files below a folder.</summary>
    public static IEnumerable<string> Below(string folder) => typeof(EmbeddedFiles).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>The text of a file, with line feeds only.</summary>
    public static string Read(string name)
    {
        using Stream stream = typeof(EmbeddedFiles).Assembly.GetManifestResourceStream(name)
            ?? throw new ArgumentException($"{name} is not embedded in the grader. Grader.csproj lists what is.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
