using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;
using MyTorch.Probes;

namespace MyTorch.Grader.Viva;

/// <summary>
/// Makes the sheet of one handin: every answer on it is computed, by the reference, by the handin in the sandbox, or from the text where
/// the handin does not compile. <see cref="Make"/> is the list of steps.
/// </summary>
/// <param name="grader">The grader of the assignment.</param>
/// <param name="handin">The handin's key in its class: with the secret and the assignment it decides what is drawn.</param>
sealed class VivaMaker(HandinGrader grader, string handin)
{
    // Each try compiles the library once.
    const int MostShapes = 3, MostLeftOut = 3, MostMistakes = 5;

    // What fits on the page.
    const int MostRows = 14, LinesAround = 2, MostCodeLines = 20, MostAskedLines = 8, LongestLine = 104, MostNumbers = 6;

    const string TextOnly = "Its questions are about the text alone.";

    readonly List<string> _notes = [];

    Assignment Assignment => grader.Assignment;

    /// <summary>What stands if reading and compiling the handin never ends.</summary>
    public VivaSheet Uncompilable => new()
    {
        Notes = ["This handin could not be compiled: the process that compiles it ended, or took too long. Only the drill is asked."],
        Drill = Drill(null),
    };

    /// <summary>Makes the sheet.</summary>
    /// <param name="path">The handin, a folder or an archive.</param>
    /// <param name="compiled">Called when the handin is compiled, with the sheet that stands if the process ends now.</param>
    public VivaSheet Make(string path, Action<VivaSheet>? compiled = null)
    {
        StudentBuild build;
        SourceTree handedIn;
        try
        {
            Handin read = Handin.Read(path, Assignment);
            build = StudentBuild.Make(Assignment, grader.Sources, read, grader.ReadingSeconds);
            handedIn = HandinCode.Graded(Assignment, grader.Sources.Library, read);
        }
        catch (InvalidHandinException e)
        {
            return new() { Notes = [$"This handin cannot be read: {ReportText.Line(e.Message, 300)}"], Drill = Drill(null) };
        }
        catch (InsufficientExecutionStackException)
        {
            return Uncompilable;
        }

        if (!build.Report.Ok)
            _notes.Add($"This handin does not compile: {ReportText.Line(build.Report.Errors is [{ } error, ..] ? error : "", 300)}");
        var sheet = new VivaSheet { Notes = _notes, Drill = Drill(build) };
        compiled?.Invoke(sheet);
        IReadOnlyList<(SourceMember Member, Question[] Questions)> written = Written(build);
        if (!build.Report.Ok) sheet = sheet with { Questions = [.. AboutText(build, handedIn)] };
        if (written.Count == 0)
        {
            if (build.Report.Ok) _notes.Add("No member that the assignment asks for is written, so there is no code to ask about.");
            return sheet;
        }

        var trial = new VivaTrial(grader, build);
        trial.RunBaseline();
        if (!trial.IsComplete)
            _notes.Add("Not all questions could be run in time, so that code with right answers may be missing here. Use --again when the " +
                "machine is less busy.");
        if (build.Report.Ok) sheet = sheet with { Questions = [.. AboutCode(build, trial, written)] };
        return sheet with { Mistake = Mistake(build, trial, written) };
    }

    byte[] Drawn(string what) => grader.Derived($"viva|{handin}|{what}");

    // In an order that is drawn: the same for the same handin, and another for another.
    IEnumerable<T> Shuffled<T>(IEnumerable<T> items, string what, Func<T, string> name) => items.OrderBy(item => Convert.ToHexString(
        SHA256.HashData([.. Drawn(what), .. Encoding.UTF8.GetBytes(name(item))])), StringComparer.Ordinal);

