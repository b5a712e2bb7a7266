using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Check;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Assignments;

/// <summary>What is wrong with an assignment: the file, the place in it, and a sentence that says how to correct it.</summary>
sealed record AssignmentProblem(string File, string Place, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(": ", new[] { File, Place, Message }.Where(text => text.Length > 0));
}

/// <summary>Compares the parts of an assignment with each other and with the library.</summary>
sealed partial class AssignmentCheck
{
    /// <summary>The limits of what a student reads and writes.</summary>
    public const int MostFiles = 8, MostLines = 900, LongestBody = 15, LongestBackward = 25, LargestCheatSheet = 40;

    const string Json = "assignment.json";

    readonly AssignmentFolder _folder;
    readonly Assignment _assignment;
    readonly HashSet<string> _ids;
    readonly List<AssignmentProblem> _problems = [];

    AssignmentCheck(AssignmentFolder folder)
    {
        (_folder, _assignment) = (folder, folder.Assignment);
        _ids = [.. _assignment.Questions.Select(question => question.Id)];
    }

    /// <summary>Everything that is wrong; empty for an assignment that can be handed out and graded.</summary>
    public static IReadOnlyList<AssignmentProblem> Run(AssignmentFolder folder)
    {
        var check = new AssignmentCheck(folder);
        check.Whole();
        if (folder.Assignment.Viva is { } viva) check.Probe(viva, "viva");
        foreach (Question question in folder.Assignment.Questions) check.One(question);
        check.Texts();
        check.Mistakes();
        // What the student faces can be counted only when the names are right.
        if (check._problems.Count == 0) check.ReadingSet();
        return check._problems;
    }

    /// <summary>What an author may want to know of an assignment without errors.</summary>
    public static IEnumerable<string> Notes(AssignmentFolder folder)
    {
        Assignment assignment = folder.Assignment;
        if (assignment.Seeds.Hidden > 0 && !File.Exists(Path.Combine(folder.Path, "secret")))
            yield return "There is no file `secret` beside assignment.json: without one anyone can compute the hidden cases. Make one " +
                "before you grade, or name it with --secret.";
        bool InLibrary(string path) => File.Exists(Path.Combine(folder.Root, path)) && folder.IsHandedOut(path);
        bool Withheld(SourceMember member) =>
            assignment.Policy.Forbidden == "reject" && assignment.Forbidden.Contains(member.FullName)
                || Stubs.TakenOut(folder).Contains(member);
        foreach (string type in Stubs.Blanked(assignment, folder.Reference).Where(pair => !InLibrary(pair.Member.Path))
            .Select(pair => pair.Member.Owner).Distinct())
        {
            string name = type[(type.LastIndexOf('.') + 1)..];
            string[] alike = [.. folder.Reference.Members.Values.SelectMany(members => members)
                .Where(member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
                    && member.Syntax is not ConstructorDeclarationSyntax && InLibrary(member.Path) && !Withheld(member))
                .Select(member => member.FullName).Distinct().Order(StringComparer.Ordinal)];
            if (alike.Length > 0)
                yield return $"{type} is asked for, and the library has {string.Join(", ", alike)}, which a student may call or read. If " +
                    $"it gives the answer away, see \"If the library has it already\" in samples/Homework1/README.md.";
        }
    }

