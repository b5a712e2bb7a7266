using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;

namespace MyTorch.Grader.Grading;

/// <summary>
/// The grader in a separate process, watched by this one. Source can be written to crash a compiler (a stack overflow cannot be caught) or
/// to keep it busy for days: then the last report that was told stands. Each of the two processes cleans up after the other.
/// </summary>
sealed class WatchedProcess : IDisposable
{
    // The reference is compiled before the first report, which takes long on a loaded machine.
    const int SecondsToStart = 300;

    // Ending children and judging what they said comes after the time for running them.
    const double SecondsOverLimit = 15;

    // An honest handin takes a quarter of it.
    const long HeapLimit = 1L << 30;

    readonly Scratch _scratch = new();
    readonly Process _process;
    readonly StringBuilder _errors = new();
    readonly ManualResetEventSlim _errorsEnded = new();
    readonly Action<string>? _lines;
    readonly Thread _reading;
    readonly Lock _lock = new();
    string? _text;
    bool _finished;
    long _until = Environment.TickCount64 + 1000L * SecondsToStart;
    double _processorUntil = double.PositiveInfinity;
    bool _reads;
    string? _step;

    /// <summary>Starts this program with other arguments.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="lines">Receives the lines that are passed on at once.</param>
    public WatchedProcess(IEnumerable<string> arguments, Action<string>? lines = null)
    {
        _lines = lines;
        var start = new ProcessStartInfo(DotnetProgram.Location)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "mytorch-grader.dll") },
            Environment =
            {
                ["TMPDIR"] = _scratch.Folder, ["TEMP"] = _scratch.Folder, ["TMP"] = _scratch.Folder,
                ["DOTNET_GCHeapHardLimit"] = $"0x{HeapLimit:X}",
            },
        };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        Scratch.Sweep();
        Processes.AdoptOrphans();
        _process = Process.Start(start)!;
        Processes.Started(_process.Id);
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) _errorsEnded.Set();
            else
                lock (_lock)
                    if (_errors.Length < 10_000) _errors.AppendLine(line.Data);
        };
        _process.BeginErrorReadLine();
        _reading = new Thread(() => Read(_process.StandardOutput.BaseStream)) { IsBackground = true };
        _reading.Start();
    }

    /// <summary>What it wrote to its standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_lock) return _errors.ToString();
        }
    }

    /// <summary>
    /// The step of compiling the handin that it told last and did not finish: empty where it reads or compiles and told none; null once that
    /// is done.
    /// </summary>
    public string? Unfinished
    {
        get
        {
            lock (_lock) return _step ?? (_reads ? "" : null);
        }
    }

    /// <summary>How long it may go on, by what it told last.</summary>
    public double SecondsToGo
    {
        get
        {
            lock (_lock) return (_until - Environment.TickCount64) / 1000.0;
        }
    }

    /// <summary>Its exit code; null while it runs, or if it had to be ended.</summary>
    public int? Code { get; private set; }

    /// <summary>Asks it with a line. It must have finished what it was asked before.</summary>
    public void Ask(string line)
    {
        lock (_lock) (_text, _finished, _reads, _step, _until, _processorUntil) =
            (null, false, false, null, Environment.TickCount64 + 1000L * SecondsToStart, double.PositiveInfinity);
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        // Gone, which waiting for its answer finds.
        catch (IOException) { }
    }

    /// <summary>Waits until it finishes, ends, or takes longer than it said.</summary>
    /// <returns>The last text that it told, null if none; and whether it finished, and can be asked again.</returns>
    /// <exception cref="OperationCanceledException">Waiting was stopped.</exception>
    public (string? Text, bool Finished) Wait(CancellationToken stop = default)
    {
        while (true)
        {
            bool ended = _process.WaitForExit(50);
            stop.ThrowIfCancellationRequested();
            if (ended)
            {
                Code ??= _process.ExitCode;
                // What it wrote last may still be on its way. A process that it left behind may hold the other end.
                _reading.Join(5000);
                _errorsEnded.Wait(5000, CancellationToken.None);
            }
            lock (_lock)
                if (ended || _finished || Environment.TickCount64 >= _until || Processor() >= _processorUntil)
                    return (_text, _finished);
        }
    }

    double Processor()
    {
        try
        {
            return _process.TotalProcessorTime.TotalSeconds;
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    void Read(Stream stream)
    {
        try
        {
            while (Line(stream) is { } line && line.Split(' ') is [var length, var seconds, var processor])
            {
                byte[] body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
                stream.ReadExactly(body);
                if (seconds == AtOnce)
                {
                    _lines?.Invoke(Encoding.UTF8.GetString(body));
                    continue;
                }
                if (seconds == Step)
                {
                    double most = double.Parse(processor, CultureInfo.InvariantCulture);
                    lock (_lock)
                        (_step, _until, _processorUntil) = most > 0
                            ? (Encoding.UTF8.GetString(body), Environment.TickCount64 + 1000L * SecondsToStart, Processor() + most)
                            : (null, Environment.TickCount64 + 1000L * SecondsToStart, double.PositiveInfinity);
                    continue;
                }
                (int wall, int cpu) = (int.Parse(seconds, CultureInfo.InvariantCulture),
                    int.Parse(processor, CultureInfo.InvariantCulture));
                lock (_lock)
                    (_reads, _text, _finished, _until, _processorUntil) =
                        (cpu > 0, Encoding.UTF8.GetString(body), wall == 0, Environment.TickCount64 + 1000L * wall,
                            cpu == 0 ? double.PositiveInfinity : Processor() + cpu);
            }
        }
        catch (Exception e) when (e is IOException or FormatException or ObjectDisposedException) { }
    }

    static string? Line(Stream stream)
    {
        var line = new StringBuilder();
        for (int one; (one = stream.ReadByte()) >= 0;)
            if (one == '\n') return line.ToString();
            else if (line.Length < 100) line.Append((char)one);
        return null;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        Processes.EndAll(_process.Id, Isolation.UserOf(_process.Id));
        Processes.Ended(_process.Id);
        _process.WaitForExit(1000);
        _process.Dispose();
        _scratch.Dispose();
    }

    /// <summary>
    /// In the watched process: the requests that it gets. If the watching process ends, this one ends its children and itself.
    /// </summary>
    public static IEnumerable<string> Requests()
    {
        // What ends the watching process from the terminal must leave this one the time to clean up.
        Processes.LeaveSession();
        var lines = new BlockingCollection<string>();
        new Thread(() =>
        {
            using (var input = new StreamReader(Console.OpenStandardInput()))
                while (input.ReadLine() is { } line) lines.Add(line);
            Processes.EndAll(null, Isolation.UserOf(Environment.ProcessId));
            Scratch.RemoveInherited();
            Process.GetCurrentProcess().Kill();
        })
        { IsBackground = true }.Start();
        return lines.GetConsumingEnumerable();
    }

    /// <summary>How long a watched process may take to the report after this one.</summary>
    public static double SecondsLeft(Assignment assignment, GradeReport report) =>
        Math.Max(1, assignment.Limits.TotalSeconds - report.Seconds + SecondsOverLimit);

    const string AtOnce = "now", Step = "step";

    /// <summary>In the watched process: tells which step it makes next, which may not end.</summary>
    /// <param name="to">The standard output.</param>
    /// <param name="step">Its name; empty when all are done.</param>
    /// <param name="processorSeconds">How much time of a processor it may take.</param>
    public static void TellStep(Stream to, string step, double processorSeconds)
    {
        byte[] body = Encoding.UTF8.GetBytes(step);
        to.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{body.Length} {Step} {processorSeconds:0.0}\n")));
        to.Write(body);
        to.Flush();
    }

    /// <summary>In the watched process: tells a line that is printed at once, for people who watch a run.</summary>
    public static void TellLine(Stream to, string line)
    {
        byte[] body = Encoding.UTF8.GetBytes(line);
        to.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{body.Length} {AtOnce} 0\n")));
        to.Write(body);
        to.Flush();
    }

    /// <summary>In the watched process: tells what stands unless there comes a newer text.</summary>
    /// <param name="to">The standard output.</param>
    /// <param name="text">The whole text.</param>
    /// <param name="seconds">How long the next text, or the end, may take; 0 if this is the answer.</param>
    /// <param name="processorSeconds">How much time of a processor it may take; 0 for any.</param>
    public static void Tell(Stream to, string text, double seconds, double processorSeconds = 0)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        to.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{body.Length} {Math.Ceiling(seconds)} {Math.Ceiling(processorSeconds)}\n")));
        to.Write(body);
        to.Flush();
    }
}
