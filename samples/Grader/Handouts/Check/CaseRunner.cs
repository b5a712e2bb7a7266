using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MyTorch.Probes;

namespace MyTorch.Check;

/// <summary>The outcome of a case.</summary>
public sealed record CaseAnswer
{
    /// <summary>The results, in their order.</summary>
    public List<Returned> Returned { get; init; } = [];

    /// <summary>What the code was given, to be shown where a result of it is wrong.</summary>
    public List<GivenInput> Given { get; init; } = [];

    /// <summary>The steps that the probe noted.</summary>
    public List<Noted> Steps { get; init; } = [];

    /// <summary>What the code printed.</summary>
    public List<Noted> Printed { get; init; } = [];

    /// <summary>What the probe tells of what has been achieved.</summary>
    public List<string> Told { get; init; } = [];

    /// <summary>The exception and its place; null if there was none.</summary>
    public string? Error { get; init; }

    /// <summary>The message of a body that is not written yet; it begins with its question.</summary>
    public string? NotWritten { get; init; }

    /// <summary>Whether the code ran out of time.</summary>
    public bool TimedOut { get; init; }

    /// <summary>How the code ended the whole program; null if it did not.</summary>
    public string? Died { get; init; }
}

/// <summary>Something that the code was given.</summary>
/// <param name="Value">The value.</param>
/// <param name="Before">The number of results returned before it. It belongs to the results that follow.</param>
public sealed record GivenInput(Returned Value, int Before);

/// <summary>A case to run.</summary>
/// <param name="Probe">The method that calls the student's code.</param>
/// <param name="Seed">The seed of its random numbers.</param>
/// <param name="Single">Whether it is in Float32.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record CaseRequest(string Probe, int Seed, bool Single, double Seconds);

/// <summary>Runs cases in this process.</summary>
/// <param name="probes">The assembly that holds the probes.</param>
/// <param name="root">The folder of the handout.</param>
/// <param name="bodies">The bodies to write, as "Linear.Backward": an exception is traced to the first of them.</param>
/// <param name="capture">Whether what is printed belongs to the answer; it takes the whole process's output for it.</param>
public sealed class CaseRunner(Assembly probes, string root, IReadOnlyCollection<string> bodies, bool capture = false)
{
    const int MostPrinted = 1000;

    /// <summary>Runs one.</summary>
    public CaseAnswer Run(CaseRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        int dot = request.Probe.LastIndexOf('.');
        MethodInfo method = probes.GetType(request.Probe[..dot])?.GetMethod(request.Probe[(dot + 1)..],
            BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic, [typeof(Probe)])
            ?? throw new InvalidOperationException($"There is no probe {request.Probe}; take the folder Check from the handout again.");
        var answer = new CaseAnswer();
        Exception? exception = null;
        if (capture)
            Console.SetOut(TextWriter.Synchronized(new LineWriter(line =>
            {
                if (answer.Printed.Count < MostPrinted) answer.Printed.Add(new Noted(line, answer.Returned.Count));
            })));
        // A separate thread: a scope left open does not reach the next case, and a deep recursion has stack.
        var thread = new Thread(() =>
        {
            try
            {
                var probe = new Probe(request.Seed, request.Single ? DType.Float32 : DType.Float64, answer.Returned.Add,
                    step => answer.Steps.Add(new Noted(step, answer.Returned.Count)),
                    input => answer.Given.Add(new GivenInput(input, answer.Returned.Count)), answer.Told.Add);
                method.CreateDelegate<Action<Probe>>()(probe);
            }
            catch (Exception thrown)
            {
                exception = thrown;
            }
        }, 16 << 20);
        thread.IsBackground = true;
        thread.Start();
        if (!thread.Join(TimeSpan.FromSeconds(request.Seconds)))
            return new CaseAnswer
            {
                TimedOut = true,
                Returned = [.. answer.Returned],
                Given = [.. answer.Given],
                Steps = [.. answer.Steps],
                Printed = [.. answer.Printed.Take(100)]
            };
        if (capture) Console.Out.Flush();
        return exception is NotImplementedException && Question.IsMatch(exception.Message) ? answer with { NotWritten = exception.Message }
            : answer with { Error = exception is null ? null : Describe(exception) };
    }

    // The question's number at the start of a NotImplementedException's message.
    internal static readonly Regex Question = new("^[A-Za-z0-9]+\\.[0-9]+(?= )", RegexOptions.CultureInvariant);

    // A wrong body may pass on a value that makes given code throw: the first of the student's bodies in the stack trace is named.
    string Describe(Exception exception)
    {
        string[] frames = (exception.StackTrace ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string folder = Path.Combine(root, "MyTorch") + Path.DirectorySeparatorChar;
        string? own = frames.FirstOrDefault(frame =>
            frame.Contains(folder, StringComparison.Ordinal) && bodies.Any(body => IsIn(frame, body)))
            ?? frames.FirstOrDefault(frame => frame.Contains(folder, StringComparison.Ordinal))
            ?? frames.FirstOrDefault(frame => frame.Contains(root, StringComparison.Ordinal));
        string place = own is null
            ? ""
            : $" at {own[(own.IndexOf(root, StringComparison.Ordinal) + root.Length + 1)..].Replace('\\', '/')}";
        return $"{exception.GetType().Name}{place}: {exception.Message}";
    }

    // "at MyTorch.Operations.Linear.Backward(Tensor gradient) in …", or a lambda in it: "Linear.<Backward>b__0".
    static bool IsIn(string frame, string body)
    {
        int dot = body.LastIndexOf('.');
        return frame.Contains($".{body}(", StringComparison.Ordinal)
            || frame.Contains($".{body[..dot]}.<{body[(dot + 1)..]}>", StringComparison.Ordinal)
            || frame.Contains($".{body[..dot]}.<>c", StringComparison.Ordinal)
            && frame.Contains($"<{body[(dot + 1)..]}>", StringComparison.Ordinal);
    }
}

/// <summary>Passes on what is written, line by line.</summary>
sealed class LineWriter(Action<string> line) : TextWriter
{
    readonly StringBuilder _begun = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        if (value == '\n') End();
        else if (value != '\r') _begun.Append(value);
    }

