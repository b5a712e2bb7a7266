using MyTorch.Data;

namespace MyTorch.Reports;

enum Verdict
{
    Good,
    Look,
    Bad,
}

/// <summary>One reason to trust the model or not, and what to do about it.</summary>
/// <param name="Verdict">Whether it is fine.</param>
/// <param name="Says">A sentence or two with the numbers.</param>
/// <param name="Next">What to do; null if nothing.</param>
sealed record TrustCheck(Verdict Verdict, string Says, string? Next = null);

/// <summary>The questions that one asks before one trusts a model, answered from the numbers.</summary>
static class TrustChecks
{
    internal static IReadOnlyList<TrustCheck> Of(ReportFacts facts)
    {
        var checks = new List<TrustCheck>();
        checks.AddRange(facts.Report.Warnings.Select(warning => new TrustCheck(Verdict.Look, Cited.Text(warning, 600))));
        if (!facts.HasScore)
        {
            checks.Insert(0, new TrustCheck(Verdict.Bad, "Outputs of the model are NaN or infinite, so it has no score.",
                "Train again with a smaller learning rate, and look at the loss below."));
            return checks;
        }
        checks.Add(AgainstConstant(facts));
        checks.AddRange(facts.Baselines.Where(other => double.IsFinite(other.Score)).Select(other => Against(facts, other)));
        checks.Add(TestRows(facts));
        checks.Add(Memorized(facts));
        checks.AddRange(Curves(facts));
        checks.Add(Seen(facts));
        if (facts.Classes is { } classes) checks.AddRange(Classes(facts, classes));
        checks.AddRange(OneColumn(facts));
        checks.AddRange(Groups(facts));
        checks.AddRange(Missing(facts));
        // The worst first; equal ones stay in order.
        return [.. checks.OrderByDescending(check => check.Verdict)];
    }

    static TrustCheck AgainstConstant(ReportFacts facts)
    {
        ReportBaseline constant = facts.Constant;
        string both = $"The score is {facts.Shown(facts.Score)}; {constant.Name} has {facts.Shown(constant.Score)}.";
        if (facts.Score <= constant.Score)
            return new TrustCheck(Verdict.Bad, $"{both} The model is no better than that constant answer.",
                "Do not use it. See whether the columns can tell the target at all, or train longer, with another learning rate.");
        return facts.ScoreInterval is { } interval && interval.Low <= constant.Score
            ? new TrustCheck(Verdict.Look, $"{both} With so few test rows the difference may be chance.",
                $"Test on more rows: {Html.Count(facts.Test.Count)} do not show that it beats a constant answer.")
            : new TrustCheck(Verdict.Good, $"It is better than a constant answer. {both}");
    }

    static TrustCheck Against(ReportFacts facts, ReportBaseline other)
    {
        string name = Cited.Text(other.Name);
        string both = $"The model has {facts.Shown(facts.Score)}, {name} {facts.Shown(other.Score)}.";
        if (facts.ScoreInterval is { } interval && interval.Low <= other.Score && other.Score <= interval.High)
            return new TrustCheck(
                Verdict.Good, $"It is about as good as {name}: the difference is within the score's interval. {both} The simpler one " +
                    "is then easier to explain.");
        return facts.Score > other.Score
            ? new TrustCheck(Verdict.Good, $"It is better than {name}. {both}")
            : new TrustCheck(Verdict.Look, $"It is worse than {name}. {both}",
                $"Use {name}, or train longer, with another learning rate or a smaller network.");
    }

    static TrustCheck TestRows(ReportFacts facts)
    {
        string rows = Html.Counted(facts.Test.Count, "test row");
        if (facts.ScoreInterval is not { } interval || !double.IsFinite(interval.Low))
            return new TrustCheck(facts.Test.Count < 100
                ? Verdict.Look
                : Verdict.Good, $"The score is from {rows} that the model was not trained on.");
        string range = $"{facts.Shown(interval.Low)} to {facts.Shown(interval.High)}";
        return interval.High - interval.Low > 0.15
            ? new TrustCheck(Verdict.Look, $"{rows} are few: on new rows the score may be anywhere from {range} (95 % interval).",
                "Hold out more rows for the test, or use cross-validation, before you decide by this score.")
            : new TrustCheck(Verdict.Good, $"The score is from {rows} that the model was not trained on; its 95 % interval is {range}.");
    }

