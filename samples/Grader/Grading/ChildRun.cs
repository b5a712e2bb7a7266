using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipes;
using System.Security.Cryptography;
using MyTorch.Grader.Sandboxing;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>How a child process ended.</summary>
/// <param name="Ending">What ended it; <see cref="Ending.Completed"/> if it ran all its cases.</param>
/// <param name="Next">How many of its cases are finished: the index of the one that it was at.</param>
/// <param name="Running">Whether that case had begun.</param>
/// <param name="Returned">What that case returned so far.</param>
/// <param name="Code">The exit code; null if the process had to be killed.</param>
/// <param name="Complaint">What it wrote to its standard error.</param>
/// <param name="Message">What it did wrong, where that is known.</param>
/// <param name="Confinement">The layers around it, as it told; null if it did not come so far.</param>
/// <param name="Strays">How many processes it left behind.</param>
/// <param name="Seconds">How long the case took.</param>
sealed record ChildEnd(
    Ending Ending, int Next, bool Running,
    IReadOnlyList<Returned> Returned, int? Code, string Complaint, string Message, string? Confinement, int Strays,
    double Seconds);

/// <summary>
/// One child process and the conversation with it: it is sent cases, and answers with records. Nothing that it does but the arrays it
/// returns reaches a verdict.
/// </summary>
sealed class ChildRun : IDisposable
{
    // A host is ready after a tenth of a second, and on a loaded machine after a few; between two cases it does little.
    const int MillisecondsToStart = 30_000, MillisecondsBetweenCases = 10_000;

    // How often the clock, the process and the disk are looked at, how long records may still be in a pipe, and how long a process may take
    // to end.
    const int MillisecondsToWait = 50, MillisecondsForLastRecord = 200, MillisecondsToExit = 500, MillisecondsToDie = 5000;

    // A case whose thread waited for a processor gets that time back, up to so many times its limit.
    const int LongestStretch = 5;

    const long MostDiskBytes = 64 << 20;

    readonly IReadOnlyList<ProbeCase> _cases;
    readonly Func<ProbeCase, double> _limit;
    readonly long _deadline;
    readonly Action<ProbeCase, CaseResult> _results;
    readonly uint _ownUser;
    readonly byte[] _nonce = RandomNumberGenerator.GetBytes(ProbeHost.NonceLength);
    readonly ChildFolder _folder;
    readonly AnonymousPipeServerStream _pipe = new(PipeDirection.In, HandleInheritability.Inheritable);
    readonly BlockingCollection<ProbeRecord?> _records = new(boundedCapacity: 4);
    readonly Process _process;
    readonly KeptOutput _errors;

    // The case that runs: what it returned so far, when it began, how long it may take, and how long its threads had waited before it.
    List<Returned> _returned = [];
    long _kept, _started, _allowed;
    Dictionary<string, long> _waitedBefore = [];
    Stopwatch _watch = Stopwatch.StartNew();

    int _next;
    bool _running;
    string? _confinement;
    Ending? _ending;
    string _message = "";

    // When patience ends, and when it ends at the latest, by the clock's ticks in milliseconds.
    long _until, _latest;

    /// <summary>Starts a child and sends it cases.</summary>
    /// <param name="folder">Its folders.</param>
    /// <param name="megabytes">The limit of its managed heap.</param>
    /// <param name="ownUser">The user that only children run as; 0 if there is none.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="limit">The wall time of a case, in seconds.</param>
    /// <param name="deadline">When nothing more may run, by the clock's ticks in milliseconds.</param>
    /// <param name="results">Receives the results of the cases that end by themselves.</param>
    public ChildRun(
        ChildFolder folder, int megabytes, uint ownUser, IReadOnlyList<ProbeCase> cases, Func<ProbeCase, double> limit, long deadline,
        Action<ProbeCase, CaseResult> results)
    {
        (_folder, _ownUser, _cases, _limit, _deadline, _results) = (folder, ownUser, cases, limit, deadline, results);
        _process = folder.Start(_pipe, megabytes, (deadline - Now) / 1000 + 5);
        Processes.Started(_process.Id);
        // Both are read to the end, or the child could wait for a reader. What it says on its standard output is not kept.
        _ = new KeptOutput(_process.StandardOutput.BaseStream);
        _errors = new KeptOutput(_process.StandardError.BaseStream);
        new Thread(ReadRecords) { IsBackground = true }.Start();
        SendCases();
        _until = Math.Min(Now + MillisecondsToStart, deadline);
    }

    static long Now => Environment.TickCount64;

    void ReadRecords()
    {
        try
        {
            while (ProbeRecord.Read(_pipe, _nonce) is { } record) _records.Add(record);
            _records.Add(null);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException) { }
    }

    void SendCases()
    {
        try
        {
            _process.StandardInput.BaseStream.Write(ProbeCase.Describe(_cases, _nonce));
            _process.StandardInput.Close();
        }
        // The process is gone, which is found when nothing comes back.
        catch (IOException) { }
    }

    /// <summary>
    /// Takes records until all cases are finished or the child fails; then ends the child and everything that it started.
    /// </summary>
    public ChildEnd Run()
    {
        while (_ending is null) WaitForRecord();
        (int? code, int strays) = End();
        string complaint = _errors.Text();
        return new ChildEnd(
            _ending.Value, _next, _running, _returned, code, complaint, _message, _confinement, strays, _watch.Elapsed.TotalSeconds);
    }