    // The members that the student wrote: those asked for whose text is not the handout's, each with the questions that it answers.
    IReadOnlyList<(SourceMember Member, Question[] Questions)> Written(StudentBuild build) =>
    [
        .. from question in Assignment.Questions.Where(question => grader.IsGraded(question) && !question.Composite)
           from asked in question.Blank.SelectMany(grader.Sources.Reference.Find)
           from member in build.Source.Find(asked.FullName)
           where member.Parameters == asked.Parameters && build.Graded.Contains(member.Path) && member.Bodies.Count > 0
               && !grader.Sources.Handout.Find(asked.FullName).Any(stub =>
                    stub.Parameters == member.Parameters && stub.Syntax.ToString() == member.Syntax.ToString())
           group question by member into questions
           select (questions.Key, questions.ToArray()),
    ];

    // ---- the drill

    VivaDrill? Drill(StudentBuild? build)
    {
        if (Assignment.Viva is not { } probe) return null;
        var question = new Question { Id = "viva", Title = "drill", Points = 0, Probe = probe };
        var one = new ProbeCase(0, question, BitConverter.ToInt32(Drawn("drill")) & int.MaxValue, Single: false, Hidden: false);
        CaseResult expected = grader.Answer(one);
        string complaint = "";
        CaseResult got = expected;
        if (build is not null)
        {
            got = new VivaTrial(grader, build).Run(build.Image, [one]).GetValueOrDefault(0, CaseResult.NotRun);
            complaint = got.Ending == Ending.Completed
                ? Judge.IsRight(one, expected, got) ? "" : "The student's code gives other numbers, which stand beside the reference's."
                : $"The student's code does not finish this ({Ended(got)}). The answers are the reference's.";
        }
        return new([.. expected.Returned.Take(MostRows).Select(row =>
        {
            Returned? theirs = got.Returned.FirstOrDefault(other => other.Name == row.Name);
            bool same = theirs is null || Comparison.Compare(row, theirs, one.Tolerance) is null;
            return new VivaRow(Name(row.Name), Numbers(row), same ? "" : Numbers(theirs!),
                row.Name.StartsWith(Given, StringComparison.Ordinal));
        })], complaint);
    }

    // Results of this name are told on the sheet: "given v1".
    const string Given = "given ";

    static string Name(string name) => name.StartsWith(Given, StringComparison.Ordinal) ? name[Given.Length..] : name;

    static string Ended(CaseResult got) => got.Ending switch
    {
        Ending.Timeout => "it does not end",
        Ending.NotRun => "there was no time to run it",
        Ending.Threw => $"{(got.Exception is [var type, ..] ? type[(type.LastIndexOf('.') + 1)..] : "an exception")}: " +
            ReportText.Line(got.Message, 160),
        _ => ReportText.Line(got.Message, 160),
    };

    static string Numbers(Returned array)
    {
        string values = string.Join(", ", array.Values.Take(MostNumbers).Select(value =>
            (value == 0 ? 0 : value).ToString("0.####", CultureInfo.InvariantCulture)));
        string more = array.Values.Length > MostNumbers ? ", …" : "";
        return array.Shape switch { null => "null", [] => values, _ => $"[{values}{more}] {Comparison.Shape(array)}" };
    }

    // ---- questions about code that compiles

    IEnumerable<VivaQuestion> AboutCode(StudentBuild build, VivaTrial trial,
        IReadOnlyList<(SourceMember Member, Question[] Questions)> written)
    {
        VivaQuestion? shape = AskShape(build, trial, written);
        if (shape is not null) yield return shape;
        foreach (VivaQuestion question in AskLeftOut(build, trial, written).Take(shape is null ? 2 : 1)) yield return question;
    }

