namespace DifferentialTest;

/// <summary>Makes the case of a seed.</summary>
static class Generator
{
    /// <summary>The families and how often each is drawn.</summary>
    internal static readonly (string Name, double Share, Func<int, Random, string, Case?> Make)[] Families =
    [
        ("functions", 22, One),
        ("arithmetic", 10, One),
        ("reductions", 12, One),
        ("products", 6, One),
        ("softmax", 3, One),
        ("shaping", 6, One),
        ("indexing", 5, One),
        ("losses", 8, One),
        ("chains", 18, Chain),
        ("handed over", 4, HandedOver),
        ("training", 5, Training.Draw),
        ("lengths", 4, Lengths.Draw),
        ("integers", 1, (seed, random, family) => Probe.Of(seed, random, family, Integers.All)),
        ("refusals", 1, (seed, random, family) => Probe.Of(seed, random, family, Refusals.All)),
        ("holders", 1.5, (seed, random, family) => Probe.Of(seed, random, family, Holders.All)),
        ("threads", 0.3, (seed, random, family) => Probe.Of(seed, random, family, Threads.All)),
        ("long", 0.7, Long),
    ];

    /// <summary>The case of a seed, of the family it falls to or of a given one.</summary>
    internal static Case Make(int seed, string? only)
    {
        Random random = Seeded(seed);
        double at = random.NextDouble() * Families.Sum(family => family.Share);
        (string Name, double Share, Func<int, Random, string, Case?> Make) chosen = Families[^1];
        foreach (var family in Families)
        {
            if (only is not null ? family.Name == only : at < family.Share)
            {
                chosen = family;
                break;
            }
            at -= family.Share;
        }
        while (true)
            if (chosen.Make(seed, random, chosen.Name) is { } made) return made;
    }

    /// <summary>Random numbers of a seed. Those of neighbouring seeds would begin alike, so the seed's bits are mixed first.</summary>
    internal static Random Seeded(int seed) => new((int)(((uint)seed * 2654435761u ^ (uint)seed >> 7) & int.MaxValue));

    static TItem Among<TItem>(Random random, params TItem[] items) => items[random.Next(items.Length)];

    static Op Pick(Random random, IEnumerable<Op> ops)
    {
        Op[] candidates = [.. ops];
        double at = random.NextDouble() * candidates.Sum(op => op.Weight);
        foreach (Op op in candidates)
            if ((at -= op.Weight) < 0) return op;
        return candidates[^1];
    }

    /// <summary>A single operation with values of any profile.</summary>
    static TensorProgram? One(int seed, Random random, string family)
    {
        Op op = Pick(random, Ops.All.Where(op => op.Family == family));
        Profile[] profiles = family is "functions" or "arithmetic"
            ? [Profile.Ordinary, Profile.Ties, Profile.Wide, Profile.Near, Profile.Near, Profile.Special, Profile.Empty]
            : [Profile.Ordinary, Profile.Ordinary, Profile.Ordinary, Profile.Ties, Profile.Special, Profile.Empty];
        Profile profile = Among(random, profiles);
        if (profile == Profile.Special && !op.TakesSpecials) profile = Profile.Ordinary;
        using var drawing = new Drawing(random, profile, single: random.NextDouble() < 0.6);
        return drawing.Append(op) ? drawing.Finish(seed, family) : null;
    }

    /// <summary>Several operations, with what a program does around them: pauses, kept gradients, a second Backward, a scope inside.</summary>
    static TensorProgram? Chain(int seed, Random random, string family)
    {
        Profile profile = random.NextDouble() < 0.7 ? Profile.Ordinary : random.NextDouble() < 0.7 ? Profile.Ties : Profile.Empty;
        using var drawing = new Drawing(random, profile, single: random.NextDouble() < 0.5);
        // PyTorch's functions differ in the last bit between the lanes of a vector and its rest, which would break a tie behind them.
        Op[] ops = [.. Ops.All.Where(op => op.InChains && (profile != Profile.Ties || op.Precision is Precision.Exact or Precision.Sum))];
        int length = random.Next(2, 9);
        for (int attempt = 0; attempt < 40 && drawing.StepCount < length; attempt++) drawing.Append(Pick(random, ops));
        if (drawing.StepCount < 2) return null;
        TensorProgram program = drawing.Finish(seed, family);
        return program with
        {
            Steps = [.. program.Steps.Select(step => step with { Paused = random.NextDouble() < 0.03, Retained = random.NextDouble() < 0.1 })],
            Backwards = random.NextDouble() < 0.1 ? 2 : 1,
            Nested = random.NextDouble() < 0.1,
        };
    }

