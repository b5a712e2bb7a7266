using System.Globalization;

namespace MyTorch.Teaching;

/// <summary>How well a network does after a number of steps.</summary>
/// <param name="Step">The number of steps.</param>
/// <param name="Train">Of the training rows.</param>
/// <param name="Test">Of the test rows.</param>
/// <param name="Batches">The mean loss of the batches since the point before; null at the beginning.</param>
public sealed record CoursePoint(int Step, NetworkScore Train, NetworkScore Test, double? Batches);

/// <summary>Where a training is going.</summary>
public enum CourseTrend
{
    /// <summary>There was no step, or there were too few.</summary>
    Begins,

    /// <summary>The training loss falls.</summary>
    Learns,

    /// <summary>The training loss is about what it was at the beginning.</summary>
    Stands,

    /// <summary>The training loss is higher than at the beginning, NaN or infinite.</summary>
    Grows,

    /// <summary>The test loss rises again while the training loss falls: the network learns the training rows by heart.</summary>
    Overfits,
}

/// <summary>
/// The course of a training: the losses of all training rows and of all test rows at some of its steps, and where they are going.
/// <code>
/// var course = new NetworkCourse(run);
/// for (int i = 0; i &lt; 500; i++) { run.Step(); if (i % 50 == 49) course.Look(); }
/// Console.WriteLine(course.Explain());
/// </code>
/// </summary>
public sealed class NetworkCourse
{
    /// <summary>The largest number of points that are kept; of more, every second one goes.</summary>
    public const int MostPoints = 400;

    // Single steps rarely raise a loss this much above the lowest.
    const double Higher = 1.1;

    // After so many steps, less than this share of the loss counts as no change.
    const double Moved = 0.01;
    const int FewSteps = 50, FewPoints = 3;

    readonly List<CoursePoint> _points = [];
    readonly Data.Dataset _train, _test;
    CoursePoint _lowest;

    /// <summary>The course of a run, which begins with its state now.</summary>
    /// <param name="run">The network.</param>
    /// <param name="mostRows">
    /// The largest number of rows whose loss is computed; of more, the first are taken, which are in random order.
    /// </param>
    public NetworkCourse(NetworkRun run, int mostRows = 1000)
    {
        ArgumentNullException.ThrowIfNull(run);
        Run = run;
        (_train, _test) = (run.Train.First(mostRows), run.Test.First(mostRows));
        _points.Add(Now());
        _lowest = _points[0];
    }

    /// <summary>The network.</summary>
    public NetworkRun Run { get; }

    /// <summary>The points, by their steps.</summary>
    public IReadOnlyList<CoursePoint> Points => _points.AsReadOnly();

    /// <summary>The first point.</summary>
    public CoursePoint First => _points[0];

    /// <summary>The last point.</summary>
    public CoursePoint Last => _points[^1];

    /// <summary>The point with the lowest loss of the test rows.</summary>
    public CoursePoint LowestTest => _lowest;

    /// <summary>Adds the state of now, and returns it. Points of later steps go, for the run went back.</summary>
    public CoursePoint Look()
    {
        bool wentBack = _points.RemoveAll(point => point.Step > Run.StepCount && point.Step > _points[0].Step) > 0;
        if (_lowest.Step > Run.StepCount) _lowest = _points.MinBy(point => point.Test.Loss)!;
        if (wentBack && Last.Step == Run.StepCount || Last.Step == Run.StepCount) return Last;
        CoursePoint now = Now();
        _points.Add(now);
        if (now.Test.Loss < _lowest.Test.Loss) _lowest = now;
        if (_points.Count > MostPoints)
            for (int i = _points.Count - 2; i > 0; i -= 2) _points.RemoveAt(i);
        return now;
    }

    CoursePoint Now()
    {
        int before = _points.Count > 0 ? Last.Step : Run.StepCount;
        double? batches = Run.StepCount > before ? Run.Losses.Skip(before).Average() : null;
        return new CoursePoint(Run.StepCount, Run.Score(_train), Run.Score(_test), batches);
    }

    /// <summary>Where the training is going, by its last point.</summary>
    public CourseTrend Trend
    {
        get
        {
            double first = First.Train.Loss, now = Last.Train.Loss;
            if (Last.Step == First.Step) return CourseTrend.Begins;
            if (!double.IsFinite(now)) return CourseTrend.Grows;
            bool moves = Math.Abs(now - first) >= Moved * Math.Abs(first);
            if (moves && now > first) return CourseTrend.Grows;
            if (now < _lowest.Train.Loss && HasTestRisen()) return CourseTrend.Overfits;
            if (moves) return CourseTrend.Learns;
            return Last.Step - First.Step < FewSteps ? CourseTrend.Begins : CourseTrend.Stands;
        }
    }

    // Steps shake the loss of few test rows: it must have been above its lowest for the last quarter of the way.
    bool HasTestRisen()
    {
        CoursePoint[] latest = [.. _points.Where(point => point.Step >= 0.75 * Last.Step)];
        return latest.Length >= FewPoints && latest.All(point => point.Test.Loss > Higher * _lowest.Test.Loss);
    }

    /// <summary>The trend in a sentence, with the losses that show it.</summary>
    public string Explain() => Trend switch
    {
        CourseTrend.Grows => Text(
            $"The training loss grows: {S(First.Train.Loss)} before the first step, {S(Last.Train.Loss)} after {Steps(Last.Step)}. {(Run.Settings.Uphill ? "The steps go uphill." : Run.Settings.DecayGrows ? "The weight decay is too large." : "The learning rate may be too large.")}"),
        CourseTrend.Overfits => Text(
            $"The test loss was lowest at step {_lowest.Step}, {S(_lowest.Test.Loss)}, and has risen to {S(Last.Test.Loss)}, while the training loss fell to {S(Last.Train.Loss)}: the network learns the training rows by heart."),
        CourseTrend.Stands => Text(
            $"The training loss hardly moves: {S(First.Train.Loss)} before the first step, {S(Last.Train.Loss)} after {Steps(Last.Step)}."),
        CourseTrend.Learns => Text(
            $"The training loss has fallen from {S(First.Train.Loss)} to {S(Last.Train.Loss)} in {Steps(Last.Step)}."),
        _ => Text($"The training loss is {S(Last.Train.Loss)} after {Steps(Last.Step)}."),
    };

    static string Steps(int count) => count == 1 ? "1 step" : string.Create(CultureInfo.InvariantCulture, $"{count} steps");

    static string S(double number) => Notation.Short(number);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
