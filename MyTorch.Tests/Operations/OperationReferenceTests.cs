using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MyTorch.Differentiation;
using MyTorch.Operations;

namespace MyTorch.Tests.Operations;

/// <summary>The reference page of all operations, written from what they say of themselves and from the tables that test them.</summary>
public sealed partial class OperationReferenceTests
{
    // Checking every case takes seconds: once is enough.
    static readonly Lazy<string> s_page = new(Page);

    [Test]
    public void ThePageSaysWhatTheOperationsDo() => GeneratedFile.AssertIs("samples/lessons/operations.md", s_page.Value);

    [Test]
    public void EveryKindOfOperationIsOnThePage()
    {
        string page = s_page.Value;
        Assert.That(page, Does.Contain("| **Log** | `x.Log()` | y = ln x | ∂y/∂x = 1/x | at 0; below 0 | 1, 2, forward |"));
        Assert.That(page, Does.Contain("| **MatMul** | `a.MatMul(b)` | y = a·b | adj(a) = adj(y)·bᵀ; adj(b) = aᵀ·adj(y) |  | 1, 2, forward |"));
        foreach (Type operation in OperationTable.Library) Assert.That(page, Does.Contain($"\n| **{operation.Name}** | "));
        foreach (ConventionTests.Kink kink in ConventionTests.Kinks) Assert.That(page, Does.Contain(kink.What));
    }

    static string Page()
    {
        var page = new StringBuilder("""
            # All operations

            A test generates this page from the operations: the formulas are those of a trace, and the code is what the tests run. The last column
            was measured while the page was generated.

            How to read it: y is computed from x, or from a and b. For an operation that works element by element, the table shows the derivative
            ∂y/∂x; its backward rule contributes `adj(y)·∂y/∂x` to the adjoint of x. For an operation that mixes elements, the table shows the
            contribution itself, `adj(x) = …`. Where an input was broadcast, its contributions are summed. *Conventions* are explained in the last
            section. *Checked* says which derivatives equal central differences on every case of the tests: 1 and 2 are the first and second
            derivative in reverse mode, "forward" is the tangent. A number in a formula that is a size (`/5`) is the size in the first test case.


            """);
        foreach (IGrouping<string, Type> group in OperationTable.Library.GroupBy(Group).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"## {group.Key[3..]}\n\n| operation | in C# | formula | derivative, or contribution | conventions | checked |\n|---|---|---|---|---|---|\n");
            foreach (Type type in group) page.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", Cells(type).Select(Escape))} |\n");
            page.Append('\n');
        }
        page.Append("""
            ## Conventions

            At a kink, at a tie or at the edge of its domain a function has no derivative, or several. MyTorch uses PyTorch's conventions. Each line is
            checked by a test.

            | function | convention | x | y | slope |
            |---|---|---|---|---|

            """);
        foreach (ConventionTests.Kink kink in ConventionTests.Kinks.OrderBy(kink => kink.Function, StringComparer.Ordinal))
            page.Append(CultureInfo.InvariantCulture, $"| {kink.Function} | {kink.What} | {Notation.Short(kink.At)} | {Notation.Short(kink.Value)} | {Notation.Short(kink.Slope)} |\n");
        page.Append("\n| function | convention | gradient for [[3, 3, 1], [2, 2, 2]] |\n|---|---|---|\n");
        foreach (ConventionTests.Tie tie in ConventionTests.Ties)
            page.Append(CultureInfo.InvariantCulture, $"| {tie.Function} | {tie.What} | [[{Row(tie, 0)}], [{Row(tie, 3)}]] |\n");
        return page.Replace("\r\n", "\n").ToString();

        static string Row(ConventionTests.Tie tie, int from) => string.Join(", ", tie.Gradient.Skip(from).Take(3).Select(Notation.Short));
    }

    static string Group(Type type) =>
        type.IsSubclassOf(typeof(PointwiseOperation)) || type == typeof(Identity) || type == typeof(Negate) ? "1. Element by element"
        : type.IsSubclassOf(typeof(BinaryOperation)) && type != typeof(MatMul) ? "2. Two operands, with broadcasting"
        : type.IsSubclassOf(typeof(DimensionReduction)) ? "3. Reductions over dimensions"
        : type == typeof(MatMul) || type == typeof(Linear) ? "4. Matrix products"
        : "5. Rows, shapes and positions";

    /// <summary>The first case of the tests, and the operation that it records.</summary>
    static (OperationCase Case, Operation Operation) Example(Type type)
    {
        OperationCase first = OperationTable.Cases.FirstOrDefault(c => c.Operation == type.Name)
            ?? throw new AssertionException($"{type.Name}: add it to OperationTable.Cases");
        using var autograd = new Autograd();
        first.Run(first.Inputs);
        return (first, autograd.Operations.First(operation => operation.GetType() == type));
    }

    static string[] Cells(Type type)
    {
        (OperationCase first, Operation operation) = Example(type);
        string[] x = operation.Inputs.Count switch { 1 => ["x"], 2 => ["a", "b"], _ => ["x", "w", "b"] };
        IEnumerable<string> derivatives = x.Select((name, i) => operation.DerivativeText(i, x, "y") is { } derivative
            ? $"∂y/∂{name} = {derivative}"
            : $"adj({name}) = {operation.AdjointText(i, "adj(y)", x, "y")}");
        IEnumerable<string> choices = ConventionTests.Kinks.Where(kink => kink.Function == type.Name).Select(kink => kink.What)
            .Concat(ConventionTests.Ties.Where(tie => tie.Function == type.Name).Select(tie => tie.What));
        return [$"**{type.Name}**", Code(first), $"y = {operation.ValueText(x)}", string.Join("; ", derivatives), string.Join("; ", choices), Checked(type)];
    }

    // x => x[0].MatMul(x[1]) is a.MatMul(b) for a reader.
    static string Code(OperationCase c)
    {
        int arrow = c.Code.IndexOf("=> ", StringComparison.Ordinal);
        string code = arrow < 0 ? $"{c.Code}(a, b)" : c.Code[(arrow + 3)..];
        string[] names = c.Inputs.Length switch { 1 => ["x"], 2 => ["a", "b"], _ => ["x", "w", "b"] };
        code = Element().Replace(code, match => names[int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)]);
        return $"`{(arrow < 0 || !code.EndsWith("(x)", StringComparison.Ordinal) || names.Length == 1 ? code : code[..^3] + "([a, b])")}`";
    }

    /// <summary>The orders of derivatives at which all cases agree with finite differences.</summary>
    static string Checked(Type type)
    {
        OperationCase[] cases = [.. OperationTable.Cases.Where(c => c.Operation == type.Name)];
        var held = new List<string>();
        foreach ((GradientCheckMode mode, string words) in new[] { (GradientCheckMode.Reverse, "1"), (GradientCheckMode.Second, "2"), (GradientCheckMode.Forward, "forward") })
            if (cases.All(c => Holds(c, mode))) held.Add(words);
        return string.Join(", ", held);
    }

    static bool Holds(OperationCase c, GradientCheckMode mode)
    {
        try
        {
            GradientCheck.VerifyMany(at => c.Run([.. at]), c.Inputs, mode);
            return true;
        }
        catch (GradientCheckException)
        {
            return false;
        }
    }

    static string Escape(string cell) => cell.StartsWith('`') || cell.StartsWith("**", StringComparison.Ordinal) ? cell : Special().Replace(cell, @"\$0");

    [GeneratedRegex(@"\bx\[([0-9])\]")]
    private static partial Regex Element();

    [GeneratedRegex(@"[|\\*_<>\[\]^]")]
    private static partial Regex Special();
}