    void Whole()
    {
        Require(Identifier().IsMatch(_assignment.Id), "id",
            $"\"{_assignment.Id}\" is used in file names: letters, digits and dashes only.");
        Require(_assignment.Version.Length > 0, "version", "is empty; any text that changes when scores may.");
        Require(!_assignment.Accepts.Contains(_assignment.Version), "accepts",
            $"\"{_assignment.Version}\" is the version itself; list earlier ones only.");
        foreach ((string version, string text) in _assignment.Changes)
        {
            Require(Versions.Compare(version, _assignment.Version) <= 0, "changes",
                $"\"{version}\" is later than the version, \"{_assignment.Version}\"; raise version, or drop it.");
            Require(!string.IsNullOrWhiteSpace(text), "changes", $"\"{version}\" has no text; say what it changed.");
        }
        Require(_assignment.Accepts.Count == 0 || _assignment.Changes.ContainsKey(_assignment.Version), "changes",
            $"says nothing of version \"{_assignment.Version}\"; students who update from {string.Join(" or ", _assignment.Accepts)} read there " +
            $"what is new.");
        Require(_assignment.Questions.Count > 0, "questions", "is empty.");
        foreach (string file in _assignment.ReadingSet)
            Require(_folder.Reference.Contains(file), "readingSet",
                $"{file} is not in the library or in reference/.{Spelling.DidYouMean(file, _folder.Reference.Paths)}");
        Take("take", _assignment.Take);
        Take("answersUse", _assignment.AnswersUse);
        foreach (string other in _assignment.WithholdAnswersOf)
            Require(File.Exists(AssignmentFolder.FileOf(_folder.Path, other)), "withholdAnswersOf",
                $"\"{other}\" is not the folder of an assignment; name one as it is reached from this folder, such as \"../hw1\".");
        foreach (string member in _assignment.Remove) RequireMember("remove", member);
        foreach (string member in _assignment.Withhold) RequireMember("withhold", member);
        foreach (string member in _assignment.CheatSheet)
            Require(_folder.Reference.Find(member).Count > 0, "cheatSheet",
                $"{member} is not in the source.{_folder.Reference.Nearest(member)}");
        Require(_assignment.CheatSheet.Distinct().Count() == _assignment.CheatSheet.Count, "cheatSheet", "names a member twice.");
        Require(_assignment.CheatSheet.Count <= LargestCheatSheet, "cheatSheet",
            $"has {_assignment.CheatSheet.Count} members; a student reads at most {LargestCheatSheet}.");
        foreach (IGrouping<string, string> twice in _assignment.Questions.Select(q => q.Id).GroupBy(id => id)
            .Where(group => group.Count() > 1))
            Add($"question {twice.Key}", "is used twice. Give each its own number.");
        foreach (IGrouping<string, string> twice in _assignment.Groups.Select(g => g.Id).GroupBy(id => id)
            .Where(group => group.Count() > 1))
            Add($"group {twice.Key}", "is used twice. Give each its own number.");
        foreach (Group group in _assignment.Groups.Where(group => _assignment.Questions.All(question => question.Group != group.Id)))
            Add($"group {group.Id}", $"\"{group.Title}\" has no question.");
        foreach (string file in _assignment.Data)
            Require(File.Exists(Path.Combine(_folder.Root, file)), "data", $"{file} is not in the checkout; name it from the root.");
        Unlocks();
        (Limits limits, Seeds seeds) = (_assignment.Limits, _assignment.Seeds);
        Require(limits is { Seconds: > 0, TotalSeconds: > 0, Megabytes: > 0, HandinMegabytes: > 0 }, "limits",
            "every limit must be more than 0.");
        Require(limits.Megabytes >= 64, "limits, megabytes", $"is {limits.Megabytes}; a process of .NET needs 64.");
        Require(seeds.Visible.Count > 0, "seeds, visible", "is empty; the handout's tests need at least one seed.");
        Require(seeds.Hidden >= 0, "seeds, hidden", $"is {seeds.Hidden}; it needs 0 or more.");
        RequireOneOf("policy, forbidden", _assignment.Policy.Forbidden, "flag", "reject");
        RequireOneOf("policy, compileError", _assignment.Policy.CompileError, "stub", "zero");
    }

    // The programs that run on the student's code.
    void Unlocks()
    {
        string[] programs = MethodsTaking("Screen", _folder.Programs);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (Group group in _assignment.Groups)
        {
            if (group.Unlocks is not { } unlocked) continue;
            string place = $"group {group.Id}, unlocks";
            Require(Identifier().IsMatch(unlocked.Id) && ids.Add(unlocked.Id), place,
                $"the id \"{unlocked.Id}\" is taken, or has other characters than letters, digits and dashes.");
            Require(programs.Contains(unlocked.Program), place,
                $"{unlocked.Program} is not in programs/; write static void {unlocked.Program.Split('.')[^1]}(Screen screen) in a class " +
                $"{unlocked.Program.Split('.')[0]} there.{Spelling.DidYouMean(unlocked.Program, programs)}");
        }
    }

