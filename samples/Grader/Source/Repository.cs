namespace MyTorch.Grader.Source;

/// <summary>The checkout whose library homework is made of.</summary>
static class Repository
{
    /// <summary>The folder that holds MyTorch/MyTorch.csproj, from a folder upwards.</summary>
    /// <exception cref="SourceException">There is none.</exception>
    public static string Root(string from)
    {
        for (DirectoryInfo? folder = new(Path.GetFullPath(from)); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "MyTorch", "MyTorch.csproj"))) return folder.FullName;
        throw new SourceException($"{Path.GetFullPath(from)}: no folder above it holds MyTorch/MyTorch.csproj; keep assignments inside a " +
            $"checkout of the library.");
    }
}
