using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Viva;

/// <summary>An expression of a member whose value is a tensor, made of named tensors.</summary>
/// <param name="Member">The member.</param>
/// <param name="Expression">The expression, on one line.</param>
/// <param name="Given">The tensors that it is made of, as the code names them.</param>
sealed partial record ShapeSpot(SourceMember Member, ExpressionSyntax Expression, IReadOnlyList<string> Given)
{
    const int LongestExpression = 80, MostGiven = 3;

    const string TensorType = "MyTorch.Tensor", WatchFile = "MyTorch/ShapeWatch.cs";

    // The watch tells a shape by an exception, which ends the case: a probe may compute the same line for tensors that say little, so it
    // waits for shapes that differ. Each case has its own thread; when patience is over, the next one takes what comes.
    const string Watch = """
        namespace MyTorch;

        static class ShapeWatch
        {
            static readonly System.Collections.Generic.HashSet<int> s_threads = [];

            internal static T See<T>(T value, params Tensor?[] given) where T : Tensor?
            {
                if (value is null) return value;
                string[] shapes = [.. new Tensor?[] { value }.Concat(given)
                    .Select(one => one is null ? "null" : string.Join(",", one.Shape))];
                lock (s_threads) s_threads.Add(System.Environment.CurrentManagedThreadId);
                // Square ones say little, too.
                bool differ = shapes.Distinct().Count() > 1 && value.Shape.Distinct().Count() == value.Shape.Rank;
                if (differ || s_threads.Count > [[patience]]) throw new System.InvalidOperationException($"shapes|{string.Join('|', shapes)}|");
                return value;
            }
        }
        """;

    /// <summary>The expressions of a member that can be asked for.</summary>
    public static IEnumerable<ShapeSpot> Of(SourceMember member, SemanticModel model)
    {
        foreach (ExpressionSyntax expression in member.Bodies.SelectMany(body => body.DescendantNodes()).OfType<ExpressionSyntax>())
        {
            if (expression is not (InvocationExpressionSyntax or BinaryExpressionSyntax)) continue;
            string text = expression.ToString();
            if (text.Length > LongestExpression || text.Contains('\n', StringComparison.Ordinal) || !IsTensor(model, expression)
                // What a call without arguments returns, the question would not tell.
                || expression.DescendantNodesAndSelf().Any(node => node is InvocationExpressionSyntax
                { Expression: IdentifierNameSyntax, ArgumentList.Arguments.Count: 0 })
                || expression.DescendantNodes().Any(node => node is LambdaExpressionSyntax or AssignmentExpressionSyntax
                    or ConditionalAccessExpressionSyntax or SingleVariableDesignationSyntax)
                || expression.Ancestors().TakeWhile(node => node != member.Syntax).Any(node => node is ConditionalAccessExpressionSyntax))
                continue;
            string[] given = [.. expression.DescendantNodes().OfType<ExpressionSyntax>().Where(node => IsNamed(node, model))
                .Select(node => node.ToString()).Distinct()];
            if (given.Length is > 0 and <= MostGiven) yield return new(member, expression, given);
        }
    }

    /// <summary>Whether the shape may be another than those of the parts: element by element it is not, but for broadcasting.</summary>
    public bool ChangesShape => ShapeChange().IsMatch($"{Expression}");

    [GeneratedRegex(@"\.(MatMul|Sum|SumTo|Mean|AMax|T|Transpose|Reshape|View|Unsqueeze|Squeeze|Gather|OneHot)\b|\bRows\(")]
    private static partial Regex ShapeChange();

    static bool IsTensor(SemanticModel model, ExpressionSyntax expression) =>
        model.GetTypeInfo(expression).Type?.ToDisplayString(NullableFlowState.None) == TensorType;

    // gradient, X, this.X, Inputs[0]; but not the X of this.X.
    static bool IsNamed(ExpressionSyntax node, SemanticModel model) =>
        node is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } or ElementAccessExpressionSyntax
        && !(node.Parent is MemberAccessExpressionSyntax access && access.Name == node) && IsTensor(model, node)
        && model.GetSymbolInfo(node).Symbol is ILocalSymbol or IParameterSymbol or IPropertySymbol or IFieldSymbol;

    /// <summary>The source, which tells the shape when it computes the expression.</summary>
    /// <param name="source">The source.</param>
    /// <param name="patience">How many cases may pass that compute it for shapes that say little.</param>
    public SourceTree Apply(SourceTree source, int patience)
    {
        var edits = new SourceEdits(source);
        edits.Change(Member.Path, Expression.Span, $"global::MyTorch.ShapeWatch.See({Expression}, {string.Join(", ", Given)})");
        return edits.Apply().With(WatchFile, Watch.Replace("[[patience]]", $"{patience}", StringComparison.Ordinal));
    }

    /// <summary>
    /// What the watch told: the expression's shape first, then those of the given tensors; null if it told nothing. The message comes from
    /// handed-in code: nothing but numbers is taken from it.
    /// </summary>
    public IReadOnlyList<string>? Read(CaseResult result)
    {
        if (result.Ending != Ending.Threw || Told().Match(result.Message) is not { Success: true } told) return null;
        string[] shapes = told.Groups[1].Value.Split('|');
        return shapes.Length == Given.Count + 1 ? [.. shapes.Select(Shown)] : null;
    }

    static string Shown(string sizes) => sizes switch
    {
        "null" => "null",
        "" => "()",
        _ => $"({string.Join(", ", sizes.Split(',').Select(size => int.Parse(size, CultureInfo.InvariantCulture)))})",
    };

    [GeneratedRegex(@"shapes\|((?:null|(?:\d{1,6}(?:,\d{1,6}){0,7})?)(?:\|(?:null|(?:\d{1,6}(?:,\d{1,6}){0,7})?)){1,3})\|")]
    private static partial Regex Told();
}
