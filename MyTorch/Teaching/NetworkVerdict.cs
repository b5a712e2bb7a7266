using System.Globalization;
using MyTorch.Data;

namespace MyTorch.Teaching;

/// <summary>
/// How good a network is, on test rows beside training rows, and beside an answer that is always the same.
/// <code>
/// Console.WriteLine(NetworkVerdict.Of(run).Explain());
/// </code>
/// </summary>
public sealed class NetworkVerdict
{
    // With fewer test rows a single one changes the share by more than a percent.
    const int FewRows = 100;

    readonly NetworkRun _run;
    readonly int[,]? _train, _test;

    NetworkVerdict(NetworkRun run, Dataset train, Dataset test, int[,]? trainConfusion = null, int[,]? testConfusion = null)
    {
        (_run, _train, _test) = (run, trainConfusion, testConfusion);
        (TrainRows, TestRows) = (train.Count, test.Count);
    }

    /// <summary>The number of training rows that were looked at.</summary>
    public int TrainRows { get; }

    /// <summary>The number of test rows that were looked at.</summary>
    public int TestRows { get; }

    /// <summary>The number of these test rows that get no answer, because an output of the network for them is NaN.</summary>
    public int TestUnanswered { get; private init; }

    /// <summary>The same of the training rows.</summary>
    public int TrainUnanswered { get; private init; }

    /// <summary>Whether the network tells classes; otherwise it predicts a number.</summary>
    public bool IsClassification => _test is not null;

    /// <summary>How many training rows of each class (first index) got each class (second index), of those that got an answer.</summary>
    /// <exception cref="InvalidOperationException">The network predicts a number.</exception>
    public int[,] TrainConfusion() => Copy(_train);

    /// <summary>How many test rows of each class (first index) got each class (second index), of those that got an answer.</summary>
    /// <exception cref="InvalidOperationException">The network predicts a number.</exception>
    public int[,] TestConfusion() => Copy(_test);

    static int[,] Copy(int[,]? confusion) => (int[,]?)confusion?.Clone()
        ?? throw new InvalidOperationException("NetworkVerdict: a network that predicts a number has no confusion matrix; see TestError.");

    /// <summary>The number of training rows whose class is right; of a regression 0.</summary>
    public int TrainRight => Right(_train);

    /// <summary>The number of test rows whose class is right; of a regression 0.</summary>
    public int TestRight => Right(_test);

    /// <summary>The most frequent class of the training rows; of a regression −1.</summary>
    public int MostFrequent { get; private init; } = -1;

    /// <summary>The mean of |prediction − target| over the training rows, in the unit of the data; of classes NaN.</summary>
    public double TrainError { get; private init; } = double.NaN;

    /// <summary>The same of the test rows.</summary>
    public double TestError { get; private init; } = double.NaN;

    /// <summary>The mean target of the training rows, in the unit of the data; of classes NaN.</summary>
    public double MeanTarget { get; private init; } = double.NaN;

    /// <summary>
    /// How good the constant answer is on the test rows: the number of rows of the most frequent class, or the mean error of the mean target.
    /// </summary>
    public double Baseline { get; private init; }