    public override void Flush()
    {
        if (_begun.Length > 0) End();
    }

    void End()
    {
        line(_begun.ToString());
        _begun.Clear();
    }
}

/// <summary>
/// Runs cases in another process, since code may end the program that it runs in: with Environment.Exit, or by calling itself without end.
/// Another process takes its place then, and the next case is run.
/// </summary>
/// <param name="program">The program's assembly; it is started with <see cref="Word"/>.</param>
public sealed class CaseProcess(string program) : IDisposable
{
    /// <summary>The first argument of such a process; the handles of its pipes follow.</summary>
    public const string Word = "--cases";

    // What a process needs to begin and to answer, beyond the case's own time.
    static readonly TimeSpan s_start = TimeSpan.FromSeconds(20);

    readonly List<string> _overflow = [];
    Process? _process;
    AnonymousPipeServerStream? _to, _from;
    StreamReader? _answers;

    /// <summary>Runs one.</summary>
    public CaseAnswer Run(CaseRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_process is null) Start();
        try
        {
            _to!.Write(JsonSerializer.SerializeToUtf8Bytes(request, CheckData.Options));
            _to.WriteByte((byte)'\n');
            _to.Flush();
        }
        catch (IOException)
        {
            // It has ended between two cases, by a timer perhaps; reading says so.
        }
        Task<string?> line = _answers!.ReadLineAsync();
        bool came;
        try
        {
            came = line.Wait(TimeSpan.FromSeconds(request.Seconds) + s_start);
        }
        catch (AggregateException exception) when (exception.InnerException is IOException)
        {
            came = true;
        }
        CaseAnswer? answer = came && line.IsCompletedSuccessfully && line.Result is { } text
            ? JsonSerializer.Deserialize<CaseAnswer>(text, CheckData.Options)
            : null;
        if (answer is { TimedOut: false }) return answer;
        if (answer is not null || !came)
        {
            // A process that does not end is killed.
            End(kill: true);
            return answer ?? new CaseAnswer { TimedOut = true };
        }
        return new CaseAnswer { Died = End(kill: false) };
    }

    void Start()
    {
        _to = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);
        _from = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        string host = Environment.ProcessPath ?? "dotnet";
        bool shared = Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        string[] arguments = [Word, _to.GetClientHandleAsString(), _from.GetClientHandleAsString()];
        _process = new Process
        {
            StartInfo =
            new ProcessStartInfo(host, shared ? ["exec", program, .. arguments] : arguments) { RedirectStandardError = true }
        };
        _overflow.Clear();
        // The runtime's own list of a stack that overflowed is long, and says little more than its first lines.
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not { } text) return;
            if (_overflow.Count == 0 && !text.StartsWith("Stack overflow", StringComparison.Ordinal)) Console.Error.WriteLine(text);
            else if (_overflow.Count < 100) _overflow.Add(text.Trim());
        };
        _process.Start();
        _process.BeginErrorReadLine();
        _to.DisposeLocalCopyOfClientHandle();
        _from.DisposeLocalCopyOfClientHandle();
        _answers = new StreamReader(_from);
    }

    string End(bool kill)
    {
        _to!.Dispose();
        if (kill) _process!.Kill(entireProcessTree: true);
        _process!.WaitForExit();
        int code = _process.ExitCode;
        _answers!.Dispose();
        _process.Dispose();
        _process = null;
        if (_overflow.Count == 0)
            return string.Create(CultureInfo.InvariantCulture,
                $"it ended the whole program, with exit code {code}; is there an Environment.Exit?");
        string? frame = _overflow.Find(line => line.StartsWith("at MyTorch.", StringComparison.Ordinal));
        return $"the stack overflowed{(frame is null ? "" : $" in {frame["at ".Length..]}")}: something calls itself without end";
    }

    /// <summary>What such a process does: it runs cases until there are no more.</summary>
    public static void Serve(string input, string output, Func<CaseRequest, CaseAnswer> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        using var from = new AnonymousPipeClientStream(PipeDirection.In, input);
        using var to = new AnonymousPipeClientStream(PipeDirection.Out, output);
        using var requests = new StreamReader(from);
        while (requests.ReadLine() is { } line)
        {
            CaseAnswer answer = run(JsonSerializer.Deserialize<CaseRequest>(line, CheckData.Options)!);
            to.Write(JsonSerializer.SerializeToUtf8Bytes(answer, CheckData.Options));
            to.WriteByte((byte)'\n');
            to.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is not null) End(kill: true);
    }
}
