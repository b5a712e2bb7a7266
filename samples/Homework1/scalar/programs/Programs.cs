using MyTorch.Check;

/// <summary>What the engine for numbers can do when it is written.</summary>
static class Programs
{
    /// <summary>y = ln x₁ + x₁x₂ − sin x₂ at (2, 5), with the list of partial adjoints of each value.</summary>
    public static void Lecture(Screen screen)
    {
        var tape = new Engine();
        Node v1 = tape.Variable(2), v2 = tape.Variable(5);
        Node v3 = v1.Log(), v4 = v1 * v2, v5 = v2.Sin(), v6 = v3 + v4, v7 = v6 - v5;
        Dictionary<Node, List<double>> gradients = tape.Gradients(v7);
        screen.Heading("y = ln x1 + x1·x2 - sin x2 at (2, 5) on your engine: values downwards, gradients upwards");
        screen.Line();
        screen.Line($"  {"",-4} {"operation",-10} {"value",9}  {"gradient",9}  sum of what its users gave");
        foreach ((string name, string operation, Node node) in new[]
        {
            ("v1", "x1", v1), ("v2", "x2", v2), ("v3", "ln v1", v3), ("v4", "v1 * v2", v4), ("v5", "sin v2", v5), ("v6", "v3 + v4", v6), ("v7", "v6 - v5", v7),
        })
            screen.Line($"  {name,-4} {operation,-10} {Screen.Number(node.Value),9}  {screen.Colour(1, Screen.Number(gradients[node].Sum()).PadLeft(9))}  " +
                string.Join(" + ", gradients[node].Select(Screen.Number)));
    }

    /// <summary>The network of lesson 04 learns exclusive or.</summary>
    public static void Xor(Screen screen)
    {
        // Any numbers between -1 and 1; from these the loss falls steadily.
        double[] weights = [.. Enumerable.Range(1, 17).Select(i => Math.Sin(58 * i))];
        screen.Heading("A network of 2, 4 and 1 neurons learns exclusive or: 1 where the inputs differ");
        screen.Line();
        double first = 0;
        for (int epoch = 0; epoch <= 200; epoch++)
        {
            double loss = Network.Step(weights, 0.1);
            if (epoch == 0) first = loss;
            if (epoch % 20 == 0) screen.Line($"  step {epoch,3}  loss {Screen.Number(loss),-9} {screen.Colour(1, Screen.Bar(loss / first))}");
        }
        double Output(double x1, double x2)
        {
            var tape = new Engine();
            return Network.Output(tape, [.. weights.Select(tape.Variable)], x1, x2).Value;
        }
        screen.Line();
        screen.Line("  x1  x2  target  output");
        foreach ((double x1, double x2, double target) in Network.Examples)
            screen.Line(FormattableString.Invariant($"  {x1,2}  {x2,2}  {target,6}  {Output(x1, x2),6:0.00}"));
        const int Width = 33, Height = 15;
        screen.Line();
        screen.Line("  Its output between the corners, x1 to the right, x2 upwards: # is 1, a blank is 0");
        for (int row = 0; row < Height; row++)
            screen.Line($"  |{screen.Colour(2, string.Concat(Enumerable.Range(0, Width).Select(column =>
                " .:+#"[(int)Math.Clamp(5 * Output(column / (Width - 1.0), 1 - row / (Height - 1.0)), 0, 4)])))}|");
    }
}
