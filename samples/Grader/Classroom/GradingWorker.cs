using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// A process that grades one handin after another, told on its standard input and answering on its standard output: whatever a handin does
/// to it, the class goes on in another one.
/// </summary>
static class GradingWorker
{
    /// <summary>The name of the hidden command.</summary>
    public const string Verb = "grading-worker";

    const string Broken = "broken ";

    internal static int Serve(string folder, string? secret, Layers layers)
    {
        Processes.RefuseInspection();
        IEnumerable<string> requests = WatchedProcess.Requests();
        using Stream told = Console.OpenStandardOutput();
        void Answer(string text) => WatchedProcess.Tell(told, text, 0);
        AssignmentFolder assignment;
        HandinGrader grader;
        try
        {
            assignment = AssignmentFolder.Load(folder);
            void Tell(GradeReport report, double processorSeconds) =>
                WatchedProcess.Tell(told, JsonReport.Write(report), WatchedProcess.SecondsLeft(assignment.Assignment, report),
                    processorSeconds);
            grader = new HandinGrader(assignment, new GradeOptions
            {
                Secret = secret is null ? [] : File.ReadAllBytes(secret),
                Layers = layers,
                Reading = Tell,
                Progress = report => Tell(report, 0),
            });
        }
        catch (Exception e) when (e is SourceException or IOException or UnauthorizedAccessException or JsonException or AssignmentException)
        {
            Answer(Broken + e.Message.ReplaceLineEndings(" "));
            return 2;
        }
        using (grader)
        {
            Answer("");
            foreach (string line in requests)
            {
                if (line.Split(' ') is not [{ } first, { } second]) break;
                (string handin, string target) = (Uri.UnescapeDataString(first), Uri.UnescapeDataString(second));
                GradeReport report = grader.Grade(handin);
                WatchedProcess.Tell(told, JsonReport.Write(report), WatchedProcess.SecondsLeft(assignment.Assignment, report));
                GradeCommand.Write(Path.Combine(target, "code.json"), Code(assignment, grader, handin));
                Answer(JsonReport.Write(report));
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
            code = HandinCode.ByQuestion(assignment.Assignment, grader.Sources.Library,
                HandinCode.Graded(assignment.Assignment, grader.Sources.Library, read));
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
    /// <param name="layers">The kernel's layers around handed-in code.</param>
    public sealed class Client(string folder, string? secret, Layers layers) : IDisposable
    {
        WatchedProcess? _worker;

        /// <summary>Grades a handin, and writes its code by question to <c>code.json</c> in a folder.</summary>
        /// <returns>
        /// The report as JSON, null if there was none; and whether it is the final one, or the last that was known when the worker died of
        /// the handin or took too long.
        /// </returns>
        /// <exception cref="SourceException">The assignment is broken, which no other handin will change.</exception>
        public (string? Report, bool Finished) Grade(string handin, string target, CancellationToken stop)
        {
            if (_worker is null)
            {
                _worker = new WatchedProcess([Verb, "--layers", $"{layers}", Path.GetFullPath(folder),
                    .. secret is null ? Array.Empty<string>() : [Path.GetFullPath(secret)]]);
                (string? said, bool ready) = _worker.Wait(stop);
                if (said?.StartsWith(Broken, StringComparison.Ordinal) == true) throw new SourceException(said[Broken.Length..]);
                if (!ready)
                {
                    End();
                    return (null, false);
                }
            }
            _worker.Ask($"{Uri.EscapeDataString(Path.GetFullPath(handin))} {Uri.EscapeDataString(Path.GetFullPath(target))}");
            (string? report, bool finished) = _worker.Wait(stop);
            if (!finished) End();
            return (report, finished);
        }

        void End()
        {
            _worker?.Dispose();
            _worker = null;
        }

        public void Dispose() => End();
    }
}
