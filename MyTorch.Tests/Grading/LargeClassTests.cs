using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>A class of handins of all kinds, graded whole and in parts.</summary>
[TestFixture, Category("Long")]
public sealed class LargeClassTests : TestsWithFolder
{
    string Handins => InFolder("handins");

    // Each kind is among the first 30.
    [TestCase(30)]
    [TestCase(60, Explicit = true, Reason = "It takes twice as long, and shows the same.")]
    public async Task AClassGradedInThreePartsGivesTheResultsOfOneRun(int students)
    {
        int entries = WriteClass(students);
        string roster = Write("given.csv", "name,email\n" + string.Concat(Enumerable.Range(0, students + 3).Select(i => FormattableString.Invariant($"Student {i:00},s{i:00}@x.y\n"))));
        Write("late.json", """{"due": "2026-02-03T12:00:00Z", "penalty": 10, "lateDays": 1}""");
        Write("submitted.csv", "student,submitted_at\ns03@x.y,2026-02-04T00:00:00Z\ns04@x.y,2026-02-06T00:00:00Z\n");
        var options = new ClassroomOptions
        {
            Assignment = TinyAssignment.Folder,
            Handins = Handins,
            Output = InFolder("whole"),
            Tables = new Dictionary<string, string> { ["roster.csv"] = roster, ["late.json"] = InFolder("late.json"), ["submitted.csv"] = InFolder("submitted.csv") },
        };
        var said = new StringWriter();
        Assert.That(await ClassroomCommand.Run(options, said, said, default), Is.Zero, said.ToString());
        for (int part = 1; part <= 3; part++)
            Assert.That(await ClassroomCommand.Run(options with { Output = InFolder($"part-{part}"), Part = new ClassPart(part, 3) }, said, said, default), Is.Zero, said.ToString());
        Assert.That(await ClassroomCommand.Run(options with { Output = InFolder("merged"), Merged = [InFolder("part-2"), InFolder("part-3"), InFolder("part-1")] }, said, said, default), Is.Zero, said.ToString());

        Dictionary<string, string> whole = ClassTests.Everything(InFolder("whole")), merged = ClassTests.Everything(InFolder("merged"));
        Assert.That(merged.Keys, Is.EquivalentTo(whole.Keys));
        Assert.That(merged.Where(file => file.Value != whole[file.Key]).Select(file => file.Key), Is.Empty);

        var rows = Csv.Read(InFolder("whole/scores.csv"), "student", "score", "raw_score", "status", "to_look_at").Select(row => row.Cells).ToList();
        Assert.That(rows, Has.Count.EqualTo(entries), "each entry has a row, graded or left out");
        Assert.That(rows.Count(row => row["status"] == "left_out"), Is.EqualTo(entries - students));
        Assert.That(rows.Where(row => row["status"] == "graded").Select(row => double.Parse(row["score"], System.Globalization.CultureInfo.InvariantCulture)), Is.All.InRange(0, 10));
        IReadOnlyDictionary<string, string> Of(string student) => rows.Single(row => row["student"] == student);
        Assert.That((Of("s00@x.y")["score"], Of("s01@x.y")["score"]), Is.EqualTo(("10", "10")));
        Assert.That(Of("s02@x.y")["to_look_at"], Does.Contain("Missing files: MyTorch/Operations/Activations.cs"));
        Assert.That((Of("s03@x.y")["raw_score"], Of("s03@x.y")["score"]), Is.EqualTo(("10", "10")), "a late day was used");
        Assert.That((Of("s04@x.y")["raw_score"], Of("s04@x.y")["score"]), Is.EqualTo(("10", "8")));
        Assert.That(rows.Where(row => row["to_look_at"].Contains("the same files", StringComparison.Ordinal)).Select(row => row["student"]), Is.SupersetOf(new[] { "s06@x.y", "s07@x.y" }));
        Assert.That(Of("s08@x.y")["status"], Is.EqualTo("invalid_handin"));
        PageReader index = PageReader.Read(whole["index.html"]);
        Assert.That(index.Text, Does.Contain($"{students} students").And.Contain($"3 of {students + 3} students of the roster").And.Contain("left out: "));
        foreach (string page in whole.Keys.Where(name => name.StartsWith("feedback", StringComparison.Ordinal))) PageReader.Read(whole[page]);
    }

