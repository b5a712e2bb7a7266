using System.Globalization;
using MyTorch.Data;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Training;

/// <summary>
/// Checks a model, its loss and its training by what must be true of every sound one:
/// <c>Console.WriteLine(Checkup.Run(seed => new MLP(64, [100], 10, generator: new Generator(seed)), train));</c>.
/// </summary>
/// <remarks>
/// Each check is passed by every sound model and failed by models that are broken in one way. A program that trains by its own loop gives
/// its step and its score as <see cref="CheckupOptions.TrainStep"/> and <see cref="CheckupOptions.Score"/>, so that these are checked.
/// </remarks>
public static class Checkup
{
    /// <summary>Runs all checks. The data is not changed, and each check uses new models.</summary>
    /// <param name="model">Makes an untrained model from a seed; the same seed must give the same model.</param>
    /// <param name="data">The training rows, at least 20, standardized.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Ends the check-up; an <see cref="OperationCanceledException"/> follows.</param>
    /// <exception cref="ArgumentException">There are fewer than 20 rows.</exception>
    public static CheckupResult Run(
        Func<int, Module> model, Dataset data, CheckupOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        const int fewest = 20;
        if (data.Count < fewest)
            throw Invalid.Argument(nameof(data), $"Checkup: the data set has {data.Count} row(s); expected at least {fewest}.");
        Generator before = Generator.Default;
        try
        {
            return new CheckupRun(model, data, options ?? new CheckupOptions(), cancellation).Run();
        }
        finally
        {
            Generator.Default = before;
        }
    }

    /// <summary>
    /// Checks a finished model on rows it was not trained on, without training: its numbers are finite, the order of a batch changes nothing,
    /// scoring is repeatable, answers differ and are better than a constant one, shuffled targets are not met, the rows are new.
    /// </summary>
    /// <param name="model">The trained model. It is not changed.</param>
    /// <param name="rows">Rows with known targets, prepared as the training rows were: <c>pipeline.Prepare(rows)</c>.</param>
    /// <param name="train">The training rows, to see whether <paramref name="rows"/> are others; null if they are not at hand.</param>
    /// <param name="options">Options, of which <see cref="CheckupOptions.Score"/> and <see cref="CheckupOptions.Seed"/> are used; null for the defaults.</param>
    /// <param name="cancellation">Ends the check-up; an <see cref="OperationCanceledException"/> follows.</param>
    public static CheckupResult Trained(
        Module model, Dataset rows, Dataset? train = null, CheckupOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rows);
        return new TrainedCheckup(model, rows, train, options ?? new CheckupOptions(), cancellation).Run();
    }
}

/// <summary>Options of <see cref="Checkup.Run"/>.</summary>
public sealed record CheckupOptions
{
    /// <summary>
    /// One training step of the program: forward, loss, backward, step and zeroing of the gradients, for a batch. It returns the loss.
    /// Default null: that of <see cref="Trainer"/>.
    /// </summary>
    public Func<Module, Optimizer, Batch, double>? TrainStep { get; init; }

    /// <summary>
    /// The score by which the program judges a model on rows. Default null: <see cref="Metrics"/> in evaluation mode, accuracy or R².
    /// </summary>
    public Func<Module, Dataset, double>? Score { get; init; }

    /// <summary>How the program divides rows into training and test rows. Default null: <see cref="Dataset.Split"/>.</summary>
    public Func<Dataset, (Dataset Train, Dataset Test)>? Split { get; init; }

    /// <summary>Makes the optimizer. Default: <see cref="Adam"/> with learning rate 0.01.</summary>
    public Func<IReadOnlyList<Tensor>, Optimizer> Optimizer { get; init; } = static parameters => new Adam(parameters, 0.01);

    /// <summary>The seed of the models and of the choice of rows. Default 0.</summary>
    public int Seed { get; init; }
}

/// <summary>One check of a <see cref="Checkup"/>.</summary>
/// <param name="Name">What must be true: <c>one batch can be learned by heart</c>.</param>
/// <param name="Passed">Whether it is.</param>
/// <param name="Finding">What was measured, and for a failed check what it may mean.</param>
public sealed record Check(string Name, bool Passed, string Finding);

/// <summary>The checks of a model, in order.</summary>
/// <param name="Checks">The checks.</param>
public sealed record CheckupResult(IReadOnlyList<Check> Checks)
{
    /// <summary>Whether all checks passed.</summary>
    public bool Passed => Checks.All(check => check.Passed);

    /// <summary>A line per check.</summary>
    public override string ToString()
    {
        var table = new TextTable("check", "result", "measured");
        foreach (Check check in Checks) table.Add(check.Name, check.Passed ? "ok" : "FAILED", check.Finding);
        return table.ToText().TrimEnd('\n');
    }
}

