using System.Diagnostics;
using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classes;

/// <summary>
/// A process that grades one handin after another, told on its standard input and answering on its standard output: whatever a handin does to it,
/// the class goes on in another one.
/// </summary>
static class GradingWorker
{
    /// <summary>The name of the hidden command.</summary>
    public const string Verb = "grading-worker";

    internal static int Serve(string folder, string? secret, TextReader input, TextWriter output)
    {
        Processes.CloseDoors();
        AssignmentFolder assignment;
        HandinGrader grader;
        try
        {
            assignment = AssignmentFolder.Load(folder);
            grader = new HandinGrader(assignment, new GradeOptions { Secret = secret is null ? [] : File.ReadAllBytes(secret) });
        }
        catch (Exception e) when (e is SourceException or IOException or UnauthorizedAccessException or JsonException or AssignmentException)
        {
            output.WriteLine("broken " + e.Message.ReplaceLineEndings(" "));
            return 2;
        }
        using (grader)
        {
            output.WriteLine("ready");
            output.Flush();
            while (input.ReadLine() is { } line && line.Split(' ') is [{ } first, { } second])
            {
                (string handin, string target) = (Uri.UnescapeDataString(first), Uri.UnescapeDataString(second));
                GradeReport report = grader.Grade(handin);
                GradeCommand.Write(Path.Combine(target, "code.json"), Code(assignment, grader, handin));
                GradeCommand.Write(Path.Combine(target, "grade.json"), JsonReport.Write(report));
                output.WriteLine("done");
                output.Flush();
            }
        }
        return 0;
    }

    static string Code(AssignmentFolder assignment, HandinGrader grader, string handin)
    {
        IReadOnlyDictionary<string, string> code;
        try
        {
            Handin read = Handin.Read(handin, assignment.Assignment);
            code = HandinCode.ByQuestion(assignment.Assignment, grader.Sources.Library, HandinCode.Graded(assignment.Assignment, grader.Sources.Library, read));
        }
        catch (InvalidHandinException)
        {
            code = new Dictionary<string, string>();
        }
        return JsonReport.Text(json =>
        {
            json.WriteStartObject();
            foreach ((string id, string text) in code) json.WriteString(id, ReportText.Clean(text, 20_000));
            json.WriteEndObject();
        }, indented: true) + "\n";
    }

    /// <summary>The other end: starts workers and hands them handins.</summary>
    /// <param name="folder">The assignment's folder.</param>
    /// <param name="secret">The file of the secret; null for none.</param>
    /// <param name="limit">How long one handin may take before its worker is given up.</param>
    public sealed class Client(string folder, string? secret, TimeSpan limit) : IDisposable
    {
        Process? _process;

        /// <summary>Grades into a folder: <c>grade.json</c> and <c>code.json</c>. False if the worker died of it, or took too long.</summary>
        /// <exception cref="SourceException">The assignment is broken, which no other handin will change.</exception>
        public async Task<bool> TryGrade(string handin, string target, CancellationToken stop)
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(stop);
            timer.CancelAfter(limit);
            try
            {
                if (_process is null or { HasExited: true })
                {
                    Kill();
                    _process = Start();
                    string? first = await _process.StandardOutput.ReadLineAsync(timer.Token);
                    if (first?.StartsWith("broken ", StringComparison.Ordinal) == true) throw new SourceException(first["broken ".Length..]);
                    if (first != "ready") return Failed();
                }
                await _process.StandardInput.WriteLineAsync($"{Uri.EscapeDataString(Path.GetFullPath(handin))} {Uri.EscapeDataString(Path.GetFullPath(target))}".AsMemory(), timer.Token);
                await _process.StandardInput.FlushAsync(timer.Token);
                return await _process.StandardOutput.ReadLineAsync(timer.Token) == "done" || Failed();
            }
            catch (Exception e) when (e is IOException || e is OperationCanceledException && !stop.IsCancellationRequested)
            {
                return Failed();
            }
        }

        bool Failed()
        {
            Kill();
            return false;
        }

        Process Start()
        {
            var start = new ProcessStartInfo(Room.FindDotnet())
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "mytorch-grader.dll"), Verb, Path.GetFullPath(folder) },
            };
            if (secret is not null) start.ArgumentList.Add(Path.GetFullPath(secret));
            Process process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            return process;
        }

        void Kill()
        {
            if (_process is null) return;
            try
            {
                _process.Kill(entireProcessTree: true);
            }
            catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception) { }
            _process.Dispose();
            _process = null;
        }

        public void Dispose() => Kill();
    }
}
