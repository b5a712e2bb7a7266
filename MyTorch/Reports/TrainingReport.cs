using System.Text;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Serialization;

namespace MyTorch.Reports;

/// <summary>The score of another way to predict the test rows, which stands beside the model's.</summary>
/// <param name="Name">What it is, such as <c>a linear model</c>.</param>
/// <param name="Score">Its accuracy on the test rows, 0 to 1, or its R².</param>
public sealed record ReportBaseline(string Name, double Score);

/// <summary>
/// A page about a trained model, one HTML file that needs no network: the score and whether it can be trusted, how the training went, which
/// rows are predicted wrongly, what the model uses, the data, the model and the settings.
/// </summary>
/// <remarks>
/// <code>
/// new TrainingReport { Model = model, Train = train, Test = test, Curves = new() { Loss = losses } }.Write("report.html");
/// </code>
/// The same report gives the same bytes. Plots are drawn from tables that are part of the page, and long lists are cut, which the page
/// says, so that the file stays below a few megabytes for any number of rows.
/// </remarks>
public sealed record TrainingReport
{
    /// <summary>The trained model, (rows, features) → (rows, classes) or (rows, targets). It is run in evaluation mode.</summary>
    public required Module Model { get; init; }

    /// <summary>
    /// The training rows, as the model takes them: without missing values, and standardized if it was trained on such rows.
    /// </summary>
    public required Dataset Train { get; init; }

    /// <summary>The test rows, as the model takes them.</summary>
    public required Dataset Test { get; init; }

    /// <summary>
    /// All rows as they were read, with missing values, for the page's part about the data. Default null: the training rows.
    /// </summary>
    public Dataset? Data { get; init; }

    /// <summary>What happened from epoch to epoch. Default: nothing is known.</summary>
    public TrainingCurves Curves { get; init; } = new();

    /// <summary>The norms of the layers from epoch to epoch. Default null.</summary>
    public LayerNorms? Norms { get; init; }

    /// <summary>Other ways to predict the test rows. The best constant answer is always shown, and need not be among them.</summary>
    public IReadOnlyList<ReportBaseline> Baselines { get; init; } = [];

    /// <summary>
    /// Whether the report trains a linear model on the same rows if <see cref="Baselines"/> is empty, unless it has more than 50,000
    /// weights (<see cref="MyTorch.Training.Baselines"/>). Default true.
    /// </summary>
    public bool CompareWithLinear { get; init; } = true;

    /// <summary>
    /// The interval of the score. Default null: Wilson's for an accuracy and a bootstrap for R², with the level 0.95.
    /// </summary>
    public ScoreInterval? Interval { get; init; }

    /// <summary>Sentences that the reader should know, such as the warnings of the training. They come first among the doubts.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Names and values of the settings, such as the learning rate.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];

    /// <summary>The heading. Default null: what is predicted, from how many columns.</summary>
    public string? Title { get; init; }

    /// <summary>Where the rows come from, such as the name of the file. Default null.</summary>
    public string? Source { get; init; }

    /// <summary>How the rows were divided, such as <c>random split, seed 0</c>. Default null.</summary>
    public string? Split { get; init; }

    /// <summary>The command that makes this report again. Default null.</summary>
    public string? Command { get; init; }

    /// <summary>How the model is used, such as the command that predicts new rows. Default null.</summary>
    public string? Usage { get; init; }

    /// <summary>The date to state. Default null: none, so that the same run gives the same bytes.</summary>
    public string? Date { get; init; }

    /// <summary>The seed of the sampling of rows and of the shuffling of columns. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>The page, a whole HTML document.</summary>
    /// <param name="cancellation">Ends the work, which takes seconds for a large model.</param>
    /// <exception cref="InvalidOperationException">The model's output has another shape than the data needs.</exception>
    /// <exception cref="ArgumentException">The data sets have different columns, or missing values.</exception>
    public string ToHtml(CancellationToken cancellation = default)
    {
        var facts = new ReportFacts(this, cancellation);
        var main = new StringBuilder();
        ResultSection.Write(main, facts);
        TrainingSection.Write(main, facts);
        if (facts.Classes is not null) ClassSection.Write(main, facts, facts.Classes);
        if (facts.Numbers is not null) NumberSection.Write(main, facts, facts.Numbers);
        MistakeSection.Write(main, facts);
        ColumnSection.Write(main, facts);
        ModelSection.Write(main, facts);
        SettingsSection.Write(main, facts);
        return Page.Of(facts.Title, main.ToString());
    }

    /// <summary>Writes <see cref="ToHtml"/> to a file. A file of that name is replaced, and only by a complete one.</summary>
    /// <param name="path">The file, such as <c>report.html</c>.</param>
    /// <param name="cancellation">Ends the work; the file is then as before.</param>
    /// <exception cref="IOException">The file cannot be written. It is as before.</exception>
    public void Write(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] page = Encoding.UTF8.GetBytes(ToHtml(cancellation));
        WholeFile.Write(path, stream => stream.Write(page));
    }
}
