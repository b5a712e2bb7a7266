namespace MyTorch.Data;

// Splits that Split does not make: by groups of rows that belong together, by an order such as time, and into the folds of a cross-validation.
public sealed partial class Dataset
{
    /// <summary>
    /// Splits the rows at random so that the rows of a group, such as a customer or a patient, are all in the training set or all in the
    /// test set. Otherwise the test measures how well the model knows the groups it was trained on.
    /// </summary>
    /// <param name="groups">The group of each row, one per row.</param>
    /// <param name="trainFraction">The fraction of training rows, greater than 0 and less than 1, to within one group.</param>
    /// <param name="seed">The seed of the random split.</param>
    /// <exception cref="ArgumentException">There is not one group per row.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="trainFraction"/> is not between 0 and 1.</exception>
    /// <exception cref="InvalidOperationException">All rows are of one group.</exception>
    public (Dataset Train, Dataset Test) SplitByGroup(IReadOnlyList<string> groups, double trainFraction = 0.8, int seed = 0)
    {
        RequirePerRow(groups, nameof(SplitByGroup), "group");
        RequireFraction(trainFraction, nameof(SplitByGroup));
        int[][] members = Members(groups);
        if (members.Length < 2)
            throw new InvalidOperationException(
                $"SplitByGroup: all {Count} rows are of the group '{Cited.Text(groups[0])}', so they cannot be split. Use another column, or Split.");
        int wanted = (int)Math.Round(Count * trainFraction, MidpointRounding.AwayFromZero);
        List<int> train = [], test = [];
        int left = members.Length;
        foreach (int group in new Generator(seed).Permutation(members.Length))
        {
            // A group goes where it brings the number of training rows nearer to the wanted one; each side gets at least one.
            bool nearer = Math.Abs(train.Count + members[group].Length - wanted) <= Math.Abs(train.Count - wanted);
            bool toTrain = left == 1 && test.Count == 0 ? false : left == 1 && train.Count == 0 || nearer;
            (toTrain ? train : test).AddRange(members[group]);
            left--;
        }
        train.Sort();
        test.Sort();
        return (Select([.. train]), Select([.. test]));
    }

    /// <summary>
    /// Splits the rows by an order such as their dates: the first are the training set, the last the test set, as a model that is used later
    /// meets them. Rows with equal keys are on the same side.
    /// </summary>
    /// <param name="keys">The key of each row, such as its date, one per row.</param>
    /// <param name="trainFraction">The fraction of training rows, greater than 0 and less than 1, to within rows of one key.</param>
    /// <exception cref="ArgumentException">There is not one key per row.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="trainFraction"/> is not between 0 and 1.</exception>
    /// <exception cref="InvalidOperationException">All keys are equal.</exception>
    public (Dataset Train, Dataset Test) SplitByOrder<T>(IReadOnlyList<T> keys, double trainFraction = 0.8)
    {
        RequirePerRow(keys, nameof(SplitByOrder), "key");
        RequireFraction(trainFraction, nameof(SplitByOrder));
        int[] order = [.. Enumerable.Range(0, Count).OrderBy(row => keys[row])];
        int wanted = Math.Clamp((int)Math.Round(Count * trainFraction, MidpointRounding.AwayFromZero), 1, Math.Max(1, Count - 1));
        int[] borders = [.. Enumerable.Range(1, Count - 1).Where(i => Comparer<T>.Default.Compare(keys[order[i]], keys[order[i - 1]]) != 0)];
        if (borders.Length == 0)
            throw new InvalidOperationException(
                $"SplitByOrder: all {Count} rows have the same key, so none is later than another. Use another column, or Split.");
        int border = borders.MinBy(i => Math.Abs(i - wanted));
        return (Select(order.AsSpan(0, border)), Select(order.AsSpan(border)));
    }

    /// <summary>
    /// Divides the rows at random into folds of equal size for a cross-validation: each fold is once the test set, and the others together
    /// are the training set. For a classification the folds are stratified: each has the same share of each class, to within one row.
    /// </summary>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <param name="seed">The seed of the random division.</param>
    /// <param name="groups">
    /// The group of each row: the rows of a group are in the same fold. Then folds are balanced by rows and not stratified. Null: every row by
    /// itself.
    /// </param>
    /// <exception cref="ArgumentException">There is not one group per row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer rows, or groups, than folds, or fewer than two folds.</exception>
    public IReadOnlyList<(Dataset Train, Dataset Test)> Folds(int folds, int seed = 0, IReadOnlyList<string>? groups = null)
    {
        if (folds < 2) throw Invalid.Setting(nameof(folds), folds, "Folds: the number of folds must be at least 2.");
        if (groups is not null) RequirePerRow(groups, nameof(Folds), "group");
        int[][] members = groups is null ? [.. Enumerable.Range(0, Count).Select(row => (int[])[row])] : Members(groups);
        if (members.Length < folds)
            throw Invalid.OutOfRange(nameof(folds),
                $"Folds: {members.Length} {(groups is null ? "row" : "group")}(s) cannot be divided into {folds} folds; use at most {members.Length}.");
        int[] foldOf = new int[Count];
        int[] order = new Generator(seed).Permutation(members.Length);
        if (groups is null)
        {
            // Class by class, in turn: a class ends where the next one begins, so that the folds differ by one row at most.
            long[]? labels = IsClassification ? Labels.ToInt64Array() : null;
            int next = 0;
            foreach (int row in labels is null ? order.AsEnumerable() : order.OrderBy(row => labels[row])) foldOf[row] = next++ % folds;
        }
        else
        {
            int[] sizes = new int[folds];
            foreach (int group in order.OrderByDescending(group => members[group].Length))
            {
                int smallest = Array.IndexOf(sizes, sizes.Min());
                sizes[smallest] += members[group].Length;
                foreach (int row in members[group]) foldOf[row] = smallest;
            }
        }
        return [.. Enumerable.Range(0, folds).Select(fold => (
            Select([.. Enumerable.Range(0, Count).Where(row => foldOf[row] != fold)]),
            Select([.. Enumerable.Range(0, Count).Where(row => foldOf[row] == fold)])))];
    }

    static int[][] Members(IReadOnlyList<string> groups) =>
        [.. Enumerable.Range(0, groups.Count).GroupBy(row => groups[row], StringComparer.Ordinal).Select(group => group.ToArray())];

    void RequirePerRow<T>(IReadOnlyList<T> values, string method, string what)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count != Count)
            throw Invalid.Argument(nameof(values), $"{method}: {values.Count} {what}(s) for {Count} rows; expected one each.");
    }

    static void RequireFraction(double trainFraction, string method)
    {
        if (!(trainFraction > 0 && trainFraction < 1))
            throw Invalid.OutOfRange(nameof(trainFraction),
                $"{method}: the training fraction is {trainFraction}; expected a number between 0 and 1, such as 0.8.");
    }
}
