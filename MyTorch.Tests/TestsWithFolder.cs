namespace MyTorch.Tests;

/// <summary>Tests that write files: each has a new folder, which is removed after it.</summary>
public abstract class TestsWithFolder
{
    /// <summary>The folder of this test.</summary>
    protected string Folder { get; private set; } = "";

    [SetUp]
    public void MakeFolder() => Folder = Directory.CreateTempSubdirectory(GetType().Name).FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(Folder, recursive: true);

    /// <summary>The path of a file or folder in it.</summary>
    protected string InFolder(string name) => Path.Combine(Folder, name);

    /// <summary>Writes a file into it, and returns its path.</summary>
    protected string Write(string name, string text)
    {
        File.WriteAllText(InFolder(name), text);
        return InFolder(name);
    }
}
