using MyTorch.Probes;

/// <summary>The seven steps. What a node was made of is read from its edges, before there is a backward pass.</summary>
static class Steps
{
    public static void Value(Probe probe)
    {
        var tape = new Engine();
        double[] numbers = probe.Numbers(2);
        foreach ((int i, double number) in numbers.Index())
        {
            probe.Show("the number", number);
            Node node = tape.Variable(number);
            probe.Return($"value {i + 1}", node.Value);
            probe.Return($"edges of value {i + 1}", node.Edges.Length);
            probe.Return($"constant {i + 1}", tape.Constant(number).Value);
        }
    }

    public static void Plus(Probe probe) => Operation(probe, (a, b) => a + b);

    public static void Times(Probe probe) => Operation(probe, (a, b) => a * b);

    static void Operation(Probe probe, Func<Node, Node, Node> operation)
    {
        var tape = new Engine();
        (double x, double y) = Two(probe);
        Node a = tape.Variable(x), b = tape.Variable(y), result = operation(a, b);
        probe.Return("value", result.Value);
        probe.Return("number of edges", result.Edges.Length);
        // An operand may be listed first or last.
        probe.Return("derivative by a", result.Edges.Where(edge => edge.Input == a).Sum(edge => edge.Derivative));
        probe.Return("derivative by b", result.Edges.Where(edge => edge.Input == b).Sum(edge => edge.Derivative));
    }

    public static void Record(Probe probe)
    {
        var tape = new Engine();
        (double x, double y) = Two(probe);
        Node a = tape.Variable(x), b = tape.Variable(y);
        var result = new Node(tape, x, (a, 1));
        Node returned = tape.Record(result);
        probe.Return("operations after Record", tape.Operations.Count);
        probe.Return("Record returns its argument", returned == result ? 1 : 0);
        probe.Return("it is on the tape", tape.Operations.Contains(result) ? 1 : 0);

        tape = new Engine();
        (a, b) = (tape.Variable(x), tape.Variable(y));
        Node product = a * b, sum = product + a;
        probe.Return("operations after a * b + a", tape.Operations.Count);
        probe.Return("the first operation is a * b", tape.Operations.FirstOrDefault() == product ? 1 : 0);
        probe.Return("the last operation is the sum", tape.Operations.LastOrDefault() == sum ? 1 : 0);
        // So that no number of this step can be written down.
        probe.Return("value", sum.Value);
    }

    public static void Backward(Probe probe)
    {
        var tape = new Engine();
        (double x, double y) = Two(probe);
        Node a = tape.Variable(x), b = tape.Variable(y), product = a * b, more = product + tape.Constant(1), chain = more.Sin();
        Note(probe, tape);
        Dictionary<Node, List<double>> gradients = tape.Gradients(chain);
        probe.Return("gradient of the output", Of(gradients, chain));
        probe.Return("gradient of a * b + 1", Of(gradients, more));
        probe.Return("gradient of a * b", Of(gradients, product));
        probe.Return("gradient of a", Of(gradients, a));
        probe.Return("gradient of b", Of(gradients, b));
        // An operation beside the way to the output, recorded after it.
        Node other = b.Exp();
        probe.Return("gradient of a, with another operation", Of(tape.Gradients(chain), a));
        probe.Return("gradient of what does not lead to the output", Of(tape.Gradients(chain), other));
    }

    public static void TwoPaths(Probe probe)
    {
        var tape = new Engine();
        (double x, double y) = Two(probe);
        Node a = tape.Variable(x), b = tape.Variable(y);
        var lists = new Dictionary<Node, List<double>>();
        foreach (double partial in new[] { x, y, 1 }) Engine.Add(lists, a, partial);
        Engine.Add(lists, b, y);
        probe.Return("partial adjoints of a after three", lists[a].Count);
        probe.Return("their sum", lists[a].Sum());
        probe.Return("partial adjoints of b after one", lists[b].Count);

        Node square = a * a, left = square * b, right = square.Sin(), result = left + right;
        Note(probe, tape);
        Dictionary<Node, List<double>> gradients = tape.Gradients(result);
        probe.Return("gradient of a * a, which is used by two operations", Of(gradients, square));
        probe.Return("gradient of a, twice in one operation", Of(gradients, a));
        probe.Return("gradient of b", Of(gradients, b));
        probe.Return("number of partial adjoints of a", gradients.GetValueOrDefault(a)?.Count ?? 0);
    }

    public static void Train(Probe probe)
    {
        double[] weights = [.. Enumerable.Range(0, 17).Select(_ => 2 * probe.Next() - 1)], first = [.. weights];
        probe.Show("rate", 0.1);
        probe.Return("loss before the step", Network.Step(weights, 0.1));
        for (int i = 0; i < 17; i += 4) probe.Return($"weight {i} after a step", weights[i]);
        double[] moved = [.. first];
        Network.Step(moved, 0.2);
        probe.Return("weight 0 after a step of twice the rate", moved[0]);

        // From these weights exclusive or is learned in the end; from a few others it is not.
        weights = [.. Enumerable.Range(1, 17).Select(i => Math.Sin(58 * i))];
        var losses = new List<double>();
        for (int epoch = 0; epoch < 300; epoch++) losses.Add(Network.Step(weights, 0.1));
        probe.Return("the loss fell in 300 steps", losses[^1] < 0.5 * losses[0] ? 1 : 0);
        probe.Return("exclusive or is learned", losses[^1] < 0.05 ? 1 : 0);
        probe.Tell($"Your engine trains a network: the loss fell from {losses[0]:0.00} to {losses[^1]:0.0000}.");
    }

    static (double X, double Y) Two(Probe probe)
    {
        // Unequal and not near 0 or 1, where a wrong rule may give a right number.
        double[] drawn = probe.Numbers(2, 1.2, 2.4);
        (double x, double y) = (drawn[0], -drawn[1] - 0.5);
        probe.Show("a", x);
        probe.Show("b", y);
        return (x, y);
    }

    static double Of(Dictionary<Node, List<double>> gradients, Node node) => gradients.GetValueOrDefault(node)?.Sum() ?? 0;

    static void Note(Probe probe, Engine tape)
    {
        static string Short(double number) => number.ToString("g4", System.Globalization.CultureInfo.InvariantCulture);
        foreach ((int i, Node node) in tape.Operations.Index())
            probe.Note($"operation {i + 1}: value {Short(node.Value)}, derivatives " +
                string.Join(", ", node.Edges.Select(edge => Short(edge.Derivative))));
    }
}
