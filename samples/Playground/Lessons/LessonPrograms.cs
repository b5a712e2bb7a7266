using System.Diagnostics.CodeAnalysis;
using MyTorch;

namespace Playground.Lessons;

/// <summary>The programs of <c>samples/lessons</c>, each as the method <c>Run(TextWriter)</c> that the build made of it; <c>Lessons.targets</c> says how.</summary>
static partial class LessonPrograms
{
    /// <summary>The names of all, without <c>.cs</c>.</summary>
    internal static IReadOnlyCollection<string> Names => s_all.Keys;

    /// <summary>Finds a program by its name.</summary>
    internal static bool TryFind(string name, [NotNullWhen(true)] out Action<TextWriter>? run) => s_all.TryGetValue(name, out run);

    /// <summary>Runs the statements of a program as they run in a process of their own: what it prints goes to <paramref name="output"/>.</summary>
    internal static void Run(Action<string[]> statements, TextWriter output)
    {
        (TextWriter console, DType type) = (Console.Out, Tensor.DefaultDType);
        Console.SetOut(output);
        Tensor.DefaultDType = DType.Float32;
        try
        {
            statements([]);
        }
        finally
        {
            output.Flush();
            Console.SetOut(console);
            Tensor.DefaultDType = type;
        }
    }
}