    void WaitForRecord()
    {
        bool taken = _records.TryTake(out ProbeRecord? record, (int)Math.Clamp(_until - Now, 0, MillisecondsToWait));
        if (Now >= _until && _running && _until < _latest) GiveBackWaitingTime();
        if (Now >= _until)
        {
            (_ending, _message) = Now >= _deadline ? (Ending.NotRun, "") : (Ending.Timeout, Waited());
            return;
        }
        if (taken && record is null) _ending = Ending.Exited;
        if (!taken)
        {
            // A process that is gone writes no more, even where another one holds its pipe open.
            if (_process.HasExited && !_records.TryTake(out record, MillisecondsForLastRecord)) _ending = Ending.Exited;
            else if (_folder.IsOver(MostDiskBytes))
                (_ending, _message) = (Ending.Crashed, FormattableString.Invariant($"its files took more than {MostDiskBytes >> 20} MB"));
        }
        if (record is not null) Take(record);
    }

    string Waited() => _running ? FormattableString.Invariant($"stopped after {_allowed / 1000.0:0.##} s, the limit of one case")
        : _next == 0 ? FormattableString.Invariant($"its process was not ready for a case after {MillisecondsToStart / 1000} s")
        : FormattableString.Invariant($"its process did not go on within {MillisecondsBetweenCases / 1000} s after the case");

    // On a loaded machine a thread waits long for a processor: that is not the case's time. The whole run's deadline holds all the same.
    void GiveBackWaitingTime()
    {
        long waited = Processes.WaitedForProcessor(_process.Id)
            .Select(task => task.Value - _waitedBefore.GetValueOrDefault(task.Key)).DefaultIfEmpty(0).Max();
        _until = Math.Min(_latest, Math.Max(_until, _started + _allowed + waited));
    }

    void Take(ProbeRecord record)
    {
        ProbeCase? current = _next < _cases.Count ? _cases[_next] : null;
        bool isCurrent = current is not null && record.Case == current.Id;
        if (record.Length > record.Body.Length)
        {
            string size = FormattableString.Invariant($"{record.Length / 1048576.0:0.0} MB");
            (_ending, _message) = (Ending.Crashed,
                $"its process wrote a record of {size}; a result has at most {ProbeHost.MostAnswerBytes >> 20} MB");
            return;
        }
        switch (record.Event)
        {
            case ProbeHost.Event.Ready when _next == 0 && !_running:
                _confinement = record.ReadStrings(1)[0];
                break;
            case ProbeHost.Event.Start when !_running && isCurrent:
                StartCase(current!);
                break;
            case ProbeHost.Event.Return when _running && isCurrent:
                if (record.ReadReturned() is { } value && (_kept += sizeof(double) * value.Values.Length) <= ProbeHost.MostAnswerBytes)
                    _returned.Add(value);
                break;
            case ProbeHost.Event.End or ProbeHost.Event.Threw when _running && isCurrent:
                EndCase(current!, record);
                break;
            case ProbeHost.Event.Done:
                _ending = _next == _cases.Count ? Ending.Completed : Ending.Exited;
                break;
            // No host writes this: handed-in code does.
            default:
                (_ending, _message) = (Ending.Crashed, $"its process wrote a record \"{record.Event}\" where none belongs");
                break;
        }
    }

    void StartCase(ProbeCase current)
    {
        (_running, _returned, _kept, _watch) = (true, [], 0, Stopwatch.StartNew());
        (_started, _allowed, _waitedBefore) = (Now, (long)(1000 * _limit(current)), Processes.WaitedForProcessor(_process.Id));
        (_until, _latest) = (Math.Min(_started + _allowed, _deadline), Math.Min(_started + LongestStretch * _allowed, _deadline));
    }

    void EndCase(ProbeCase current, ProbeRecord record)
    {
        bool threw = record.Event == ProbeHost.Event.Threw;
        IReadOnlyList<string> texts = threw ? record.ReadStrings(3) : ["", "", ""];
        string[] types = texts[0].Split(';', StringSplitOptions.RemoveEmptyEntries);
        // Memory that one case has used up is missing to the next.
        if (types.Contains("System.OutOfMemoryException"))
        {
            _ending = Ending.Memory;
            return;
        }
        _results(current, new CaseResult
        {
            Ending = threw ? Ending.Threw : Ending.Completed,
            Returned = _returned,
            Exception = types,
            Message = texts[1],
            Trace = texts[2],
            Seconds = _watch.Elapsed.TotalSeconds,
        });
        (_running, _until) = (false, Math.Min(Now + MillisecondsBetweenCases, _deadline));
        _next++;
    }

    // Its exit code, if it ended by itself, and how many processes it left behind.
    (int? Code, int Strays) End()
    {
        bool ended = _process.WaitForExit(_ending is Ending.Exited ? MillisecondsToExit : 0);
        int? code = ended ? _process.ExitCode : null;
        if (!ended) _process.Kill(entireProcessTree: true);
        _process.WaitForExit(MillisecondsToDie);
        int strays = Processes.EndAll(_process.Id, _ownUser);
        Processes.Ended(_process.Id);
        return (code, strays);
    }

    public void Dispose()
    {
        _process.Dispose();
        _records.Dispose();
        _pipe.Dispose();
    }
}
