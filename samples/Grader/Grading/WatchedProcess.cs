using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MyTorch.Grader.Grading;

/// <summary>
/// The grader in a process of its own, under the eyes of another that prints its report. A compiler can be brought down by source written to that
/// end (a stack overflow cannot be caught), or kept busy for days: then the last report that was told stands, and what was left behind goes.
/// </summary>
static class WatchedProcess
{
    // The reference is made ready before the first report; on a loaded machine that takes its time.
    const int SecondsToStart = 300;

    // An honest handin takes a quarter of it.
    const long HeapLimit = 1L << 30;

    /// <summary>Tells the watching process what to print unless there comes a newer text.</summary>
    /// <param name="to">The standard output.</param>
    /// <param name="text">The whole text.</param>
    /// <param name="seconds">How long the next text, or the end, may take.</param>
    public static void Tell(Stream to, string text, double seconds)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        to.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{body.Length} {Math.Max(1, (int)seconds)}\n")));
        to.Write(body);
        to.Flush();
    }

    /// <summary>Runs this program with other arguments and waits for its end.</summary>
    /// <returns>The last text that it told, null if none; its exit code, null if it had to be ended; and what it wrote to its standard error.</returns>
    public static (string? Text, int? Code, string Errors) Run(IEnumerable<string> arguments)
    {
        string place = Directory.CreateTempSubdirectory("mytorch-grading-").FullName;
        try
        {
            // Children of another user pass through it.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(place, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            var start = new ProcessStartInfo(Room.FindDotnet())
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "mytorch-grader.dll") },
                Environment =
                {
                    ["TMPDIR"] = place, ["TEMP"] = place, ["TMP"] = place,
                    ["DOTNET_GCHeapHardLimit"] = $"0x{HeapLimit:X}",
                },
            };
            foreach (string argument in arguments) start.ArgumentList.Add(argument);
            Processes.AdoptOrphans();
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = new StringBuilder();
            process.ErrorDataReceived += (_, line) =>
            {
                lock (errors)
                    if (line.Data is not null && errors.Length < 10_000) errors.AppendLine(line.Data);
            };
            process.BeginErrorReadLine();
            var told = new Told(process.StandardOutput.BaseStream);
            while (!process.WaitForExit(100) && Environment.TickCount64 < told.Until) { }
            int? code = process.HasExited ? process.ExitCode : null;
            if (code is null) process.Kill(entireProcessTree: true);
            Processes.EndAll(process.Id, 0);
            process.WaitForExit(1000);
            lock (errors) return (told.Text(), code, errors.ToString());
        }
        finally
        {
            Processes.Try(() => Directory.Delete(place, recursive: true));
        }
    }

    /// <summary>The texts told so far, read as they come.</summary>
    sealed class Told
    {
        readonly Thread _reading;
        string? _text;
        long _until = Environment.TickCount64 + 1000L * SecondsToStart;

        public Told(Stream stream)
        {
            _reading = new Thread(() =>
            {
                try
                {
                    while (Line(stream) is { } line && line.Split(' ') is [var length, var seconds])
                    {
                        byte[] body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
                        stream.ReadExactly(body);
                        _text = Encoding.UTF8.GetString(body);
                        Volatile.Write(ref _until, Environment.TickCount64 + 1000L * int.Parse(seconds, CultureInfo.InvariantCulture));
                    }
                }
                catch (Exception e) when (e is IOException or FormatException or ObjectDisposedException) { }
            })
            { IsBackground = true };
            _reading.Start();
        }

        public long Until => Volatile.Read(ref _until);

        public string? Text()
        {
            _reading.Join(5000);
            return _text;
        }

        static string? Line(Stream stream)
        {
            var line = new StringBuilder();
            for (int one; (one = stream.ReadByte()) >= 0;)
                if (one == '\n') return line.ToString();
                else if (line.Length < 100) line.Append((char)one);
            return null;
        }
    }
}
