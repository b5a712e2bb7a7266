using System.Text;

namespace MyTorch.Tests.Data;

/// <summary>Writes the files of a fixture's tests and deletes them after each test.</summary>
public abstract class CsvFiles
{
    readonly List<string> _files = [];

    [TearDown]
    public void DeleteFiles()
    {
        foreach (string file in _files) File.Delete(file);
        _files.Clear();
    }

    protected string Write(string text) => Write(new UTF8Encoding(false).GetBytes(text));

    protected string Write(byte[] bytes)
    {
        string path = Path.Combine(Path.GetTempPath(), $"mytorch-{Guid.NewGuid():N}.csv");
        File.WriteAllBytes(path, bytes);
        _files.Add(path);
        return path;
    }

    /// <summary>The real files, found from wherever the tests are built to.</summary>
    protected static string Real(string name)
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "data", name))) return Path.Combine(folder, "data", name);
        throw new FileNotFoundException($"No folder above the tests has data/{name}.");
    }
}
