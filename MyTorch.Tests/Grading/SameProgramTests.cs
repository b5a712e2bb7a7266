using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>A program that runs on a student's machine runs in the grader, with the same answers.</summary>
[TestFixture]
public sealed class SameProgramTests
{
    const string Probe = """
        using MyTorch;
        using MyTorch.Probes;

        static class OrdinaryProbe
        {
            public static void Run(Probe probe)
            {
                foreach ((string name, Func<object?> run) in Ordinary.Kinds)
                    probe.Return(name, Tensor.From([.. ("=" + Ordinary.Told(run)).Select(c => (double)c)], DType.Float64));
            }
        }
        """;

    // As check runs a case: on a thread with a stack of 16 MB.
    const string Main = """
        var thread = new Thread(() =>
        {
            foreach ((string name, Func<object?> run) in Ordinary.Kinds) File.AppendAllText(args[0], $"{name}\0={Ordinary.Told(run)}\0");
        }, 16 << 20);
        thread.Start();
        thread.Join();
        Environment.Exit(0);
        """;

    static string Source([CallerFilePath] string file = "") => File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "programs", "Ordinary.cs"));

    [Test, Category("Long")]
    public void WhatTheHandoutsCheckAcceptsTheGraderAccepts()
    {
        Dictionary<string, string> here = RunHere(), child = RunInChild();

        Assert.That(here, Has.Count.GreaterThan(90), "every kind was run");
        Assert.That(child.Keys, Is.EquivalentTo(here.Keys));
        Assert.Multiple(() =>
        {
            foreach ((string name, string told) in here) Assert.That(child[name], Is.EqualTo(told), name);
        });
    }

    /// <summary>The runtime's options of the handout's projects are those of the grader's child.</summary>
    [Test]
    public void TheHandoutsProjectsSetTheChildsOptions()
    {
        var settings = XDocument.Parse(EmbeddedFiles.Read("Handouts/Directory.Build.props.template")).Descendants().ToLookup(one => one.Name.LocalName, one => one.Value);

        foreach ((string property, string option) in new[]
        {
            ("InvariantGlobalization", "System.Globalization.Invariant"), ("PredefinedCulturesOnly", "System.Globalization.PredefinedCulturesOnly"),
            ("ConcurrentGarbageCollection", "System.GC.Concurrent"), ("TieredPGO", "System.Runtime.TieredPGO"),
        })
            Assert.That(settings[property].Select(bool.Parse), Is.EqualTo(new[] { ChildFolder.RuntimeOptions[option] }), property);
        Assert.That(ChildFolder.RuntimeOptions, Has.Count.EqualTo(4));
    }

    /// <summary>What the grader refuses is told before the handin, with the file and the line.</summary>
    [Test]
    public void TheCheckNamesWhatTheGraderRefusesOrReports()
    {
        Dictionary<string, string> words = ForbiddenScan.Words([]);

        string[] found = [.. MyTorch.Check.ForbiddenWords.In("MyTorch/Mine.cs", """"
            // File in a comment
            /* Process
               in another */ var text = "File" + @"Process ""File""" + 'x';
            System.IO.File.ReadAllText("a"); Process.Start("b"); Profile(); Files++;
            Environment.Exit(0); Environment.NewLine.Trim(); Console.In.Read(); Check(In);
            """".ReplaceLineEndings("\n"), words)];

        Assert.That(found, Is.EqualTo(new[]
        {
            "MyTorch/Mine.cs line 4 names File: the grader refuses or reports files.",
            "MyTorch/Mine.cs line 4 names Process: the grader refuses or reports processes.",
            "MyTorch/Mine.cs line 5 names Environment.Exit: the grader refuses or reports ending the process.",
            "MyTorch/Mine.cs line 5 names Console.In: the grader refuses or reports the console's streams.",
        }));
        Assert.That(ForbiddenScan.Words(["File"]).Keys, Has.None.EqualTo("File"), "what is given may be used");
    }

    static Dictionary<string, string> RunInChild()
    {
        Question question = TinyAssignment.Loaded.Assignment.Questions[0] with { Probe = "OrdinaryProbe.Run" };
        SourceTree library = TinyAssignment.Grader.Sources.Reference;
        SourceTree program = SourceTree.Empty.With("Ordinary.cs", Source()).With("Probe.cs", Probe);
        byte[] probes = Compiling.Emit(Reference.ProbesAndHost(program, library.CompileLibrary()));
        var runs = new ChildRuns(probes, StudentBuild.TryEmit(library)!, Compiling.Dependencies, 256, new Isolation());
        CaseResult? result = null;
        runs.Run([new ProbeCase(0, question, 1, Single: false, Hidden: false)], _ => 60, Environment.TickCount64 + 120_000, _ => false, (_, one) => result = one);

        Assert.That(result, Is.Not.Null, runs.Confinement);
        Assert.That(result!.Ending, Is.EqualTo(Ending.Completed), result.Message + result.Trace);
        return result.Returned.ToDictionary(one => one.Name, one => new string([.. one.Values.Select(value => (char)value)]));
    }

    // In the grader's place: no sandbox, this process's environment, the options of a handout.
    static Dictionary<string, string> RunHere()
    {
        string folder = Directory.CreateTempSubdirectory("ordinary").FullName;
        try
        {
            SourceTree program = SourceTree.Empty.With("Ordinary.cs", Source()).With("Main.cs", Main)
                .With("Framework.cs", "[assembly: System.Runtime.Versioning.TargetFramework(\".NETCoreApp,Version=v10.0\")]");
            File.WriteAllBytes(Path.Combine(folder, "ordinary.dll"),
                Compiling.Emit(program.Compile("ordinary", Compiling.LibraryReferences).WithOptions(Compiling.Options.WithOutputKind(OutputKind.ConsoleApplication))));
            File.WriteAllText(Path.Combine(folder, "ordinary.runtimeconfig.json"), ChildFolder.RuntimeConfiguration);
            string told = Path.Combine(folder, "told");
            using Process process = Process.Start(new ProcessStartInfo(DotnetProgram.Location, ["exec", Path.Combine(folder, "ordinary.dll"), told])
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = null, ["TERM"] = "xterm" },
            })!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, output.Result + errors.Result);
            return File.ReadAllText(told).Split('\0', StringSplitOptions.RemoveEmptyEntries).Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