    static TrustCheck Memorized(ReportFacts facts)
    {
        string both = $"Training rows {facts.Shown(facts.TrainScore)}, test rows {facts.Shown(facts.Score)}.";
        double gap = facts.TrainScore - facts.Score;
        bool beyond = facts.ScoreInterval is not { } interval || facts.TrainScore > interval.High;
        return gap > 0.05 && beyond
            ? new TrustCheck(Verdict.Look, $"It knows the training rows better than new ones (overfitting). {both}",
                "Stop earlier, use a smaller network, more weight decay or dropout, or more rows.")
            : new TrustCheck(Verdict.Good, $"It is about as good on new rows as on those it learned from. {both}");
    }

    static IEnumerable<TrustCheck> Curves(ReportFacts facts)
    {
        TrainingCurves curves = facts.Report.Curves;
        IReadOnlyList<double> loss = curves.Loss;
        if (loss.Count < 2) yield break;
        if (!double.IsFinite(loss[^1]))
        {
            yield return new TrustCheck(
                Verdict.Bad, "The training loss became NaN or infinite.", "Train again with a smaller learning rate.");
            yield break;
        }
        if (loss[^1] >= loss[0])
            yield return new TrustCheck(
                Verdict.Bad, $"The training loss did not decrease: {Html.Number(loss[0])} before training, {Html.Number(loss[^1])} at " +
                    "the end.", "Train again with another learning rate.");
        double[] validation = [.. curves.ValidationLoss.Skip(1).Where(double.IsFinite)];
        if (validation.Length >= 3)
        {
            double least = validation.Min();
            int best = Array.IndexOf(validation, least) + 1;
            bool rose = validation[^1] > 1.1 * least;
            if (rose && curves.BestEpoch is null)
                yield return new TrustCheck(
                    Verdict.Look, $"The validation loss was lowest in epoch {best}, {Html.Number(least)}, and ended at " +
                        $"{Html.Number(validation[^1])}: the model was trained too long.", $"Train {best} epochs, or stop early and " +
                        "restore the best parameters.");
            else if (rose)
                yield return new TrustCheck(
                    Verdict.Good, $"The validation loss rose after epoch {curves.BestEpoch}; the model has the parameters of that epoch.");
        }
        int tenth = Math.Max(1, (loss.Count - 1) / 10);
        double before = loss[^(tenth + 1)], fall = (before - loss[^1]) / Math.Max(loss[0], 1e-12);
        bool better = validation.Length < 3 || validation[^1] <= validation.Min() * 1.0001;
        if (loss.Count > 5 && fall > 0.02 && better)
            yield return new TrustCheck(
                Verdict.Look, $"The loss was still falling in the last {Html.Counted(tenth, "epoch")}, from {Html.Number(before)} to " +
                    $"{Html.Number(loss[^1])}.", "Train more epochs.");
    }

    static TrustCheck Seen(ReportFacts facts)
    {
        double share = (double)facts.SeenInTraining / facts.Test.Count;
        if (share <= 0.01)
            return new TrustCheck(
                Verdict.Good, facts.SeenInTraining == 0 ? "No test row has the same values as a training row."
                    : $"{Html.Counted(facts.SeenInTraining, "test row")} of {Html.Count(facts.Test.Count)} have the same values as a " +
                        "training row.");
        return new TrustCheck(
            Verdict.Look, $"{Html.Counted(facts.SeenInTraining, "test row")} of {Html.Count(facts.Test.Count)} ({Html.Percent(share)}) " +
                "have the same values as a training row, so their answer may be known by heart.",
            "Find out why rows repeat. Where they are copies, remove them before the split, or split by group.");
    }

