using System.Diagnostics;
using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;
using System.Text;

namespace Playground.Lessons;

/// <summary>
/// What a web worker runs, which has a separate engine: the page answers while a lesson computes. <c>wwwroot/lesson-worker.js</c> is the
/// other side.
/// </summary>
[SupportedOSPlatform("browser")]
static partial class LessonWorker
{
    /// <summary>Runs a lesson, and says what it prints while it prints it, then the pictures that it wrote.</summary>
    [JSExport]
    internal static void Run(string name)
    {
        if (!LessonPrograms.TryFind(name, out Action<TextWriter>? run))
            throw new ArgumentException($"There is no lesson {name}. Lessons are {string.Join(", ", LessonPrograms.Names)}.", nameof(name));
        using var writer = new Reporter();
        run(writer);
        foreach (string picture in Directory.GetFiles(Directory.GetCurrentDirectory(), "*.svg").Order(StringComparer.Ordinal))
        {
            Say("picture", File.ReadAllText(picture), Path.GetFileName(picture));
            File.Delete(picture);
        }
    }

    [JSImport("say", "lesson-worker")]
    private static partial void Say(string kind, string text, string? file);

    /// <summary>Passes what is written to the page, a few times a second.</summary>
    sealed class Reporter : StringWriter
    {
        readonly Stopwatch _clock = Stopwatch.StartNew();

        internal Reporter() : base(System.Globalization.CultureInfo.InvariantCulture) => NewLine = "\n";

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (_clock.ElapsedMilliseconds > 100) Flush();
        }

        public override void Flush()
        {
            StringBuilder written = GetStringBuilder();
            if (written.Length > 0) Say("printed", written.ToString(), null);
            written.Clear();
            _clock.Restart();
        }
    }
}