    // The methods that a folder of an assignment may name: static, without a result, with one parameter.
    static string[] MethodsTaking(string parameter, SourceTree sources) => [.. sources.Members
        .Where(pair => pair.Value.Any(member =>
            member.Syntax is MethodDeclarationSyntax { ParameterList.Parameters: [{ Type: { } type }] } method
            && type.ToString() == parameter && method.ReturnType.ToString() == "void" && method.Modifiers.Any(SyntaxKind.StaticKeyword)))
        .Select(pair => pair.Key)];

    void Take(string place, IReadOnlyList<string> entries)
    {
        foreach (string entry in entries)
            Require(_folder.Reference.Paths.Any(path => AssignmentFolder.Names(entry, path)), place,
                $"{entry} matches no file of the library. Name a file, a folder with a slash at its end, or a pattern with " +
                $"stars.{Spelling.DidYouMean(entry, _folder.BesideHomework.Keys.Concat(_folder.Reference.Paths))}");
    }

    void One(Question question)
    {
        string place = $"question {question.Id}";
        Require(QuestionId().IsMatch(question.Id), place, "an id is the group, a dot and a number: \"4.2\".");
        Require(_assignment.Groups.Any(group => group.Id == question.Group), place,
            $"there is no group \"{question.Group}\"; add it to groups.");
        Require(question.Points > 0, $"{place}, points", $"is {question.Points}; it must be more than 0.");
        RequireOneOf($"{place}, visibility", question.Visibility, "visible", "hidden", "after_due_date");
        RequireOneOf($"{place}, docs", question.Docs, "keep", "blank-derivative");
        Require(question.Minutes > 0, $"{place}, minutes", $"is {question.Minutes}; it must be more than 0.");
        Require(question.Seconds is null or > 0, $"{place}, seconds", $"is {question.Seconds}; it must be more than 0.");
        if (question.Parts.Count > 0)
        {
            double sum = Math.Round(question.Parts.Sum(part => part.Points), 6);
            Require(sum == Math.Round(question.Points, 6), $"{place}, parts", FormattableString.Invariant(
                $"add up to {sum} points, and the question has {question.Points}; change one of them."));
            Require(question.Parts.Select(part => part.Id).Distinct().Count() == question.Parts.Count, $"{place}, parts",
                "two parts have the same id.");
            foreach (Part part in question.Parts)
                Require(part.Returns is { Count: > 0 }, $"{place}, part {part.Id}",
                    "returns is empty; list the names of the probe's results that it is about.");
        }
        for (int i = 0; i < question.DependsOn.Count; i++)
        {
            string other = question.DependsOn[i];
            if (other == question.Id) Add($"{place}, dependsOn", $"{other} depends on itself; drop it.");
            else if (!_ids.Contains(other))
                Add($"{place}, dependsOn", $"there is no question \"{other}\".{Spelling.DidYouMean(other, _ids)}");
            else
                Require(IndexOf(other) < IndexOf(question.Id), $"{place}, dependsOn",
                    $"{other} comes later; a question may need only earlier ones. Change the order of the questions, or drop it.");
        }
        foreach (string member in question.Blank) RequireBlankable($"{place}, blank", member);
        foreach (string member in question.Begins.Keys) RequireBlankable($"{place}, begins", member);
        foreach (string member in question.Remove) RequireMember($"{place}, remove", member);
        Probe(question, place);
    }

    int IndexOf(string id) => _assignment.Questions.TakeWhile(question => question.Id != id).Count();

