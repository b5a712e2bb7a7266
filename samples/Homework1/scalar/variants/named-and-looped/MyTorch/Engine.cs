/// <summary>The tape: every operation in sequence, and the sweep from the last to the first.</summary>
sealed class Engine
{
    readonly List<Node> _operations = [];

    public IReadOnlyList<Node> Operations => _operations;

    public Node Variable(double value) => new(this, value);

    public Node Constant(double value) => new(this, value);

    public Node Record(Node result)
    {
        _operations.Add(result);
        return result;
    }

    public Dictionary<Node, List<double>> Gradients(Node output, Action<Dictionary<Node, List<double>>>? watch = null)
    {
        var nodeToGrad = new Dictionary<Node, List<double>>();
        Add(nodeToGrad, output, 1);
        for (int i = _operations.Count - 1; i >= 0; i--)
            if (nodeToGrad.ContainsKey(_operations[i]))
                for (int k = 0; k < _operations[i].Edges.Length; k++)
                    Add(nodeToGrad, _operations[i].Edges[k].Input, nodeToGrad[_operations[i]].Sum() * _operations[i].Edges[k].Derivative);
        return nodeToGrad;
    }

    public static void Add(Dictionary<Node, List<double>> nodeToGrad, Node input, double partial)
    {
        if (nodeToGrad.ContainsKey(input)) nodeToGrad[input].Add(partial);
        else nodeToGrad.Add(input, new List<double> { partial });
    }
}
