using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Reflection.PortableExecutable;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Uploads;

namespace MyTorch.Tests.Grading;

/// <summary>Packages, unpacked and run as their platforms do it, without a network or packages to restore.</summary>
[TestFixture]
public sealed class PackageTests : TestsWithFolder
{
    const string Swapped = "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) => [gradient * A, gradient * B]; }";

    static AssignmentFolder Tiny => TinyAssignment.Loaded;
    [Test]
    public void GradescopesZipHasItsScriptsAtItsRootAndMayRunThem()
    {
        new UploadWriter(Tiny, [1, 2]).Write("gradescope", Folder);
        using ZipArchive zip = ZipFile.OpenRead(InFolder("autograder.zip"));
        foreach (string script in new[] { "setup.sh", "run_autograder" })
        {
            ZipArchiveEntry entry = zip.GetEntry(script)!;
            Assert.That(entry.ExternalAttributes >> 16 & 0b001_001_001, Is.EqualTo(0b001_001_001), script);
            using var reader = new StreamReader(entry.Open());
            Assert.That(reader.ReadToEnd(), Does.StartWith("#!").And.Not.Contain("\r"));
        }
        string[] paths = [.. zip.Entries.Select(entry => entry.FullName)];
        Assert.That(paths, Is.SupersetOf(new[] { "assignment/secret", "assignment/assignment.json", "MyTorch/MyTorch.csproj", "MyTorch/Tensor.cs", "grader/mytorch-grader.dll", "grader/Microsoft.CodeAnalysis.CSharp.dll" }));
        Assert.That(paths, Is.Unique.And.None.Contain("nunit").IgnoreCase);
        foreach (ZipArchiveEntry entry in zip.Entries.Where(entry => entry.FullName.StartsWith("grader/", StringComparison.Ordinal) && entry.Name.EndsWith(".dll", StringComparison.Ordinal)))
        {
            using var image = new MemoryStream();
            using (Stream stream = entry.Open()) stream.CopyTo(image);
            image.Position = 0;
            using var file = new PEReader(image);
            Assert.That(file.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size, Is.Zero, $"{entry.Name} is compiled for one kind of machine");
        }
    }

    [Test]
    public void AutolabsAssessmentNamesTheProblemsThatScoresName()
    {
        new UploadWriter(Tiny, [1, 2]).Write("autolab", Folder);
        TarFile.ExtractToDirectory(InFolder("tiny.tar"), Folder, overwriteFiles: false);
        string settings = File.ReadAllText(InFolder("tiny/tiny.yml"));
        foreach (Question question in Tiny.Assignment.Questions)
            Assert.That(settings, Does.Contain($"- name: \"{AutolabReport.ProblemName(question.Id, question.Title)}\"\n  description: ''\n  max_score: {question.Points:0.0}\n"));
        Assert.That(settings, Does.Contain($"autograde_timeout: {Tiny.Assignment.Limits.TotalSeconds + 60}\n").And.Contain("handin_filename: handin.tar\n"));
        // An import refuses what an autograder has no attribute for.
        string[] attributes = [.. settings[settings.IndexOf("autograder:\n", StringComparison.Ordinal)..].Split('\n').Skip(1).Where(line => line.Length > 0).Select(line => line.Split(':')[0].Trim())];
        Assert.That(attributes, Is.EquivalentTo(new[] { "autograde_timeout", "autograde_image", "release_score" }));
        using (var tar = new TarReader(File.OpenRead(InFolder("tiny.tar"))))
        {
            // It takes the first folder at the root for the assessment, and no file before it.
            TarEntry first = tar.GetNextEntry()!;
            Assert.That((first.Name, first.EntryType), Is.EqualTo(("tiny/", TarEntryType.Directory)));
            while (tar.GetNextEntry() is { } entry) Assert.That(entry.Name, Does.StartWith("tiny/"));
        }
        Assert.That(File.ReadAllText(InFolder("tiny/tiny.rb")), Does.Contain("module Tiny\n"));
        Assert.That(File.ReadAllBytes(InFolder("tiny/autograde.tar")), Is.EqualTo(File.ReadAllBytes(InFolder("autograde.tar"))));
        Assert.That(File.ReadAllText(InFolder("autograde-Makefile")), Does.Contain("\nall:\n\t@").And.EndsWith("|| cat ../grader.err\n"));
        // Autodriver calls these when it is done; without them its complaint would be the last line.
        Assert.That(File.ReadAllText(InFolder("Dockerfile")), Does.Contain($"/runtime:{Environment.Version}-noble\n").And.Contain(" procps ").And.Contain(" findutils "));
    }

