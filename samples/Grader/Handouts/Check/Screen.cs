using System.Globalization;
using System.Reflection;

namespace MyTorch.Check;

/// <summary>What a program on the student's own code writes to: <c>static void Name(Screen screen)</c> in the folder <c>programs/</c>.</summary>
/// <remarks>Colours repeat what characters say, so a reader without them misses nothing.</remarks>
/// <param name="root">The folder of the handout.</param>
/// <param name="output">Where it is written.</param>
/// <param name="plain">Whether to write without colours.</param>
public sealed class Screen(string root, TextWriter output, bool plain)
{
    /// <summary>A line.</summary>
    public void Line(string text = "") => output.WriteLine(text);

    /// <summary>A heading.</summary>
    public void Heading(string text) => output.WriteLine(Code("1", text));

    /// <summary>A text in one of six colours, 0 to 5.</summary>
    public string Colour(int number, string text) => Code(FormattableString.Invariant($"{31 + (number % 6 + 6) % 6}"), text);

    /// <summary>A text that matters less.</summary>
    public string Quiet(string text) => Code("90", text);

    string Code(string code, string text) => plain ? text : $"\e[{code}m{text}\e[0m";

    /// <summary>A bar whose length is a share of forty characters.</summary>
    public static string Bar(double share) => new('#', double.IsFinite(share) ? (int)Math.Round(40 * Math.Clamp(share, 0, 1)) : 0);

    /// <summary>A number with a few digits.</summary>
    public static string Number(double value) => value.ToString("g4", CultureInfo.InvariantCulture);

    /// <summary>The lines of a file that the handout has for its programs: "data/digits.csv".</summary>
    public string[] Lines(string path) => File.ReadAllLines(Path.Combine([root, "Given", .. path.Split('/')]));

    /// <summary>Runs a program of this assembly; 0 if it came to its end.</summary>
    /// <param name="method">Its method: "Programs.Spirals".</param>
    /// <param name="root">The folder of the handout.</param>
    /// <param name="output">Where it writes.</param>
    /// <param name="plain">Whether without colours.</param>
    public static int Show(string method, string root, TextWriter output, bool plain)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(output);
        int dot = method.LastIndexOf('.');
        MethodInfo program = typeof(Screen).Assembly.GetType(method[..dot])?.GetMethod(method[(dot + 1)..],
            BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic, [typeof(Screen)])
            ?? throw new InvalidOperationException($"There is no program {method}; take the folder Check from the handout again.");
        try
        {
            program.CreateDelegate<Action<Screen>>()(new Screen(root, output, plain));
            return 0;
        }
        catch (Exception exception)
        {
            // Any: what the checks ask is right, and the program meets a case that they do not ask.
            string place = (exception.StackTrace ?? "").Split('\n').Select(frame => frame.Trim())
                .FirstOrDefault(frame => frame.Contains(Path.Combine(root, "MyTorch"), StringComparison.Ordinal)) ?? "";
            output.WriteLine($"Your code threw {exception.GetType().Name}: {exception.Message}");
            if (place.Length > 0) output.WriteLine($"  {place}");
            return 1;
        }
    }
}