    VivaQuestion? AskShape(StudentBuild build, VivaTrial trial, IReadOnlyList<(SourceMember Member, Question[] Questions)> written)
    {
        var spots = Shuffled(written.Where(one => one.Questions.Any(IsBegun)), "shape", one => one.Member.FullName)
            .Select(one => (one.Questions, Spot: Shuffled(
                ShapeSpot.Of(one.Member, build.Compilation.GetSemanticModel(one.Member.Syntax.SyntaxTree)), "spot",
                spot => $"{spot.Expression.SpanStart}").OrderBy(spot => !spot.ChangesShape).FirstOrDefault()))
            .Where(one => one.Spot is not null).OrderBy(one => !one.Spot!.ChangesShape);
        VivaQuestion? plain = null;
        foreach ((Question[] questions, ShapeSpot? spot) in spots.Take(MostShapes))
        {
            // Of several questions that the member answers, one may not reach the line.
            ProbeCase[] cases = [.. grader.Cases.Where(one => questions.Contains(one.Question) && !one.Hidden && !one.Single)];
            if (trial.Emit(spot!.Member, spot.Apply(build.Source, patience: cases.Length)) is not { } image) continue;
            // All once more: a watch that waited for better shapes takes what comes then.
            cases = [.. cases.Concat(cases).Select((one, i) => one with { Id = i })];
            IReadOnlyDictionary<int, CaseResult> told = trial.Run(image, cases);
            if (cases.FirstOrDefault(one => told.TryGetValue(one.Id, out CaseResult? result) && spot.Read(result) is not null)
                is not { } first) continue;
            (Question asked, IReadOnlyList<string> shapes) = (first.Question, spot.Read(told[first.Id])!);
            int line = LineOf(spot.Member, spot.Expression.SpanStart);
            string given = string.Join(", ", spot.Given.Select((name, i) => $"`{name}` has the shape {shapes[i + 1]}"));
            var question = new VivaQuestion(
                $"While question {asked.Id} is tried, {given}. Which shape has `{spot.Expression}` in line {line}?",
                spot.Member.Path, Code(spot.Member, line, line, MostAskedLines), [$"{shapes[0]}."]);
            if (shapes.Distinct().Count() > 1) return question;
            plain ??= question;
        }
        return plain;

        // A question that is not implemented may not reach the line.
        bool IsBegun(Question question) => trial.Baseline.Any(pair => grader.Cases.Any(one => one.Id == pair.Key && one.Question == question)
            && !pair.Value.Threw("System.NotImplementedException") && pair.Value.Ending is Ending.Completed or Ending.Threw);
    }

    IEnumerable<VivaQuestion> AskLeftOut(StudentBuild build, VivaTrial trial,
        IReadOnlyList<(SourceMember Member, Question[] Questions)> written)
    {
        int tries = 0;
        ChangeResult? harmless = null;
        bool any = false;
        var members = new HashSet<SourceMember>();
        foreach (CodeEdit edit in Edits(trial, written, "left out", CodeEdit.LeavingOut))
        {
            if (!members.Add(edit.Member)) continue;
            if (trial.With(edit) is not { } result)
            {
                // Another part of this member may be left out.
                members.Remove(edit.Member);
                continue;
            }
            if (result.Failing.Count > 0)
            {
                any = true;
                yield return LeftOut(build, trial, result);
            }
            else harmless ??= result;
            if (++tries >= MostLeftOut) break;
        }
        if (!any && harmless is not null) yield return LeftOut(build, trial, harmless);
    }

    // Of members with right answers only: what was wrong before cannot fail because of a change.
    IEnumerable<CodeEdit> Edits(VivaTrial trial, IReadOnlyList<(SourceMember Member, Question[] Questions)> written, string what,
        Func<SourceMember, IEnumerable<CodeEdit>> edits) =>
        Shuffled(written.Where(one => one.Questions.Any(trial.Right.Contains)).SelectMany(one => edits(one.Member)), what,
            edit => $"{edit.Member.FullName}|{edit.Span.Start}|{edit.Text}");

    static VivaQuestion LeftOut(StudentBuild build, VivaTrial trial, ChangeResult result)
    {
        CodeEdit edit = result.Edit;
        (int first, int last) = edit.Lines;
        string what = edit.Shown.Length == 0 ? first == last ? $"line {first}" : $"lines {first} to {last}"
            : $"`{ReportText.Line(edit.Shown, 80)}` in line {last}";
        SourceMember original = build.Source.Find(edit.Member.FullName).First(member => member.Parameters == edit.Member.Parameters);
        return new($"Which questions fail if {what} is left out, and why?", edit.Member.Path,
            Code(original, edit.Shown.Length == 0 ? first : last, last, MostAskedLines), result.Failing.Count > 0 ? Failures(trial, result)
                : ["None of the questions that are tried on visible cases. Ask what the code is there for."]);
    }

