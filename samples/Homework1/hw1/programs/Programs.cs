using MyTorch;
using MyTorch.Check;
using MyTorch.Inspection;
using MyTorch.Operations;
using MyTorch.Optim;

/// <summary>
/// What a student's engine can do when a part is right: dotnet check.cs run spirals. Each program uses what is written by then; a step of
/// gradient descent is one line here, since part 6 asks for the optimizer.
/// </summary>
static class Programs
{
    /// <summary>After part 2: y = ln x₁ + x₁x₂ − sin x₂ at (2, 5), each value with its gradient and where that came from.</summary>
    public static void Lecture(Screen screen)
    {
        Tensor x1 = Tensor.From(2, DType.Float64), x2 = Tensor.From(5, DType.Float64);
        x1.RequiresGrad = x2.RequiresGrad = true;
        using var autograd = new Autograd();
        var (v3, v4, v5) = (x1.Log(), x1 * x2, x2.Sin());
        Tensor y = v3 + v4 - v5;
        Tensor[] values = [x1, x2, .. autograd.Operations.Select(operation => operation.Output)];
        string Name(Tensor value) => FormattableString.Invariant($"v{Array.IndexOf(values, value) + 1}");

        List<double>[] arrived = [.. values.Select(_ => new List<double>())];
        arrived[^1].Add(1);
        foreach (BackwardStep step in Stepper.Backward(autograd, y))
            foreach (PartialAdjoint partial in step.Partials) arrived[partial.Input - 1].Add(partial.Value.Item());

        screen.Heading("Your tape of y = ln x1 + x1·x2 - sin x2 at (2, 5): values downwards, gradients upwards");
        screen.Line();
        screen.Line($"  {"",-4} {"operation",-18} {"value",9}  {"gradient",9}  sum of what its users gave");
        foreach ((int i, Tensor value) in values.Index())
        {
            string operation = i < 2 ? $"x{i + 1}"
                : $"{autograd.Operations[i - 2].GetType().Name}({string.Join(", ", autograd.Operations[i - 2].Inputs.Select(Name))})";
            string gradient = Screen.Number(arrived[i].Sum()).PadLeft(9);
            screen.Line($"  {Name(value),-4} {operation,-18} {Screen.Number(value.Item()),9}  " +
                $"{(i < 2 ? screen.Colour(1, gradient) : gradient)}  " +
                $"{string.Join(" + ", arrived[i].Select(Screen.Number))}{(value == y ? ", to start with" : "")}");
        }

        x1.ZeroGrad();
        x2.ZeroGrad();
        autograd.Backward(y);
        screen.Line();
        screen.Line($"Your Backward:  dy/dx1 = {Screen.Number(x1.Grad!.Item())}, dy/dx2 = {Screen.Number(x2.Grad!.Item())}");
        screen.Line($"By hand:        1/x1 + x2 = {Screen.Number(1 / 2.0 + 5)}, x1 - cos x2 = {Screen.Number(2 - Math.Cos(5))}");
    }

