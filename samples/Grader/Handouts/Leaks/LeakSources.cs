using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>
/// The source that is searched: the handout, with the reference's answers behind a switch. A member to write tells when it is called, with
/// what, and what it answers. While a search runs, it and all else that the handout does not have throws.
/// </summary>
sealed class LeakSources
{
    // The assignment's types may stand outside of all namespaces.
    const string Hook = "global::MyTorch.LeakHook", HookFile = "MyTorch/LeakHook.cs";

    const string HookText = """
        namespace MyTorch;

        public static class LeakHook
        {
            public static Action<int, object?, object?[]>? Entered;
            public static Action<int, object?>? Left;
            public static Action<string, object?>? Noted;
            public static Func<int, bool>? Written;
            public static bool Closed;

            public static void Enter(int number, object? self, params object?[] arguments)
            {
                if (!Closed) Entered?.Invoke(number, self, arguments);
                else if (Written?.Invoke(number) != true) throw NotHere();
            }

            public static T Leave<T>(int number, T answer)
            {
                if (!Closed) Left?.Invoke(number, answer);
                return answer;
            }

            public static T Note<T>(string member, T value)
            {
                if (!Closed) Noted?.Invoke(member, value);
                return value;
            }

            public static Exception NotHere() => new NotImplementedException("LeakHook");
        }
        """;

    readonly SourceTree _reference;
    readonly SourceEdits _edits;
    readonly Dictionary<SourceMember, LeakMember> _members = [];
    readonly List<string> _notTried = [];

    /// <param name="folder">The assignment.</param>
    /// <param name="planted">Files that are added to the handout, to see whether they are found; none if left out.</param>
    public LeakSources(AssignmentFolder folder, SourceTree? planted = null)
    {
        var sources = new AssignmentSources(folder);
        Handout = sources.Handout.With(planted ?? SourceTree.Empty);
        _reference = sources.Reference.With(planted ?? SourceTree.Empty);
        _edits = new SourceEdits(_reference);
        foreach ((_, SourceMember member) in Stubs.Blanked(folder.Assignment, _reference)) Wrap(member);
        CloseWhatTheHandoutLacks();
        Searched = _edits.Apply().With(HookFile, HookText);
        Job = new LeakJob([.. folder.Assignment.Questions.Where(question => question.Probe is not null)
            .Select(question => new LeakQuestion(question.Id, question.Probe!, [.. MembersOf(question)],
                [.. DependedOn(folder.Assignment, question).SelectMany(MembersOf).Except(MembersOf(question))]))
            .Where(question => question.Members.Count > 0)], folder.Assignment.CheatSheet, folder.Assignment.Forbidden, [.. Stores()]);
    }

    /// <summary>The handout as a student gets it: what is declared in it is what can be reached.</summary>
    public SourceTree Handout { get; }

    /// <summary>The handout with the answers behind a switch.</summary>
    public SourceTree Searched { get; }

    public LeakJob Job { get; }

    /// <summary>Members to write that cannot be searched for, and why.</summary>
    public IReadOnlyList<string> NotTried => _notTried;

    IEnumerable<LeakMember> MembersOf(Question question) =>
        question.Blank.SelectMany(_reference.Find).Where(_members.ContainsKey).Select(member => _members[member]).Distinct();

    // The classes with a primary constructor only, of which nothing is computed.
    IEnumerable<string> Stores() =>
        from member in _reference.Members.Values.SelectMany(members => members).Distinct()
        let type = member.Syntax as TypeDeclarationSyntax
        where type?.ParameterList is { } && !type.Members.OfType<ConstructorDeclarationSyntax>().Any()
            && type.BaseList?.Types.OfType<PrimaryConstructorBaseTypeSyntax>()
                .Any(one => one.ArgumentList.Arguments.Any(argument => Computes(argument.Expression))) != true
            && !type.Members.SelectMany(Initializers).Any(Computes)
        group member by member.FullName into parts
        select parts.Key;

