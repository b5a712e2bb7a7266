using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>A newer handout is taken over in one that a student has begun: nothing that the student wrote is lost.</summary>
[Category("Long")]
public sealed class UpdateTests
{
    const string Node = "MyTorch/Node.cs", Engine = "MyTorch/Engine.cs";
    const string Plus = "public static Node operator +(Node a, Node b) => a.Result(a.Value + b.Value, (a, 1), (b, 1));   // mine";

    SortedDictionary<string, string> _first = null!, _second = null!;
    string _temporary = null!, _root = null!;
    int _count;

    [OneTimeSetUp]
    public void Make()
    {
        AssignmentFolder folder = AssignmentFolder.Load(Path.Combine(HomeworkContent.Root, "samples", "Homework1", "scalar"));
        SourceTree library = Stubs.Of(folder);
        using var reference = new LoadedHandout(folder.Reference, folder);
        _first = HandoutFiles.Of(folder, library, reference);
        // The new version: a given method and a comment are other ones, a given file is new, and a step is described in other words.
        AssignmentFolder later = folder with
        {
            Assignment = folder.Assignment with { Version = "2", Changes = new Dictionary<string, string> { ["2"] = "Constant is explained.", ["1"] = "The first." } },
        };
        SourceTree changed = SourceTree.Of(library.Paths.Select(path => (path, library[path]
            .Replace("Node Log()", "Node Ln() => Log();\n    public Node Log()", StringComparison.Ordinal)
            .Replace("/// <summary>A number on a tape:", "/// <summary>A number that knows its tape:", StringComparison.Ordinal))));
        _second = HandoutFiles.Of(later, changed.With("MyTorch/More.cs", "static class More;\n"), reference);
        Assert.That(_second[Node], Is.Not.EqualTo(_first[Node]));
        _temporary = Directory.CreateTempSubdirectory().FullName;
    }

    [OneTimeTearDown]
    public void Clear() => Directory.Delete(_temporary, recursive: true);

    [SetUp]
    public void Begin() => _root = Write(_first, $"mine{_count++}");

    string Write(SortedDictionary<string, string> files, string name)
    {
        string root = Path.Combine(_temporary, name);
        foreach ((string path, string text) in files) Put(root, path, text);
        return root;
    }

