using System.CommandLine;
using System.Globalization;
using static System.FormattableString;

namespace Samples;

/// <summary>Reads the text of an option; false if the option does not take it.</summary>
internal delegate bool TryParse<T>(string text, out T value);

/// <summary>Options of the samples with one value each. A bad value is one sentence that names the option, what it takes, and what was given.</summary>
internal static class ValueOption
{
    internal static Option<T> Of<T>(string name, string takes, string description, string expects, TryParse<T> parse) => new(name)
    {
        HelpName = takes,
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (parse(text, out T value)) return value;
            result.AddError($"{name} takes {expects}, not \"{text}\".");
            return default!;
        },
    };

    internal static Option<string?> Text(string name, string takes, string description) =>
        Of<string?>(name, takes, description, "a name", (string text, out string? value) => (value = text).Trim().Length > 0);

    internal static Option<string?> Choice(string name, IReadOnlyList<string> choices, string description) =>
        Of<string?>(name, string.Join('|', choices), description, "one of " + string.Join(", ", choices),
            (string text, out string? value) => (value = choices.FirstOrDefault(c => c.Equals(text, StringComparison.OrdinalIgnoreCase))) is not null);

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    internal static Option<int?> Int(string name, string takes, string description, int least, int most = int.MaxValue) => Of<int?>(name, takes, description,
        most == int.MaxValue && least != int.MinValue ? Invariant($"a whole number of at least {least}") : Invariant($"a whole number from {least} to {most}"),
        (string text, out int? value) =>
        {
            bool ok = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most;
            value = number;
            return ok;
        });

    /// <summary>A finite number for which <paramref name="allowed"/> holds.</summary>
    internal static Option<double?> Real(string name, string takes, string description, string expects, Func<double, bool> allowed) =>
        Of<double?>(name, takes, description, expects, (string text, out double? value) =>
        {
            bool ok = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                && double.IsFinite(number) && allowed(number);
            value = number;
            return ok;
        });

    /// <summary>Sizes of hidden layers, such as <c>64,32</c>; <c>none</c> gives an empty list, which makes a linear model.</summary>
    internal static Option<IReadOnlyList<int>?> Layers(string name, string description) => Of<IReadOnlyList<int>?>(name, "64,32", description,
        "layer sizes from 1 to 100000 separated by commas, or none", ParseLayers);

    /// <summary>Parses and runs. Bad usage is one sentence on <paramref name="error"/> and exit code 2.</summary>
    /// <param name="root">The command.</param>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="error">Where the sentence is written.</param>
    /// <param name="readable">Makes one line that a terminal can show of a sentence with any text in it.</param>
    internal static int Run(RootCommand root, string[] args, TextWriter error, Func<string, string>? readable = null)
    {
        // A column's name may begin with @, and there are no short options to bundle.
        var parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            string message = parsed.Errors[0].Message;
            if (message.StartsWith("Unrecognized", StringComparison.Ordinal)) message = message.TrimEnd('.') + "; --help lists the options.";
            error.WriteLine(readable is null ? message : readable(message));
            return 2;
        }
        // The programs handle Ctrl+C themselves, and still report the result so far.
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    static bool ParseLayers(string text, out IReadOnlyList<int>? value)
    {
        value = [];
        if (text.Trim() is "none") return true;
        var sizes = new List<int>();
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size is < 1 or > 100_000) return false;
            sizes.Add(size);
        }
        value = sizes;
        return true;
    }
}