/// <summary>The checks. Each is a method that makes its own models.</summary>
sealed class CheckupRun(Func<int, Module> create, Dataset data, CheckupOptions options, CancellationToken cancellation)
{
    const int BatchRows = 16, StepsByHeart = 600, ShuffledRows = 400, ShuffledSteps = 400, FewSteps = 5;

    // The loss of a batch learned by heart: of the classes' 0.1 means a probability of 0.9 on average; of standardized targets a tenth of the variance.
    const double ByHeart = 0.1;

    internal CheckupResult Run()
    {
        var checks = new List<Check>();
        foreach (Func<Check> check in (Func<Check>[])[LossFromOutside, LossAtStart, GradientsAreZeroed, OneBatchByHeart, PermutedBatch, ScoreIsRepeatable, ShuffledLabels, EveryParameterMoves, SameSeed])
        {
            cancellation.ThrowIfCancellationRequested();
            Generator.Default = new Generator(options.Seed);
            checks.Add(check());
        }
        return new CheckupResult(checks);
    }

    Module NewModel(int more = 0)
    {
        Generator.Default = new Generator(options.Seed + more);
        Module model = create(options.Seed + more)
            ?? throw new InvalidOperationException("Checkup: the function for the model returned null; it must return a module.");
        model.Train();
        return model;
    }

    double Step(Module model, Optimizer optimizer, Batch batch)
    {
        if (options.TrainStep is { } own) return own(model, optimizer, batch);
        using var autograd = new Autograd();
        Tensor loss = Loss(model.Forward(batch.Inputs), batch);
        autograd.Backward(loss);
        optimizer.Step();
        optimizer.ZeroGrad();
        return loss.Item();
    }

    Tensor Loss(Tensor output, Batch batch) => data.IsClassification
        ? new CrossEntropyLoss().Forward(output, batch.Labels)
        : new MSELoss().Forward(output, batch.Targets);

    double Score(Module model, Dataset rows) => options.Score?.Invoke(model, rows)
        ?? (data.IsClassification ? Metrics.Accuracy(model, rows) : Metrics.R2(model, rows));

    (Dataset Train, Dataset Test) Split(Dataset rows) => options.Split?.Invoke(rows) ?? rows.Split(0.5, options.Seed);

    // Rows with different inputs, of several classes: equal rows with different labels cannot be learned by heart.
    Dataset SomeRows(int count)
    {
        var seen = new HashSet<string>();
        var rows = new List<int>();
        foreach (int row in new Generator(options.Seed).Permutation(data.Count))
        {
            using PauseScope pause = Autograd.Pause();
            if (seen.Add(string.Join(' ', data.Inputs[row].ToArray().Select(x => x.ToString("R", CultureInfo.InvariantCulture))))) rows.Add(row);
            if (rows.Count == count) break;
        }
        return data.Select([.. rows]);
    }

    static Batch Whole(Dataset rows) => new DataLoader(rows, rows.Count).First();

    /// <summary>The loss computed here, from the outputs alone.</summary>
    static double Outside(Tensor output, Dataset rows)
    {
        double[] o = output.ToArray();
        int columns = rows.OutputCount;
        if (!rows.IsClassification) return o.Zip(rows.Targets.ToArray(), (given, truth) => (given - truth) * (given - truth)).Average();
        return rows.Labels.ToInt64Array().Select((label, row) =>
        {
            ReadOnlySpan<double> logits = o.AsSpan(row * columns, columns);
            double largest = double.NegativeInfinity, sum = 0;
            foreach (double x in logits) largest = Math.Max(largest, x);
            foreach (double x in logits) sum += Math.Exp(x - largest);
            return largest + Math.Log(sum) - logits[(int)label];
        }).Average();
    }

    Check LossFromOutside()
    {
        const string name = "the loss is what the outputs give";
        Dataset rows = SomeRows(BatchRows);
        Module model = NewModel();
        double outside;
        using (Autograd.Pause()) outside = Outside(model.Forward(Whole(rows).Inputs), rows);

        // A new model, so that a dropout layer draws the same numbers again.
        model = NewModel();
        double told = Step(model, options.Optimizer([.. model.Parameters()]), Whole(rows));
        bool same = Math.Abs(told - outside) <= 1e-3 * Math.Max(1, Math.Abs(outside));
        return new Check(name, same, Text($"{told:G4} reported, {outside:G4} computed from the outputs")
            + (same ? "" : ": the loss is of another quantity, scaled, or of other rows" + (data.IsClassification ? ""
                : "; with predictions (n, 1) and targets (n,) their difference has the shape (n, n)")));
    }

