using System.Numerics;

namespace MyTorch.Teaching;

/// <summary>One edge of a walk over all paths.</summary>
/// <param name="Edge">The edge, walked from the value to its user.</param>
/// <param name="Depth">The number of edges before it on the current path.</param>
/// <param name="Paths">The number of paths that are complete after this step.</param>
/// <param name="Sum">The sum of their products of local derivatives.</param>
public readonly record struct FunctionPathStep(FunctionEdge Edge, int Depth, long Paths, double Sum);

/// <summary>
/// The chain rule taken at its word, ∂y/∂v = Σ ∂y/∂u · ∂u/∂v over the users u of v, each ∂y/∂u computed anew: it walks every path from a
/// variable to the result. Reverse mode computes each adjoint once, and goes along each edge once.
/// </summary>
public sealed class FunctionPaths
{
    readonly FunctionTrace _trace;
    readonly bool[] _leads;

    /// <summary>The paths of a function from one of its variables to its result.</summary>
    /// <param name="trace">A function with one result, at a point.</param>
    /// <param name="variable">The index of the variable, from 0.</param>
    /// <exception cref="ArgumentException">The function has several results.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such variable.</exception>
    public FunctionPaths(FunctionTrace trace, int variable)
    {
        ArgumentNullException.ThrowIfNull(trace);
        if (trace.OutputRows.Count != 1)
            throw Invalid.Argument(nameof(trace), $"FunctionPaths: {trace.OutputRows.Count} results; paths lead to one.");
        if ((uint)variable >= trace.Function.Variables.Count)
            throw Invalid.OutOfRange(nameof(variable),
                $"FunctionPaths: variable {variable} of {trace.Function.Variables.Count}; the first is 0.");
        (_trace, Variable) = (trace, variable);
        var counts = new BigInteger[trace.Rows.Count + 1];
        var edges = new BigInteger[trace.Rows.Count + 1];
        for (int row = trace.Rows.Count; row >= 1; row--)
        {
            counts[row] = row == trace.OutputRows[0] ? 1 : 0;
            foreach (FunctionEdge edge in trace.Users[row - 1])
            {
                counts[row] += counts[edge.User];
                if (counts[edge.User] > 0) edges[row] += 1 + edges[edge.User];
            }
        }
        _leads = [.. counts.Select(count => count > 0)];
        (Count, WalkedEdges) = (counts[variable + 1], edges[variable + 1]);
        SweptEdges = trace.Edges.Count(edge => edge.Partial is not null);
    }

    /// <summary>The index of the variable.</summary>
    public int Variable { get; }

    /// <summary>The number of paths.</summary>
    public BigInteger Count { get; }

    /// <summary>The number of edges that <see cref="Walk"/> goes along, those of several paths several times.</summary>
    public BigInteger WalkedEdges { get; }

    /// <summary>The number of edges that one sweep of reverse mode goes along.</summary>
    public int SweptEdges { get; }

    /// <summary>
    /// The recursion, edge by edge; each step is computed when it is asked for. The last one has the derivative as its sum. It takes
    /// <see cref="WalkedEdges"/> steps, which may be more than anybody waits for.
    /// </summary>
    public IEnumerable<FunctionPathStep> Walk()
    {
        int result = _trace.OutputRows[0];
        long paths = 0;
        double sum = 0;
        var open = new Stack<(FunctionEdge Edge, int Depth, double Product)>();
        Push(Variable + 1, 0, 1);
        while (open.TryPop(out (FunctionEdge Edge, int Depth, double Product) next))
        {
            double product = next.Product * next.Edge.Local;
            if (next.Edge.User == result)
            {
                paths++;
                sum += product;
            }
            yield return new FunctionPathStep(next.Edge, next.Depth, paths, sum);
            Push(next.Edge.User, next.Depth + 1, product);
        }

        void Push(int row, int depth, double product)
        {
            // The first user is the first to be popped.
            for (int i = _trace.Users[row - 1].Count - 1; i >= 0; i--)
                if (_leads[_trace.Users[row - 1][i].User]) open.Push((_trace.Users[row - 1][i], depth, product));
        }
    }

    /// <summary>The largest number of diamonds in a chain that a text may hold.</summary>
    public const int MostDiamonds = FunctionText.MostOperations / 3;

    /// <summary>
    /// A chain of diamonds: <c>u1 = sin(x) + cos(x); u2 = sin(u1) + cos(u1); …</c>. Each value is used twice, and what its users compute is
    /// added. A chain of n has 4n edges and 2ⁿ paths.
    /// </summary>
    /// <param name="count">n, 1 to <see cref="MostDiamonds"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too few or too many.</exception>
    public static FunctionText Diamonds(int count)
    {
        if (count is < 1 or > MostDiamonds)
            throw Invalid.Setting(nameof(count), count, $"FunctionPaths: a chain has 1 to {Notation.Number(MostDiamonds)} diamonds.");
        return FunctionText.Parse(string.Join("; ", Enumerable.Range(1, count).Select(i =>
        {
            string from = i == 1 ? "x" : $"u{Notation.Number(i - 1)}", sum = $"sin({from}) + cos({from})";
            return i == count ? sum : $"u{Notation.Number(i)} = {sum}";
        })));
    }
}
