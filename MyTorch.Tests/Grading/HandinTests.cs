using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;

namespace MyTorch.Tests.Grading;

/// <summary>What is read of folders and archives, and what is refused, with a sentence.</summary>
[TestFixture]
public sealed class HandinTests : TestsWithFolder
{
    const string Products = "MyTorch/Operations/Products.cs";
    static readonly Assignment s_assignment = TinyAssignment.Loaded.Assignment;

    [TestCase(Products)]
    [TestCase("handin/" + Products)]
    [TestCase("hw1 (Zoë's)/repo/" + Products)]
    [TestCase("MyTorch\\Operations\\Products.cs")]
    [TestCase("./" + Products)]
    [TestCase("Products.cs")]
    [TestCase("mytorch/operations/PRODUCTS.CS")]
    [TestCase("MyTorch//./Operations/Products.cs")]
    public void AZipIsReadHoweverItsPathsAreWritten(string path)
    {
        Handin handin = Handin.Read(Zip((path, "class A;"u8.ToArray()), ("__MACOSX/MyTorch/Operations/._Products.cs", [0, 5, 22, 7]), ("hw/MyTorch/._Helper.cs", [0, 5, 22, 7]), ("docs/notes.cs", [0])), s_assignment);

        Assert.That(handin.Files, Has.Count.EqualTo(1));
        Assert.That(handin.Files[Products], Is.EqualTo("class A;"));
    }

    [Test]
    public void OfTwoFoldersTheNearerOneIsReadOrTheOneThatSaysItIsTheAssignments()
    {
        byte[] old = "class Old;"u8.ToArray(), ours = "class A;"u8.ToArray();
        Assert.That(Handin.Read(Zip(("backup/" + Products, old), (Products, ours)), s_assignment).Files[Products], Is.EqualTo("class A;"));
        Assert.That(Handin.Read(Zip(("a/b/" + Products, old), ("c/" + Products, ours)), s_assignment).Files[Products], Is.EqualTo("class A;"));
        Assert.That(Handin.Read(Zip(("a/" + Products, old), ("c/" + Products, ours), ("c/manifest.json", """{"assignment": "tiny", "version": "1"}"""u8.ToArray())), s_assignment).Files[Products], Is.EqualTo("class A;"));
        Assert.That(() => Handin.Read(Zip(("new/" + Products, old), ("old/" + Products, ours)), s_assignment), Refused("There are 2 folders with files of the assignment that differ: new/ and old/. Hand in one of them."));
        Assert.That(() => Handin.Read(Zip(("a/" + Products, old), ("b/" + Products, old), ("c/" + Products, ours)), s_assignment), Refused("There are 3 folders with files of the assignment that differ: a/ and b/ among them."));
        Assert.That(Handin.Read(Zip(("hw1/" + Products, ours), ("hw1 copy/" + Products, ours)), s_assignment).Files[Products], Is.EqualTo("class A;"), "two copies");
        Assert.That(() => Handin.Read(Zip(("hw1/" + Products, ours), ("hw1 copy/" + Products, ours), ("hw1/MyTorch/Helper.cs", old)), s_assignment), Refused("that differ"), "one of them has more");
        Assert.That(Handin.Read(Zip(("copies/Products.cs", old), ("Products.cs", ours)), s_assignment).Files[Products], Is.EqualTo("class A;"), "loose files");
    }

