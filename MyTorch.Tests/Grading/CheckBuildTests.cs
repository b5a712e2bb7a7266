using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>How a check compiles the student's files alone: what is compiled is always what is on the disk.</summary>
[Category("Long")]
public sealed class CheckBuildTests
{
    const string Written = "MyTorch/Operations/Arithmetic.cs";

    string _root = null!, _bin = null!, _original = null!;

    [OneTimeSetUp]
    public void WriteAHandout()
    {
        AssignmentFolder folder = AssignmentFolder.Load(Path.Combine(Repository.Root(AppContext.BaseDirectory), "samples", "Homework1", "hw1"));
        _root = Directory.CreateTempSubdirectory().FullName;
        _bin = Directory.CreateDirectory(Path.Combine(_root, "Check", "bin")).FullName;
        SourceTree library = Stubs.Of(folder), check = HandoutFiles.CheckSources(folder);
        foreach (string path in library.Paths) Write(HandoutFiles.PathOf(folder.Assignment, path), library[path]);
        foreach (string path in check.Paths) Write(path, check[path]);
        string dotnet = Path.GetDirectoryName(Dotnet.Location)!;
        string compiler = Directory.GetDirectories(Path.Combine(dotnet, "sdk"), "10.*").Order(StringComparer.Ordinal).Last();
        File.WriteAllLines(Path.Combine(_bin, "compile.rsp"), [Path.Combine(compiler, "Roslyn", "bincore", "csc.dll"),
            .. Compiling.LibraryReferences.Select(reference => reference.Display!)]);
        _original = File.ReadAllText(Path.Combine(_root, Written));
    }

    [OneTimeTearDown]
    public void Clear() => Directory.Delete(_root, recursive: true);

    [SetUp]
    public void Restore() => Write(Written, _original);

    void Write(string path, string text)
    {
        string file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    // With a member whose text the assembly then holds.
    string With(string text) => _original + $"\nstatic class Mark {{ public static readonly string Text = \"{text}\"; }}\n";

    string[] Build(out CaseAssemblies? assemblies) => [.. new StudentBuild(_root, _bin, _ => { }).Run(out assemblies)];

    static bool Holds(CaseAssemblies assemblies, string text) => System.Text.Encoding.Unicode.GetString(File.ReadAllBytes(assemblies.Mine)).Contains(text)
        || System.Text.Encoding.Unicode.GetString(File.ReadAllBytes(assemblies.Mine)[1..]).Contains(text);

    [Test]
    public void AnEditIsCompiledAndAnUndoneEditIsTheOldCodeAgain()
    {
        foreach (string text in new[] { "first-text", "second-text", "first-text" })
        {
            Write(Written, With(text));
            Assert.That(Build(out CaseAssemblies? assemblies), Is.Empty);
            Assert.That(Holds(assemblies!, text), Is.True, text);
        }
    }

    [Test]
    public void AHalfWrittenFileIsAnErrorWithItsPlaceAndTheNextSaveIsCompiled()
    {
        Write(Written, _original[..(_original.Length / 2)]);
        Assert.That(Build(out CaseAssemblies? none), Has.Some.Contains(Written + "(").And.Some.Contains("error CS"));
        Assert.That(none, Is.Null);
        Write(Written, With("after-the-error"));
        Assert.That(Build(out CaseAssemblies? assemblies), Is.Empty);
        Assert.That(Holds(assemblies!, "after-the-error"), Is.True);
    }

    [Test]
    public void AFileThatIsSavedDuringTheBuildIsCompiledToo()
    {
        Write(Written, With("before-it"));
        using var built = new CancellationTokenSource();
        var saved = new List<string>();
        // An editor saves by renaming another file over it.
        var editor = new Thread(() =>
        {
            for (int i = 0; i < 5 && !built.IsCancellationRequested; i++)
            {
                Thread.Sleep(60);
                saved.Add($"saved-{i}-end");
                Write("new.txt", With(saved[^1]));
                File.Move(Path.Combine(_root, "new.txt"), Path.Combine(_root, Written), overwrite: true);
            }
        });
        editor.Start();
        string[] errors = Build(out CaseAssemblies? assemblies);
        string now = File.ReadAllText(Path.Combine(_root, Written));
        built.Cancel();
        editor.Join();
        Assert.That(errors, Is.Empty);
        string compiled = saved.Prepend("before-it").Last(text => Holds(assemblies!, text));
        // What was saved later than the end of the build was not there for it.
        Assert.That(saved.Prepend("before-it").SkipWhile(text => text != compiled).Take(2), Has.Some.Matches<string>(text => now.Contains(text!)));
        Assert.That(Build(out assemblies), Is.Empty);
        Assert.That(Holds(assemblies!, saved[^1]), Is.True, "the next answer is about the last save");
    }

    [Test]
    public void TwoBuildsAtOnceAgree()
    {
        Write(Written, With("both-at-once"));
        var results = new CaseAssemblies?[3];
        Parallel.For(0, results.Length, i => Assert.That(Build(out results[i]), Is.Empty));
        Assert.That(results.Distinct().Count(), Is.EqualTo(1));
        Assert.That(Holds(results[0]!, "both-at-once"), Is.True);
        Assert.That(Directory.GetDirectories(Path.Combine(_bin, "compiled"), "*.part"), Is.Empty);
    }

    [Test]
    public void AChangedFaceIsSeenByTheGivenHalf()
    {
        Assert.That(Build(out CaseAssemblies? before), Is.Empty);
        Write(Written, _original + "\npublic static class Another { public static int Number() => 3; }\n");
        Assert.That(Build(out CaseAssemblies? after), Is.Empty);
        Assert.That(after!.Given, Is.Not.EqualTo(before!.Given));
        Write(Written, _original + "\npublic static class Another { public static int Number() => 4; }\n");
        Assert.That(Build(out CaseAssemblies? body), Is.Empty);
        Assert.That((body!.Given, body.Mine != after.Mine), Is.EqualTo((after.Given, true)), "a body alone leaves what is given as it is");
    }
}