    [TestCase("gradescope", "setup.sh", "run_autograder"), TestCase("github", ".github/classroom/grade.sh")]
    public void ScriptsAreAShells(string platform, params string[] scripts)
    {
        OnLinux();
        new UploadWriter(Tiny, [1, 2]).Write(platform, Folder);
        if (platform == "gradescope") ZipFile.ExtractToDirectory(InFolder("autograder.zip"), Folder);
        foreach (string script in scripts) Assert.That(Run("", "bash", "-n", script), Is.EqualTo((0, "")), script);
    }

    [Test]
    public void APackageWithoutASecretIsRefusedExceptForGitHubWhereItIsTheRepositorys()
    {
        var error = new StringWriter();
        Assert.That(PackageCommand.Run(TinyAssignment.Folder, "gradescope", InFolder("g"), null, TextWriter.Null, error), Is.EqualTo(2));
        Assert.That(error.ToString(), Does.Contain("head -c 32 /dev/urandom > secret"));
        Assert.That(PackageCommand.Run(TinyAssignment.Folder, "github", InFolder("h"), null, TextWriter.Null, error), Is.Zero);
        using var tar = new TarReader(File.OpenRead(InFolder("h/.github/classroom/grader.tar")));
        while (tar.GetNextEntry() is { } entry) Assert.That(entry.Name, Is.Not.EqualTo("assignment/secret"));
        string workflow = File.ReadAllText(InFolder("h/.github/workflows/classroom.yml"));
        Assert.That(workflow, Does.Contain("\nname: Autograding Tests\n").And.Contain("\njobs:\n  run-autograding-tests:\n").And.Contain("persist-credentials: false\n").And.Contain("Q4X1_RESULTS: ${{ steps.grade.outputs.q4x1 }}\n").And.Contain("runners: q1x1,q3x1,q4x1\n").And.Contain("GRADER_SECRET: ${{ secrets.GRADER_SECRET }}\n"));
    }

    [Test, Category("Long")]
    public void AutolabGradesInOneFolderAndTheLastLineIsTheScores()
    {
        OnLinux();
        new UploadWriter(Tiny, "a secret"u8.ToArray()).Write("autolab", InFolder("package"));
        Directory.CreateDirectory(InFolder("run"));
        File.Copy(InFolder("package/autograde.tar"), InFolder("run/autograde.tar"));
        File.Copy(InFolder("package/autograde-Makefile"), InFolder("run/Makefile"));
        WriteHandin(InFolder("unpacked"));
        TarFile.CreateFromDirectory(InFolder("unpacked"), InFolder("run/handin.tar"), includeBaseDirectory: false);

        (int code, string output) = Run("run", "make");

        Assert.That(code, Is.Zero, output);
        var read = AutolabReader.Read(output, [.. Tiny.Assignment.Questions.Select(question => AutolabReport.ProblemName(question.Id, question.Title))]);
        Assert.That(read.Error, Is.Null, output);
        Assert.That(read.Scores, Is.EqualTo(new Dictionary<string, double> { ["1.1 Multiply"] = 0, ["3.1 Sigmoid"] = 3, ["4.1 Linear - backward"] = 6 }));
        Assert.That(output, Does.StartWith("1.1 Multiply: 0 of 1 point, so far\n3.1 Sigmoid: 3 of 3 points\n"), "what a student sees while it runs");
        Assert.That(read.Tables!["1 Rules"]["1.1 Multiply"].Hint, Does.Contain("each operand's gradient uses the other operand"));
        foreach (string file in new[] { "run/autograde.tar", "run/autograde/assignment", "run/autograde/MyTorch", "run/autograde/grader/MyTorch.dll" })
            Assert.That(Path.Exists(InFolder(file)), Is.False, file + " was within reach of what was handed in");
    }

