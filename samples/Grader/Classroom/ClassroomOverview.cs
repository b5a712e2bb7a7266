using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Classroom;

/// <summary>A class in sentences.</summary>
static class ClassroomOverview
{
    /// <summary>A class in a few sentences.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<ClassroomResult> results, int mostMistakes = 5)
    {
        List<ClassroomResult> graded = [.. results.Where(result => result.HasScore)];
        string students = Count(results.Count, "student", "students");
        if (graded.Count == 0) yield return $"{students}.";
        else
        {
            double[] scores = [.. graded.Select(result => result.Score).Order()];
            double most = graded[0].MostPoints;
            yield return $"{students}, from {ClassroomScores.Number(scores[0])} to {ClassroomScores.Number(scores[^1])} of " +
                $"{ClassroomScores.Number(most)} points, half of them {ClassroomScores.Number(scores[scores.Length / 2])} or more.";
        }
        int Of(GradeStatus status) => results.Count(result => result.Report.Status == status);
        string[] odd = [.. new[] { (GradeStatus.InvalidHandin, "cannot be read"), (GradeStatus.CompileError, "with code that does not compile"),
            (GradeStatus.Rejected, "is rejected") }
            .Where(one => Of(one.Item1) > 0).Select(one => $"{Count(Of(one.Item1), "handin", "handins")}: {one.Item2}")];
        if (odd.Length > 0) yield return string.Join("; ", odd) + ".";
        if (results.Count(result => result.Report.Build.Forbidden.Count > 0) is > 0 and var flagged)
            yield return $"{Count(flagged, "handin", "handins")} with uses that are flagged: look at what is named on their pages.";
        if (results.Count > graded.Count)
            yield return $"The grader failed on {results.Count - graded.Count}: no score, which is not a zero. Run it again to try only " +
                $"these.";
        var mistakes = ClassroomScores.Mistakes(results);
        if (mistakes.Count > 0 && mostMistakes > 0)
        {
            yield return $"Known mistakes: {mistakes.Count} kinds, {mistakes.Sum(one => one.Students.Count)} in all; most often";
            foreach (var one in mistakes.Take(mostMistakes)) yield return $"  {one.Students.Count} × {one.Mistake}";
        }
    }

    /// <summary>"1 student", "2 students"</summary>
    public static string Count(int count, string one, string several) =>
        FormattableString.Invariant($"{count} {(count == 1 ? one : several)}");

    /// <summary>"2 gain, 1 loses, 97 stay as they were."</summary>
    public static string Summary(IReadOnlyList<ScoreChange> changes, IReadOnlyList<ClassroomResult> results)
    {
        var sums = changes.Where(change => change.Question == "score").ToList();
        int gain = sums.Count(change => change.Difference > 0), lose = sums.Count(change => change.Difference < 0);
        int stay = results.Count(result => sums.All(change => change.Student != result.Student || change.Difference == 0));
        return $"{gain} {(gain == 1 ? "gains" : "gain")}, {lose} {(lose == 1 ? "loses" : "lose")}, {stay} " +
            $"{(stay == 1 ? "stays" : "stay")} the same.";
    }

    /// <summary>"+0.5"</summary>
    public static string Signed(double difference) => (difference > 0 ? "+" : "") + ClassroomScores.Number(difference);
}