    Check LossAtStart()
    {
        Dataset rows = data.Count <= 1000 ? data : SomeRows(1000);
        Module model = NewModel();
        double loss;
        using (model.InEvaluationMode())
        using (Autograd.Pause()) loss = Outside(model.Forward(rows.Inputs), rows);
        if (data.IsClassification)
        {
            double expected = Math.Log(data.ClassCount);
            bool near = loss >= 0.5 * expected && loss <= 1.5 * expected + 0.5;
            return new Check("the loss starts near ln C", near, Text($"{loss:G4}, and ln {data.ClassCount} is {expected:G4}")
                + (near ? "" : loss > expected ? ": the initial outputs are too large" : ": the untrained model knows the answers"));
        }
        double mean = rows.Targets.ToArray().Average(y => y * y);
        bool ok = loss >= 0.1 * mean && loss <= 3 * mean + 1;
        return new Check("the loss starts near that of 0", ok, Text($"{loss:G4}, and answering 0 gives {mean:G4}")
            + (ok ? "" : loss > mean ? ": the initial outputs are too large" : ": the untrained model knows the answers"));
    }

    Check GradientsAreZeroed()
    {
        const string name = "gradients are zeroed between steps";
        Batch batch = Whole(SomeRows(BatchRows));
        double[] Gradient(int steps)
        {
            // With learning rate 0 every step has the same gradient.
            Module model = NewModel();
            Optimizer optimizer = options.Optimizer([.. model.Parameters()]);
            var state = new ModelState(model);
            for (int i = 0; i < steps; i++)
            {
                Generator.Default = new Generator(options.Seed);
                Step(model, optimizer, batch);
                state.Restore();
            }
            return [.. model.Parameters().Where(p => p.Grad is not null).SelectMany(p => p.Grad!.ToArray())];
        }

        double first = Math.Sqrt(Gradient(1).Sum(g => g * g)), third = Math.Sqrt(Gradient(3).Sum(g => g * g));
        bool sound = third <= 1.5 * first;
        return new Check(name, sound, sound ? "the gradient of a batch does not grow"
            : Text($"after three steps on one batch the gradient is {third / first:G3} times as large as after one: call optimizer.ZeroGrad() in each step"));
    }

    Check OneBatchByHeart()
    {
        const string name = "one batch can be learned by heart";
        Dataset rows = SomeRows(BatchRows);
        Module model = NewModel();
        Optimizer optimizer = options.Optimizer([.. model.Parameters()]);
        double start, end;
        using (Autograd.Pause()) start = Outside(model.Forward(rows.Inputs), rows);
        for (int i = 0; i < StepsByHeart; i++) Step(model, optimizer, Whole(rows));
        using (model.InEvaluationMode())
        using (Autograd.Pause()) end = Outside(model.Forward(rows.Inputs), rows);
        double bar = data.IsClassification ? ByHeart : ByHeart * rows.Targets.ToArray().Average(y => y * y);
        bool learned = end <= Math.Max(bar, 0.05 * start);
        return new Check(name, learned, Text($"loss {start:G4}, after {StepsByHeart} steps on {rows.Count} rows {end:G4}")
            + (learned ? "" : ": a layer is cut off or saturated, an activation follows the last layer, the learning rate does not fit, or the model is too small"));
    }

    Check PermutedBatch() => PermutedBatch(NewModel(), SomeRows(BatchRows), options.Seed);

    internal static Check PermutedBatch(Module model, Dataset rows, int seed)
    {
        const string name = "the order of a batch changes nothing";
        int[] order = new Generator(seed + 1).Permutation(rows.Count);
        using PauseScope pause = Autograd.Pause();
        using IDisposable mode = model.InEvaluationMode();
        double[] plain = model.Forward(rows.Inputs).ToArray(), alone = model.Forward(rows.Select(0).Inputs).ToArray(),
            permuted = model.Forward(rows.Select(order).Inputs).ToArray();
        int columns = plain.Length / rows.Count;
        double worst = 0, size = plain.Max(Math.Abs);
        for (int i = 0; i < order.Length; i++)
            for (int c = 0; c < columns; c++) worst = Math.Max(worst, Math.Abs(permuted[i * columns + c] - plain[order[i] * columns + c]));
        for (int c = 0; c < columns; c++) worst = Math.Max(worst, Math.Abs(alone[c] - plain[c]));
        bool same = worst <= 1e-4 * Math.Max(1, size);
        return new Check(name, same, Text($"the outputs of a row differ by at most {worst:G3}")
            + (same ? "" : ": the model mixes the rows of a batch, by a reshape, or a mean or softmax over the wrong dimension"));
    }

