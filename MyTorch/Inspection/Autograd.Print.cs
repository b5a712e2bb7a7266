namespace MyTorch;

// A tape as text.
public sealed partial class Autograd
{
    /// <summary>The tape, a line an operation; of a long one the first and last fifty.</summary>
    public override string ToString()
    {
        const int Edge = 50;
        if (HasEnded) return "an Autograd scope that has ended";
        IReadOnlyList<Operation> operations = Operations;
        return operations.Count <= 2 * Edge
            ? string.Join('\n', operations)
            : string.Join('\n', [.. operations.Take(Edge), $"… {operations.Count - 2 * Edge} more operations …", .. operations.Skip(operations.Count - Edge)]);
    }
}