    /// <summary>After part 4: two layers with tanh learn exclusive or.</summary>
    public static void Xor(Screen screen)
    {
        const int Hidden = 4, Steps = 200;
        var random = new Generator(1);
        Tensor inputs = Tensor.From([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]), targets = Tensor.From([0, 1, 1, 0], [4, 1]);
        Tensor w1 = Leaf(random, [Hidden, 2], 1), b1 = Leaf(random, [Hidden], 1), w2 = Leaf(random, [1, Hidden], 1), b2 = Leaf(random, [1], 1);
        Tensor Outputs(Tensor x) => x.Linear(w1, b1).Tanh().Linear(w2, b2);

        screen.Heading("A network of 2, 4 and 1 neurons learns exclusive or: 1 where the inputs differ");
        screen.Line();
        double first = 0;
        for (int step = 0; step <= Steps; step++)
        {
            using var autograd = new Autograd();
            Tensor error = Outputs(inputs) - targets, loss = (error * error).Mean();
            if (step == 0) first = loss.Item();
            if (step % 20 == 0)
                screen.Line($"  step {step,3}  loss {Screen.Number(loss.Item()),-9} {screen.Colour(1, Screen.Bar(loss.Item() / first))}");
            autograd.Backward(loss);
            Descend([w1, b1, w2, b2], 0.3);
        }

        double[] learned = Outputs(inputs).ToArray();
        screen.Line();
        screen.Line("  x1  x2  target  output");
        for (int i = 0; i < 4; i++)
            screen.Line(FormattableString.Invariant($"  {inputs.Item(i, 0),2}  {inputs.Item(i, 1),2}  {targets.Item(i, 0),6}  {learned[i],6:0.00}"));

        const int Width = 33, Height = 15;
        double[] field = Outputs(Grid(Width, Height, 0, 1)).ToArray();
        screen.Line();
        screen.Line("  Its output between the corners, x1 to the right, x2 upwards: # is 1, a blank is 0");
        for (int row = 0; row < Height; row++)
            screen.Line($"  |{screen.Colour(2, string.Concat(field[(row * Width)..((row + 1) * Width)].Select(y => Shade(" .:+#", y))))}|");
    }

    /// <summary>After part 5: two spirals are told apart, and what is predicted over the plane is drawn while it is learned.</summary>
    public static void Spirals(Screen screen)
    {
        const int PerClass = 120, Batch = 20, Epochs = 100, Hidden = 32;
        var random = new Generator(4);
        var points = new (double X, double Y, int Class)[2 * PerClass];
        for (int i = 0; i < points.Length; i++)
        {
            double along = i / 2 / (double)(PerClass - 1), angle = 2.6 * Math.PI * along + i % 2 * Math.PI, radius = 0.15 + 0.85 * along;
            points[i] = (radius * Math.Cos(angle) + 0.02 * random.NextGaussian(), radius * Math.Sin(angle) + 0.02 * random.NextGaussian(), i % 2);
        }
        Tensor x = Tensor.From([.. points.SelectMany(point => new[] { point.X, point.Y })], [points.Length, 2]);
        Tensor labels = Tensor.Indices([.. points.Select(point => (long)point.Class)]);
        Tensor w1 = Leaf(random, [Hidden, 2], 2), b1 = Leaf(random, [Hidden], 1), w2 = Leaf(random, [Hidden, Hidden], 0.4), b2 = Leaf(random, [Hidden], 0.1);
        Tensor w3 = Leaf(random, [2, Hidden], 0.4), b3 = Leaf(random, [2], 0.1);
        Tensor Logits(Tensor at) => at.Linear(w1, b1).ReLU().Linear(w2, b2).ReLU().Linear(w3, b3);

        screen.Heading($"A network of 2, {Hidden}, {Hidden} and 2 neurons tells two spirals apart");
        screen.Line($"Points of the classes are A and B. Where the network predicts A the plane is dotted (.), and where B, it has colons (:).");
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            double total = 0;
            int[] order = random.Permutation(points.Length);
            for (int from = 0; from < points.Length; from += Batch)
            {
                Tensor chosen = Tensor.Indices([.. order[from..(from + Batch)].Select(i => (long)i)]);
                using var autograd = new Autograd();
                Tensor loss = new SoftmaxCrossEntropy(Logits(x.IndexSelect(0, chosen)), labels.IndexSelect(0, chosen)).Apply().Mean();
                total += loss.Item() * Batch / points.Length;
                autograd.Backward(loss);
                // Smaller steps towards the end.
                Descend([w1, b1, w2, b2, w3, b3], 0.3 * (1 - (epoch - 1.0) / Epochs));
            }
            if (epoch is 1 or 20 or Epochs) Draw(epoch, total);
        }

        void Draw(int epoch, double loss)
        {
            const int Width = 61, Height = 25;
            long[] predicted = Logits(Grid(Width, Height, -1.1, 1.1)).ArgMax(1).ToInt64Array();
            long[] own = Logits(x).ArgMax(1).ToInt64Array();
            int right = points.Where((point, i) => own[i] == point.Class).Count();
            var marks = new Dictionary<(int, int), int>();
            foreach ((double px, double py, int c) in points)
                marks[((int)Math.Round((1.1 - py) / 2.2 * (Height - 1)), (int)Math.Round((px + 1.1) / 2.2 * (Width - 1)))] = c;
            screen.Line();
            screen.Heading(FormattableString.Invariant($"epoch {epoch}: loss {Screen.Number(loss)}, {100.0 * right / points.Length:0} % of the points right"));
            for (int row = 0; row < Height; row++)
                screen.Line("  " + string.Concat(Enumerable.Range(0, Width).Select(column => marks.TryGetValue((row, column), out int c)
                    ? screen.Colour(c == 0 ? 0 : 3, c == 0 ? "A" : "B")
                    : screen.Quiet(predicted[row * Width + column] == 0 ? "." : ":"))));
        }
    }

