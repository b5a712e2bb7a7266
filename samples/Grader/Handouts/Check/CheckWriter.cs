using MyTorch.Probes;

namespace MyTorch.Check;

/// <summary>Writes what a check finds, as text.</summary>
/// <param name="data">The handout's questions.</param>
/// <param name="output">Where everything is written.</param>
/// <param name="plain">Whether to write without colours.</param>
public sealed class CheckWriter(CheckData data, TextWriter output, bool plain)
{
    /// <summary>Whether to write without colours.</summary>
    public bool Plain { get; set; } = plain;

    /// <summary>A line.</summary>
    public void Line(string text) => output.WriteLine(text);

    /// <summary>A heading.</summary>
    public void Heading(string text) => output.WriteLine(Colour("1", text));

    /// <summary>A line that matters less.</summary>
    public void Quiet(string text) => output.WriteLine(Grey(text));

    /// <summary>A line about something that is wrong.</summary>
    public void Wrong(string text) => output.WriteLine(Red(text));

    /// <summary>An empty screen, where there is one.</summary>
    public void Clear()
    {
        if (!Plain) output.Write("\e[2J\e[3J\e[H");
    }

    const int MostErrors = 5;

    /// <summary>The compiler's errors.</summary>
    public void NotCompiled(IReadOnlyList<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        Wrong("Your code does not compile yet, so nothing was run:");
        foreach (string error in errors.Take(MostErrors)) Line($"  {error}");
        if (errors.Count > MostErrors) Quiet($"  and {errors.Count - MostErrors} more; they often follow from the first.");
    }

    /// <summary>The programs that run on the student's code, with what each needs.</summary>
    public void List(IEnumerable<CheckedProgram> programs)
    {
        ArgumentNullException.ThrowIfNull(programs);
        foreach (CheckedProgram program in programs)
            Line($"  {CheckProgram.Command} run {program.Id,-10} {program.Title}, after {data.Before(program).Last().Id}");
    }

