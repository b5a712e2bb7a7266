using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using MyTorch.Probes;

namespace MyTorch.Check;

/// <summary>The student's command: <c>dotnet run --project Check -- 4.2</c>.</summary>
public sealed class CheckProgram
{
    const string Usage = """
        dotnet run --project Check                       check everything
        dotnet run --project Check -- 4.2                check one question, or several; 4 checks a group
        dotnet run --project Check -- hint 4.2           the idea; then hint 4.2 shapes, hint 4.2 formula
        dotnet run --project Check -- handin [-o FILE]   write handin.tar
        Add --plain for output without colours.
        """;

    readonly CheckData _data;
    readonly CheckRunner _runner;
    readonly string _root;
    readonly TextWriter _output;
    readonly bool _plain;

    CheckProgram(CheckData data, Func<CaseRequest, CaseAnswer> run, string root, TextWriter output, bool plain)
    {
        (_data, _root, _output, _plain) = (data, root, output, plain);
        _runner = new CheckRunner(data, run);
    }

    /// <summary>The entry of the handout's program.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="probes">The assembly that holds the probes.</param>
    public static int Start(string[] args, Assembly probes)
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "Check", "assignment.json"))) root = Path.GetDirectoryName(root);
        if (root is null)
        {
            Console.Error.WriteLine("Check/assignment.json is missing. Take the folder Check from the handout again.");
            return 2;
        }
        string data = File.ReadAllText(Path.Combine(root, "Check", "assignment.json"));
        Func<CaseRequest, CaseAnswer> here = InThisProcess(CheckRunner.Read(data), probes, root);
        int code = 0;
        if (args is [CaseProcess.Word, var from, var to])
            CaseProcess.Serve(from, to, InThisProcess(CheckRunner.Read(data), probes, root, capture: true));
        else
        {
            bool plain = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
            using var process = new CaseProcess(probes.Location);
            // A debugger sees the code that it is to stop in.
            code = RunOn(args, data, Debugger.IsAttached ? here : process.Run, root, Console.Out, plain);
        }
        // A thread that still runs must not keep the program alive.
        Console.Out.Flush();
        Environment.Exit(code);
        return code;
    }

    static Func<CaseRequest, CaseAnswer> InThisProcess(CheckData data, Assembly probes, string root, bool capture = false) =>
        new CaseRunner(probes, root,
            [.. data.Questions.SelectMany(question => question.Places)
                .Select(place => place[(place.IndexOf(": ", StringComparison.Ordinal) + 2)..]).Distinct()], capture).Run;

    /// <summary>Does what the command line says with the code in this process.</summary>
    /// <inheritdoc cref="RunOn(string[], string, Func{CaseRequest, CaseAnswer}, string, TextWriter, bool)"/>
    public static int RunHere(string[] args, string json, Assembly probes, string root, TextWriter output, bool plain) =>
        RunOn(args, json, InThisProcess(CheckRunner.Read(json), probes, root), root, output, plain);

    /// <summary>
    /// Does what the command line says; 0 if all that was checked is right, 1 if something is not, 2 if the line is not understood.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="json">The text of Check/assignment.json.</param>
    /// <param name="run">Runs a case.</param>
    /// <param name="root">The folder of the handout.</param>
    /// <param name="output">Where everything is written.</param>
    /// <param name="plain">Whether to write without colours.</param>
    public static int RunOn(string[] args, string json, Func<CaseRequest, CaseAnswer> run, string root, TextWriter output, bool plain)
    {
        ArgumentNullException.ThrowIfNull(args);
        CheckData data = CheckRunner.Read(json);
        var program = new CheckProgram(data, run, root, output, plain || args.Contains("--plain"));
        string[] words = [.. args.Where(arg => arg != "--plain")];
        if (words is ["check", .. var rest]) words = rest;
        return words switch
        {
            [] => program.Check(data.Questions),
            ["help" or "--help" or "-h" or "-?"] => program.Help(),
            ["hint"] => program.HintNeedsAQuestion(),
            ["hint", var id] => program.Hint(id, "idea"),
            ["hint", var id, var step] => program.Hint(id, step),
            ["handin"] => program.HandIn(Path.Combine(root, "handin.tar")),
            ["handin", "-o" or "--output", var file] => program.HandIn(Path.GetFullPath(file)),
            _ when words.All(id => program.Asked(id).Length > 0) =>
                program.Check([.. data.Questions.Where(question => words.Any(id => program.Asked(id).Contains(question)))]),
            _ => program.NotUnderstood(words),
        };
    }

    CheckQuestion[] Asked(string id) => [.. _data.Questions.Where(question => question.Id == id || question.Group == id)];

    int Help()
    {
        _output.WriteLine(Usage);
        return 0;
    }

    int NotUnderstood(string[] words)
    {
        _output.WriteLine($"\"{string.Join(' ', words)}\" is not a question, a group or a command. Questions: " +
            $"{string.Join(", ", _data.Questions.Select(question => question.Id))}.");
        _output.WriteLine(Usage);
        return 2;
    }

    int Check(CheckQuestion[] questions)
    {
        bool one = questions.Length == 1;
        string[] changed = [.. _runner.ChangedSignatures()];
        foreach (string signature in changed)
            _output.WriteLine(Red($"You changed the signature of {signature}. The grader calls the original one: questions that use it " +
                $"get no points."));
        double score = 0;
        string group = "";
        foreach (CheckQuestion question in questions)
        {
            if (!one && question.Group != group) _output.WriteLine(Bold($"{group = question.Group} {_data.Groups[group]}"));
            QuestionResult result = _runner[question];
            score += result.Score;
            Line(result);
            if (result.Hint is { } hint) _output.WriteLine($"        A known mistake: {hint}");
            if (result.Ending is Ending.Failed or Ending.Error or Ending.Timeout or Ending.Died)
                foreach (QuestionResult before in _runner.NotRightBefore(question))
                    _output.WriteLine(Grey($"        needs {before.Question.Id} {before.Question.Title}, which is not right yet"));
            if (one) Details(result);
        }
        if (!one) _output.WriteLine(Bold(Invariant($"{score} of {questions.Sum(question => question.Points)} points in the visible cases")));
        if (!one && questions.FirstOrDefault(question => _runner[question].Ending is not (Ending.Passed or Ending.Waiting)) is { } next)
            _output.WriteLine($"Next: {next.Id} {next.Title} ({next.Places.FirstOrDefault() ?? "everything together"})");
        return changed.Length == 0 && questions.All(question => _runner[question].Ending == Ending.Passed) ? 0 : 1;
    }

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    void Line(QuestionResult result)
    {
        CheckQuestion question = result.Question;
        string head = Invariant($"  {question.Id,-4} {question.Title,-38} {result.Score,3} / {question.Points,-3} ");
        _output.WriteLine(result.Ending switch
        {
            Ending.Passed => head + Green("right"),
            Ending.NotImplemented => head + Grey("not written yet"),
            Ending.Waiting => Grey(head + result.Message),
            Ending.Error => head + Red("exception") + "\n        " + result.Message,
            Ending.Died => head + Red("ended the program") + "\n        " + result.Message,
            Ending.Timeout => head + Red("no answer") + "\n        " + result.Message,
            _ => head + Red("wrong") + "\n        " + result.Message,
        });
    }

    void Details(QuestionResult result)
    {
        if (result.Ending != Ending.Passed)
            foreach (var file in result.Question.Places.Select(place => place.Split(": ")).GroupBy(place => place[0], place => place[1]))
                _output.WriteLine($"        {file.Key}: {string.Join(", ", file)}");
        if (result.Given is { } given) Show(given, result.Got, result.Expected);
        if (result.Steps is { } steps && result.Ending is not (Ending.NotImplemented or Ending.Waiting))
            Tape(result.Expected?.Name, steps.Got, steps.Expected);
        if (result.Printed is { Count: > 0 } printed)
        {
            _output.WriteLine(Bold("          what your code printed"));
            foreach (string line in printed) _output.WriteLine($"          {line}");
        }
        foreach (string line in result.Told ?? []) _output.WriteLine($"        {line}");
        if (result.Ending is Ending.Failed or Ending.Error or Ending.NotImplemented)
            _output.WriteLine(Grey($"        dotnet run --project Check -- hint {result.Question.Id}"));
    }

    // The case as tables: enough to redo it on paper.
    void Show(IReadOnlyList<Returned> given, Returned? got, Returned? expected)
    {
        var answers = new List<(string, Returned)>();
        if (got is not null) answers.Add(($"{got.Name}, yours", got));
        if (expected is not null) answers.Add(($"{expected.Name}, expected", expected));
        bool numbers = answers.All(answer => answer.Item2.Values.Length <= 1 && answer.Item2.Shape is not { Length: > 0 });
        foreach (string line in Tables.Of(given.Select(one => (one.Name, one)))) _output.WriteLine($"          {line}".TrimEnd());
        // The message already has two numbers.
        if (numbers) return;
        if (given.Count > 0) _output.WriteLine();
        foreach (string line in Tables.Of(answers)) _output.WriteLine($"          {line}".TrimEnd());
    }

    const int Width = 130, MostRows = 40;

    // Equal rows are printed once, then two columns with a mark at the first row that differs; below each other if the lines are long.
    void Tape(string? title, string[] got, string[] expected)
    {
        int first = 0;
        while (first < got.Length && first < expected.Length && got[first] == expected[first]) first++;
        const string Mine = "what your code did", Theirs = "what is expected", Nothing = "(nothing more)";
        _output.WriteLine(Bold($"          step by step{(title is null ? "" : $", for {title}")}"));
        foreach (string row in got.Take(first)) _output.WriteLine($"            {row}");
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
            _output.WriteLine(Bold($"            {Mine.PadRight(width)} | {Theirs}"));
            for (int i = 0; i < Math.Max(mine.Length, theirs.Length); i++)
            {
                string row = $"{(i == 0 ? "       ->   " : "            ")}{(i < mine.Length ? mine[i] : "").PadRight(width)} | {(i < theirs.Length ? theirs[i] : "")}".TrimEnd();
                _output.WriteLine(i == 0 ? Red(row) : row);
            }
        }
        if (Math.Max(got.Length, expected.Length) > first + MostRows) _output.WriteLine("            …");

        void Block(string heading, string[] rows)
        {
            _output.WriteLine(Bold($"            {heading}"));
            foreach ((int i, string row) in rows.Index()) _output.WriteLine(i == 0 ? Red($"       ->   {row}") : $"            {row}");
        }
    }

    int HintNeedsAQuestion()
    {
        _output.WriteLine($"Which question? dotnet run --project Check -- hint {_data.Questions[0].Id}; there are " +
            $"{string.Join(", ", _data.Questions.Select(one => one.Id))}.");
        return 2;
    }

    int Hint(string id, string step)
    {
        if (_data.Questions.FirstOrDefault(question => question.Id == id) is not { } question)
        {
            _output.WriteLine($"There is no question \"{id}\"; there are {string.Join(", ", _data.Questions.Select(one => one.Id))}.");
            return 2;
        }
        string[] steps = ["idea", "shapes", "formula"];
        int index = Array.IndexOf(steps, step);
        if (index < 0)
        {
            _output.WriteLine($"\"{step}\" is not a step; there are idea, shapes and formula.");
            return 2;
        }
        _output.WriteLine(Bold($"{question.Id} {question.Title}, {step}"));
        _output.WriteLine($"  {question.Hints[index]}");
        if (index < 2) _output.WriteLine(Grey($"  {(index == 0 ? "More" : "The answer")}: dotnet run --project Check -- hint {id} " +
            $"{steps[index + 1]}"));
        return 0;
    }

    int HandIn(string file)
    {
        HandinArchive archive;
        try
        {
            archive = HandinArchive.Collect(_root, _data);
        }
        catch (FileNotFoundException exception)
        {
            _output.WriteLine(exception.Message);
            return 1;
        }
        Check(_data.Questions);
        foreach (string note in archive.Notes) _output.WriteLine(note);
        archive.Write(file);
        string[] Ids(Ending ending) =>
            [.. _data.Questions.Where(question => _runner[question].Ending == ending).Select(question => question.Id)];
        string[] unwritten = Ids(Ending.NotImplemented), waiting = Ids(Ending.Waiting);
        if (unwritten.Length > 0)
            _output.WriteLine($"Not written yet: " +
                $"{string.Join(", ", unwritten)}{(waiting.Length > 0 ? $"; waiting for them: {string.Join(", ", waiting)}" : "")}. " +
                $"{(unwritten.Length + waiting.Length == 1 ? "It gets" : "They get")} no points.");
        _output.WriteLine($"Written: {file} ({archive.Files.Count} files). Hand in this " +
            $"file{(unwritten.Length > 0 ? " when you have done what you want to do" : "")}.");
        return 0;
    }

    string Green(string text) => Colour("32", text);

    string Red(string text) => Colour("31", text);

    string Grey(string text) => Colour("90", text);

    string Bold(string text) => Colour("1", text);

    string Colour(string code, string text) => _plain ? text : $"\e[{code}m{text}\e[0m";
}
