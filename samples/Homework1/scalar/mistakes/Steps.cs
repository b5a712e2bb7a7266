// What people write in the seven steps.

[Mistake("1.1-zero", Question = "1.1", Member = "Engine.Variable")]
partial class Engine
{
    public Node Variable(double value) => new(this, 0);
}

[Mistake("1.1-one-edge", Question = "1.1", Member = "Engine.Variable")]
partial class Engine
{
    public Node Variable(double value) => new(this, value, (new Node(this, value), 1));
}

[Mistake("2.1-factors-of-times", Question = "2.1", Member = "Node.operator+")]
partial class Node
{
    public static Node operator +(Node a, Node b) => a.Result(a.Value + b.Value, (a, b.Value), (b, a.Value));
}

[Mistake("2.1-own-values", Question = "2.1", Member = "Node.operator+")]
partial class Node
{
    public static Node operator +(Node a, Node b) => a.Result(a.Value + b.Value, (a, a.Value), (b, b.Value));
}

[Mistake("2.1-minus", Question = "2.1", Member = "Node.operator+")]
partial class Node
{
    public static Node operator +(Node a, Node b) => a.Result(a.Value + b.Value, (a, 1), (b, -1));
}

[Mistake("2.1-one-operand", Question = "2.1", Member = "Node.operator+")]
partial class Node
{
    public static Node operator +(Node a, Node b) => a.Result(a.Value + b.Value, (a, 1));
}

[Mistake("2.1-no-edges", Question = "2.1", Member = "Node.operator+")]
partial class Node
{
    public static Node operator +(Node a, Node b) => a.Result(a.Value + b.Value);
}

[Mistake("2.1-same-operand", Question = "2.1", Member = "Node.operator+")]
partial class Node
{
    public static Node operator +(Node a, Node b) => a.Result(a.Value + b.Value, (a, 1), (a, 1));
}

[Mistake("3.1-own-values", Question = "3.1", Member = "Node.operator*")]
partial class Node
{
    public static Node operator *(Node a, Node b) => a.Result(a.Value * b.Value, (a, a.Value), (b, b.Value));
}

[Mistake("3.1-ones", Question = "3.1", Member = "Node.operator*")]
partial class Node
{
    public static Node operator *(Node a, Node b) => a.Result(a.Value * b.Value, (a, 1), (b, 1));
}

[Mistake("3.1-whole-product", Question = "3.1", Member = "Node.operator*")]
partial class Node
{
    public static Node operator *(Node a, Node b) => a.Result(a.Value * b.Value, (a, a.Value * b.Value), (b, a.Value * b.Value));
}

[Mistake("3.1-one-operand", Question = "3.1", Member = "Node.operator*")]
partial class Node
{
    public static Node operator *(Node a, Node b) => a.Result(a.Value * b.Value, (a, b.Value));
}

[Mistake("3.1-sum-of-values", Question = "3.1", Member = "Node.operator*")]
partial class Node
{
    public static Node operator *(Node a, Node b) => a.Result(a.Value + b.Value, (a, b.Value), (b, a.Value));
}

[Mistake("4.1-not-added", Question = "4.1", Member = "Engine.Record")]
partial class Engine
{
    public Node Record(Node result) => result;
}

[Mistake("4.1-not-called", Question = "4.1", Member = "Node.Result")]
partial class Node
{
    Node Result(double result, params (Node, double)[] from) => new Node(tape, result, from);
}

[Mistake("4.1-at-the-front", Question = "4.1", Member = "Engine.Record")]
partial class Engine
{
    public Node Record(Node result)
    {
        _operations.Insert(0, result);
        return result;
    }
}

[Mistake("4.1-twice", Question = "4.1", Member = "Engine.Record")]
partial class Engine
{
    public Node Record(Node result)
    {
        _operations.Add(result);
        _operations.Add(result);
        return result;
    }
}

[Mistake("4.1-a-copy", Question = "4.1", Member = "Engine.Record")]
partial class Engine
{
    public Node Record(Node result)
    {
        _operations.Add(new Node(this, result.Value, result.Edges));
        return result;
    }
}

