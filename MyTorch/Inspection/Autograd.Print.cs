namespace MyTorch;

// A tape as text.
public sealed partial class Autograd
{
    /// <summary>The tape, one line per operation; of a long tape the first and last fifty operations.</summary>
    public override string ToString()
    {
        const int Edge = 50;
        if (HasEnded) return "an Autograd scope that has ended";
        IReadOnlyList<Operation> operations = Operations;
        if (operations.Count <= 2 * Edge) return string.Join('\n', operations);
        string omitted = $"… {operations.Count - 2 * Edge} more operations …";
        return string.Join('\n', [.. operations.Take(Edge), omitted, .. operations.Skip(operations.Count - Edge)]);
    }
}