    static void Put(string root, string path, string text)
    {
        string file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    string Zip(SortedDictionary<string, string> files, string within = "")
    {
        string path = Path.Combine(_temporary, $"new{_count++}.zip");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, string text) in files)
        {
            using var entry = new StreamWriter(zip.CreateEntry(within + name).Open());
            entry.Write(text);
        }
        return path;
    }

    string Mine(string path) => File.ReadAllText(Path.Combine(_root, path));

    // What the student has, by path, without what an update left to read.
    Dictionary<string, string> Everything() => Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(_root, file).Replace('\\', '/'), File.ReadAllText);

    HandoutUpdate Prepare(string source) => HandoutUpdate.Prepare(_root, CheckRunner.Read(Mine("Check/assignment.json")), source);

    // What check.cs does with a prepared update.
    void Finish()
    {
        string ready = Path.Combine(_root, HandoutUpdate.Ready), files = Path.Combine(ready, "files");
        foreach (string path in File.ReadAllLines(Path.Combine(ready, "remove.txt"))) File.Delete(Path.Combine(_root, path));
        foreach (string file in Directory.GetFiles(files, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(_root, Path.GetRelativePath(files, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(file, target, overwrite: true);
        }
        Directory.Delete(ready, recursive: true);
    }

    // With the blank of a member replaced, as a student does.
    static string Written(string text, string start, string declaration)
    {
        SourceTree tree = SourceTree.Empty.With("file.cs", text);
        var edits = new SourceEdits(tree);
        SourceMember member = tree.Members.Values.SelectMany(all => all).Single(one => one.Syntax.ToString().StartsWith(start, StringComparison.Ordinal));
        edits.Replace(member, declaration);
        return edits.Apply()["file.cs"];
    }

    string Begun() => Written(_first[Node], "public static Node operator +", Plus).Replace("    Node Result(", "    int Helper() => 3;\n\n    Node Result(", StringComparison.Ordinal);

    [TestCase("\n", false)]
    [TestCase("\r\n", true)]
    public void WhatAStudentWroteIsPutIntoTheNewFile(string line, bool marked)
    {
        string mine = "using System.Text;\n" + Begun();
        File.WriteAllText(Path.Combine(_root, Node), mine.ReplaceLineEndings(line), new UTF8Encoding(marked));
        Put(_root, "MyTorch/Mine.cs", "static class Mine;\n");
        HandoutUpdate update = Prepare(Zip(_second, "homework/"));
        Assert.That(update.Changes.Select(change => change.Text), Is.EqualTo(new[] { "Constant is explained." }), "what is new since version 1");
        Assert.That(update.Notes, Has.One.StartsWith($"{Node}: what you wrote is in the new file: ").And.Exactly(1).Items);
        Assert.That(update.Notes.Single(), Does.Contain("operator +").And.Contains("Helper"));
        Finish();
        string now = Mine(Node);
        Assert.That(now, Does.Contain(Plus).And.Contains("int Helper() => 3;").And.Contains("using System.Text;"), "the student's");
        Assert.That(now, Does.Contain("Node Ln() => Log();").And.Contains("A number that knows its tape:"), "and the new version's");
        Assert.That(now.Contains("\r\n"), Is.EqualTo(line == "\r\n"));
        if (line == "\r\n") Assert.That(now.Replace("\r\n", ""), Does.Not.Contain("\n"));
        Assert.That(File.ReadAllBytes(Path.Combine(_root, Node)).AsSpan().StartsWith(Encoding.UTF8.Preamble), Is.EqualTo(marked));
        Assert.That(SourceTree.Parse("now.cs", now).GetDiagnostics(), Is.Empty);
        foreach ((string path, string text) in _second.Where(file => file.Key != Node)) Assert.That(Mine(path), Is.EqualTo(text), path);
        Assert.That(Mine("MyTorch/Mine.cs"), Is.EqualTo("static class Mine;\n"));
        Assert.That(Mine($"{update.Backup}/{Node}").ReplaceLineEndings("\n"), Is.EqualTo(mine), "the backup");
        Assert.That(Prepare(Zip(_second)).Count, Is.Zero, "a second time there is nothing to do");
    }

    [Test]
    public void AFileThatIsTheSameInBothVersionsIsNotTouched()
    {
        string mine = _first[Engine].Replace("\n", "\r\n", StringComparison.Ordinal) + "// }}} not C#";
        Put(_root, Engine, mine);
        HandoutUpdate update = Prepare(Zip(_second));
        Finish();
        Assert.That(Mine(Engine), Is.EqualTo(mine));
        Assert.That(update.Notes, Has.One.EqualTo($"{Node}: you have not written in it yet. It is the new one now."));
        Assert.That(Mine(Node), Is.EqualTo(_second[Node]));
    }

    [TestCase("operator +(Node a, Node b) => a.Result((;", "it does not parse: line ")]
    [TestCase("#if DEBUG\n#endif\n", "lines that begin with #")]
    [TestCase("sealed class Node2(", "you changed something outside of its methods")]
    public void WhatCannotBeMergedStaysAndTheNewFileLiesBesideIt(string mine, string why)
    {
        string text = why.StartsWith("you", StringComparison.Ordinal) ? Begun().Replace("sealed class Node(", mine, StringComparison.Ordinal)
            : why.StartsWith("it", StringComparison.Ordinal) ? Begun() + mine : mine + Begun();
        Put(_root, Node, text);
        HandoutUpdate update = Prepare(Zip(_second));
        Finish();
        Assert.That(update.Notes.Single(), Does.Contain(why).And.Contains($"{Node}.new"));
        Assert.That(Mine(Node), Is.EqualTo(text));
        Assert.That(Mine(Node + ".new"), Is.EqualTo(_second[Node]));
    }

    [Test]
    public void WhatBothChangedIsTheStudentsAndIsSaid()
    {
        Put(_root, Node, Begun().Replace("Node Log() =>", "Node Log() /* mine */ =>", StringComparison.Ordinal));
        SortedDictionary<string, string> second = New(_second, Node, _second[Node].Replace("public Node Log() =>", "public Node Log() /* theirs */ =>", StringComparison.Ordinal));
        HandoutUpdate update = Prepare(Zip(second));
        Finish();
        Assert.That(update.Notes, Has.One.Contains("you and the new version changed Node.Log. Yours is kept"));
        Assert.That(Mine(Node), Does.Contain("/* mine */").And.Not.Contain("/* theirs */"));
        Assert.That(Mine(Node + ".new"), Does.Contain("/* theirs */"));
    }

    // A handout with another text of a file, and the sums that belong to it.
    static SortedDictionary<string, string> New(SortedDictionary<string, string> files, string path, string text)
    {
        var changed = new SortedDictionary<string, string>(files, StringComparer.Ordinal) { [path] = text };
        if (changed.ContainsKey("Check/Original/" + path)) changed["Check/Original/" + path] = text;
        CheckData data = CheckRunner.Read(files["Check/assignment.json"]);
        var own = new SortedDictionary<string, string>(data.Own, StringComparer.Ordinal);
        foreach (string one in new[] { path, "Check/Original/" + path }.Where(changed.ContainsKey)) own[one] = HandinArchive.HashOf(text);
        changed["Check/assignment.json"] = CaseText.Write(data with { Own = own });
        return changed;
    }

    [Test]
    public void AChangedGivenFileIsReplacedAndSaid()
    {
        Put(_root, "Given/MyTorch/DType.cs", "// faster\n");
        HandoutUpdate update = Prepare(Zip(_second));
        Finish();
        Assert.That(update.Notes, Has.One.StartsWith("You had changed Given/MyTorch/DType.cs"));
        Assert.That(Mine($"{update.Backup}/Given/MyTorch/DType.cs"), Is.EqualTo("// faster\n"));
        Assert.That(Mine("Given/MyTorch/DType.cs"), Is.EqualTo(_second["Given/MyTorch/DType.cs"]));
    }

    [Test]
    public void WhatIsNoNewerHandoutOfThisHomeworkIsRefusedAndNothingChanges()
    {
        Put(_root, Node, Begun());
        Dictionary<string, string> before = Everything();
        CheckData second = CheckRunner.Read(_second["Check/assignment.json"]);
        SortedDictionary<string, string> With(string path, string? text)
        {
            var files = new SortedDictionary<string, string>(_second, StringComparer.Ordinal);
            if (text is null) files.Remove(path);
            else files[path] = text;
            return files;
        }
        string broken = Zip(_second), empty = Path.Combine(_temporary, "empty.zip");
        byte[] bytes = File.ReadAllBytes(broken);
        File.WriteAllBytes(broken, bytes[..(bytes.Length / 2)]);
        File.WriteAllBytes(empty, []);
        Assert.Multiple(() =>
        {
            foreach ((string source, string said) in new[]
            {
                (Zip(With("Check/assignment.json", CaseText.Write(second with { Assignment = "hw1" }))), "is a handout of hw1, and this folder is one of scalar"),
                (Zip(With("Check/assignment.json", CaseText.Write(second with { Version = "0.9" }))), "is version 0.9, and this folder has version 1 already"),
                (Zip(With("Check/assignment.json", "{ \"half\": ")), "Check/assignment.json cannot be read"),
                (Zip(With("Check/assignment.json", null)), "holds no handout"),
                (Zip(With("Given/MyTorch/More.cs", null)), "Given/MyTorch/More.cs is missing"),
                (Zip(With("Check/CheckRunner.cs", "// half")), "Check/CheckRunner.cs is not as it was handed out"),
                (Zip(With(Engine, "// solved")), $"was worked in: {Engine}"),
                (Zip(With("../evil.cs", "// out")), "leads out of the handout"),
                (broken, "is not a zip file, or is damaged"), (empty, "is not a zip file, or is damaged"), (_root, "is this folder itself"),
                (Path.Combine(_temporary, "nowhere.zip"), "There is no file or folder"),
            })
            {
                Assert.That(() => Prepare(source), Throws.TypeOf<UpdateException>().With.Message.Contains(said).And.Message.Contains("Nothing was changed."), said);
                Assert.That(Everything(), Is.EquivalentTo(before), said);
            }
        });
    }

    [Test]
    public void PackagesStayWhereThereIsNoNetwork()
    {
        // Version 2 needs a package that is not here, and then one that is.
        Put(_root, "packages/some.1.0.0.nupkg", "bytes");
        Put(_root, "nuget.config", "<configuration />");
        string Versions(string version) => $"<Project><ItemGroup><PackageVersion Include=\"Some\" Version=\"{version}\" /></ItemGroup></Project>";
        Assert.That(() => Prepare(Zip(New(_second, "Directory.Packages.props", Versions("2.0.0")))),
            Throws.TypeOf<UpdateException>().With.Message.Contains("some.2.0.0.nupkg would be missing"));
        Prepare(Zip(New(_second, "Directory.Packages.props", Versions("1.0.0"))));
        Finish();
        Assert.That(Mine("packages/some.1.0.0.nupkg"), Is.EqualTo("bytes"));
        Assert.That(Mine("nuget.config"), Is.EqualTo("<configuration />"));
        // One with packages replaces them.
        SortedDictionary<string, string> offline = New(_second, "Directory.Packages.props", Versions("3.0.0"));
        offline["packages/some.3.0.0.nupkg"] = "newer";
        Prepare(Zip(offline));
        Finish();
        Assert.That(Directory.GetFiles(Path.Combine(_root, "packages")).Select(Path.GetFileName), Is.EqualTo(new[] { "some.3.0.0.nupkg" }));
    }

    [Test]
    public void TheWriteUpEndsWithTheChanges() => Assert.That(_second["README.md"],
        Does.Contain("## What the versions changed\n\nThis is version 2. `dotnet check.cs update NEW.zip` takes").And.EndsWith("- **Version 2**: Constant is explained.\n- **Version 1**: The first.\n"));

    [TestCase("1", "2")]
    [TestCase("2", "10")]
    [TestCase("1", "1.1")]
    [TestCase("1.9", "1.10")]
    [TestCase("2025-fall", "2026-spring")]
    public void VersionsCountByTheirNumbers(string older, string newer) => Assert.Multiple(() =>
    {
        Assert.That(Versions.Compare(older, newer), Is.Negative);
        Assert.That(Versions.Compare(newer, older), Is.Positive);
        Assert.That(Versions.Compare(newer, newer), Is.Zero);
    });

    /// <summary>The command as a student types it, with the compiler's library of the SDK; then one that is interrupted in the middle.</summary>
    [Test]
    public void TheCommandUpdatesAndAnInterruptedOneIsFinished()
    {
        Put(_root, Node, Begun());
        string said = Dotnet(_root, 0, "run", "check.cs", "--", "update", Zip(_second));
        Assert.That(said, Does.Contain("From version 1 to 2\n  2: Constant is explained.\n").And.Contains("what you wrote is in the new file: Node.operator +").And.Contains("before-version-2/ has them"));
        Assert.That(Mine(Node), Does.Contain(Plus).And.Contains("Node Ln() => Log();"));
        Assert.That(Mine("Check/assignment.json"), Is.EqualTo(_second["Check/assignment.json"]));

        // Interrupted after its first files: those of the check are half old and half new.
        SortedDictionary<string, string> third = New(New(_second, Engine, _second[Engine] + "// third\n"), "Check/Tables.cs", _second["Check/Tables.cs"] + "// third\n");
        Prepare(Zip(third));
        string first = Directory.GetFiles(Path.Combine(_root, HandoutUpdate.Ready, "files"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        File.Move(first, Path.Combine(_root, Path.GetRelativePath(Path.Combine(_root, HandoutUpdate.Ready, "files"), first)), overwrite: true);
        // One that did not get so far leaves nothing to go on with.
        Put(_root, $"{HandoutUpdate.Ready}.part/files/{Node}", "half");
        Dotnet(_root, 0, "run", "check.cs", "--", "hint", "1.1");
        Assert.That(Mine(Engine), Is.EqualTo(third[Engine]));
        Assert.That(Mine("Check/Tables.cs"), Is.EqualTo(third["Check/Tables.cs"]));
        Assert.That(Mine(Node), Does.Contain(Plus));
        Assert.That(Directory.Exists(Path.Combine(_root, HandoutUpdate.Ready)), Is.False);
    }

    /// <summary>
    /// Homework 1's own handout with every answer written: each file becomes the new handout's with the student's bodies, and nothing else.
    /// </summary>
    [Test]
    public void AFinishedHomeworkKeepsEveryBodyInTheNewHandout()
    {
        const string ReadFile = "MyTorch/Operation.cs", GivenFile = "MyTorch/Nn/Dropout.cs";
        AssignmentFolder folder = AssignmentFolder.Load(Path.Combine(HomeworkContent.Root, "samples", "Homework1", "hw1"));
        SourceTree library = Stubs.Of(folder);
        using var reference = new LoadedHandout(folder.Reference, folder);
        AssignmentFolder earlier = folder with { Assignment = folder.Assignment with { Version = "1", Accepts = [], Changes = new Dictionary<string, string>() } };
        SortedDictionary<string, string> first = HandoutFiles.Of(earlier, library, reference);
        SourceTree changed = library.With(ReadFile, library[ReadFile].Replace("/// <summary>The first operand.", "/// <summary>The first one of the operands.", StringComparison.Ordinal))
            .With(GivenFile, library[GivenFile] + "// given anew\n");
        SortedDictionary<string, string> second = HandoutFiles.Of(folder, changed, reference);
        Assert.That(second[ReadFile], Is.Not.EqualTo(first[ReadFile]));

        SortedDictionary<string, string> Answered(SortedDictionary<string, string> files)
        {
            SourceTree tree = SourceTree.Of(folder.Assignment.ReadingSet.Select(path => (path, files[path])));
            var edits = new SourceEdits(tree);
            foreach (SourceMember member in Stubs.Blanked(folder.Assignment, folder.Reference).Select(one => one.Item2).Distinct())
                edits.Replace(tree.Find(member.FullName + member.Parameters).Single(), member.Syntax.ToString());
            SourceTree written = edits.Apply();
            var all = new SortedDictionary<string, string>(files, StringComparer.Ordinal);
            foreach (string path in written.Paths) all[path] = written[path];
            return all;
        }

        SortedDictionary<string, string> mine = Answered(first), expected = Answered(second);
        _root = Write(mine, $"mine{_count++}");
        Prepare(Zip(second));
        Finish();
        Assert.Multiple(() =>
        {
            foreach (string path in folder.Assignment.ReadingSet) Assert.That(Mine(path), Is.EqualTo(expected[path]), path);
            foreach (string path in second.Keys.Except(folder.Assignment.ReadingSet)) Assert.That(Mine(path), Is.EqualTo(second[path]), path);
        });
    }

    internal static string Dotnet(string folder, int expected, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (string name in start.Environment.Keys.Where(key => key.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd().ReplaceLineEndings("\n");
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(expected), $"dotnet {string.Join(' ', arguments)}\n{output}{error.Result}");
        return output;
    }
}