    [Test]
    public void ALinkOrADeviceElsewhereIsNobodysConcern()
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "venv/bin/python") { LinkName = "/usr/bin/python3" });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Fifo, "run/pipe"));
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, Products) { DataStream = new MemoryStream("class A;"u8.ToArray()) });
        }

        Assert.That(Handin.Read(Bytes("handin.tar", stream.ToArray()), s_assignment).Files.Keys, Is.EqualTo(new[] { Products }));
    }

    [TestCase("MyTorch/\u001b[31m.cs", "that cannot be displayed")]
    [TestCase("MyTorch/a\n{\"scores\":{}}\n.cs", "that cannot be displayed")]
    [TestCase("MyTorch/a\u202esc.cs", "that cannot be displayed")]
    [TestCase("MyTorch/LONG.cs", "has 4011 characters")]
    public void ANameThatWouldSpoilAReportIsRefused(string name, string said)
    {
        string zip = Zip((Products, "class A;"u8.ToArray()), (name.Replace("LONG", new string('a', 4000), StringComparison.Ordinal), "class B;"u8.ToArray()));

        string message = Assert.Throws<InvalidHandinException>(() => Handin.Read(zip, s_assignment))!.Message;
        Assert.That(message, Does.Contain(said));
        Assert.That(message.Any(c => char.IsControl(c) || c == '\u202e'), Is.False, message);
        Assert.That(Handin.Read(Zip((Products, "class A;"u8.ToArray()), ("notes/\u001b[31m.cs", [])), s_assignment).Files, Has.Count.EqualTo(1), "a file that is not read");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void ATarIsRead(bool packed)
    {
        string file = InFolder("handin.tar");
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
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, path))!);
            File.WriteAllText(Path.Combine(Folder, path), "class A;");
        }

        Assert.That(Handin.Read(Folder, s_assignment).Files.Keys, Is.EqualTo(new[] { Products }));
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
        Directory.CreateDirectory(InFolder("linked/MyTorch/Operations"));
        File.CreateSymbolicLink(Path.Combine(Folder, "linked", Products), "/etc/passwd");
        Assert.That(() => Handin.Read(InFolder("linked"), s_assignment), Refused("is a link"));
    }

    [Test]
    public void WhatIsEmptyDamagedOrOfAnotherKindIsRefused()
    {
        Assert.That(() => Handin.Read(InFolder("none.zip"), s_assignment), Refused("There is no file"));
        Assert.That(() => Handin.Read(Bytes("empty.tar", []), s_assignment), Refused("0 bytes"));
        Assert.That(() => Handin.Read(Zip(), s_assignment), Refused("None of the assignment's files"));
        Assert.That(() => Handin.Read(Bytes("damaged.zip", [(byte)'P', (byte)'K', 3, 4, 1, 2, 3]), s_assignment), Refused("damaged"));
        Assert.That(() => Handin.Read(Bytes("damaged.tgz", [0x1F, 0x8B, 8, 0, 1, 2, 3]), s_assignment), Refused("damaged"));
        Assert.That(() => Handin.Read(Bytes("handin.7z", [(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C]), s_assignment), Refused("packed as 7z. Hand in a zip, a tar or a tar.gz"));
        Assert.That(() => Handin.Read(Bytes("handin.tar", "BZh91AY and more"u8.ToArray()), s_assignment), Refused("packed as bzip2"));
        Assert.That(() => Handin.Read(Zip(("other/Thing.cs", "class A;"u8.ToArray())), s_assignment), Refused("1 other file, other/Thing.cs"));
        Assert.That(() => Handin.Read(Zip(("handin.zip", [1])), s_assignment), Refused("It holds 1 other file, handin.zip. Hand in that archive itself."));
        Assert.That(() => Handin.Read(Zip(("a.txt", [1]), ("b.txt", [1])), s_assignment), Refused("It holds 2 other files, a.txt among them."));
        byte[] locked = File.ReadAllBytes(Zip((Products, "class A;"u8.ToArray())));
        foreach ((string mark, int flags) in new[] { ("PK\u0003\u0004", 6), ("PK\u0001\u0002", 8) }) locked[locked.AsSpan().IndexOf(Encoding.ASCII.GetBytes(mark)) + flags] |= 1;
        Assert.That(() => Handin.Read(Bytes("locked.zip", locked), s_assignment), Refused("locked with a password"));
    }

    [Test]
    public void WhatIsTooLargeIsRefusedBeforeItIsUnpacked()
    {
        Assert.That(() => Handin.Read(Zip((Products, new byte[50 << 20])), s_assignment), Refused("larger than 4 MB"));
        Assert.That(() => Handin.Read(Zip([.. Enumerable.Range(0, 30_000).Select(i => ($"MyTorch/{i}.cs", Array.Empty<byte>()))]), s_assignment), Refused("more than 20000 files"));
    }

    /// <summary>
    /// A whole handout says in Check/assignment.json which it is, and holds there cases and mistakes, which are no part of a handin: they may
    /// be larger than one, in whatever letters.
    /// </summary>
    [TestCase("x"), TestCase("é"), TestCase("∂"), TestCase("🡒")]
    public void AWholeHandoutMayDescribeItselfAtAnyLength(string letter)
    {
        string longText = string.Concat(Enumerable.Repeat(letter, 6 << 20));
        foreach (string version in new[] { "1", "0" })
        {
            string text = $$$"""{"assignment": "tiny", "given": {"version": "7", "a": [1, {"id": "b"}]}, "version": "{{{version}}}", "cases": ["{{{longText}}}"]}""";
            string whole = Zip((Products, "class A;"u8.ToArray()), ("Check/assignment.json", Encoding.UTF8.GetBytes(text)));
            Handin handin = Handin.Read(whole, s_assignment);
            Assert.That((handin.Assignment, handin.Version), Is.EqualTo(("tiny", version)));
            Assert.That(handin.Files.Keys, Is.EqualTo(new[] { Products }));
        }
    }

    [Test]
    public void AHandinOfAnotherAssignmentOrVersionIsRefused()
    {
        string other = Zip((Products, "class A;"u8.ToArray()), ("manifest.json", """{"assignment": "hw2", "version": "1", "files": {}}"""u8.ToArray()));
        string older = Zip((Products, "class A;"u8.ToArray()), ("manifest.json", """{"assignment": "tiny", "version": "0", "files": {}}"""u8.ToArray()));

        string forged = Zip((Products, "class A;"u8.ToArray()), ("manifest.json", Encoding.UTF8.GetBytes($$"""{"assignment": "\u001b[31mhw2\n{{new string('x', 5000)}}"}""")));

        string said = TinyAssignment.Grader.Grade(forged).Message;
        Assert.That(said, Has.Length.LessThan(200));
        Assert.That(said.Any(char.IsControl), Is.False, said);
        Assert.That(TinyAssignment.Grader.Grade(other).Message, Is.EqualTo("This handin is for hw2; expected one for tiny."));
        Assert.That(TinyAssignment.Grader.Grade(older).Message, Does.Contain("version 0 of tiny; expected version 1"));
        Assert.That(TinyAssignment.Grader.Grade(older).Questions.Sum(question => question.MaxScore), Is.EqualTo(10), "zero of ten, not of nothing");
    }

    [Test]
    public void ATarThatLiesAboutItsSizesIsRefusedAtOnce()
    {
        byte[] honest = File.ReadAllBytes(Tar(new UstarTarEntry(TarEntryType.RegularFile, Products) { DataStream = new MemoryStream("class A;"u8.ToArray()) }));
        byte[] With(int at, string field)
        {
            byte[] tar = [.. honest];
            Encoding.ASCII.GetBytes(field, tar.AsSpan(at));
            tar.AsSpan(148, 8).Fill((byte)' ');
            int sum = tar.AsSpan(0, 512).ToArray().Sum(one => one);
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", tar.AsSpan(148));
            return tar;
        }
        Assert.That(() => Handin.Read(Bytes("negative.tar", With(124, "-0000000001\0")), s_assignment), Refused("damaged"));
        Assert.That(() => Handin.Read(Bytes("large.tar", With(124, "77777777777\0")), s_assignment), Refused("damaged"));
        Assert.That(() => Handin.Read(Bytes("sparse.tar", With(156, "S")), s_assignment), Refused("damaged"), "a kind of entry that only one tar knows");
        // A header before a file's own, said to hold its long name.
        Assert.That(() => Handin.Read(Bytes("header.tar", With(124, "00200000000\0")[..124].Concat(With(156, "L")[124..]).ToArray()), s_assignment), Refused(""));
        var wordy = new PaxTarEntry(TarEntryType.RegularFile, Products, new Dictionary<string, string> { ["comment"] = new string('a', 3 << 20) }) { DataStream = new MemoryStream("class A;"u8.ToArray()) };
        Assert.That(() => Handin.Read(Tar(wordy), s_assignment), Refused("at a length that no honest one needs"));
    }

    [Test]
    public void APipeOrADeviceInThePlaceOfAFileIsRefused()
    {
        // The device that is handed in, and the mark of one in a zip's attributes, are Unix's.
        if (!OperatingSystem.IsLinux()) Assert.Ignore("there is no /dev/zero");
        Assert.That(() => Handin.Read("/dev/zero", s_assignment), Refused("zero is not a file but a pipe or a device"));
        byte[] linked = File.ReadAllBytes(Zip((Products, "class A;"u8.ToArray())));
        int attributes = linked.AsSpan().IndexOf("PK\u0001\u0002"u8) + 38;
        BitConverter.TryWriteBytes(linked.AsSpan(attributes), 0x21A4 << 16);
        Assert.That(() => Handin.Read(Bytes("device.zip", linked), s_assignment), Refused("is not a file but a pipe or a device"));
    }

    static NUnit.Framework.Constraints.IResolveConstraint Refused(string message) => Throws.TypeOf<InvalidHandinException>().With.Message.Contains(message);

    int _count;

    string Bytes(string name, byte[] bytes)
    {
        string file = InFolder($"{_count++}-{name}");
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