    /// <summary>What a program waits for.</summary>
    public void Waits(CheckedProgram program, QuestionResult missing)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(missing);
        string how = missing.Ending == Ending.NotImplemented ? "not written yet" : "not right yet";
        Line($"{program.Id} runs on your own code, and needs {missing.Question.Id} {missing.Question.Title}, which is {how}.");
        Line($"Next: {CheckProgram.Command} {missing.Question.Id}");
    }

    /// <summary>A question's line.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="before">The questions that it needs and that are not right.</param>
    public void Result(QuestionResult result, IEnumerable<QuestionResult> before)
    {
        ArgumentNullException.ThrowIfNull(result);
        CheckQuestion question = result.Question;
        string head = Invariant($"  {question.Id,-4} {question.Title,-38} {result.Score,3} / {question.Points,-3} ");
        output.WriteLine(result.Ending switch
        {
            Ending.Passed => head + Green("right"),
            Ending.NotImplemented => head + Grey("not written yet"),
            Ending.Waiting => Grey(head + result.Message),
            Ending.Error => head + Red("exception") + "\n        " + result.Message,
            Ending.Died => head + Red("ended the program") + "\n        " + result.Message,
            Ending.Timeout => head + Red("no answer") + "\n        " + result.Message,
            _ => head + Red("wrong") + "\n        " + result.Message,
        });
        if (result.Ending == Ending.Failed && result.Also is { } also) Line($"        also wrong: {also}");
        if (PartsOf(result) is { Length: > 0 } parts) Line($"        {parts}");
        if (result.Ending == Ending.Waiting) return;
        if (result.Hint is { } hint) Line($"        A known mistake: {hint}");
        if (result.Ending is Ending.Failed or Ending.Error or Ending.Timeout or Ending.Died)
            foreach (QuestionResult one in before)
                Quiet($"        needs {one.Question.Id} {one.Question.Title}, which is not right yet");
    }

    /// <summary>"right: the gradient (1.5 points); not yet: …"; empty for a question without parts, and where all are alike.</summary>
    internal static string PartsOf(QuestionResult result)
    {
        if (result.RightParts is not { } right || right.Count == 0 || !right.Contains(true)) return "";
        string Of(bool which) => string.Join(", ", result.Question.Parts.Where((_, i) => right[i] == which)
            .Select(part => Invariant($"{part.Title} ({part.Points})")));
        return right.Contains(false) ? $"right: {Of(true)}; not yet: {Of(false)}" : $"right: {Of(true)}, as far as the code came";
    }

    /// <summary>What has been reached, what comes next, and what the code can do by then; all of it from these results.</summary>
    public void End(IReadOnlyList<QuestionResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        double most = results.Sum(result => result.Question.Points);
        int right = results.Count(result => result.Ending == Ending.Passed);
        Heading(Invariant($"{results.Sum(result => result.Score)} of {most} points in the visible cases; {right} of {results.Count} questions are right"));
        QuestionResult? next = results.FirstOrDefault(result => result.Ending is not (Ending.Passed or Ending.Waiting))
            ?? results.FirstOrDefault(result => result.Ending == Ending.Waiting);
        if (next is not null)
            Line($"Next: {next.Question.Id} {next.Question.Title} ({next.Question.Places.FirstOrDefault() ?? "everything together"})");
        bool all = results.Count == data.Questions.Length;
        if (all) Programs(results);
        if (next is null)
            Line(all ? $"Everything is right. Hand it in: {CheckProgram.Command} handin writes the file. The grader also asks with other numbers."
                : $"All of it is right. {CheckProgram.Command} says what comes next.");
    }

    // What runs on the student's own code: the programs of the groups that are right, and the first that has to wait.
    void Programs(IReadOnlyList<QuestionResult> results)
    {
        foreach (CheckedProgram program in data.Programs)
        {
            CheckQuestion[] before = [.. data.Before(program)];
            string what = $"{program.Title}: {CheckProgram.Command} run {program.Id}";
            if (results.Take(before.Length).All(result => result.Ending == Ending.Passed)) Line($"On your own code: {what}");
            else
            {
                Quiet($"After {before[^1].Id}: {what}");
                return;
            }
        }
    }

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>The case that a question failed in, and what helps.</summary>
    public void Details(QuestionResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Was is { } was) Line($"        {was}");
        if (result.Ending != Ending.Passed)
            foreach (var file in result.Question.Places.Select(place => place.Split(": ")).GroupBy(place => place[0], place => place[1]))
                output.WriteLine($"        {file.Key}: {string.Join(", ", file)}");
        if (result.Given is { } given) Show(given, result.Got, result.Expected);
        if (result.Steps is { } steps && result.Ending != Ending.NotImplemented)
            Tape(result.Expected?.Name, steps.Got, steps.Expected);
        if (result.Printed is { Count: > 0 } printed)
        {
            Heading("          what your code printed");
            foreach (string line in printed) output.WriteLine($"          {line}");
        }
        foreach (string line in result.Told ?? []) output.WriteLine($"        {line}");
        if (result.Ending is Ending.Failed or Ending.Error or Ending.NotImplemented)
            Quiet($"        {CheckProgram.Command} hint {result.Question.Id}");
    }

    // The case as tables: enough to redo it on paper.
    void Show(IReadOnlyList<Returned> given, Returned? got, Returned? expected)
    {
        var answers = new List<(string, Returned)>();
        if (got is not null) answers.Add(($"{got.Name}, yours", got));
        if (expected is not null) answers.Add(($"{expected.Name}, expected", expected));
        bool numbers = answers.All(answer => answer.Item2.Values.Length <= 1 && answer.Item2.Shape is not { Length: > 0 });
        foreach (string line in Tables.Of(given.Select(one => (one.Name, one)))) output.WriteLine($"          {line}".TrimEnd());
        // The message already has two numbers.
        if (numbers) return;
        if (given.Count > 0) output.WriteLine();
        foreach (string line in Tables.Of(answers)) output.WriteLine($"          {line}".TrimEnd());
    }

    const int Width = 130, MostRows = 40;

    // Equal rows are printed once, then two columns with a mark at the first row that differs; below each other if the lines are long.
    void Tape(string? title, string[] got, string[] expected)
    {
        int first = 0;
        while (first < got.Length && first < expected.Length && got[first] == expected[first]) first++;
        const string Mine = "what your code did", Theirs = "what is expected", Nothing = "(nothing more)";
        Heading($"          step by step{(title is null ? "" : $", for {title}")}");
        foreach (string row in got.Take(first)) output.WriteLine($"            {row}");
        string[] mine = [.. got.Skip(first).Take(MostRows)], theirs = [.. expected.Skip(first).Take(MostRows)];
        if (mine.Length == 0) mine = [Nothing];
        if (theirs.Length == 0) theirs = [Nothing];
        int width = mine.Append(Mine).Max(row => row.Length);
        if (width + 15 + theirs.Append(Theirs).Max(row => row.Length) > Width)
        {
            Block(Mine, mine);
            Block(Theirs, theirs);
        }
        else
        {
            Heading($"            {Mine.PadRight(width)} | {Theirs}");
            for (int i = 0; i < Math.Max(mine.Length, theirs.Length); i++)
            {
                string row = $"{(i == 0 ? "       ->   " : "            ")}{(i < mine.Length ? mine[i] : "").PadRight(width)} | {(i < theirs.Length ? theirs[i] : "")}".TrimEnd();
                output.WriteLine(i == 0 ? Red(row) : row);
            }
        }
        if (Math.Max(got.Length, expected.Length) > first + MostRows) output.WriteLine("            …");

        void Block(string heading, string[] rows)
        {
            Heading($"            {heading}");
            foreach ((int i, string row) in rows.Index()) output.WriteLine(i == 0 ? Red($"       ->   {row}") : $"            {row}");
        }
    }

    string Green(string text) => Colour("32", text);

    string Red(string text) => Colour("31", text);

    string Grey(string text) => Colour("90", text);

    string Colour(string code, string text) => Plain ? text : $"\e[{code}m{text}\e[0m";
}
