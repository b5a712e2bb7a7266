using System.Runtime.Versioning;
using MyTorch.Serialization;

namespace MyTorch.Tests.Serialization;

/// <summary>A write that fails leaves the old file, and no other.</summary>
[TestFixture]
public sealed class WholeFileTests : TestsWithFolder
{
    static void WriteWhole(string path, string text) => WholeFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    [Test]
    public void TheNewFileReplacesTheOldOne()
    {
        WriteWhole(InFolder("a"), "old and long");
        WriteWhole(InFolder("a"), "new");
        Assert.That(File.ReadAllText(InFolder("a")), Is.EqualTo("new"));
        Assert.That(Directory.GetFiles(Folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void ReadersSeeTheOldFileUntilTheNewOneIsComplete()
    {
        WriteWhole(InFolder("a"), "old");
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
        WriteWhole(InFolder("a"), "old");
        string message = Assert.Throws<IOException>(() => WholeFile.Write(InFolder("a"), stream =>
        {
            stream.Write("half"u8);
            throw new IOException($"No space left on device : '{InFolder(".a.1234.tmp")}'");
        }))!.Message;
        Assert.That(message, Is.EqualTo($"{InFolder("a")} was not written: No space left on device. The existing file is unchanged."));
        Assert.That(File.ReadAllText(InFolder("a")), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(Folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void ErrorOfTheWriterLeavesTheOldFileAndIsNotReworded()
    {
        WriteWhole(InFolder("a"), "old");
        Assert.That(() => WholeFile.Write(InFolder("a"), _ => throw new InvalidOperationException("mine")),
            Throws.InvalidOperationException.With.Message.EqualTo("mine"));
        Assert.That(File.ReadAllText(InFolder("a")), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(Folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void MissingFolderAFolderAndAReadOnlyFileAreNamed()
    {
        Assert.That(() => WriteWhole(InFolder("none/a"), ""), Throws.TypeOf<IOException>().With.Message.Contains(
            "none does not exist. Make it first. No file was made."));
        Assert.That(() => WriteWhole(Folder, ""), Throws.TypeOf<IOException>().With.Message.Contains("it is a folder"));
        WriteWhole(InFolder("a"), "old");
        File.SetAttributes(InFolder("a"), FileAttributes.ReadOnly);
        Assert.That(() => WriteWhole(InFolder("a"), "new"), Throws.TypeOf<IOException>().With.Message.Contains("read-only"));
        Assert.That(File.ReadAllText(InFolder("a")), Is.EqualTo("old"));
        File.SetAttributes(InFolder("a"), FileAttributes.Normal);
    }

    [Test]
    [Platform(Include = "Linux")]
    [UnsupportedOSPlatform("windows")]
    public void ReadOnlyFolderIsNamed()
    {
        // The superuser may write into any folder but those of /proc.
        string folder = Environment.IsPrivilegedProcess ? "/proc/self" : Folder;
        if (folder == Folder) File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.That(() => WriteWhole(Path.Combine(folder, "model.safetensors"), "x"),
                Throws.TypeOf<IOException>().With.Message.StartsWith($"{folder}/model.safetensors was not written: ").And.Message.EndsWith(
                    "No file was made."));
        }
        finally
        {
            File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
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
        WriteWhole(InFolder("a"), "new");
        Assert.That(Directory.GetFiles(Folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "a", ".a.recent.tmp", ".b.old.tmp" }));
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public void LinksAndPermissionsStay()
    {
        WriteWhole(InFolder("target"), "old");
        File.SetUnixFileMode(InFolder("target"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(InFolder("link"), InFolder("target"));
        WriteWhole(InFolder("link"), "new");
        Assert.That(File.ReadAllText(InFolder("target")), Is.EqualTo("new"));
        Assert.That(new FileInfo(InFolder("link")).LinkTarget, Is.EqualTo(InFolder("target")));
        Assert.That(File.GetUnixFileMode(InFolder("target")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }
}
