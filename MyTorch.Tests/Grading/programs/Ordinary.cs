using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

/// <summary>
/// What ordinary code may ask of the runtime and of the system, each by a name: run once as a handout's check runs it and once in the grader's
/// child process. What it answers is the same in both, or is told as "ok" where it is the machine's or the moment's.
/// </summary>
static class Ordinary
{
    public static readonly (string Name, Func<object?> Run)[] Kinds =
    [
        ("culture by name", () => CultureInfo.GetCultureInfo("en-US").Name),
        ("culture made", () => new CultureInfo("de-DE").NumberFormat.NumberDecimalSeparator),
        ("culture's own format", () => 1234.5.ToString("N1", CultureInfo.GetCultureInfo("fr-FR"))),
        ("current culture", () => CultureInfo.CurrentCulture.Name),
        ("current culture set", () => { CultureInfo.CurrentCulture = new CultureInfo("de-DE"); try { return $"{1.5}"; } finally { CultureInfo.CurrentCulture = CultureInfo.InvariantCulture; } }),
        ("default culture set", () => { CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture; return "ok"; }),
        ("parsing by a culture", () => double.Parse("1,5", new CultureInfo("de-DE"))),
        ("all cultures", () => CultureInfo.GetCultures(CultureTypes.AllCultures).Length),
        ("region", () => new RegionInfo("US").Name),
        ("money", () => 1.5.ToString("C", CultureInfo.GetCultureInfo("en-US"))),
        ("Turkish capitals", () => "i".ToUpper(CultureInfo.GetCultureInfo("tr-TR"))),
        ("comparison by culture", () => string.Compare("a", "B", StringComparison.CurrentCulture) < 0),
        ("normal form", () => "é".Normalize(NormalizationForm.FormD).Length),
        ("title case", () => CultureInfo.GetCultureInfo("en-US").TextInfo.ToTitleCase("a rule")),
        ("calendar", () => new HebrewCalendar().GetYear(new DateTime(2026, 1, 2))),
        ("long date", () => new DateTime(2026, 1, 2).ToString("D", CultureInfo.GetCultureInfo("en-US"))),
        ("encodings", () => Encoding.GetEncodings().Length + Encoding.Latin1.WebName + Encoding.GetEncoding("utf-32").WebName),
        ("an encoding of Windows", () => Encoding.GetEncoding(1252).WebName),

        ("local time zone", () => TimeZoneInfo.Local.BaseUtcOffset),
        ("time zone by name", () => TimeZoneInfo.FindSystemTimeZoneById("UTC").Id),
        ("time zone of a city", () => TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin").Id),
        ("all time zones", () => TimeZoneInfo.GetSystemTimeZones().Count),
        ("now", () => Ok(DateTime.Now.Kind == DateTimeKind.Local && DateTimeOffset.Now.Year > 2000)),
        ("stopwatch", () => Ok(Stopwatch.StartNew().ElapsedTicks >= 0 && Stopwatch.IsHighResolution)),
        ("timer", () => { using var ring = new ManualResetEventSlim(); using var timer = new Timer(_ => ring.Set(), null, 1, -1); return ring.Wait(10_000); }),

        ("processors", () => Ok(Environment.ProcessorCount > 0)),
        ("machine's name", () => Ok(Environment.MachineName.Length > 0)),
        ("domain's name", () => Ok(Environment.UserDomainName is not null)),
        ("system", () => Environment.OSVersion.Platform + RuntimeInformation.OSArchitecture.ToString()),
        ("runtime", () => Environment.Version + RuntimeInformation.FrameworkDescription),
        ("home", () => Ok(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile).Length > 0)),
        ("path variable", () => Ok(Environment.GetEnvironmentVariable("PATH") is not null)),
        ("variable set", () => { Environment.SetEnvironmentVariable("MINE", "1"); return Environment.GetEnvironmentVariable("MINE"); }),
        ("ticks and pages", () => Ok(Environment.TickCount64 > 0 && Environment.SystemPageSize > 0 && Environment.WorkingSet > 0)),
        ("processor time", () => Ok(Environment.CpuUsage.TotalTime.Ticks > 0)),
        ("current folder", () => Ok(Environment.CurrentDirectory.Length > 0 && Directory.Exists("."))),
        ("new line", () => Environment.NewLine),
        ("program", () => Ok(Environment.ProcessPath is not null && Environment.CommandLine.Length > 0 && AppContext.BaseDirectory.Length > 0)),

        ("console's width", () => Console.WindowWidth > 0 && Console.BufferWidth > 0 && Console.WindowHeight > 0),
        ("console's colours", () => { Console.ForegroundColor = ConsoleColor.Red; Console.BackgroundColor = ConsoleColor.Black; Console.ResetColor(); return "ok"; }),
        ("console cleared", () => { Console.Clear(); return "ok"; }),
        ("console's cursor", () => { Console.CursorVisible = true; Console.SetCursorPosition(0, 0); return Console.CursorLeft; }),
        ("console's title", () => { Console.Title = "rules"; return "ok"; }),
        ("console's encodings", () => { Console.OutputEncoding = Encoding.UTF8; Console.InputEncoding = Encoding.UTF8; return Console.OutputEncoding.WebName; }),
        ("console read", () => Console.ReadLine()),
        ("console's keys", () => Console.KeyAvailable),
        ("console's errors", () => { Console.Error.Write(""); return Console.IsErrorRedirected || true; }),
        ("console's output set", () => { TextWriter before = Console.Out; Console.SetOut(TextWriter.Null); Console.WriteLine("x"); Console.SetOut(before); return "ok"; }),
        ("console interrupted", () => { Console.CancelKeyPress += (_, _) => { }; return "ok"; }),
        ("beep", () => { Console.Beep(); return "ok"; }),

        ("thread's priority", () => { Thread.CurrentThread.Priority = ThreadPriority.AboveNormal; Thread.CurrentThread.Priority = ThreadPriority.Normal; return Thread.CurrentThread.Priority; }),
        ("another thread's priority and name", () => OnThread(new Thread(() => { }) { Priority = ThreadPriority.Lowest, Name = "mine", IsBackground = true })),
        ("thread's stack", () => OnThread(new Thread(() => Deep(100_000), 64 << 20))),
        ("many threads", () => Enumerable.Range(0, 16).Select(_ => new Thread(() => Thread.Sleep(1))).ToList().All(thread => OnThread(thread) is "ok")),
        ("thread pool", () => { ThreadPool.SetMinThreads(4, 4); ThreadPool.SetMaxThreads(32, 32); return Task.Run(() => 2).Result; }),
        ("parallel loop", () => { long sum = 0; Parallel.For(0, 1000, i => Interlocked.Add(ref sum, i)); return sum; }),
        ("parallel query", () => Enumerable.Range(0, 1000).AsParallel().WithDegreeOfParallelism(2).Sum()),
        ("long task", () => Task.Factory.StartNew(() => 3, TaskCreationOptions.LongRunning).Result),
        ("locks", () => { using var mutex = new Mutex(); mutex.WaitOne(); mutex.ReleaseMutex(); using var one = new ReaderWriterLockSlim(); one.EnterWriteLock(); one.ExitWriteLock(); return "ok"; }),
        ("barrier over processors", () => { Interlocked.MemoryBarrierProcessWide(); return Ok(Thread.GetCurrentProcessorId() >= 0 && Thread.Yield() | true); }),
        ("sleep", () => { Thread.Sleep(1); Thread.SpinWait(10); return "ok"; }),

        ("process", () => { using var self = Process.GetCurrentProcess(); return Ok(self.Id > 0 && self.WorkingSet64 > 0 && self.TotalProcessorTime.Ticks > 0 && self.StartTime.Year > 2000); }),
        ("process's threads", () => { using var self = Process.GetCurrentProcess(); return Ok(self.Threads.Count > 0 && self.ProcessName.Length > 0 && self.Modules.Count > 0); }),
        ("process's priority", () => { using var self = Process.GetCurrentProcess(); self.PriorityClass = ProcessPriorityClass.BelowNormal; return Ok(self.BasePriority >= 0 | true); }),
        ("process's processors", () => { using var self = Process.GetCurrentProcess(); self.ProcessorAffinity = self.ProcessorAffinity; return "ok"; }),

        ("collection", () => { GC.Collect(); GC.WaitForPendingFinalizers(); return Ok(GC.GetTotalMemory(true) > 0 && GC.CollectionCount(0) > 0); }),
        ("collector's settings", () => { GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency; GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce; return $"{GCSettings.IsServerGC} {GCSettings.LatencyMode}"; }),
        ("no collection", () => { GCSettings.LatencyMode = GCLatencyMode.Interactive; bool begun = GC.TryStartNoGCRegion(1 << 20); GC.EndNoGCRegion(); return begun; }),
        ("collector's notification", () => { GC.RegisterForFullGCNotification(10, 10); GC.CancelFullGCNotification(); return "ok"; }),
        ("collector's report", () => Ok(GC.GetGCMemoryInfo().HeapSizeBytes >= 0 && GC.GetConfigurationVariables().Count > 0)),
        ("memory pressure", () => { GC.AddMemoryPressure(1000); GC.RemoveMemoryPressure(1000); return "ok"; }),
        ("pinned memory", () => GC.AllocateUninitializedArray<double>(1000, pinned: true).Length),
        ("native memory", () => { nint memory = Marshal.AllocHGlobal(1 << 20); Marshal.FreeHGlobal(memory); return "ok"; }),
        ("memory", () => new double[4 << 20].Length),

        ("assertion that holds", () => { Debug.Assert(true); Trace.Assert(true); return "ok"; }),
        ("traces", () => { Trace.Listeners.Add(new ConsoleTraceListener()); Trace.WriteLine("traced"); Debug.WriteLine("said"); Trace.Flush(); return Trace.Listeners.Count; }),
        ("debugger", () => Debugger.IsAttached),
        ("caller", () => Ok(new StackTrace(fNeedFileInfo: true).FrameCount > 0 && Environment.StackTrace.Length > 0)),
        ("activity", () => { using var activity = new Activity("mine").Start(); return activity.OperationName; }),
        ("symbols", () =>
#if DEBUG && TRACE && NET10_0 && NET9_0_OR_GREATER && NETCOREAPP
            "all"
#else
            "some"
#endif
        ),

        ("temporary file", () => { string file = Path.GetTempFileName(); File.WriteAllText(file, "x"); File.Copy(file, file + "2", true); File.Move(file + "2", file + "3"); File.Delete(file + "3"); File.Delete(file); return Ok(Path.GetTempPath().Length > 0); }),
        ("file here", () => { File.WriteAllLines("mine.csv", ["1", "2"]); File.AppendAllText("mine.csv", "3"); string all = File.ReadAllText("mine.csv"); File.Delete("mine.csv"); return all; }),
        ("folder here", () => { Directory.CreateDirectory("mine/deep"); Directory.Delete("mine", true); return "ok"; }),
        ("file's times and rights", () => { File.WriteAllText("mine", ""); File.SetLastWriteTimeUtc("mine", DateTime.UnixEpoch); File.SetAttributes("mine", FileAttributes.Normal); File.Delete("mine"); return "ok"; }),
        ("file locked", () => { using (var file = new FileStream("mine", FileMode.Create, FileAccess.ReadWrite, FileShare.None)) { file.Write([1, 2, 3]); file.Lock(0, 1); file.Unlock(0, 1); file.Flush(true); } File.Delete("mine"); return "ok"; }),

        ("shared random numbers", () => Random.Shared.Next(1)),
        ("random numbers from a seed", () => new Random(1).Next()),
        ("identifier", () => Guid.NewGuid().ToString().Length),
        ("secret numbers", () => RandomNumberGenerator.GetInt32(1, 2)),
        ("hash", () => Convert.ToHexString(SHA256.HashData("rule"u8))),
        ("compression", () => { using var to = new MemoryStream(); using (var zip = new System.IO.Compression.GZipStream(to, System.IO.Compression.CompressionLevel.Optimal)) zip.Write(new byte[1000]); return to.Length > 0; }),

        ("switches", () => { AppContext.SetSwitch("Mine", true); return AppContext.TryGetSwitch("Mine", out bool mine) && mine; }),
        ("target framework", () => AppContext.TargetFrameworkName),
        ("switch of globalization", () => AppContext.TryGetSwitch("System.Globalization.Invariant", out bool on) && on),
        ("code compiled", () => System.Linq.Expressions.Expression.Lambda<Func<int>>(System.Linq.Expressions.Expression.Constant(4)).Compile()()),
        ("late binding", () => { dynamic one = 1; return one + 1; }),
        ("regular expression compiled", () => new System.Text.RegularExpressions.Regex("a+", System.Text.RegularExpressions.RegexOptions.Compiled).Match("baa").Value),
        ("JSON", () => System.Text.Json.JsonSerializer.Serialize(new[] { 1, 2 })),
        ("object by type", () => Activator.CreateInstance(typeof(List<int>))!.GetType().Name),
        ("client of the network, unused", () => { using var client = new HttpClient(); return client.Timeout; }),
        ("vectors", () => System.Numerics.Vector<double>.Count),
        ("handlers", () => { AppDomain.CurrentDomain.ProcessExit += (_, _) => { }; AppDomain.CurrentDomain.UnhandledException += (_, _) => { }; return "ok"; }),
        ("signals", () => { using var one = PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => { }); return "ok"; }),
        ("deep recursion", () => Deep(100_000)),
        ("message of an exception", () => int.Parse("rule")),
    ];

    /// <summary>"thread pool: 2", or the exception's type and message.</summary>
    public static string Told(Func<object?> run)
    {
        try
        {
            return string.Create(CultureInfo.InvariantCulture, $"{run()}");
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    static string Ok(bool holds) => holds ? "ok" : "not so";

    static string OnThread(Thread thread)
    {
        thread.Start();
        thread.Join();
        return "ok";
    }

    static int Deep(int depth) => depth == 0 ? 0 : 1 + Deep(depth - 1);
}