    /// <summary>Looks at a network as it is now.</summary>
    /// <param name="run">The network.</param>
    /// <param name="mostRows">The largest number of rows of each kind; of more, the first are taken, which are in random order.</param>
    public static NetworkVerdict Of(NetworkRun run, int mostRows = 1000)
    {
        ArgumentNullException.ThrowIfNull(run);
        Dataset train = run.Train.First(mostRows), test = run.Test.First(mostRows);
        using PauseScope pause = Autograd.Pause();
        Tensor trainOutputs = run.Model.Forward(train.Inputs), testOutputs = run.Model.Forward(test.Inputs);
        if (run.Data.IsClassification)
        {
            int classes = run.Data.ClassCount;
            int[] counts = new int[classes];
            foreach (long label in run.Train.Labels.ToInt64Array()) counts[label]++;
            int most = Array.IndexOf(counts, counts.Max());
            (int[,] trainConfusion, int trainUnanswered) = Confusion(trainOutputs, train);
            (int[,] testConfusion, int testUnanswered) = Confusion(testOutputs, test);
            return new NetworkVerdict(run, train, test, trainConfusion, testConfusion)
            {
                TrainUnanswered = trainUnanswered,
                TestUnanswered = testUnanswered,
                MostFrequent = most,
                Baseline = test.Labels.ToInt64Array().Count(label => label == most),
            };
        }
        Tensor trainTargets = run.RawTrain.First(mostRows).Targets, testTargets = run.RawTest.First(mostRows).Targets;
        double mean = run.RawTrain.Targets.Mean().Item();
        return new NetworkVerdict(run, train, test)
        {
            TrainError = Error(trainOutputs, trainTargets),
            TestError = Error(testOutputs, testTargets),
            MeanTarget = mean,
            Baseline = (testTargets - mean).Abs().Mean().Item(),
        };

        // NaN is of no class: such rows are counted apart.
        static (int[,] Counts, int Unanswered) Confusion(Tensor outputs, Dataset rows)
        {
            int classes = rows.ClassCount;
            double[] scores = outputs.ToArray();
            int[] answered = [.. Enumerable.Range(0, rows.Count).Where(row => !scores[(row * classes)..((row + 1) * classes)].Any(double.IsNaN))];
            if (answered.Length == 0) return (new int[classes, classes], rows.Count);
            if (answered.Length == rows.Count) return (Metrics.ConfusionMatrix(outputs, rows.Labels, classes), 0);
            double[] known = [.. answered.SelectMany(row => scores[(row * classes)..((row + 1) * classes)])];
            return (Metrics.ConfusionMatrix(
                Tensor.From(known, [answered.Length, classes], DType.Float64), rows.Select(answered).Labels, classes), rows.Count - answered.Length);
        }

        double Error(Tensor outputs, Tensor targets) =>
            ((run.Standardizer?.InverseTargets(outputs) ?? outputs) - targets).Abs().Mean().Item();
    }

    /// <summary>How good it is, in words.</summary>
    public string Explain()
    {
        string counted = TestRows < _run.Test.Count || TrainRows < _run.Train.Count
            ? string.Create(CultureInfo.InvariantCulture, $" Of more than {Math.Max(TrainRows, TestRows):#,0} rows the first {Math.Max(TrainRows, TestRows):#,0} are counted.")
            : "";
        if (!IsClassification)
        {
            string name = Cited.Text(_run.Data.TargetNames[0]);
            string off = double.IsFinite(TestError) && double.IsFinite(TrainError)
                ? Text($"In test, {name} is off by {S(TestError)} on average, in training by {S(TrainError)}.")
                : $"What the network says of {name} is not a number any more: its outputs are NaN or infinite.";
            return off + Text($" Always answering the mean of the training rows, {S(MeanTarget)}, is off by {S(Baseline)} in test.{counted}");
        }
        string unanswered = TestUnanswered + TrainUnanswered > 0
            ? Text($"{TestUnanswered} of {TestRows} test rows and {TrainUnanswered} of {TrainRows} training rows get no answer: the network's outputs for them are NaN. ")
            : "";
        string few = TestRows < FewRows
            ? Text($" {TestRows} test rows say little: each is {Percent(1, TestRows)}, and another seed gives others.")
            : "";
        return unanswered + Text(
            $"Right in test: {TestRight} of {TestRows} rows, {Percent(TestRight, TestRows)}. Right in training: {TrainRight} of {TrainRows}, {Percent(TrainRight, TrainRows)}. ") + Text(
            $"Always answering '{Cited.Text(_run.Data.ClassNames[MostFrequent])}', the most frequent class, is right for {Baseline} of {TestRows} in test.{few}{counted}");
    }

    static int Right(int[,]? confusion) => confusion is null ? 0 : Enumerable.Range(0, confusion.GetLength(0)).Sum(c => confusion[c, c]);

    static string Percent(double part, int whole) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * part / Math.Max(1, whole):0.#} %");

    static string S(double number) => Notation.Short(number);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
