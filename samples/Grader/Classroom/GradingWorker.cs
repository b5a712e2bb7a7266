using System.Diagnostics;
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

    internal static int Serve(string folder, string? secret, Layers layers) => Serve(folder, secret, layers,
        (assignment, grader, told, handin, target) =>
        {
            GradeReport report = grader.Grade(handin);
            WatchedProcess.Tell(told, JsonReport.Write(report), WatchedProcess.SecondsLeft(assignment.Assignment, report));
            WriteCode(assignment, grader, handin, target);
            return JsonReport.Write(report);
        });

    /// <summary>Answers one request after the other.</summary>
    /// <param name="folder">The assignment's folder.</param>
    /// <param name="secret">The file of the secret; null for none.</param>
    /// <param name="layers">The kernel's layers around handed-in code.</param>
    /// <param name="answer">Answers a request: a handin, and another text.</param>
    internal static int Serve(string folder, string? secret, Layers layers,
        Func<AssignmentFolder, HandinGrader, Stream, string, string, string> answer)
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
                Late = _ => Process.GetCurrentProcess().Kill(),
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
                Answer(answer(assignment, grader, told, Uri.UnescapeDataString(first), Uri.UnescapeDataString(second)));
            }
        }
        return 0;
    }

    // For the pages, and to find handins that are alike.
    internal static void WriteCode(AssignmentFolder assignment, HandinGrader grader, string handin, string target)
    {
        IReadOnlyDictionary<string, string> code = new Dictionary<string, string>();
        IReadOnlyList<MemberPrint> prints = [];
        try
        {
            SourceTree handedIn =
                HandinCode.Graded(assignment.Assignment, grader.Sources.Library, Handin.Read(handin, assignment.Assignment));
            code = HandinCode.ByQuestion(assignment.Assignment, grader.Sources.Library, handedIn);
            prints = MemberPrints.Of(assignment.Assignment, grader.Sources.Library, grader.Sources.Handout, handedIn);
        }
        catch (InvalidHandinException)
        {
            // It has neither.
        }
        GradeCommand.Write(Path.Combine(target, "code.json"), JsonReport.Text(json =>
        {
            json.WriteStartObject();
            foreach ((string id, string text) in code) json.WriteString(id, ReportText.Clean(text, 20_000));
            json.WriteEndObject();
        }, indented: true) + "\n");
        GradeCommand.Write(Path.Combine(target, "members.json"), MemberPrints.Write(prints));
    }

    /// <summary>The other end: starts workers and hands them handins.</summary>
    /// <param name="verb">The hidden command that a worker runs.</param>
    /// <param name="folder">The assignment's folder.</param>
    /// <param name="secret">The file of the secret; null for none.</param>
    /// <param name="layers">The kernel's layers around handed-in code.</param>
    public sealed class Client(string verb, string folder, string? secret, Layers layers) : IDisposable
    {
        WatchedProcess? _worker;

        /// <summary>
        /// Asks about a handin. To grade it, the other text is the folder for its code by question and its normalised members.
        /// </summary>
        /// <returns>
        /// The answer, null if there was none; and whether it is the final one, or the last that was known when the worker died of
        /// the handin or took too long.
        /// </returns>
        /// <exception cref="SourceException">The assignment is broken, which no other handin will change.</exception>
        public (string? Answer, bool Finished) Ask(string handin, string other, CancellationToken stop)
        {
            if (_worker is null)
            {
                _worker = new WatchedProcess([verb, "--layers", $"{layers}", Path.GetFullPath(folder),
                    .. secret is null ? Array.Empty<string>() : [Path.GetFullPath(secret)]]);
                (string? said, bool ready) = _worker.Wait(stop);
                if (said?.StartsWith(Broken, StringComparison.Ordinal) == true) throw new SourceException(said[Broken.Length..]);
                if (!ready)
                {
                    End();
                    return (null, false);
                }
            }
            _worker.Ask($"{Uri.EscapeDataString(Path.GetFullPath(handin))} {Uri.EscapeDataString(other)}");
            (string? answer, bool finished) = _worker.Wait(stop);
            if (finished) return (answer, finished);
            bool compiles = verb == Verb && _worker.Unfinished is not null;
            End();
            return compiles ? Carefully(handin, other, answer, stop) : (answer, false);
        }

        // A handin that the compiler does not finish: a process for it alone leaves out what is to blame.
        (string? Answer, bool Finished) Carefully(string handin, string target, string? report, CancellationToken stop)
        {
            string[] arguments =
            [
                "grade", Path.GetFullPath(folder), Path.GetFullPath(handin), "--format", "json", "--watched", "plain",
                "--layers", $"{layers}", "--code", Path.GetFullPath(target),
                .. secret is null ? Array.Empty<string>() : ["--secret", Path.GetFullPath(secret)],
            ];
            var careful = CarefulGrading.Run(arguments, survey: true, stop: stop);
            return careful.Text is null ? (report, false) : (careful.Text, careful.Code == 0);
        }

        void End()
        {
            _worker?.Dispose();
            _worker = null;
        }

        public void Dispose() => End();
    }
}
