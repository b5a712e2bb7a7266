using System.Globalization;
using MyTorch.Data;
using MyTorch.Nn;

namespace MyTorch.Training;

/// <summary>The checks of a finished model. None of them trains or changes it.</summary>
sealed class TrainedCheckup(Module model, Dataset rows, Dataset? train, CheckupOptions options, CancellationToken cancellation)
{
    // More of the test rows than this may not be training rows, where these differ from each other.
    const double MostShared = 0.5, MostRepeated = 0.1;

    // Rows that are compared one by one.
    const int SomeRows = 64;

    internal CheckupResult Run()
    {
        var checks = new List<Check>();
        Func<Check?>[] all = [Finite, OrderOfABatch, Repeatable, AnswersDiffer, BeatsTheConstant, ShuffledTargets, NewRows];
        foreach (Func<Check?> check in all)
        {
            cancellation.ThrowIfCancellationRequested();
            if (check() is { } result) checks.Add(result);
            // Outputs that are NaN have no score.
            if (check == Finite && !checks[0].Passed) break;
        }
        return new CheckupResult(checks);
    }

    double Score(Dataset of) => options.Score?.Invoke(model, of)
        ?? (of.IsClassification ? Metrics.Accuracy(model, of) : Metrics.R2(model, of));

    Check Finite()
    {
        string[] bad = [.. model.NamedParameters().Concat(model.NamedBuffers())
            .Where(named => named.Tensor.DType.IsFloat() && !named.Tensor.ToArray().All(double.IsFinite)).Select(named => named.Name)];
        return new Check("all numbers of the model are finite", bad.Length == 0, bad.Length == 0 ? Text($"{model.ParameterCount} parameters")
            : $"{Cited.List(bad)} holds NaN or an infinite number: the training diverged; take the parameters of an earlier epoch");
    }

    Check OrderOfABatch() => CheckupRun.PermutedBatch(
        model, rows.Select([.. new Generator(options.Seed).Permutation(rows.Count).Take(SomeRows)]), options.Seed);

    // R² divides by the variance of the target, and with one class every score is that of the constant answer.
    readonly bool _hasScore = (rows.IsClassification ? rows.Labels : rows.Targets).ToArray().Distinct().Skip(1).Any();

    Check? Repeatable() => !_hasScore ? null : CheckupRun.ScoreIsRepeatable(model, rows, Score);

    Check? AnswersDiffer()
    {
        if (!_hasScore) return null;
        int different = Metrics.Predict(model, rows).ToArray().Distinct().Count();
        return new Check("different rows get different answers", different > 1, Text($"{different} different answers for {rows.Count} rows")
            + (different > 1 ? "" : ": the model does not use its input, its units are dead, or it answers the most frequent class always"));
    }

    Check? BeatsTheConstant()
    {
        if (!_hasScore) return null;
        double score = Score(rows), constant = rows.IsClassification ? MostFrequent(rows) : 0;
        return new Check("the score is better than a constant answer's", score > constant,
            Text($"{score:G4}, and the constant answer has {constant:G4}")
            + (score > constant ? ""
            : ": nothing that holds on these rows was learned, or they are prepared in another way than the training rows"));
    }

    // A score that does not fall when the targets are dealt to other rows does not compare the answers with them.
    Check? ShuffledTargets()
    {
        if (!_hasScore || rows.Count < 20) return null;
        int[] order = new Generator(options.Seed + 1).Permutation(rows.Count);
        Dataset shuffled = rows.With(rows.Inputs, rows.InputsRest, rows.Select(order).Target);
        double score = Score(shuffled), chance = rows.IsClassification ? MostFrequent(rows) : 0;
        double bar = rows.IsClassification ? chance + 4 * Math.Sqrt(chance * (1 - chance) / rows.Count) : 4 / Math.Sqrt(rows.Count);
        bool sound = !(score > bar);
        return new Check("with shuffled targets the score is that of chance", sound, Text($"{score:G3}; chance ends at {bar:G3}")
            + (sound ? "" : ": the score does not compare the model's outputs with the targets"));
    }

    Check? NewRows()
    {
        if (train is null) return null;
        var known = new HashSet<string>(Keys(train), StringComparer.Ordinal);
        if (train.Count - known.Count > MostRepeated * train.Count) return null;
        double shared = Keys(rows).Count(known.Contains) / (double)rows.Count;
        return new Check("the rows are not those of the training", shared <= MostShared,
            Text($"{100 * shared:F0} % of them are training rows too")
            + (shared <= MostShared ? "" : ": the score is that of rows learned by heart; score the model on rows that were held out"));
    }

    static IEnumerable<string> Keys(Dataset of)
    {
        double[] inputs = of.Inputs.ToArray(), targets = of.Target.ToArray();
        int width = of.FeatureCount, outputs = targets.Length / of.Count;
        for (int row = 0; row < of.Count; row++)
            yield return string.Join(' ', new ArraySegment<double>(inputs, row * width, width)
                .Concat(new ArraySegment<double>(targets, row * outputs, outputs)).Select(x => x.ToString("R", CultureInfo.InvariantCulture)));
    }

    static double MostFrequent(Dataset of) => of.Labels.ToInt64Array().CountBy(label => label).Max(count => (double)count.Value / of.Count);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