    static bool Computes(ExpressionSyntax value) => value.DescendantNodesAndSelf().Any(node => node is InvocationExpressionSyntax
        or BaseObjectCreationExpressionSyntax or BinaryExpressionSyntax or PrefixUnaryExpressionSyntax or ElementAccessExpressionSyntax
        or MemberAccessExpressionSyntax or CastExpressionSyntax or ConditionalExpressionSyntax or SwitchExpressionSyntax);

    static IEnumerable<ExpressionSyntax> Initializers(MemberDeclarationSyntax member) => member switch
    {
        BaseFieldDeclarationSyntax field => field.Declaration.Variables.Select(one => one.Initializer?.Value).OfType<ExpressionSyntax>(),
        PropertyDeclarationSyntax { Initializer.Value: var value } => [value],
        _ => [],
    };

    static HashSet<Question> DependedOn(Assignment assignment, Question question)
    {
        var found = new HashSet<Question>();
        Visit(question);
        return found;

        void Visit(Question one)
        {
            foreach (Question other in assignment.Questions.Where(other => one.DependsOn.Contains(other.Id)))
                if (found.Add(other)) Visit(other);
        }
    }

    // Multiply.Backward(gradient) => … becomes a method that tells of the call, and a second one that computes the answer.
    void Wrap(SourceMember member)
    {
        if (member.Syntax is not BaseMethodDeclarationSyntax { Parent: not null } method || TypeOf(method) is not { } type
            || method.ParameterList.Parameters.Any(parameter => parameter.Modifiers.Any(
                word => word.IsKind(SyntaxKind.RefKeyword) || word.IsKind(SyntaxKind.OutKeyword))))
        {
            _notTried.Add($"{member.ShortName}: only a method or operator without ref and out can be searched for");
            return;
        }
        int number = _members.Count + 1;
        SyntaxNode[] constants = [.. method.DescendantNodes().OfType<LiteralExpressionSyntax>()];
        _members[member] = new LeakMember(number, member.ShortName,
            [.. method.ParameterList.Parameters.Select(parameter => parameter.Identifier.Text)],
            [.. constants.OfType<LiteralExpressionSyntax>().Select(one => one.Token.Value).OfType<string>().Distinct()],
            [.. constants.OfType<LiteralExpressionSyntax>().Select(one => one.Token.Value).Where(one => one is int or double)
                .Select(one => Convert.ToDouble(one, CultureInfo.InvariantCulture)).Distinct()]);

        var named = method as MethodDeclarationSyntax;
        string answer = FormattableString.Invariant($"{named?.Identifier.Text ?? "Operator"}LeakAnswer{number}");
        bool isStatic = method.Modifiers.Any(SyntaxKind.StaticKeyword), isVoid = type.ToString() == "void";
        string[] names = [.. method.ParameterList.Parameters.Select(parameter => parameter.Identifier.Text)];
        string[] boxed = [.. method.ParameterList.Parameters.Select(parameter =>
            parameter.Type!.ToString().Contains("Span<", StringComparison.Ordinal) ? $"{parameter.Identifier.Text}.ToArray()"
                : parameter.Identifier.Text)];
        string call = $"{answer}{named?.TypeParameterList}({string.Join(", ", names)})";
        string body = isVoid
            ? $"{call}; {Hook}.Leave<object?>({number}, null);"
            : $"return {Hook}.Leave({number}, {call});";
        string given = string.Concat(boxed.Select(one => $", (object?){one}"));
        string enter = $"{Hook}.Enter({number}, {(isStatic ? "null" : "this")}{given});";
        string modifiers = (isStatic ? "static " : "") + (method.Modifiers.Any(SyntaxKind.UnsafeKeyword) ? "unsafe " : "");
        string rest = method.Body?.ToFullString() ?? $"{method.ExpressionBody!.ToFullString()};";
        string head = HeadOf(member, method);
        _edits.Replace(member,
            $"{head} {{ {enter} {body} }}\n{modifiers}{type} {answer}{named?.TypeParameterList}{method.ParameterList}" +
            $"{named?.ConstraintClauses} {rest}");
    }

