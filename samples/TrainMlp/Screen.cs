using System.Globalization;
using System.Text;
using MyTorch.Training;
using Spectre.Console;
using static System.FormattableString;

namespace TrainMlp;

/// <summary>Text with a style of Spectre.Console, such as "bold green". Plain screens show the text only, so it must carry the whole meaning.</summary>
internal readonly record struct Span(string Text, string? Style = null)
{
    public static implicit operator Span(string text) => new(text);
}

/// <summary>Where the report goes: a terminal with colours and a live bar, or plain lines.</summary>
internal abstract class Screen
{
    /// <summary>Whether the sample draws with ASCII characters only.</summary>
    public abstract bool Ascii { get; }

    public abstract int Width { get; }

    public abstract void Line(params IReadOnlyList<Span> spans);

    /// <summary>Runs the training and shows its progress.</summary>
    public abstract T Watch<T>(string score, Func<IProgress<TrainingProgress>, T> work);

    /// <summary>
    /// A plain screen if the user asks for one, if the output is not a terminal, or if the terminal cannot move its cursor; otherwise a terminal.
    /// </summary>
    public static Screen Choose(bool plain)
    {
        if (plain || Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") == "dumb") return new PlainScreen(Console.Out);
        var console = AnsiConsole.Create(TerminalScreen.Settings(Environment.GetEnvironmentVariable("NO_COLOR")));
        return console.Profile.Capabilities.Ansi ? new TerminalScreen(console) : new PlainScreen(Console.Out);
    }

    /// <summary>
    /// Makes text from a file safe to print: composes letters, removes combining marks, and replaces control characters, which could control the terminal.
    /// </summary>
    public static string Clean(string text)
    {
        var safe = new StringBuilder();
        foreach (Rune rune in text.Normalize(NormalizationForm.FormC).EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark) continue;
            safe.Append(category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? "?" : rune.ToString());
        }

        return safe.ToString();
    }

    protected static string Text(TrainingProgress p, string score) =>
        Invariant($"loss {p.Loss,-8:G4} {score} {(score == "accuracy" ? Invariant($"{100 * p.Score:F1} %") : Invariant($"{p.Score:F3}"))}");
}

/// <summary>Plain lines, at most about a dozen for the epochs.</summary>
internal sealed class PlainScreen(TextWriter output) : Screen
{
    public override bool Ascii => true;

    public override int Width => 80;

    public override void Line(params IReadOnlyList<Span> spans) => output.WriteLine(string.Concat(spans.Select(s => s.Text)));

    public override T Watch<T>(string score, Func<IProgress<TrainingProgress>, T> work)
    {
        var result = work(new Lines(this, score));
        Line();
        return result;
    }

    sealed class Lines(PlainScreen screen, string score) : IProgress<TrainingProgress>
    {
        string? _candidate;

        public void Report(TrainingProgress value)
        {
            if (value.Searching && value.Candidate != _candidate)
            {
                _candidate = value.Candidate;
                screen.Line(Invariant($"  choosing the number of epochs: trying {value.Candidate}"));
            }
            int every = Math.Max(1, (value.Epochs + 9) / 10);
            if (value.EndOfEpoch && !value.Searching && (value.Epoch == 1 || value.Epoch % every == 0 || value.Epoch == value.Epochs))
                screen.Line(Invariant($"  epoch {value.Epoch.ToString(CultureInfo.InvariantCulture).PadLeft(value.Epochs.ToString(CultureInfo.InvariantCulture).Length)} of {value.Epochs}   ") + Text(value, score));
        }
    }
}

/// <summary>A terminal: colours unless NO_COLOR is set, and one bar that moves.</summary>
internal sealed class TerminalScreen(IAnsiConsole console) : Screen
{
    /// <summary>As detected, but without colours where the environment variable NO_COLOR is set and not empty (no-color.org).</summary>
    public static AnsiConsoleSettings Settings(string? noColor) =>
        new() { ColorSystem = string.IsNullOrEmpty(noColor) ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors };

    public override bool Ascii => !console.Profile.Capabilities.Unicode;

    // A full last column makes some terminals wrap.
    public override int Width => Math.Clamp(console.Profile.Width - 1, 40, 120);

    public override void Line(params IReadOnlyList<Span> spans)
    {
        var line = new Paragraph();
        foreach (var span in spans) line.Append(span.Text, span.Style is null ? Style.Plain : Style.Parse(span.Style));
        console.Write(line);
        console.WriteLine();
    }

    public override T Watch<T>(string score, Func<IProgress<TrainingProgress>, T> work) =>
        console.Progress()
            .Columns(new SpinnerColumn(), new ProgressBarColumn { Width = 24 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context => work(new Bars(context, score)));

    sealed class Bars(ProgressContext context, string score) : IProgress<TrainingProgress>
    {
        ProgressTask? _search, _training;

        public void Report(TrainingProgress value)
        {
            var bar = value.Searching
                ? _search ??= context.AddTask("choosing the number of epochs", maxValue: value.Epochs)
                : _training ??= context.AddTask("training", maxValue: value.Epochs);
            if (!value.Searching) _search?.Value = _search.MaxValue;
            bar.MaxValue = value.Epochs;
            bar.Value = value.Epoch - 1 + (double)value.Step / value.Steps;
            bar.Description = value.Searching
                ? Invariant($"choosing the number of epochs: trying {value.Candidate}")
                : Invariant($"epoch {value.Epoch} of {value.Epochs}  ") + Text(value, score);
        }
    }
}
