namespace MyTorch.Tests;

/// <summary>A file of the repository that code writes. A test compares it with what the code writes now; on request it writes it.</summary>
static class GeneratedFile
{
    const string Request = "MYTORCH_REWRITE";

    /// <summary>The folder that holds the solution.</summary>
    internal static string Repository { get; } = FindRepository();

    /// <summary>Fails, and says how to write the file anew, if it is not the text.</summary>
    internal static void AssertIs(string path, string text)
    {
        string file = Path.Combine(Repository, path);
        if (Environment.GetEnvironmentVariable(Request) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
        string stands = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        Assert.That(stands, Is.EqualTo(text),
            $"{path} is made by {TestContext.CurrentContext.Test.ClassName} and is out of date. Set the environment variable {Request} to 1, run this test once more, look at what changed, and commit it.");
    }

    static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "MyTorch.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds MyTorch.sln.");
    }
}