    static IReadOnlyList<string> Failures(VivaTrial trial, ChangeResult result)
    {
        const int Most = 4;
        string[] all = [.. result.Failing.Take(Most).Select(question => $"{trial.Describe(question, result.Got)}".TrimEnd('.') + ".")];
        return result.Failing.Count <= Most ? all : [.. all, $"So do {string.Join(", ", result.Failing.Skip(Most).Select(one => one.Id))}."];
    }

    // ---- a mistake to find

    VivaQuestion? Mistake(StudentBuild build, VivaTrial trial, IReadOnlyList<(SourceMember Member, Question[] Questions)> written)
    {
        ChangeResult? best = null;
        IReadOnlyList<string> known = [];
        int tries = 0;
        // Code of a single line hides nothing.
        foreach (CodeEdit edit in Edits(trial, written, "mistake", CodeEdit.Mistakes).OrderBy(edit => edit.Member.BodyLines < 3))
        {
            if (trial.With(edit) is not { } result) continue;
            if (result.Failing.Count > 0 && (best is null || best.Failing.Count > 1 && result.Failing.Count == 1
                || known.Count == 0 && result.Failing.Count == 1))
            {
                IReadOnlyList<string> explained = trial.Known(result.Failing[0], result.Got);
                if (best is null || best.Failing.Count > result.Failing.Count || explained.Count > 0) (best, known) = (result, explained);
            }
            if (++tries >= MostMistakes || best is { Failing.Count: 1 } && known.Count > 0) break;
        }
        if (best is null)
        {
            _notes.Add("No code of the student's with a right answer fails because of one of the changes that were tried: no mistake is put in.");
            return null;
        }
        SourceMember changed = best.Source.Find(best.Edit.Member.FullName).First(member => member.Parameters == best.Edit.Member.Parameters);
        SourceText text = best.Source.Syntax(changed.Path).GetText();
        (int first, int last) = best.Edit.Lines;
        string before = build.Source.Syntax(changed.Path).GetText().Lines[last - 1].ToString().Trim(),
            now = text.Lines[Math.Min(last, text.Lines.Count) - 1].ToString().Trim();
        string fails = string.Join(" and ", best.Failing.Take(3).Select(question => $"{question.Id} {question.Title}"));
        VivaLine[] lines = [.. Code(changed, first, last, MostCodeLines).Select(line => line with { IsAsked = false })];
        return new($"One change was made to this code of yours, and {fails} {(best.Failing.Count == 1 ? "fails" : "fail")}. " +
            "Where is it, and how is it put right?", changed.Path, lines,
            [
                $"Line {last}, {best.Edit.Kind}. It was `{Cut(before)}`; it is now `{Cut(now)}`.",
                .. Failures(trial, best), .. known.Take(1).Select(hint => $"The hint to this mistake: {ReportText.Line(hint, 240)}"),
            ]);
    }

    // ---- questions about text

    IEnumerable<VivaQuestion> AboutText(StudentBuild build, SourceTree handedIn)
    {
        _notes.Add(TextOnly);
        foreach (string error in build.Report.Errors)
            if (Place(error) is var (path, line, said) && handedIn.Contains(path))
            {
                yield return new($"The compiler refuses line {line}. What does it complain about, and how is it put right?", path,
                    CodeOf(handedIn.Syntax(path).GetText(), 1, int.MaxValue, line, line, MostAskedLines), [$"The compiler says: {said}"]);
                break;
            }
        if (AskUses(handedIn) is { } uses) yield return uses;
    }

