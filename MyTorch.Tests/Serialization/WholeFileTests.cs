using System.Runtime.Versioning;
using MyTorch.Serialization;

namespace MyTorch.Tests.Serialization;

/// <summary>A write that fails leaves the old file, and no other.</summary>
[TestFixture]
public sealed class WholeFileTests
{
    string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("wholefile").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    string InFolder(string name) => Path.Combine(_folder, name);

    static void Write(string path, string text) => WholeFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    [Test]
    public void TheNewFileReplacesTheOldOne()
    {
        Write(InFolder("a"), "old and long");
        Write(InFolder("a"), "new");
        Assert.That(File.ReadAllText(InFolder("a")), Is.EqualTo("new"));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void ReadersSeeTheOldFileUntilTheNewOneIsComplete()
    {
        Write(InFolder("a"), "old");
        WholeFile.Write(InFolder("a"), stream =>
        {
            stream.Write("half"u8);
            stream.Flush();
            Assert.That(File.ReadAllText(InFolder("a")), Is.EqualTo("old"));
        });
        Assert.That(File.ReadAllText(InFolder("a")), Is.EqualTo("half"));
    }

    // What the system reports when a disk is full arrives as an IOException of Write or Flush.
    [Test]
    public void FullDiskLeavesTheOldFileAndSaysSo()
    {
        Write(InFolder("a"), "old");
        string message = Assert.Throws<IOException>(() => WholeFile.Write(InFolder("a"), stream =>
        {
            stream.Write("half"u8);
            throw new IOException($"No space left on device : '{InFolder(".a.1234.tmp")}'");
        }))!.Message;
        Assert.That(message, Is.EqualTo($"{InFolder("a")} was not written: No space left on device. The existing file is unchanged."));
        Assert.That(File.ReadAllText(InFolder("a")), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void ErrorOfTheWriterLeavesTheOldFileAndIsNotReworded()
    {
        Write(InFolder("a"), "old");
        Assert.That(() => WholeFile.Write(InFolder("a"), _ => throw new InvalidOperationException("mine")),
            Throws.InvalidOperationException.With.Message.EqualTo("mine"));
        Assert.That(File.ReadAllText(InFolder("a")), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void MissingFolderAFolderAndAReadOnlyFileAreNamed()
    {
        Assert.That(() => Write(InFolder("none/a"), ""), Throws.TypeOf<IOException>().With.Message.Contains(
            "none does not exist. Make it first. No file was made."));
        Assert.That(() => Write(_folder, ""), Throws.TypeOf<IOException>().With.Message.Contains("it is a folder"));
        Write(InFolder("a"), "old");
        File.SetAttributes(InFolder("a"), FileAttributes.ReadOnly);
        Assert.That(() => Write(InFolder("a"), "new"), Throws.TypeOf<IOException>().With.Message.Contains("read-only"));
        Assert.That(File.ReadAllText(InFolder("a")), Is.EqualTo("old"));
        File.SetAttributes(InFolder("a"), FileAttributes.Normal);
    }

    [Test]
    [Platform(Include = "Linux")]
    [UnsupportedOSPlatform("windows")]
    public void ReadOnlyFolderIsNamed()
    {
        // The superuser may write into any folder but those of /proc.
        string folder = Environment.IsPrivilegedProcess ? "/proc/self" : _folder;
        if (folder == _folder) File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.That(() => Write(Path.Combine(folder, "model.safetensors"), "x"),
                Throws.TypeOf<IOException>().With.Message.StartsWith($"{folder}/model.safetensors was not written: ").And.Message.EndsWith(
                    "No file was made."));
        }
        finally
        {
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Test]
    public void AbandonedTemporaryFilesAreRemovedAndRecentOnesKept()
    {
        File.WriteAllText(InFolder(".a.old.tmp"), "");
        File.SetLastWriteTimeUtc(InFolder(".a.old.tmp"), DateTime.UtcNow.AddMinutes(-11));
        File.WriteAllText(InFolder(".a.recent.tmp"), "");
        File.WriteAllText(InFolder(".b.old.tmp"), "");
        File.SetLastWriteTimeUtc(InFolder(".b.old.tmp"), DateTime.UtcNow.AddMinutes(-11));
        Write(InFolder("a"), "new");
        Assert.That(Directory.GetFiles(_folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "a", ".a.recent.tmp", ".b.old.tmp" }));
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public void LinksAndPermissionsStay()
    {
        Write(InFolder("target"), "old");
        File.SetUnixFileMode(InFolder("target"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(InFolder("link"), InFolder("target"));
        Write(InFolder("link"), "new");
        Assert.That(File.ReadAllText(InFolder("target")), Is.EqualTo("new"));
        Assert.That(new FileInfo(InFolder("link")).LinkTarget, Is.EqualTo(InFolder("target")));
        Assert.That(File.GetUnixFileMode(InFolder("target")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }
}
