using System.Diagnostics;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Grades one handin in a watched process. If the compiler does not finish the handin, further processes make its steps one by one, each
/// without what the ones before did not finish (<see cref="CompilerSurvey"/>), until one of them gets to the end and grades the rest.
/// </summary>
static class CarefulGrading
{
    // Each costs the time that a step may take; a handin with more such places is not worth more of it.
    const int MostProcesses = 8;

    // How long to go on where no process has said how much time there is, and what the last one needs to get ready and to grade.
    const double MostSeconds = 75, SecondsToGrade = 30;

    /// <summary>The options by which a process learns what to leave out, and how long the handin has been read so far.</summary>
    public const string UnfinishedOption = "--unfinished", SpentOption = "--spent";

    /// <param name="arguments">The command line of the watched process.</param>
    /// <param name="lines">Receives the lines that are passed on at once.</param>
    /// <param name="survey">Whether it is known that the compiler does not finish the handin.</param>
    /// <param name="stop">Stops waiting.</param>
    /// <returns>The last report; whether it is the final one; exit code and errors of the last process.</returns>
    public static (string? Text, bool Finished, int? Code, string Errors) Run(IReadOnlyList<string> arguments, Action<string>? lines = null,
        bool survey = false, CancellationToken stop = default)
    {
        var watch = Stopwatch.StartNew();
        var unfinished = new List<string>();
        string? last = null;
        double most = MostSeconds;
        for (int process = 1; ; process++)
        {
            string[] more = survey
                ? [UnfinishedOption, string.Join('|', unfinished), SpentOption, FormattableString.Invariant($"{watch.Elapsed.TotalSeconds:0}")]
                : [];
            using var grader = new WatchedProcess([.. arguments, .. more], lines);
            (string? text, bool finished) = grader.Wait(stop);
            last = text ?? last;
            bool ended = finished || grader.Code is 0 or Commands.GradeCommand.Unusable or Commands.GradeCommand.Failed;
            string? step = grader.Unfinished;
            // Without a step there is nothing to leave out the next time.
            if (ended || step is null || survey && step.Length == 0 || process == MostProcesses || watch.Elapsed.TotalSeconds > most)
                return (last, finished, grader.Code, grader.Errors);
            if (!survey) most = watch.Elapsed.TotalSeconds + grader.SecondsToGo - SecondsToGrade;
            if (step.Length > 0) unfinished.Add(step);
            survey = true;
        }
    }
}