    // "MyTorch/Operations/Products.cs(12,9): CS1002: ; expected"
    static (string Path, int Line, string Said)? Place(string error)
    {
        int open = error.IndexOf('(', StringComparison.Ordinal), close = error.IndexOf("): ", StringComparison.Ordinal);
        return open > 0 && close > open && int.TryParse(error[(open + 1)..close].Split(',')[0], CultureInfo.InvariantCulture, out int line)
            ? (error[..open], line, ReportText.Line(error[(close + 3)..], 300)) : null;
    }

    // Where a local of the student's is read, which the text alone says.
    VivaQuestion? AskUses(SourceTree handedIn)
    {
        string[] asked = [.. Assignment.Questions.SelectMany(question => question.Blank).SelectMany(grader.Sources.Reference.Find)
            .Select(member => member.FullName).Distinct()];
        var locals =
            from member in asked.SelectMany(handedIn.Find)
            from local in member.Syntax.DescendantNodes().OfType<VariableDeclaratorSyntax>()
            let name = local.Identifier.ValueText
            let lines = member.Syntax.DescendantNodes().OfType<IdentifierNameSyntax>()
                .Where(use => use.Identifier.ValueText == name && !(use.Parent is MemberAccessExpressionSyntax access && access.Name == use))
                .Select(use => LineOf(member, use.SpanStart)).Distinct().ToArray()
            where name.Length > 0 && lines.Length > 0
            select (Member: member, Name: name, Line: LineOf(member, local.SpanStart), Lines: lines);
        return Shuffled(locals, "uses", one => $"{one.Member.FullName}|{one.Line}|{one.Name}").FirstOrDefault() is { Member: not null } found
            ? new($"In which lines is `{ReportText.Line(found.Name, 60)}` of line {found.Line} used, and what for?", found.Member.Path,
                Code(found.Member, found.Line, found.Line, MostCodeLines), [$"Lines {string.Join(", ", found.Lines)}."])
            : null;
    }

    // ---- lines of code

    static int LineOf(SourceMember member, int position) =>
        member.Syntax.SyntaxTree.GetText().Lines.GetLinePosition(position).Line + 1;

    // The lines of a member around those that are asked for, without its documentation.
    static IReadOnlyList<VivaLine> Code(SourceMember member, int first, int last, int most)
    {
        SourceText text = member.Syntax.SyntaxTree.GetText();
        SyntaxToken start = member.Syntax.AttributeLists.Count > 0 ? member.Syntax.AttributeLists.Last().GetLastToken().GetNextToken()
            : member.Syntax.GetFirstToken();
        return CodeOf(text, text.Lines.GetLinePosition(start.SpanStart).Line + 1,
            text.Lines.GetLinePosition(member.Syntax.Span.End).Line + 1, first, last, most);
    }

    static IReadOnlyList<VivaLine> CodeOf(SourceText text, int lowest, int highest, int first, int last, int most)
    {
        highest = Math.Min(highest, text.Lines.Count);
        (first, last) = (Math.Clamp(first, 1, text.Lines.Count), Math.Clamp(last, 1, text.Lines.Count));
        int from = lowest, to = highest;
        if (highest - lowest >= most)
        {
            // A window with what is asked for in it, and with as much before as after.
            int before = Math.Max(LinesAround, (most - (last - first + 1)) / 2);
            from = Math.Max(lowest, Math.Min(first - before, highest - most + 1));
            to = Math.Min(highest, from + most - 1);
        }
        string[] lines = [.. Enumerable.Range(from, to - from + 1)
            .Select(i => text.Lines[i - 1].ToString().Replace("\t", "    ", StringComparison.Ordinal))];
        int indent = lines.Where(line => line.Trim().Length > 0).Select(line => line.Length - line.TrimStart().Length)
            .DefaultIfEmpty(0).Min();
        return [.. lines.Select((line, i) => new VivaLine(from + i, Cut(line.Length > indent ? line[indent..] : ""),
            from + i >= first && from + i <= last))];
    }

    static string Cut(string line) => line.TrimEnd() is var text && text.Length > LongestLine ? text[..LongestLine] + "…" : line.TrimEnd();
}