[Mistake("5.1-forwards", Question = "5.1", Member = "Engine.Gradients")]
partial class Engine
{
    public Dictionary<Node, List<double>> Gradients(Node output, Action<Dictionary<Node, List<double>>>? watch = null)
    {
        var nodeToGrad = new Dictionary<Node, List<double>> { [output] = [1] };
        foreach (Node node in _operations)
        {
            if (!nodeToGrad.TryGetValue(node, out List<double>? partials)) continue;
            foreach ((Node input, double derivative) in node.Edges) Add(nodeToGrad, input, partials.Sum() * derivative);
        }
        return nodeToGrad;
    }
}

[Mistake("5.1-upstream-ignored", Question = "5.1", Member = "Engine.Gradients")]
partial class Engine
{
    public Dictionary<Node, List<double>> Gradients(Node output, Action<Dictionary<Node, List<double>>>? watch = null)
    {
        var nodeToGrad = new Dictionary<Node, List<double>> { [output] = [1] };
        foreach (Node node in Enumerable.Reverse(_operations))
        {
            if (!nodeToGrad.ContainsKey(node)) continue;
            foreach ((Node input, double derivative) in node.Edges) Add(nodeToGrad, input, derivative);
        }
        return nodeToGrad;
    }
}

[Mistake("5.1-derivative-ignored", Question = "5.1", Member = "Engine.Gradients")]
partial class Engine
{
    public Dictionary<Node, List<double>> Gradients(Node output, Action<Dictionary<Node, List<double>>>? watch = null)
    {
        var nodeToGrad = new Dictionary<Node, List<double>> { [output] = [1] };
        foreach (Node node in Enumerable.Reverse(_operations))
        {
            if (!nodeToGrad.TryGetValue(node, out List<double>? partials)) continue;
            foreach ((Node input, double _) in node.Edges) Add(nodeToGrad, input, partials.Sum());
        }
        return nodeToGrad;
    }
}

[Mistake("5.1-starts-at-the-value", Question = "5.1", Member = "Engine.Gradients")]
partial class Engine
{
    public Dictionary<Node, List<double>> Gradients(Node output, Action<Dictionary<Node, List<double>>>? watch = null)
    {
        var nodeToGrad = new Dictionary<Node, List<double>> { [output] = [output.Value] };
        foreach (Node node in Enumerable.Reverse(_operations))
        {
            if (!nodeToGrad.TryGetValue(node, out List<double>? partials)) continue;
            foreach ((Node input, double derivative) in node.Edges) Add(nodeToGrad, input, partials.Sum() * derivative);
        }
        return nodeToGrad;
    }
}

[Mistake("5.1-added-not-multiplied", Question = "5.1", Member = "Engine.Gradients")]
partial class Engine
{
    public Dictionary<Node, List<double>> Gradients(Node output, Action<Dictionary<Node, List<double>>>? watch = null)
    {
        var nodeToGrad = new Dictionary<Node, List<double>> { [output] = [1] };
        foreach (Node node in Enumerable.Reverse(_operations))
        {
            if (!nodeToGrad.TryGetValue(node, out List<double>? partials)) continue;
            foreach ((Node input, double derivative) in node.Edges) Add(nodeToGrad, input, partials.Sum() + derivative);
        }
        return nodeToGrad;
    }
}

[Mistake("5.1-skips-nothing", Question = "5.1", Member = "Engine.Gradients")]
partial class Engine
{
    public Dictionary<Node, List<double>> Gradients(Node output, Action<Dictionary<Node, List<double>>>? watch = null)
    {
        var nodeToGrad = new Dictionary<Node, List<double>> { [output] = [1] };
        foreach (Node node in Enumerable.Reverse(_operations))
            foreach ((Node input, double derivative) in node.Edges) Add(nodeToGrad, input, nodeToGrad[node].Sum() * derivative);
        return nodeToGrad;
    }
}

[Mistake("6.1-overwritten", Question = "6.1", Member = "Engine.Add")]
partial class Engine
{
    public static void Add(Dictionary<Node, List<double>> nodeToGrad, Node input, double partial) => nodeToGrad[input] = [partial];
}

[Mistake("6.1-not-called", Question = "6.1", Member = "Engine.Gradients")]
partial class Engine
{
    public Dictionary<Node, List<double>> Gradients(Node output, Action<Dictionary<Node, List<double>>>? watch = null)
    {
        var nodeToGrad = new Dictionary<Node, List<double>> { [output] = [1] };
        foreach (Node node in Enumerable.Reverse(_operations))
        {
            if (!nodeToGrad.TryGetValue(node, out List<double>? partials)) continue;
            foreach ((Node input, double derivative) in node.Edges) nodeToGrad[input] = [partials.Sum() * derivative];
        }
        return nodeToGrad;
    }
}