    Check ScoreIsRepeatable()
    {
        Module model = NewModel();
        Batch batch = Whole(SomeRows(BatchRows));
        Optimizer optimizer = options.Optimizer([.. model.Parameters()]);
        for (int i = 0; i < FewSteps; i++) Step(model, optimizer, batch);
        model.Train();
        return ScoreIsRepeatable(model, data, rows => Score(model, rows));
    }

    internal static Check ScoreIsRepeatable(Module model, Dataset data, Func<Dataset, double> score)
    {
        const string name = "scoring is repeatable and changes nothing";
        double[] before = Values(model);
        double first = score(data), second = score(data), reversed = score(data.Select([.. Enumerable.Range(0, data.Count).Reverse()]));
        bool changed = !before.SequenceEqual(Values(model));
        bool same = Math.Abs(first - second) <= 1e-6 && Math.Abs(first - reversed) <= 1e-4 && !changed;
        return new Check(name, same, same ? Text($"{first:G4} twice")
            : Text($"{first:G4}, again {second:G4}, in another order {reversed:G4}{(changed ? ", and the model's numbers have changed" : "")}: evaluate in evaluation mode, using (model.InEvaluationMode()) {{ … }}"));
    }

    static double[] Values(Module model) =>
        [.. model.Parameters().Concat(model.NamedBuffers().Select(b => b.Tensor)).SelectMany(t => t.ToArray())];

    Check ShuffledLabels()
    {
        const string name = "shuffled labels do not generalise";
        Dataset rows = data.Count <= ShuffledRows ? data : data.Select([.. new Generator(options.Seed).Permutation(data.Count).Take(ShuffledRows)]);
        int[] order = new Generator(options.Seed + 2).Permutation(rows.Count);
        Dataset shuffled = rows.With(rows.Inputs, rows.InputsRest, rows.Select(order).Target);
        var (train, test) = Split(shuffled);
        Module model = NewModel();
        Optimizer optimizer = options.Optimizer([.. model.Parameters()]);
        int step = 0;
        while (step < ShuffledSteps)
            foreach (Batch batch in new DataLoader(train, Math.Min(32, train.Count), shuffle: true, seed: step))
            {
                Step(model, optimizer, batch);
                if (++step == ShuffledSteps) break;
            }
        double score = Score(model, test), bar;
        if (data.IsClassification)
        {
            double chance = test.Labels.ToInt64Array().CountBy(label => label).Max(count => (double)count.Value / test.Count);
            bar = chance + 4 * Math.Sqrt(chance * (1 - chance) / test.Count);
        }
        else bar = 4 / Math.Sqrt(test.Count);
        bool sound = !(score > bar);
        return new Check(name, sound, Text($"score {score:G3} on held-out rows with shuffled labels; chance ends at {bar:G3}")
            + (sound ? "" : ": test rows are among the training rows, or the score does not measure the model's outputs"));
    }

    Check EveryParameterMoves()
    {
        const string name = "every parameter moves";
        Module model = NewModel();
        Optimizer optimizer = options.Optimizer([.. model.Parameters()]);
        (string Name, Tensor Tensor, double[] Before)[] before = [.. model.NamedParameters().Where(p => p.Tensor.RequiresGrad).Select(p => (p.Name, p.Tensor, p.Tensor.ToArray()))];
        int step = 0;
        foreach (Batch batch in new DataLoader(data, Math.Min(32, data.Count), shuffle: true, seed: options.Seed))
        {
            Step(model, optimizer, batch);
            if (++step == FewSteps) break;
        }
        string[] still = [.. before.Where(p => p.Before.SequenceEqual(p.Tensor.ToArray())).Select(p => p.Name)];
        return new Check(name, still.Length == 0, still.Length == 0 ? Text($"{before.Length} of {before.Length} after {step} steps")
            : $"{Cited.List(still)} did not move in {step} steps: the optimizer does not hold it, or no gradient reaches it");
    }

    Check SameSeed()
    {
        const string name = "the same seed gives the same losses";
        Batch batch = Whole(SomeRows(BatchRows));
        double[] Losses()
        {
            Module model = NewModel();
            Optimizer optimizer = options.Optimizer([.. model.Parameters()]);
            return [.. Enumerable.Range(0, FewSteps).Select(_ => Step(model, optimizer, batch))];
        }

        double[] first = Losses(), second = Losses();
        int differ = Enumerable.Range(0, FewSteps).FirstOrDefault(i => !first[i].Equals(second[i]), -1);
        return new Check(name, differ < 0, differ < 0 ? Text($"{FewSteps} losses, equal bit for bit")
            : Text($"step {differ + 1}: {first[differ]:R} and {second[differ]:R}. Give layers, such as Dropout, and initial values a Generator made from the seed"));
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