    /// <summary>An operation made by its constructor, whose arrays and setting tensors are changed before Backward.</summary>
    static TensorProgram? HandedOver(int seed, Random random, string family)
    {
        Op op = Pick(random, Ops.All.Where(op => op.Construct is not null));
        using var drawing = new Drawing(random, Profile.Ordinary, single: random.NextDouble() < 0.5);
        if (!drawing.Append(op)) return null;
        TensorProgram program = drawing.Finish(seed, family);
        return program with { Steps = [.. program.Steps.Select(step => step with { HandedOver = true })] };
    }

    /// <summary>A reduction of 100,000 to 1,000,000 elements.</summary>
    static TensorProgram? Long(int seed, Random random, string family)
    {
        bool single = random.NextDouble() < 0.75;
        int rows = (int)Math.Pow(10, 5 + random.NextDouble()), columns = Among(random, [1, 2, 3, 5]);
        (double Start, double Spread) pattern = Among(random, [(0.1, 0.0), (1.0, 0.0), (0.0, 1.0), (100.0, 1.0), (-0.5, 1.0), (1000.1, 0.0)]);
        int[] shape = columns == 1 ? [rows] : random.Next(2) == 0 ? [rows, columns] : [columns, rows];
        int along = shape.Length == 1 || shape[0] > shape[1] ? 0 : 1;
        Leaf x = Leaf.Long("a", shape, pattern.Start, pattern.Spread, single);
        Leaf[] leaves = [x];
        bool keep = random.Next(2) == 0;
        int[] dims = random.Next(4) == 0 ? [] : [along];
        var settings = new Settings { Dim = along, Dims = dims, Places = dims.Length == 0 ? [.. Enumerable.Range(0, shape.Length)] : dims, Keep = keep, Flag = random.Next(2) == 0, A = 1e-5 };
        string name = Among(random, ["Sum", "Mean", "Mean", "Var", "Std", "LogSumExp", "SumTo", "Normalize", "Add", "Linear", "MatMul", "MSELoss", "AMax", "Softmax", "LogSoftmax"]);
        switch (name)
        {
            case "SumTo":
                settings = settings with { Sizes = [.. shape.Select((size, d) => d == along ? 1 : size)] };
                break;
            case "Add":
                // The gradient of what was repeated is a long sum.
                leaves = [x, Leaf.Long("b", [.. shape.Select((size, d) => d == along ? 1 : size)], 0.5, 1, single)];
                break;
            case "Linear":
                x = Leaf.Long("a", [rows, columns], pattern.Start, pattern.Spread, single);
                leaves = [x, Leaf.Long("b", [2, columns], -0.5, 1, single), Leaf.Long("c", [2], 0.25, 1, single)];
                break;
            case "MatMul":
                x = Leaf.Long("a", [2, rows], pattern.Start, pattern.Spread, single);
                leaves = [x, Leaf.Long("b", [rows, columns], -0.25, 1, single)];
                break;
            case "MSELoss":
                settings = settings with { Reduction = MyTorch.Nn.Reduction.Mean };
                leaves = [x, Leaf.Long("b", shape, 0, 0.5, single)];
                break;
        }
        Op op = Ops.All.First(op => op.Name == name);
        return new TensorProgram
        {
            Seed = seed, Family = family, Single = single, Smooth = true, SecondOrder = rows < 200_000,
            Leaves = leaves, Steps = [new Step(op, [.. Enumerable.Range(0, leaves.Length)], settings)],
        };
    }
}