    [Test, Category("Long")]
    public void GradescopeGradesInItsLayout()
    {
        OnLinux();
        new UploadWriter(Tiny, "a secret"u8.ToArray()).Write("gradescope", InFolder("package"));
        ZipFile.ExtractToDirectory(InFolder("package/autograder.zip"), InFolder("autograder/source"));
        File.Copy(InFolder("autograder/source/run_autograder"), InFolder("autograder/run_autograder"));
        WriteHandin(InFolder("autograder/submission"));
        File.WriteAllText(InFolder("autograder/submission_metadata.json"), "{\"created_at\": \"2025-02-03T04:05:06-05:00\", \"users\": []}");

        (int code, string output) = Run("autograder", InFolder("autograder/run_autograder"));

        Assert.That(code, Is.Zero, output);
        string results = File.ReadAllText(InFolder("autograder/results/results.json"));
        var read = GradescopeReader.Read(results);
        Assert.That(read.Score, Is.EqualTo(9));
        Assert.That(read.Tests.Select(test => test.Status), Is.EqualTo(new[] { "passed", "failed", "passed", "passed" }));
        Assert.That(results, Does.Contain("2025-02-03T04:05:06"));
        Assert.That(Path.Exists(InFolder("autograder/source/assignment")), Is.False);

        (code, output) = Run("autograder", InFolder("autograder/run_autograder"));
        Assert.That((code, output), Is.EqualTo((1, "This container has graded before, and then deletes its secret and the reference. Start a new one.\n")));
        Assert.That(File.ReadAllText(InFolder("autograder/results/results.json")), Is.EqualTo(results));
    }

    // Gradescope unpacks a zip and nothing else; what is left in the folder must never be taken for a class, which would keep the secret.
    [TestCase("handin.tar"), TestCase("doe_1_2_a.tar", "roe_3_4_b.tar"), Category("Long")]
    public void GradescopeGradesArchivesAsOneHandin(params string[] archives)
    {
        OnLinux();
        new UploadWriter(Tiny, "a secret"u8.ToArray()).Write("gradescope", InFolder("package"));
        ZipFile.ExtractToDirectory(InFolder("package/autograder.zip"), InFolder("autograder/source"));
        WriteHandin(InFolder("unpacked"));
        Directory.CreateDirectory(InFolder("autograder/submission"));
        foreach (string archive in archives) TarFile.CreateFromDirectory(InFolder("unpacked"), InFolder("autograder/submission/" + archive), includeBaseDirectory: false);
        File.WriteAllText(InFolder("autograder/submission/notes.txt"), "");

        (int code, string output) = Run("autograder", "bash", InFolder("autograder/source/run_autograder"));

        Assert.That(code, Is.Zero, output);
        Assert.That(GradescopeReader.Read(File.ReadAllText(InFolder("autograder/results/results.json"))).Score, Is.EqualTo(archives.Length == 1 ? 9 : 0));
        Assert.That(Path.Exists(InFolder("autograder/source/assignment")), Is.False);
    }

    [Test, Category("Long")]
    public void GitHubGradesTheRepositoryThatItRunsIn()
    {
        OnLinux();
        new UploadWriter(Tiny, null).Write("github", InFolder("repository"));
        WriteHandin(InFolder("repository"));
        File.WriteAllText(InFolder("outputs"), "");

        (int code, string output) = Run("repository", "bash", ".github/classroom/grade.sh");

        Assert.That(code, Is.Zero, output);
        Assert.That(GitHubReader.Commands(output), Is.Empty);
        Assert.That(output, Does.Contain("9 of 10 points"));
        var read = GitHubReader.Read(File.ReadAllText(InFolder("outputs")));
        Assert.That((read.Notice, read.Table, read.Most), Is.EqualTo((9.0, 9.0, 10.0)));
        Assert.That(File.ReadAllText(InFolder("summary")), Does.Contain("9 of 10 points").And.Not.Contain("stop-commands"));
        Assert.That(File.ReadLines(InFolder("summary")), Is.All.StartsWith("    "));
    }

    static void OnLinux()
    {
        // Entry scripts are for a shell, make and folders like /autograder.
        if (!OperatingSystem.IsLinux()) Assert.Ignore("The platforms run Linux.");
    }

    static void WriteHandin(string folder) => TinyAssignment.Write(folder, TinyAssignment.Edited(TinyAssignment.Grader.Sources.Reference, Swapped));

    // As a platform starts it: another folder, no packages, no network for a program that asks a proxy for it.
    (int Code, string Output) Run(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = InFolder(folder), RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in new[]
        {
            ("AUTOGRADER_ROOT", InFolder("autograder")), ("GITHUB_OUTPUT", InFolder("outputs")), ("GITHUB_STEP_SUMMARY", InFolder("summary")), ("GRADER_SECRET", Convert.ToBase64String("a secret"u8)),
            ("NUGET_PACKAGES", InFolder("no-packages")), ("HTTP_PROXY", "http://127.0.0.1:9"), ("HTTPS_PROXY", "http://127.0.0.1:9"),
        }) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        // Both into one text, as Autolab's driver does.
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
