using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Text;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Sandboxing;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>A searching process. It is ended when a call in it does not return.</summary>
sealed class LeakProcess : IDisposable
{
    // A call ends within microseconds, and what is done before the first within seconds of the processor. On a loaded machine the process
    // waits for its turn: then the clock says little.
    static readonly TimeSpan s_mostOfProcessor = TimeSpan.FromSeconds(10), s_mostOfClock = TimeSpan.FromSeconds(60);

    readonly MemoryMappedFile _map;
    readonly MemoryMappedViewAccessor _calls;
    readonly Process _process;
    readonly KeptOutput _output, _errors;
    long _last = -1, _since = Environment.TickCount64;
    TimeSpan _spent;

    /// <param name="folder">The folder with the job.</param>
    public LeakProcess(string folder)
    {
        File.WriteAllBytes(Path.Combine(folder, LeakProof.ProgressFile), new byte[16]);
        _map = LeakProof.OpenProgress(folder);
        _calls = _map.CreateViewAccessor();
        _process = Process.Start(new ProcessStartInfo(DotnetProgram.Location)
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "mytorch-grader.dll"), LeakProof.Verb, folder },
            Environment =
            {
                ["DOTNET_TieredPGO"] = "0",
                ["DOTNET_DbgEnableMiniDump"] = "0",
                // Most of what a call leaves is garbage at once: 64 MB of it, in hexadecimal digits, before it is collected.
                ["DOTNET_gcConcurrent"] = "0",
                ["DOTNET_GCgen0size"] = "4000000",
            },
        })!;
        Processes.Started(_process.Id);
        _process.StandardInput.Close();
        _output = new KeptOutput(_process.StandardOutput.BaseStream);
        _errors = new KeptOutput(_process.StandardError.BaseStream);
    }

    /// <summary>Whether it came to its end by itself, with nothing wrong.</summary>
    public bool HasSucceeded => _process.HasExited && _process.ExitCode == 0;

    /// <summary>What it wrote.</summary>
    public string Errors => _errors.Text() + _output.Text();

    /// <summary>Waits a moment, and tells whether it still runs.</summary>
    public bool Runs()
    {
        if (_process.WaitForExit(100)) return false;
        long now = _calls.ReadInt64(0);
        if (now != _last) (_last, _since, _spent) = (now, Environment.TickCount64, Spent());
        else if (Spent() - _spent > s_mostOfProcessor || Environment.TickCount64 - _since > s_mostOfClock.TotalMilliseconds)
            _process.Kill(entireProcessTree: true);
        return true;
    }

    TimeSpan Spent()
    {
        try
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            // It has just ended.
            return _spent;
        }
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        Processes.Ended(_process.Id);
        _process.Dispose();
        _calls.Dispose();
        _map.Dispose();
    }
}

/// <summary>The lines of a file that another process adds lines to.</summary>
sealed class GrowingLines
{
    readonly string _path;
    long _read;

    /// <param name="path">The file, which is made empty.</param>
    public GrowingLines(string path) => File.WriteAllText(_path = path, "");

    /// <summary>How many lines were read.</summary>
    public int Count { get; private set; }

    /// <summary>The lines that are whole since the last time.</summary>
    public IReadOnlyList<string> More()
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = _read;
        using var reader = new StreamReader(file);
        string text = reader.ReadToEnd();
        string whole = text[..(text.LastIndexOf('\n') + 1)];
        _read += Encoding.UTF8.GetByteCount(whole);
        string[] lines = whole.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Count += lines.Length;
        return lines;
    }

    /// <summary>Adds a line to such a file.</summary>
    public static void Add(string path, string line)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        file.Write(Encoding.UTF8.GetBytes(line + "\n"));
    }
}
