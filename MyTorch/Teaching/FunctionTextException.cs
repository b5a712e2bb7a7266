namespace MyTorch.Teaching;

/// <summary>A text that is not a function: where the reader stopped, what stands there, and what it expected.</summary>
public sealed class FunctionTextException : ArgumentException
{
    internal FunctionTextException(string text, int position, int length, string found, string expected)
        : base($"Column {Notation.Number(position + 1)}: found {found}; expected {expected}.") =>
        (Text, Position, Length, Found, Expected) = (text, position, length, found, expected);

    /// <summary>The whole text.</summary>
    public string Text { get; }

    /// <summary>The index of the first character that is wrong, from 0; the text's length if something is missing at its end.</summary>
    public int Position { get; }

    /// <summary>The number of characters that are wrong; 0 if something is missing.</summary>
    public int Length { get; }

    /// <summary>What stands there: <c>')'</c>, or <c>the end</c>.</summary>
    public string Found { get; }

    /// <summary>What would be right there, as the end of a sentence.</summary>
    public string Expected { get; }

    /// <summary>
    /// The text with a second line that marks what is wrong with ^. Control characters are shown as spaces, so that the columns stay.
    /// </summary>
    public string ToUnderlinedText()
    {
        var shown = string.Concat(Text.Select(c => char.IsControl(c) ? ' ' : c));
        return $"{shown}\n{new string(' ', Position)}{new string('^', Math.Max(Length, 1))}";
    }
}
