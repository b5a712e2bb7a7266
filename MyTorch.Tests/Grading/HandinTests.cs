using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;

namespace MyTorch.Tests;

/// <summary>What is read of folders and archives, and what is refused, with a sentence.</summary>
[TestFixture]
public sealed class HandinTests
{
    const string Products = "MyTorch/Operations/Products.cs";
    static readonly Assignment s_assignment = AssignmentFolder.Load(TinyAssignment.Folder).Assignment;
    string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("handins").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase(Products)]
    [TestCase("handin/" + Products)]
    [TestCase("hw1 (Zoë's)/repo/" + Products)]
    [TestCase("MyTorch\\Operations\\Products.cs")]
    [TestCase("./" + Products)]
    [TestCase("Products.cs")]
    public void AZipIsReadHoweverItsPathsAreWritten(string path)
    {
        Handin handin = Handin.Read(Zip((path, "class A;"u8.ToArray()), ("__MACOSX/MyTorch/._Products.txt", [0])), s_assignment);

        Assert.That(handin.Files, Has.Count.EqualTo(1));
        Assert.That(handin.Files[Products], Is.EqualTo("class A;"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void ATarIsRead(bool packed)
    {
        string file = Path.Combine(_folder, "handin.tar");
        using (Stream stream = File.Create(file))
        using (Stream written = packed ? new GZipStream(stream, CompressionLevel.Fastest) : stream)
        using (var tar = new TarWriter(written))
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, Products) { DataStream = new MemoryStream("class A;"u8.ToArray()) });

        Assert.That(Handin.Read(file, s_assignment).Files[Products], Is.EqualTo("class A;"));
    }

    [TestCase("utf-8", true)]
    [TestCase("utf-16", true)]
    [TestCase("utf-16BE", true)]
    [TestCase("utf-16", false)]
    [TestCase("iso-8859-1", false)]
    public void TextIsReadInWhateverEncodingAnEditorWrote(string name, bool mark)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        const string text = "// Größe\r\nclass A;\r\n";

        Handin handin = Handin.Read(Zip((Products, [.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(text)])), s_assignment);

        Assert.That(handin.Files[Products], Is.EqualTo(text));
    }

    [Test]
    public void AFolderIsReadWithoutWhatABuildWrote()
    {
        foreach (string path in new[] { Products, "MyTorch/obj/Debug/Generated.cs", "bin/MyTorch/Copy.cs", "MyTorch/MyTorch.csproj", "Directory.Build.props", "MyTorch.Tests/Forged.cs" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder, path))!);
            File.WriteAllText(Path.Combine(_folder, path), "class A;");
        }

        Assert.That(Handin.Read(_folder, s_assignment).Files.Keys, Is.EqualTo(new[] { Products }));
    }

    [Test]
    public void WhatLeadsOutOrIsNoFileIsRefused()
    {
        Assert.That(() => Handin.Read(Zip(("../" + Products, [])), s_assignment), Refused("leads out"));
        Assert.That(() => Handin.Read(Zip(("/etc/" + Products, [])), s_assignment), Refused("leads out"));
        Assert.That(() => Handin.Read(Zip(("C:\\" + Products, [])), s_assignment), Refused("leads out"));
        Assert.That(() => Handin.Read(Tar(new PaxTarEntry(TarEntryType.SymbolicLink, Products) { LinkName = "/etc/passwd" }), s_assignment), Refused("is a link"));
        Assert.That(() => Handin.Read(Tar(new PaxTarEntry(TarEntryType.HardLink, Products) { LinkName = "/etc/passwd" }), s_assignment), Refused("is a link"));
        Assert.That(() => Handin.Read(Tar(new PaxTarEntry(TarEntryType.Fifo, Products)), s_assignment), Refused("a pipe or a device"));
        Directory.CreateDirectory(Path.Combine(_folder, "linked/MyTorch/Operations"));
        File.CreateSymbolicLink(Path.Combine(_folder, "linked", Products), "/etc/passwd");
        Assert.That(() => Handin.Read(Path.Combine(_folder, "linked"), s_assignment), Refused("is a link"));
    }

    [Test]
    public void WhatIsEmptyDamagedOrOfAnotherKindIsRefused()
    {
        Assert.That(() => Handin.Read(Path.Combine(_folder, "none.zip"), s_assignment), Refused("There is no file"));
        Assert.That(() => Handin.Read(Bytes("empty.tar", []), s_assignment), Refused("0 bytes"));
        Assert.That(() => Handin.Read(Zip(), s_assignment), Refused("None of the assignment's files"));
        Assert.That(() => Handin.Read(Bytes("damaged.zip", [(byte)'P', (byte)'K', 3, 4, 1, 2, 3]), s_assignment), Refused("damaged"));
        Assert.That(() => Handin.Read(Bytes("damaged.tgz", [0x1F, 0x8B, 8, 0, 1, 2, 3]), s_assignment), Refused("damaged"));
        Assert.That(() => Handin.Read(Bytes("handin.7z", "7z¼¯' and more"u8.ToArray()), s_assignment), Refused("damaged"));
        Assert.That(() => Handin.Read(Zip(("other/Thing.cs", "class A;"u8.ToArray())), s_assignment), Refused("1 other file, other/Thing.cs"));
        Assert.That(() => Handin.Read(Zip((Products, [1, 0, 2, 0, 0, 0])), s_assignment), Refused("not a text file"));
    }

    [Test]
    public void WhatIsTooLargeIsRefusedBeforeItIsUnpacked()
    {
        Assert.That(() => Handin.Read(Zip((Products, new byte[50 << 20])), s_assignment), Refused("larger than 4 MB"));
        Assert.That(() => Handin.Read(Zip([.. Enumerable.Range(0, 30_000).Select(i => ($"MyTorch/{i}.cs", Array.Empty<byte>()))]), s_assignment), Refused("more than 20000 files"));
    }

    [Test]
    public void AHandinOfAnotherAssignmentOrVersionIsRefused()
    {
        string other = Zip((Products, "class A;"u8.ToArray()), ("manifest.json", """{"assignment": "hw2", "version": "1", "files": {}}"""u8.ToArray()));
        string older = Zip((Products, "class A;"u8.ToArray()), ("manifest.json", """{"assignment": "tiny", "version": "0", "files": {}}"""u8.ToArray()));

        Assert.That(TinyAssignment.Grader.Grade(other).Message, Is.EqualTo("This is hw2, expected tiny."));
        Assert.That(TinyAssignment.Grader.Grade(older).Message, Does.Contain("version 0 of tiny; expected version 1"));
        Assert.That(TinyAssignment.Grader.Grade(older).Questions.Sum(question => question.MaxScore), Is.EqualTo(10), "zero of ten, not of nothing");
    }

    static NUnit.Framework.Constraints.IResolveConstraint Refused(string message) => Throws.TypeOf<InvalidHandinException>().With.Message.Contains(message);

    int _count;

    string Bytes(string name, byte[] bytes)
    {
        string file = Path.Combine(_folder, $"{_count++}-{name}");
        File.WriteAllBytes(file, bytes);
        return file;
    }

    string Zip(params (string Path, byte[] Bytes)[] files)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create))
            foreach ((string path, byte[] bytes) in files)
            {
                using Stream entry = zip.CreateEntry(path).Open();
                entry.Write(bytes);
            }
        return Bytes("handin.zip", stream.ToArray());
    }

    string Tar(TarEntry entry)
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, leaveOpen: true)) tar.WriteEntry(entry);
        return Bytes("handin.tar", stream.ToArray());
    }
}
