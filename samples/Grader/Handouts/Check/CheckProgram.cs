using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;

namespace MyTorch.Check;

/// <summary>The student's command: <c>dotnet check.cs 4.2</c>.</summary>
/// <param name="data">The handout's questions.</param>
/// <param name="begin">Compiles the student's code and makes it ready; null if that is not possible and it has said why.</param>
/// <param name="root">The folder of the handout.</param>
/// <param name="writer">Where everything is written.</param>
public sealed class CheckProgram(CheckData data, Func<ICases?> begin, string root, CheckWriter writer)
{
    /// <summary>What a student types.</summary>
    internal const string Command = "dotnet check.cs";

    internal const string UpdateText = $"`{Command} update NEW.zip` takes a newer one over, and keeps what you wrote.";

    const string Usage = $"""
        {Command}                   check everything
        {Command} 4.2               check one question, or several; 4 checks a group
        {Command} watch [4.2]       check again whenever you save a file
        {Command} hint 4.2          the idea; then hint 4.2 shapes, hint 4.2 formula
        {Command} run               programs that run on your own code, and what they need; run NAME runs one
        {Command} handin [-o FILE]  write handin.tar
        {Command} update NEW.zip    take over a newer handout, a zip file or a folder; what you wrote stays
        Add --plain for output without colours.
        """;

