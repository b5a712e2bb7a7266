using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;

namespace MyTorch.Check;

/// <summary>What runs the student's code.</summary>
public interface ICases
{
    /// <summary>Runs a case.</summary>
    CaseAnswer Run(CaseRequest request);

    /// <summary>
    /// The members of the types that were asked for, as the student's code has them; null where it ends the process before it can say.
    /// </summary>
    IReadOnlyDictionary<string, string[]>? Signatures { get; }

    /// <summary>Runs a program on the student's code; 0 if it came to its end.</summary>
    /// <param name="method">The method that shows it.</param>
    /// <param name="plain">Whether it writes without colours.</param>
    int Show(string method, bool plain);
}

/// <summary>
/// Runs cases in another process, since code may end the program that it runs in: with Environment.Exit, or by calling itself without end.
/// Another process takes its place then, and the next case is run.
/// </summary>
/// <param name="setup">What is the same for all cases.</param>
/// <param name="cases">The assemblies of the student's code; null where they are this program's own.</param>
public sealed class CaseProcess(CaseSetup setup, CaseAssemblies? cases) : ICases, IDisposable
{
    /// <summary>The first argument of such a process; the handles of its pipes follow, then the paths of the assemblies.</summary>
    public const string Word = "--cases";

    /// <summary>The first argument of a process that shows a program: its method, the handout's folder and how it writes follow.</summary>
    public const string ProgramWord = "--program";

    /// <summary>How it writes: without colours.</summary>
    public const string Plainly = "plain";

    // What a process needs to begin and to answer, beyond the case's own time.
    static readonly TimeSpan s_start = TimeSpan.FromSeconds(20);

    readonly List<string> _overflow = [];
    Process? _process;
    AnonymousPipeServerStream? _to, _from;
    StreamReader? _answers;

    bool _greeted;
    IReadOnlyDictionary<string, string[]>? _signatures;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string[]>? Signatures
    {
        get
        {
            if (_signatures is null) Greet(out _);
            return _signatures;
        }
    }

    /// <inheritdoc/>
    public CaseAnswer Run(CaseRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!Greet(out CaseAnswer? ended)) return ended;
        return Ask(request, TimeSpan.FromSeconds(request.Seconds) + s_start, out CaseAnswer? answer) switch
        {
            Came.Answer when answer is { TimedOut: false } => answer,
            Came.Answer => Killed(answer),
            Came.Nothing => Killed(null),
            _ => new CaseAnswer { Died = End(kill: false) },
        };
    }

    /// <inheritdoc/>
    /// <remarks>The process has this one's console.</remarks>
    public int Show(string method, bool plain)
    {
        using Process process = Process.Start(new ProcessStartInfo(Dotnet.Location,
            ["exec", typeof(CaseProcess).Assembly.Location, ProgramWord, method, setup.Root, plain ? Plainly : "colours", .. Assemblies]))!;
        process.WaitForExit();
        return process.ExitCode;
    }

    string[] Assemblies => cases is null ? [] : [cases.Cases, cases.Given, cases.Mine];

    enum Came { Answer, Nothing, End }

    // The first line sets the process up. Code that runs when the assembly is loaded may hang or end it.
    bool Greet([System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out CaseAnswer? ended)
    {
        ended = null;
        if (_greeted) return true;
        Start();
        Came came = Ask(setup, s_start, out SortedDictionary<string, string[]>? signatures);
        (_greeted, _signatures) = (came == Came.Answer, signatures ?? _signatures);
        ended = came switch
        {
            Came.Answer => null,
            Came.Nothing => Killed(null),
            _ => new CaseAnswer { Died = End(kill: false) },
        };
        return ended is null;
    }

    Came Ask<TAnswer>(object question, TimeSpan patience, out TAnswer? answer) where TAnswer : class
    {
        answer = null;
        try
        {
            _to!.Write(Encoding.UTF8.GetBytes(CaseText.Write(question) + "\n"));
            _to.Flush();
        }
        catch (IOException)
        {
            // It has ended between two cases, by a timer perhaps; reading says so.
        }
        Task<string?> line = _answers!.ReadLineAsync();
        try
        {
            if (!line.Wait(patience)) return Came.Nothing;
        }
        catch (AggregateException exception) when (exception.InnerException is IOException)
        {
            return Came.End;
        }
        if (line.Result is not { } text) return Came.End;
        answer = CaseText.Read<TAnswer>(text);
        return Came.Answer;
    }

    // A process that does not end is killed.
    CaseAnswer Killed(CaseAnswer? answer)
    {
        End(kill: true);
        return answer ?? new CaseAnswer { TimedOut = true };
    }

    void Start()
    {
        _to = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);
        _from = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        string[] arguments = ["exec", typeof(CaseProcess).Assembly.Location, Word, _to.GetClientHandleAsString(),
            _from.GetClientHandleAsString(), .. Assemblies];
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(Dotnet.Location, arguments) { RedirectStandardInput = true, RedirectStandardError = true }
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
        // As in the grader, there is nothing to read.
        _process.StandardInput.Close();
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
        _greeted = false;
        if (_overflow.Count == 0)
            return string.Create(CultureInfo.InvariantCulture,
                $"it ended the whole program, with exit code {code}; is there an Environment.Exit?");
        string? frame = _overflow.Find(line => line.StartsWith("at MyTorch.", StringComparison.Ordinal));
        return $"the stack overflowed{(frame is null ? "" : $" in {frame["at ".Length..]}")}: something calls itself without end";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is not null) End(kill: true);
    }
}

/// <summary>The program <c>dotnet</c> that this process runs on.</summary>
static class Dotnet
{
    public static string Location { get; } = Find();

    static string Find()
    {
        // …/shared/Microsoft.NETCore.App/10.0.0/
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(beside) ? beside : name;
    }
}