    void RequireBlankable(string place, string name)
    {
        if (!RequireMember(place, name)) return;
        foreach (SourceMember member in _folder.Reference.Find(name))
        {
            Require(_assignment.ReadingSet.Contains(member.Path), place,
                $"{name} is in {member.Path}, which is not in the reading set. Add the file to readingSet.");
            Require(member.Bodies.Count > 0, place, $"{name} has no body to write; name a method, or a property with code.");
            int most = member.Name == "Backward" ? LongestBackward : LongestBody;
            Require(member.BodyLines <= most, place,
                $"the body of {name} has {member.BodyLines} lines; a student writes at most {most}. Divide it in the library, or name its " +
                $"helper as a member to write.");
        }
    }

    bool RequireMember(string place, string name)
    {
        IReadOnlyList<SourceMember> found = _folder.Reference.Find(name);
        if (found.Count == 0) Add(place, $"{name} is not in the source.{_folder.Reference.Nearest(name)}");
        else if (found.Count > 1 && found.Any(member => member.Parameters.Length > 0))
            Add(place, $"{name} is overloaded; say which: " +
                $"{string.Join(" or ", found.Select(member => member.FullName + member.Parameters))}.");
        return found.Count == 1;
    }

    void Probe(Question question, string place)
    {
        if (question.Manual)
        {
            Require(question.Probe is null && question.Blank.Count == 0, place,
                "a person grades it (manual), so it has no probe and no member to write.");
            return;
        }
        if (question.Probe is not { } probe)
        {
            Add(place, "has no probe; name a method in probes/ (\"Rules.Multiply\"), or set manual to true.");
            return;
        }
        Probe(probe, $"{place}, probe");
    }

    void Probe(string probe, string place)
    {
        string[] probes = MethodsTaking("Probe", _folder.Probes);
        string missing = _folder.Probes.Paths.Count == 0 ? "the folder probes/ holds no file" : $"{probe} is not in probes/";
        Require(probes.Contains(probe), place,
            $"{missing}; write static void {probe.Split('.')[^1]}(Probe probe) in a class {probe.Split('.')[0]} " +
            $"there.{Spelling.DidYouMean(probe, probes)}");
    }

    void Texts()
    {
        string file = $"hints.{_assignment.Language}.json";
        foreach (Question question in _assignment.Questions.Where(question => !question.Manual))
        {
            Hint? hint = _folder.Hints.Questions.GetValueOrDefault(question.Id);
            string[] missing = hint is null ? ["idea", "formula", "shapes"]
                : [.. new[] { ("idea", hint.Idea), ("formula", hint.Formula),
                    ("shapes", hint.Shapes) }.Where(step => string.IsNullOrWhiteSpace(step.Item2)).Select(step => step.Item1)];
            Require(missing.Length == 0, file, $"questions, {question.Id}",
                $"has no {string.Join(", no ", missing)}; `hint {question.Id}` shows them one after the other.");
        }
        foreach (string id in _folder.Hints.Questions.Keys.Where(id => !_ids.Contains(id)))
            _problems.Add(new(file, $"questions, {id}", $"there is no such question.{Spelling.DidYouMean(id, _ids)}"));
        Require(File.Exists(Path.Combine(_folder.Path, "writeup.md")), "writeup.md", "",
            "is not there; it becomes the handout's README.md.");
    }

