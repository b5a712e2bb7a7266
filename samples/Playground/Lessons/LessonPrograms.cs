using System.Diagnostics.CodeAnalysis;

namespace Playground.Lessons;

/// <summary>
/// The programs of <c>samples/lessons</c>, each as the method <c>Run(TextWriter)</c> that the build made of it;
/// <c>Lessons.targets</c> says how.
/// </summary>
static partial class LessonPrograms
{
    /// <summary>The names of all, without <c>.cs</c>.</summary>
    internal static IReadOnlyCollection<string> Names => s_all.Keys;

    /// <summary>Finds a program by its name.</summary>
    internal static bool TryFind(string name, [NotNullWhen(true)] out Action<TextWriter>? run) => s_all.TryGetValue(name, out run);

    /// <summary>
    /// Runs the statements of a program; what it prints goes to <paramref name="output"/>. A lesson may set <c>Tensor.DefaultDType</c>,
    /// which can be done once: each needs a separate process or worker.
    /// </summary>
    internal static void Run(Action<string[]> statements, TextWriter output)
    {
        TextWriter console = Console.Out;
        Console.SetOut(output);
        try
        {
            statements([]);
        }
        finally
        {
            output.Flush();
            Console.SetOut(console);
        }
    }
}