    // What it returns; null of a constructor.
    static TypeSyntax? TypeOf(BaseMethodDeclarationSyntax method) => method switch
    {
        MethodDeclarationSyntax named => named.ReturnType,
        OperatorDeclarationSyntax named => named.ReturnType,
        ConversionOperatorDeclarationSyntax named => named.Type,
        _ => null,
    };

    // From its modifiers to its parameters and constraints.
    string HeadOf(SourceMember member, BaseMethodDeclarationSyntax method)
    {
        int end = (method.Body ?? (SyntaxNode)method.ExpressionBody!).SpanStart;
        return _reference.Syntax(member.Path).GetText().ToString(TextSpan.FromBounds(method.SpanStart, end));
    }

    // What the handout declares otherwise throws there; an override that it does not have is not called there. What the others compute was
    // taken out since it is a step of an answer.
    void CloseWhatTheHandoutLacks()
    {
        foreach (SourceMember member in _reference.Members.Values.SelectMany(members => members).Distinct())
        {
            if (_members.ContainsKey(member) || member.Bodies.Count == 0) continue;
            if (Handout.Contains(member.Path) && ReferenceEquals(Handout.Syntax(member.Path), _reference.Syntax(member.Path))) continue;
            IReadOnlyList<SourceMember> theirs = Handout.Find(member.FullName + member.Parameters);
            if (theirs.Any(other => other.Syntax.ToString() == member.Syntax.ToString())) continue;
            if (theirs.Count == 0 && member.Syntax.Modifiers.Any(SyntaxKind.OverrideKeyword) && Handout.Find(member.Owner).Count > 0)
            {
                _edits.Remove(member);
                continue;
            }
            foreach (SyntaxNode body in member.Bodies) Change(member, body, closes: theirs.Count > 0);
        }
    }

    // A body that throws while a search runs, and that tells what it returns where that is a tensor.
    void Change(SourceMember member, SyntaxNode body, bool closes)
    {
        string start = closes ? $" if ({Hook}.Closed) throw {Hook}.NotHere();" : "";
        bool notes = member.Syntax is MethodDeclarationSyntax { ReturnType: var returned } && returned.ToString() == "Tensor";
        string Noted(ExpressionSyntax value) => notes ? $"{Hook}.Note<Tensor>(\"{member.ShortName}\", {value})" : value.ToString();
        if (body is BlockSyntax block)
        {
            if (start.Length > 0) _edits.Change(member.Path, new TextSpan(block.OpenBraceToken.Span.End, 0), start);
            bool IsOwn(SyntaxNode node) => node is not (LambdaExpressionSyntax or LocalFunctionStatementSyntax);
            foreach (ReturnStatementSyntax back in notes ? block.DescendantNodes(IsOwn).OfType<ReturnStatementSyntax>() : [])
                if (back.Expression is { } value) _edits.Change(member.Path, value.Span, Noted(value));
            return;
        }
        if (!closes && !notes) return;
        var arrow = (ArrowExpressionClauseSyntax)body;
        bool isVoid = member.Syntax is MethodDeclarationSyntax method && method.ReturnType.ToString() == "void"
            || arrow.Parent is AccessorDeclarationSyntax { RawKind: (int)SyntaxKind.SetAccessorDeclaration }
            || member.Syntax is ConstructorDeclarationSyntax;
        string text = isVoid ? $"{{{start} {arrow.Expression}; }}" : $"{{{start} return {Noted(arrow.Expression)}; }}";
        // An arrow right behind a property is its getter.
        if (arrow.Parent is BasePropertyDeclarationSyntax) text = $"{{ get {text} }}";
        int end = arrow.GetLastToken().GetNextToken() is { RawKind: (int)SyntaxKind.SemicolonToken } semicolon
            ? semicolon.Span.End : arrow.Span.End;
        _edits.Change(member.Path, TextSpan.FromBounds(arrow.SpanStart, end), text);
    }
}