    static IEnumerable<TrustCheck> Classes(ReportFacts facts, ClassPredictions classes)
    {
        Dataset test = facts.Test;
        var present = facts.PerClass.Where(score => score.Rows > 0).ToArray();
        if (present.Length < test.ClassCount)
            yield return new TrustCheck(
                Verdict.Look, $"{Html.Counted(test.ClassCount - present.Length, "class has", "classes have")} no test row, so nothing " +
                    $"is known about them: {Names(facts.PerClass.Where(score => score.Rows == 0))}.", "Collect more rows of these " +
                    "classes.");
        var weak = present.Where(score => score.Recall < Math.Min(0.5, 0.75 * facts.Score)).OrderBy(
            score => score.Recall).ToArray();
        if (weak.Length > 0)
            yield return new TrustCheck(
                Verdict.Look, $"Most rows of {Html.Counted(weak.Length, "class", "classes")} are not recognised: " +
                    string.Join(", ", weak.Take(4).Select(one => $"{Name(one)} {Html.Count(one.Right)} of {Html.Count(one.Rows)}")) + ".",
                $"If {Names(weak)} matters, weight the classes (--class-weights balanced; BalanceClasses in a program), " +
                    "or collect more such rows.");
        else if (present.Length > 1)
        {
            ClassCounts least = present.MinBy(score => score.Recall)!;
            yield return new TrustCheck(Verdict.Good,
                $"Every class is recognised; the least is {Name(least)}, {Html.Count(least.Right)} of {Html.Counted(least.Rows, "row")}.");
        }
        var (_, error) = classes.Calibration();
        double said = classes.Confidence.Average();
        string both = $"It gives its answers {Html.Percent(said)} on average, and {Html.Percent(facts.Score)} are right.";
        yield return error > 0.1 && test.Count >= 50
            ? new TrustCheck(Verdict.Look, $"Its probabilities are not to be taken at their word. {both}",
                "Use its order of the answers, not its percentages; or train with more weight decay.")
            : new TrustCheck(Verdict.Good, $"Its probabilities are about right. {both}");

        string Name(ClassCounts score) => $"“{Cited.Text(test.ClassNames[score.Class], 30)}”";
        string Names(IEnumerable<ClassCounts> scores)
        {
            ClassCounts[] all = [.. scores];
            return string.Join(", ", all.Take(4).Select(Name)) + (all.Length > 4 ? $" and {Html.Count(all.Length - 4)} more" : "");
        }
    }

    static IEnumerable<TrustCheck> OneColumn(ReportFacts facts)
    {
        if (facts.Importance is not { Columns.Count: >= 3 } importance || facts.Pixels is not null) yield break;
        double sum = importance.Columns.Sum(one => Math.Max(0, one.Loss));
        Importance first = importance.Columns[0];
        if (first.Loss > 0.9 * sum && facts.Score > 0.95)
            yield return new TrustCheck(
                Verdict.Look,
                $"Nearly all of the score comes from one column, “{Cited.Text(first.Name)}”. It may hold the answer itself.",
                "Ask whether its value is known before the answer is. If not, leave the column out.");
    }

    static IEnumerable<TrustCheck> Groups(ReportFacts facts)
    {
        if (facts.Groups.Count == 0) yield break;
        GroupScore worst = facts.Groups[0];
        string value = facts.IsClassification ? $"{Html.Percent(worst.Value)} right" : $"a mean error of {Html.Grouped(worst.Value, 4)}";
        yield return new TrustCheck(
            Verdict.Look, $"{Html.Counted(facts.Groups.Count, "group")} of test rows {(facts.Groups.Count == 1 ? "is" : "are")} " +
                $"predicted worse than the others, first of all {worst.Name}: {value} in {Html.Counted(worst.Rows, "row")}.",
            "Look at the groups under “Where it does worse”. If they matter to you, do not rely on the score of all rows.");
    }

    static IEnumerable<TrustCheck> Missing(ReportFacts facts)
    {
        if (facts.Report.Data is not { MissingCount: > 0 } data) yield break;
        var most = ColumnView.Of(data).Where(column => column.Features.Length > 0)
            .Select(column => (column.Name, Share: Enumerable.Range(0, data.Count).Count(
                row => double.IsNaN(data.Inputs.ValueAt(row * data.FeatureCount + column.Features[0]))) / (double)data.Count))
            .MaxBy(one => one.Share);
        string says = $"Missing values were filled in, most in “{Cited.Text(most.Name)}”: {Html.Percent(most.Share)} of its rows.";
        yield return most.Share > 0.2
            ? new TrustCheck(Verdict.Look, says, "Compare with a training without that column.")
            : new TrustCheck(Verdict.Good, says);
    }
}