    /// <summary>After part 6: handwritten digits, trained by the student's optimizer and tried on pictures that it has not seen.</summary>
    public static void Digits(Screen screen)
    {
        const int Hidden = 32, Batch = 32, Epochs = 12;
        double[][] rows = [.. screen.Lines("data/digits.csv").Skip(1)
            .Select(line => line.Split(',').Select(cell => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
        int[] order = new Generator(0).Permutation(rows.Length);
        int[] unseen = order[..(rows.Length / 5)], seen = order[(rows.Length / 5)..];
        Tensor Pixels(int[] which) => Tensor.From([.. which.SelectMany(i => rows[i][..64].Select(pixel => pixel / 16))], [which.Length, 64]);
        Tensor Labels(int[] which) => Tensor.Indices([.. which.Select(i => (long)rows[i][64])]);

        var random = new Generator(1);
        Tensor w1 = Leaf(random, [Hidden, 64], 0.2), b1 = Leaf(random, [Hidden], 0.1), w2 = Leaf(random, [10, Hidden], 0.3), b2 = Leaf(random, [10], 0.1);
        var optimizer = new SGD([w1, b1, w2, b2], learningRate: 0.1, momentum: 0.9);
        Tensor Logits(Tensor pixels) => pixels.Linear(w1, b1).ReLU().Linear(w2, b2);
        Tensor test = Pixels(unseen);

        screen.Heading($"A network of 64, {Hidden} and 10 neurons learns to read {seen.Length} handwritten digits");
        screen.Line();
        double first = 0;
        long[] read = [];
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            double total = 0;
            int steps = 0;
            order = [.. random.Permutation(seen.Length).Select(i => seen[i])];
            foreach (int[] batch in order.Chunk(Batch))
            {
                using var autograd = new Autograd();
                Tensor loss = new SoftmaxCrossEntropy(Logits(Pixels(batch)), Labels(batch)).Apply().Mean();
                if (first == 0) first = loss.Item();
                total += loss.Item();
                steps++;
                optimizer.ZeroGrad();
                autograd.Backward(loss);
                optimizer.Step();
            }
            read = Logits(test).ArgMax(1).ToInt64Array();
            screen.Line($"  epoch {epoch,2}  loss {Screen.Number(total / steps),-8} {screen.Colour(1, Screen.Bar(total / steps / first))}");
        }

        int right = unseen.Where((row, i) => rows[row][64] == read[i]).Count();
        screen.Line();
        screen.Line("  Pictures that it has not seen:");
        int[] wrong = [.. Enumerable.Range(0, unseen.Length).Where(i => rows[unseen[i]][64] != read[i]).Take(2)];
        int[] shown = [.. Enumerable.Range(0, unseen.Length).Except(wrong).Take(5 - wrong.Length), .. wrong];
        for (int line = 0; line < 8; line++)
            screen.Line("  " + string.Join("   ", shown.Select(i => string.Concat(rows[unseen[i]][(8 * line)..(8 * line + 8)]
                .Select(pixel => new string(Shade(" .:*#", pixel / 16), 2))))));
        screen.Line("  " + string.Join("   ", shown.Select(i =>
        {
            double digit = rows[unseen[i]][64];
            return digit == read[i] ? screen.Colour(1, $"reads {read[i]}, right".PadRight(16)) : screen.Colour(0, $"reads {read[i]}, it is {digit}".PadRight(16));
        })).TrimEnd());
        screen.Line();
        screen.Line(FormattableString.Invariant($"  {right} of {unseen.Length} unseen pictures are read right: {100.0 * right / unseen.Length:0.0} %"));
    }

    static Tensor Leaf(Generator random, Shape shape, double most)
    {
        Tensor leaf = Tensor.From([.. Enumerable.Range(0, shape.ElementCount).Select(_ => most * (2 * random.NextDouble() - 1))], shape);
        leaf.RequiresGrad = true;
        return leaf;
    }

    // A step against the gradient.
    static void Descend(Tensor[] parameters, double rate)
    {
        using var pause = Autograd.Pause();
        foreach (Tensor parameter in parameters)
        {
            parameter.CopyFrom(parameter - rate * parameter.Grad!);
            parameter.ZeroGrad();
        }
    }

    // A grid's points from the upper left: one batch holds all.
    static Tensor Grid(int width, int height, double low, double high) => Tensor.From(
        [.. from row in Enumerable.Range(0, height) from column in Enumerable.Range(0, width)
            from value in new[] { low + (high - low) * column / (width - 1), high - (high - low) * row / (height - 1) } select value],
        [width * height, 2]);

    static char Shade(string shades, double share) =>
        shades[double.IsNaN(share) ? 0 : (int)Math.Clamp(share * shades.Length, 0, shades.Length - 1)];
}