    // Known mistakes are read by their attributes: [Mistake("4.3-transposed", Question = "4.3", Member = "…Linear.Backward")].
    void Mistakes()
    {
        string hints = $"hints.{_assignment.Language}.json";
        SourceTree mistakes = SourceTree.Load(_folder.Path, "mistakes");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in mistakes.Paths)
            foreach (AttributeSyntax attribute in mistakes.Syntax(path).GetRoot().DescendantNodes().OfType<AttributeSyntax>()
                .Where(a => a.Name.ToString() is "Mistake" or "MistakeAttribute" or "Right"))
            {
                int line = attribute.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                string id = Value(null), question = Value("Question"), member = Value("Member"),
                    place = FormattableString.Invariant($"line {line}");
                bool isForm = Value("Form").Length > 0;
                Require(id.Length > 0 && (isForm ? ids.Contains(id) : ids.Add(id)), path, place, isForm
                    ? $"there is no mistake \"{id}\" before this form of it."
                    : $"the mistake's id \"{id}\" is empty or taken; every mistake has its own.");
                Require(_ids.Contains(question), path, place, $"there is no question \"{question}\".{Spelling.DidYouMean(question, _ids)}");
                Require(member.Length == 0 || _folder.Reference.Find(member).Count > 0, path, place,
                    $"{member} is not in the source.{_folder.Reference.Nearest(member)}");
                foreach (string one in attribute.Name.ToString() is "Right" ? [] : id.Split(' '))
                    Require(_folder.Hints.Mistakes.ContainsKey(one), hints, $"mistakes, {one}",
                        $"has no text; {path} line {line} has the mistake.");

                string Value(string? name) => attribute.ArgumentList?.Arguments
                    .FirstOrDefault(argument =>
                        argument.NameEquals?.Name.Identifier.Text == name)?.Expression is LiteralExpressionSyntax literal
                            ? literal.Token.ValueText
                            : "";
            }
        foreach (string id in _folder.Hints.Mistakes.Keys.Where(id => !ids.Contains(id)))
            _problems.Add(new(hints, $"mistakes, {id}", $"no file of mistakes/ has it.{Spelling.DidYouMean(id, ids)}"));
    }

    void ReadingSet()
    {
        Require(_assignment.ReadingSet.Count <= MostFiles, "readingSet",
            $"has {_assignment.ReadingSet.Count} files; a student faces at most {MostFiles}.");
        SourceTree stubs = Stubs.Of(_folder);
        int lines = _assignment.ReadingSet.Sum(file => LinesOf(stubs[file]));
        Require(lines <= MostLines, "readingSet",
            $"has {lines} lines in all; a student faces at most {MostLines}. Move code that students need not read into other files.");
        foreach (string file in _assignment.ReadingSet)
            if (Machinery().Match(stubs[file]) is { Success: true } match)
                Add("readingSet", $"{file}: \"{match.Value}\" is code that a student should not have to read. Move it into a given file, " +
                    $"or list it in remove.");
    }

    internal static int LinesOf(string text) => text.TrimEnd().Count(c => c == '\n') + 1;

    void RequireOneOf(string place, string value, params string[] allowed) =>
        Require(allowed.Contains(value), place, $"is \"{value}\"; it must be {string.Join(" or ", allowed)}.");

    void Require(bool condition, string place, string message) => Require(condition, Json, place, message);

    void Require(bool condition, string file, string place, string message)
    {
        if (!condition) _problems.Add(new(file, place, message));
    }

    void Require(bool condition, string place, [InterpolatedStringHandlerArgument(nameof(condition))] ref Complaint complaint) =>
        Require(condition, Json, place, complaint.ToString());

    void Require(bool condition, string file, string place,
        [InterpolatedStringHandlerArgument(nameof(condition))] ref Complaint complaint) =>
        Require(condition, file, place, complaint.ToString());

    void Add(string place, string message) => _problems.Add(new(Json, place, message));

    [GeneratedRegex("^[A-Za-z0-9-]+$")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^[A-Za-z0-9]+\.[0-9]+$")]
    private static partial Regex QuestionId();

    /// <summary>
    /// What is wrong, written only where something is: to look for a similar name among all members of the library takes time.
    /// </summary>
    [InterpolatedStringHandler]
    ref struct Complaint
    {
        DefaultInterpolatedStringHandler _text;

        public Complaint(int literalLength, int formattedCount, bool condition, out bool needed)
        {
            needed = !condition;
            if (needed) _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture);
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public override string ToString() => _text.ToString();
    }

    /// <summary>Words of the fast paths.</summary>
    [GeneratedRegex(@"\b(ReadOnlySpan|Span|Memory|ThreadStatic|ArrayPool|MemoryMarshal|Vector|\w+Kernels|stackalloc|unsafe)\b")]
    private static partial Regex Machinery();
}
