using System.Diagnostics;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts;

namespace MyTorch.Tests.Grading;

/// <summary>The check as a student types it, where the machine is not as it was: its compiler is gone, there is no network, Ctrl+C.</summary>
[Category("Long")]
public sealed class CheckCommandTests : TestsWithFolder
{
    const string Node = "MyTorch/Node.cs";

    string _root = null!;

    static readonly Lazy<SortedDictionary<string, string>> s_files = new(() =>
    {
        AssignmentFolder folder = AssignmentFolder.Load(Path.Combine(HomeworkContent.Root, "samples", "Homework1", "scalar"));
        using var reference = new LoadedHandout(folder.Reference, folder);
        return HandoutFiles.Of(folder, Stubs.Of(folder), reference);
    });

    void WriteTheHandout()
    {
        _root = InFolder("scalar");
        foreach ((string path, string text) in s_files.Value)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
            File.WriteAllText(Path.Combine(_root, path), text);
        }
    }

    string Settings => Path.Combine(_root, "Check", "bin", "compile.rsp");

    static readonly (string, string)[] s_withoutServer = [("UseSharedCompilation", "false")];

    // The answer of `dotnet check.cs`, without the lines about what takes long.
    (int Code, string Said) Check(params (string Name, string Value)[] environment) => Check(out _, environment);

    (int Code, string Said) Check(out string[] progress, params (string Name, string Value)[] environment)
    {
        using Process process = Start("dotnet", ["run", "check.cs", "--", "1.1"], environment);
        (int code, string said) = Answer(process);
        string[] lines = said.Split('\n');
        progress = [.. lines.Where(IsProgress)];
        return (code, string.Join('\n', lines.Where(line => !IsProgress(line))));

        static bool IsProgress(string line) => line.EndsWith('…');
    }

    static (int Code, string Said) Answer(Process process)
    {
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(TimeSpan.FromMinutes(4))) process.Kill(entireProcessTree: true);
        return (process.ExitCode, $"{output}{error.Result}".ReplaceLineEndings("\n"));
    }

    Process Start(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _root, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in start.Environment.Keys.Where(key => key.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment.Remove("UseSharedCompilation");
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    static IEnumerable<int> ProcessesWith(string text) => Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder))
        .Where(name => int.TryParse(name, out _)).Where(name =>
        {
            try
            {
                return File.ReadAllText($"/proc/{name}/cmdline").Contains(text, StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }).Select(int.Parse);

    /// <summary>
    /// A copied compiler has a separate server here. It is killed between two checks and in the middle of one; each answers
    /// about what is on the disk.
    /// </summary>
    [Test]
    public void AServerOfTheCompilerThatIsKilledCostsNoAnswer()
    {
        // The server is found by its command line, and only Linux shows that of another process in a file.
        if (!OperatingSystem.IsLinux()) Assert.Ignore("which processes run is read from /proc");
        WriteTheHandout();
        Assert.That(Check(s_withoutServer).Code, Is.EqualTo(1));
        string[] settings = File.ReadAllLines(Settings);
        string own = InFolder("compiler");
        Directory.CreateDirectory(own);
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(settings[0])!)) File.Copy(file, Path.Combine(own, Path.GetFileName(file)));
        File.WriteAllLines(Settings, [Path.Combine(own, "csc.dll"), .. settings[1..]]);
        int[] Servers() => [.. ProcessesWith(Path.Combine(own, "VBCSCompiler"))];
        void KillServers()
        {
            foreach (int id in Servers())
                try
                {
                    Process.GetProcessById(id).Kill();
                }
                catch (Exception e) when (e is ArgumentException or InvalidOperationException)
                {
                    // It ended by itself.
                }
        }
        try
        {
            for (int round = 0; round < 3; round++)
            {
                File.WriteAllText(Path.Combine(_root, Node), s_files.Value[Node] + $"\nstatic class Mark {{ public const int Round = {round}; }}\n");
                using Process process = Start("dotnet", ["run", "check.cs", "--", "1.1"]);
                Task<(int Code, string Said)> answer = Task.Run(() => Answer(process));
                if (round == 1)
                {
                    // As soon as the server of this round has begun.
                    while (Servers().Length == 0 && !answer.IsCompleted) Thread.Sleep(10);
                    Thread.Sleep(150);
                    KillServers();
                }
                (int code, string said) = answer.Result;
                Assert.That(said, Does.Contain("0 of 1 points").Or.Contain("not written yet"), said);
                Assert.That((code, said.Contains("error", StringComparison.Ordinal)), Is.EqualTo((1, false)), said);
                if (round == 0) Assert.That(Servers(), Is.Not.Empty, "the check used this server");
                KillServers();
            }
        }
        finally
        {
            KillServers();
        }
    }

    /// <summary>The folder of the check was built with an SDK that is no longer there, or by another version of the handout.</summary>
    [Test]
    public void WhatAnOlderSdkOrHandoutBuiltIsBuiltAgain()
    {
        WriteTheHandout();
        (int, string) first = Check(out string[] progress, s_withoutServer);
        Assert.That(progress, Has.Some.Contains("Building the check"));
        string[] settings = File.ReadAllLines(Settings);
        File.WriteAllLines(Settings, settings.Select(line => line.Replace("/sdk/", "/sdk-that-was-removed/", StringComparison.Ordinal)));
        Assert.That(Check(s_withoutServer), Is.EqualTo(first), "it is built again, and says the same");
        Assert.That(File.ReadAllLines(Settings), Is.EqualTo(settings));
        // A build that was ended in the middle leaves the program without its settings.
        File.Delete(Settings);
        Assert.That(Check(s_withoutServer), Is.EqualTo(first));
        // A newer handout's check over an older one's folder.
        File.AppendAllText(Path.Combine(_root, "Check", "Tables.cs"), "// of another version\n");
        Assert.That(Check(out progress, s_withoutServer), Is.EqualTo(first));
        Assert.That(progress, Has.Some.Contains("Building the check"));
        Assert.That(Check(out progress, s_withoutServer), Is.EqualTo(first));
        Assert.That(progress, Is.Empty);
    }

    /// <summary>With the packages in the handout nothing is asked of a network: in a space that has none, it is built and checked.</summary>
    [Test]
    public void AHandoutWithPackagesNeedsNoNetwork()
    {
        // Only Linux gives a process its own network, which is empty, without a virtual machine.
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/unshare")) Assert.Ignore("a process without a network takes unshare, on Linux");
        _root = InFolder("hw1");
        using (Process probe = Process.Start(new ProcessStartInfo("/usr/bin/unshare", ["-r", "-n", "true"]) { RedirectStandardError = true })!)
        {
            string why = probe.StandardError.ReadToEnd().Trim();
            probe.WaitForExit();
            // Containers and some kernels refuse it to a user, or to all.
            if (probe.ExitCode != 0) Assert.Ignore($"a process without a network is not allowed here: {why}");
        }
        using var output = new StringWriter();
        new HandoutWriter(AssignmentFolder.Load(Path.Combine(HomeworkContent.Root, "samples", "Homework1", "hw1")), output).Write(_root, offline: true, build: false);
        using Process process = Start("/usr/bin/unshare", ["-r", "-n", "dotnet", "run", "check.cs", "--", "1.1"],
            [.. s_withoutServer, ("NUGET_PACKAGES", InFolder("packages-of-nobody")), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1")]);
        (int code, string said) = Answer(process);
        Assert.That(said, Does.Contain("not written yet").And.Not.Contain("error"));
        Assert.That(code, Is.EqualTo(1), said);
    }

    /// <summary>Ctrl+C goes to all processes of a terminal's group. None of them is left, and the next check is not held up.</summary>
    [Test]
    public void CtrlCEndsAWatchAndLeavesNothing()
    {
        // Ctrl+C reaches all processes of a terminal's group: without a separate group it would end the tests, too.
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/setsid") || !File.Exists("/usr/bin/env")) Assert.Ignore("a separate group of processes takes setsid, on Linux");
        WriteTheHandout();
        (int, string) expected = Check(s_withoutServer);
        foreach (bool busy in new[] { false, true })
        {
            // What a test runner's own shell ignores, a terminal does not.
            using Process process = Start("/usr/bin/env",
                ["--default-signal=INT", "setsid", "dotnet", "run", "check.cs", "--", "watch", "1.1"], s_withoutServer);
            Task<string> error = process.StandardError.ReadToEndAsync();
            var said = new List<string>();
            while (process.StandardOutput.ReadLine() is { } line)
            {
                said.Add(line);
                if (line.Contains("Ctrl+C ends it", StringComparison.Ordinal)) break;
            }
            // In the middle of a check, and while it waits.
            if (busy)
            {
                File.AppendAllText(Path.Combine(_root, Node), "// saved\n");
                Thread.Sleep(400);
            }
            using (Process signal = Process.Start("/bin/kill", ["-INT", "--", $"-{process.Id}"])) signal.WaitForExit();
            Task<string> rest = process.StandardOutput.ReadToEndAsync();
            bool ended = process.WaitForExit(TimeSpan.FromSeconds(20));
            if (!ended) process.Kill(entireProcessTree: true);
            Assert.That(ended, Is.True, $"it goes on after Ctrl+C: {string.Join('\n', said)}{rest.Result}");
            Assert.That(error.Result + rest.Result, Does.Not.Contain("Unhandled").And.Not.Contain("   at "), "no stack trace");
            for (int wait = 0; wait < 50 && ProcessesWith(_root).Any(); wait++) Thread.Sleep(100);
            Assert.That(ProcessesWith(_root), Is.Empty, "a process is left");
            Assert.That(Check(s_withoutServer), Is.EqualTo(expected), "the next check is as before");
            Assert.That(Directory.GetDirectories(Path.Combine(_root, "Check", "bin", "compiled"), "*.part"), Is.Empty, "half a build is left");
        }
    }
}