[Mistake("6.1-first-kept", Question = "6.1", Member = "Engine.Add")]
partial class Engine
{
    public static void Add(Dictionary<Node, List<double>> nodeToGrad, Node input, double partial) => nodeToGrad.TryAdd(input, [partial]);
}

[Mistake("5.1-add-doubles", Question = "5.1", Member = "Engine.Add")]
partial class Engine
{
    public static void Add(Dictionary<Node, List<double>> nodeToGrad, Node input, double partial)
    {
        if (!nodeToGrad.ContainsKey(input)) nodeToGrad[input] = [partial];
        nodeToGrad[input].Add(partial);
    }
}

[Mistake("5.1-add-loses", Question = "5.1", Member = "Engine.Add")]
partial class Engine
{
    public static void Add(Dictionary<Node, List<double>> nodeToGrad, Node input, double partial)
    {
        if (!nodeToGrad.TryGetValue(input, out List<double>? list)) nodeToGrad[input] = [];
        else list.Add(partial);
    }
}

[Mistake("7.1-uphill", Question = "7.1", Member = "Network.Step")]
partial class Network
{
    public static double Step(double[] weights, double rate)
    {
        var engine = new Engine();
        Node[] w = [.. weights.Select(engine.Variable)];
        Node loss = Loss(engine, w);
        Dictionary<Node, List<double>> grads = engine.Gradients(loss);
        for (int i = 0; i < weights.Length; i++) weights[i] += rate * grads[w[i]].Sum();
        return loss.Value;
    }
}

[Mistake("7.1-nothing-moves", Question = "7.1", Member = "Network.Step")]
partial class Network
{
    public static double Step(double[] weights, double rate)
    {
        var engine = new Engine();
        Node[] w = [.. weights.Select(engine.Variable)];
        Node loss = Loss(engine, w);
        engine.Gradients(loss);
        return loss.Value;
    }
}

[Mistake("7.1-first-partial", Question = "7.1", Member = "Network.Step")]
partial class Network
{
    public static double Step(double[] weights, double rate)
    {
        var engine = new Engine();
        Node[] w = [.. weights.Select(engine.Variable)];
        Node loss = Loss(engine, w);
        Dictionary<Node, List<double>> grads = engine.Gradients(loss);
        for (int i = 0; i < weights.Length; i++) weights[i] -= rate * grads[w[i]][0];
        return loss.Value;
    }
}

[Mistake("7.1-rate-forgotten", Question = "7.1", Member = "Network.Step")]
partial class Network
{
    public static double Step(double[] weights, double rate)
    {
        var engine = new Engine();
        Node[] w = [.. weights.Select(engine.Variable)];
        Node loss = Loss(engine, w);
        Dictionary<Node, List<double>> grads = engine.Gradients(loss);
        for (int i = 0; i < weights.Length; i++) weights[i] -= grads[w[i]].Sum();
        return loss.Value;
    }
}

[Mistake("7.1-replaced", Question = "7.1", Member = "Network.Step")]
partial class Network
{
    public static double Step(double[] weights, double rate)
    {
        var engine = new Engine();
        Node[] w = [.. weights.Select(engine.Variable)];
        Node loss = Loss(engine, w);
        Dictionary<Node, List<double>> grads = engine.Gradients(loss);
        for (int i = 0; i < weights.Length; i++) weights[i] = -rate * grads[w[i]].Sum();
        return loss.Value;
    }
}

[Mistake("7.1-loss-after-the-step", Question = "7.1", Member = "Network.Step")]
partial class Network
{
    public static double Step(double[] weights, double rate)
    {
        var engine = new Engine();
        Node[] w = [.. weights.Select(engine.Variable)];
        Dictionary<Node, List<double>> grads = engine.Gradients(Loss(engine, w));
        for (int i = 0; i < weights.Length; i++) weights[i] -= rate * grads[w[i]].Sum();
        return Loss(engine, [.. weights.Select(engine.Variable)]).Value;
    }
}
