using System.Collections;
using System.Globalization;
using MyTorch.Data;

namespace MyTorch.Training;

/// <summary>What a <see cref="Pipeline"/> predicts for a row.</summary>
public sealed class Prediction
{
    internal Prediction(Predictions all, int row)
    {
        int outputs = all.Outputs.Shape[1];
        double[] numbers = new double[outputs];
        for (int i = 0; i < outputs; i++) numbers[i] = all.Outputs.ValueAt(row * outputs + i);
        Outputs = numbers.AsReadOnly();
        if (all.Labels is null) return;
        Class = all.ClassNames[all.Labels[row]];
        Probability = numbers[all.Labels[row]];
    }

    /// <summary>The name of the most probable class; null for a regression.</summary>
    public string? Class { get; }

    /// <summary>The probability of that class, 0 to 1; NaN for a regression.</summary>
    public double Probability { get; } = double.NaN;

    /// <summary>The predicted number of a regression with one target, in the units of the training data.</summary>
    /// <exception cref="InvalidOperationException">This is a classification, or there are several targets.</exception>
    public double Value => Class is null && Outputs.Count == 1
        ? Outputs[0]
        : throw new InvalidOperationException(
            Class is null ? "Value: there are several targets; use Outputs."
                : $"Value: this is a classification; use Class, which is '{Cited.Text(Class)}'.");

    /// <summary>The probability of each class, or the number of each target.</summary>
    public IReadOnlyList<double> Outputs { get; }

    /// <summary>The class with its probability, or the numbers: <c>setosa (0.987)</c>.</summary>
    public override string ToString() => Class is not null
        ? string.Create(CultureInfo.InvariantCulture, $"{Class} ({Probability:0.###})")
        : string.Join(", ", Outputs.Select(value => value.ToString("G6", CultureInfo.InvariantCulture)));
}

/// <summary>What a <see cref="Pipeline"/> predicts for some rows, in their order.</summary>
public sealed class Predictions : IReadOnlyList<Prediction>
{
    internal Predictions(Tensor outputs, int[]? labels, IReadOnlyList<string> classNames, IReadOnlyList<string> targetNames,
        IReadOnlyList<CsvIssue> notes) =>
        (Outputs, Labels, ClassNames, TargetNames, Notes) = (outputs, labels, classNames, targetNames, [.. notes]);

    /// <summary>The probabilities, (rows, classes), or the numbers in the units of the training data, (rows, targets).</summary>
    public Tensor Outputs { get; }

    /// <summary>The names of the classes, in the order of the columns of <see cref="Outputs"/>; empty for a regression.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The names of the targets.</summary>
    public IReadOnlyList<string> TargetNames { get; }

    /// <summary>
    /// What was found in the rows that makes a prediction less sure, such as a category that the training rows did not have.
    /// </summary>
    public IReadOnlyList<string> Warnings => [.. Notes.Select(note => note.Message)];

    /// <summary>The same with its kind, place and ways out, for programs.</summary>
    public IReadOnlyList<CsvIssue> Notes { get; }

    /// <summary>The number of rows.</summary>
    public int Count => Outputs.Shape[0];

    /// <summary>The prediction of a row, counted from 0.</summary>
    public Prediction this[int index] => (uint)index < (uint)Count
        ? new Prediction(this, index)
        : throw Invalid.OutOfRange(nameof(index), $"Predictions: row {index} does not exist; there are {Count}.");

    internal int[]? Labels { get; }

    /// <inheritdoc/>
    public IEnumerator<Prediction> GetEnumerator()
    {
        for (int row = 0; row < Count; row++) yield return this[row];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