    /// <summary>The entry of the handout's program.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="program">This program. The cases are in it too where a handout is made; else they are compiled with the student's code.</param>
    public static int Start(string[] args, Assembly program)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(program);
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        int code = args switch
        {
            [CaseProcess.Word, var from, var to, .. var assemblies] => Serve(from, to, assemblies, program),
            [CaseProcess.ProgramWord, var method, var root, var plain, .. var assemblies] =>
                CasesHere.Show(Cases(assemblies, program), method, root, Console.Out, plain == CaseProcess.Plainly),
            _ => RunStudents(args, program),
        };
        // check.cs goes on: it moves the files of the update into place.
        if (args is ["update", ..]) return code;
        // A thread that still runs must not keep the program alive.
        Console.Out.Flush();
        Environment.Exit(code);
        return code;
    }

    static int Serve(string from, string to, string[] assemblies, Assembly program)
    {
        Cases(assemblies, program).GetType("MyTorch.Check.CaseServer", throwOnError: true)!.GetMethod("Serve")!.Invoke(null, [from, to]);
        return 0;
    }

    static Assembly Cases(string[] assemblies, Assembly program) =>
        assemblies is [var path, var given, var mine] ? Load(new CaseAssemblies(path, given, mine)) : program;

    static Assembly Load(CaseAssemblies assemblies)
    {
        AssemblyLoadContext.Default.Resolving += (context, name) => name.Name switch
        {
            "MyTorch" => context.LoadFromAssemblyPath(assemblies.Mine),
            "MyTorch.Given" => context.LoadFromAssemblyPath(assemblies.Given),
            _ => null,
        };
        return AssemblyLoadContext.Default.LoadFromAssemblyPath(assemblies.Cases);
    }

    static int RunStudents(string[] args, Assembly program)
    {
        string bin = Path.GetDirectoryName(program.Location)!;
        string? root = bin;
        while (root is not null && !File.Exists(Path.Combine(root, "Check", "assignment.json"))) root = Path.GetDirectoryName(root);
        if (root is null)
        {
            Console.Error.WriteLine("Check/assignment.json is missing. Take the folder Check from the handout again.");
            return 2;
        }
        // The compiler works while the questions are read: each takes a part of a second.
        bool together = program.GetType("MyTorch.Check.CaseServer") is not null;
        Task<Built>? early = together || args is ["hint" or "help" or "--help" or "update", ..] ? null : Task.Run(() => Compile(root, bin));
        CheckData data = CheckRunner.Read(File.ReadAllText(Path.Combine(root, "Check", "assignment.json")));
        var writer = new CheckWriter(data, Console.Out,
            Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 });
        CaseProcess? process = null;
        int code = Run(args, data, Begin, root, writer);
        process?.Dispose();
        return code;

        ICases? Begin()
        {
            CaseAssemblies? assemblies = null;
            if (!together)
            {
                if (data.ReadingSet.FirstOrDefault(path => !File.Exists(Path.Combine(root, path))) is { } missing)
                {
                    writer.Wrong($"{missing} is missing; take it from the handout again.");
                    return null;
                }
                // What was compiled early is the first answer; a later one, of watch, compiles again.
                (IReadOnlyList<string> errors, assemblies) = early?.GetAwaiter().GetResult() ?? Compile(root, bin);
                early = null;
                if (assemblies is null)
                {
                    writer.NotCompiled(errors);
                    return null;
                }
            }
            // A debugger sees the code that it is to stop in.
            if (Debugger.IsAttached)
                return new CasesHere(assemblies is null ? program : Load(assemblies), data.Setup(root, capture: false), Console.Out);
            process?.Dispose();
            return process = new CaseProcess(data.Setup(root, capture: true), assemblies);
        }
    }

    sealed record Built(IReadOnlyList<string> Errors, CaseAssemblies? Assemblies);

    static Built Compile(string root, string bin)
    {
        IReadOnlyList<string> errors = new StudentBuild(root, bin, Console.Error.WriteLine).Run(out CaseAssemblies? assemblies);
        return new Built(errors, assemblies);
    }

    /// <summary>
    /// Does what the command line says with the code in this process; 0 if all that was checked is right, 1 if something is not, 2 if the
    /// line is not understood.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="json">The text of Check/assignment.json.</param>
    /// <param name="cases">The assembly that holds the probes.</param>
    /// <param name="root">The folder of the handout.</param>
    /// <param name="output">Where everything is written.</param>
    /// <param name="plain">Whether to write without colours.</param>
    public static int RunHere(string[] args, string json, Assembly cases, string root, TextWriter output, bool plain)
    {
        CheckData data = CheckRunner.Read(json);
        return Run(args, data, () => new CasesHere(cases, data.Setup(root, capture: false), output), root,
            new CheckWriter(data, output, plain));
    }

    static int Run(string[] args, CheckData data, Func<ICases?> begin, string root, CheckWriter writer)
    {
        writer.Plain |= args.Contains("--plain");
        string[] words = [.. args.Where(arg => arg != "--plain").Select(arg => arg == "--watch" ? "watch" : arg)];
        if (words is ["check", .. var rest]) words = rest;
        if (words.Contains("watch")) words = ["watch", .. words.Where(word => word != "watch")];
        var program = new CheckProgram(data, begin, root, writer);
        return words switch
        {
            [] => program.Check(data.Questions),
            ["help" or "--help" or "-h" or "-?"] => program.Help(),
            ["hint"] => program.HintNeedsAQuestion(),
            ["hint", var id] => program.Hint(id, "idea"),
            ["hint", var id, var step] => program.Hint(id, step),
            ["update", var source] => program.Update(source),
            ["run"] => program.ListPrograms(),
            ["run", var id] => program.RunProgram(id),
            ["handin"] => program.HandIn(Path.Combine(root, "handin.tar")),
            ["handin", "-o" or "--output", var file] => program.HandIn(Path.GetFullPath(file)),
            ["watch"] => program.Watch(data.Questions),
            ["watch", .. var ids] when program.AreAsked(ids) => program.Watch(program.Asked(ids)),
            _ when program.AreAsked(words) => program.Check(program.Asked(words)),
            _ => program.NotUnderstood(words),
        };
    }

    static bool IsAsked(CheckQuestion question, string id) => question.Id == id || question.Group == id;

    bool AreAsked(string[] ids) => ids.All(id => data.Questions.Any(question => IsAsked(question, id)));

    CheckQuestion[] Asked(string[] ids) => [.. data.Questions.Where(question => ids.Any(id => IsAsked(question, id)))];

    int Help()
    {
        writer.Line(Usage);
        return 0;
    }

    int NotUnderstood(string[] words)
    {
        writer.Line($"\"{string.Join(' ', words)}\" is not a question, a group or a command. Questions: " +
            $"{string.Join(", ", data.Questions.Select(question => question.Id))}.");
        writer.Line(Usage);
        return 2;
    }

    int Check(CheckQuestion[] questions) =>
        begin() is { } cases ? Check(questions, new CheckRunner(data, cases), new CheckPage(data, root)) : 1;

    int Check(CheckQuestion[] questions, CheckRunner runner, CheckPage page)
    {
        bool one = questions.Length == 1;
        string[] changed = [.. runner.ChangedSignatures()];
        foreach (string signature in changed)
            writer.Wrong($"You changed the signature of {signature}. The grader calls the original one: questions that use it get no points.");
        string group = "";
        foreach (CheckQuestion question in questions)
        {
            if (!one && question.Group != group) writer.Heading($"{group = question.Group} {data.Groups[group]}");
            writer.Result(runner[question], runner.NotRightBefore(question));
            if (one) writer.Details(runner[question]);
        }
        QuestionResult[] results = [.. questions.Select(question => runner[question])];
        if (!one) writer.End(results);
        if (page.Write(results, changed) is { } path) writer.Quiet($"The page about it: {path}");
        return changed.Length == 0 && results.All(result => result.Ending == Ending.Passed) ? 0 : 1;
    }

    int Watch(CheckQuestion[] questions)
    {
        var page = new CheckPage(data, root) { Watched = true };
        new Watch(root, writer).Run(() =>
        {
            if (begin() is { } cases) Check(questions, new CheckRunner(data, cases), page);
        });
        return 0;
    }

    int Update(string source)
    {
        FindCompiler();
        HandoutUpdate update;
        try
        {
            update = HandoutUpdate.Prepare(root, data, source);
        }
        catch (UpdateException exception)
        {
            writer.Line(exception.Message);
            return 1;
        }
        if (update.Count == 0)
        {
            writer.Line($"Everything is as in {source}, version {update.Version}. Nothing was changed.");
            return 0;
        }
        writer.Heading(update.Version == data.Version ? $"Version {data.Version} again: what is given is as in {source}"
            : $"From version {data.Version} to {update.Version}");
        foreach (CheckChange change in update.Changes) writer.Line($"  {change.Version}: {change.Text}");
        writer.Line("Your files:");
        foreach (string note in update.Notes) writer.Line($"  {note}");
        if (update.Notes.Count == 0) writer.Line("  None of the files that you write in has changed.");
        writer.Line($"{update.Count} files are replaced, added or removed." +
            (update.Backup is { } backup ? $" {backup}/ has them as they were." : ""));
        return 0;
    }

    // The compiler's library, with which an update reads C#, stays beside the compiler.
    static void FindCompiler()
    {
        string settings = Path.Combine(Path.GetDirectoryName(typeof(CheckProgram).Assembly.Location) ?? "", StudentBuild.Settings);
        if (!File.Exists(settings)) return;
        string compiler = Path.GetDirectoryName(File.ReadLines(settings).First())!;
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(compiler, name.Name + ".dll") is var file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
    }

    int ListPrograms()
    {
        if (data.Programs.Length == 0) writer.Line("This assignment has no programs.");
        writer.List(data.Programs);
        return 0;
    }

    int RunProgram(string id)
    {
        if (data.Programs.FirstOrDefault(one => one.Id == id) is not { } program)
        {
            writer.Line($"There is no program \"{id}\".{(data.Programs.Length == 0 ? " This assignment has none." : " There are:")}");
            writer.List(data.Programs);
            return 2;
        }
        if (begin() is not { } cases) return 1;
        var runner = new CheckRunner(data, cases);
        if (data.Before(program).Select(question => runner[question]).FirstOrDefault(result => result.Ending != Ending.Passed)
            is { } missing)
        {
            writer.Waits(program, missing);
            return 1;
        }
        return cases.Show(program.Method, writer.Plain);
    }

    int HintNeedsAQuestion()
    {
        writer.Line($"Which question? {Command} hint {data.Questions[0].Id}; there are " +
            $"{string.Join(", ", data.Questions.Select(one => one.Id))}.");
        return 2;
    }

    int Hint(string id, string step)
    {
        if (data.Questions.FirstOrDefault(question => question.Id == id) is not { } question)
        {
            writer.Line($"There is no question \"{id}\"; there are {string.Join(", ", data.Questions.Select(one => one.Id))}.");
            return 2;
        }
        string[] steps = ["idea", "shapes", "formula"];
        int index = Array.IndexOf(steps, step);
        if (index < 0)
        {
            writer.Line($"\"{step}\" is not a step; there are idea, shapes and formula.");
            return 2;
        }
        writer.Heading($"{question.Id} {question.Title}, {step}");
        writer.Line($"  {question.Hints[index]}");
        if (index < 2) writer.Quiet($"  {(index == 0 ? "More" : "The answer")}: {Command} hint {id} {steps[index + 1]}");
        return 0;
    }

    int HandIn(string file)
    {
        HandinArchive archive;
        try
        {
            archive = HandinArchive.Collect(root, data);
        }
        catch (FileNotFoundException exception)
        {
            writer.Line(exception.Message);
            return 1;
        }
        if (begin() is not { } cases) return 1;
        var runner = new CheckRunner(data, cases);
        Check(data.Questions, runner, new CheckPage(data, root));
        foreach (string note in archive.Notes) writer.Line(note);
        archive.Write(file);
        string[] Ids(Func<QuestionResult, bool> which) =>
            [.. data.Questions.Select(question => runner[question]).Where(which).Select(result => result.Question.Id)];
        string[] unwritten = Ids(result => result.Ending == Ending.NotImplemented), waiting = Ids(result => result.Ending == Ending.Waiting);
        if (unwritten.Length > 0)
            writer.Line($"Not written yet: " +
                $"{string.Join(", ", unwritten)}{(waiting.Length > 0 ? $"; waiting for others: {string.Join(", ", waiting)}" : "")}. " +
                $"{(unwritten.Length + waiting.Length == 1 ? "It gets" : "They get")} no points.");
        writer.Line($"Written: {file} ({archive.Files.Count} files). Hand in this " +
            $"file{(unwritten.Length > 0 ? " when you have done what you want to do" : "")}.");
        return 0;
    }
}