    [Test]
    public async Task ASlurmJobArrayGradesAClass()
    {
        foreach ((string name, SourceTree source) in new[] { ("ada", TinyAssignment.Grader.Sources.Reference), ("bob", TinyAssignment.Grader.Sources.Handout), ("cem", TinyAssignment.Grader.Sources.Reference) })
            TinyAssignment.Write(Path.Combine(Handins, name), source);
        string script = Path.Combine(Repository.Root(TinyAssignment.Folder), "samples", "Grader", "Cluster", "grade-class.slurm");
        Directory.CreateDirectory(InFolder("bin"));
        // It runs what it is given at once: a task for each number of the array, with the environment that Slurm makes. The first time the
        // second task is killed, so that the job that waits for the array never starts.
        File.WriteAllText(InFolder("bin/sbatch"), """
            #!/bin/bash
            set -eu
            array= dependency=
            while [[ $1 == --* ]]; do
              case $1 in --array=1-*) array=${1#--array=1-} ;; --dependency=*) dependency=${1#--dependency=} ;; --parsable | --export=ALL) ;; *) echo "unknown: $1" >&2; exit 1 ;; esac
              shift
            done
            if [[ $array ]]; then
              ok=7
              for task in $(seq "$array"); do
                if [[ $task == 2 && ! -e "$0.killed" ]]; then touch "$0.killed"; ok=never; continue; fi
                SLURM_JOB_ID=7 SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=$array bash "$@" >&2
              done
              echo $ok
            elif [[ $dependency == afterok:7 ]]; then
              SLURM_JOB_ID=8 bash "$@"
            fi
            """.ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(InFolder("bin/sbatch"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        (int code, string said) = await Bash(script, InFolder("results"));
        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Contain("Part 1/3 is graded.").And.Contain("Part 3/3 is graded.").And.Not.Contain("Part 2/3"));
        Assert.That(Directory.Exists(InFolder("results")), Is.False, "an array that is not whole is not merged");
        (code, said) = await Bash(script, InFolder("results"));
        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Contain("are graded already.").And.Contain("Part 2/3 is graded.").And.Contain("3 students, from 0 to 10 of 10 points"));
        Assert.That(Csv.Read(InFolder("results/scores.csv"), "student", "score").Select(row => (row.Cells["student"], row.Cells["score"])), Is.EqualTo(new[] { ("ada", "10"), ("bob", "0"), ("cem", "10") }));
    }

    async Task<(int Code, string Said)> Bash(string script, string results)
    {
        var start = new ProcessStartInfo("/bin/bash") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in new[] { script, TinyAssignment.Folder, Handins, results }) start.ArgumentList.Add(argument);
        start.Environment["PATH"] = $"{InFolder("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["PARTS"] = "3";
        start.Environment["GRADER"] = $"{DotnetProgram.Location} exec {Path.Combine(AppContext.BaseDirectory, "mytorch-grader.dll")}";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await error + output);
    }

    // Honest, wrong, hostile, late, twice, incomplete, identical, unreadable, by turns, named as Autolab names them.
    int WriteClass(int students)
    {
        Directory.CreateDirectory(Handins);
        SourceTree reference = TinyAssignment.Grader.Sources.Reference;
        IReadOnlyList<Mistake> mistakes = TinyAssignment.Grader.Mistakes;
        string[] bad = ["06-exit", "09-forged-output", "12-success-exception", "19-warnings", "22-large-stack", "26-knows-the-visible-cases", "27-own-loops", "45-half-a-record"];
        int entries = 0;
        for (int i = 0; i < students; i++)
        {
            int kind = i < 10 ? i : 10 + i % 12;
            SourceTree source = kind switch
            {
                1 => reference.With("MyTorch/Mine.cs", "namespace MyTorch; static class Mine { }"),
                5 => TinyAssignment.Grader.Sources.Handout,
                6 or 7 => TinyAssignment.Edited(reference, "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) { Tensor one = B * gradient; Tensor two = A * gradient; return [one, two]; } }"),
                >= 10 and < 18 when i % 2 == 0 => TinyAssignment.Edited(reference, File.ReadAllText(Path.Combine(TinyAssignment.BadHandins, bad[i / 2 % bad.Length], "Members.cs"))),
                >= 10 => FindTheBugCommand.WithMistake(reference, mistakes[i % mistakes.Count]),
                _ => reference,
            };
            string[] files = [.. TinyAssignment.ReadingSet.Where(path => kind != 2 || !path.EndsWith("Activations.cs", StringComparison.Ordinal))];
            string name = FormattableString.Invariant($"s{i:00}@x.y");
            entries += Add($"{name}_1_handin", kind == 8 ? null : source, files, zip: i % 3 == 0);
            if (kind == 9) entries += Add($"{name}_2_handin", reference, files, zip: false);
        }
        Write("handins/notes.txt", "left here by somebody");
        return entries + 1;
    }

    int Add(string name, SourceTree? source, string[] files, bool zip)
    {
        string path = Path.Combine(Handins, name + (zip ? ".zip" : ".tar"));
        if (source is null) File.WriteAllText(path, "no archive");
        else
        {
            string unpacked = Directory.CreateTempSubdirectory("handin").FullName;
            TinyAssignment.Write(unpacked, source, source.Contains("MyTorch/Mine.cs") ? [("MyTorch/Mine.cs", source["MyTorch/Mine.cs"])] : []);
            foreach (string left in TinyAssignment.ReadingSet.Except(files)) File.Delete(Path.Combine(unpacked, left));
            if (zip) ZipFile.CreateFromDirectory(unpacked, path);
            else TarFile.CreateFromDirectory(unpacked, path, includeBaseDirectory: false);
            Directory.Delete(unpacked, recursive: true);
        }
        return 1;
    }
}
