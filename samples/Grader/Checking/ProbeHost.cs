using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using MyTorch.Grader.Sandboxing;

namespace MyTorch.Probes;

/// <summary>
/// Runs probes and writes down what they return: values, never verdicts. The grader runs it in two places: in its own process on the
/// reference, and in a child process on the handed-in library. The protocol is binary, so that every double arrives as it was.
/// </summary>
public static class ProbeHost
{
    /// <summary>The kind of a record.</summary>
    public enum Event : byte
    {
        /// <summary>The host is up; a text says how it is confined.</summary>
        Ready,

        /// <summary>A case begins.</summary>
        Start,

        /// <summary>A case returned an array.</summary>
        Return,

        /// <summary>A case ended without an exception.</summary>
        End,

        /// <summary>A case ended with an exception: its types, message and trace.</summary>
        Threw,

        /// <summary>All cases have been run.</summary>
        Done,
    }

    /// <summary>The bytes that begin every record: drawn for each child, so that another process cannot forge one.</summary>
    public const int NonceLength = 16;

    /// <summary>The most bytes that the results of one case may have; of one beyond them, the shape is passed on without values.</summary>
    public const int MostAnswerBytes = 4 << 20;

    /// <summary>The stack of a case's thread, in bytes: as much as the handout's check has.</summary>
    const int StackSize = 16 << 20;

    /// <summary>What the child process runs: <c>launch</c> confines the process and becomes <c>run</c>, which runs the cases.</summary>
    public static int Start(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args[0] == "launch") return Sandbox.Launch(args);
        string confined = Sandbox.Seal(layers: args[2]);
        using Stream cases = Console.OpenStandardInput();
        using var records = new FileStream(new SafeFileHandle(int.Parse(args[1], null), ownsHandle: false), FileAccess.Write,
            bufferSize: 0);
        Run(cases, records, confined);
        // The grader ends this process, so threads that still run and handlers of the process's exit have no say in it.
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    /// <summary>Runs the cases described by one stream and writes records to the other.</summary>
    public static void Run(Stream cases, Stream records, string confined)
    {
        using var description = new MemoryStream();
        ArgumentNullException.ThrowIfNull(cases);
        cases.CopyTo(description);
        description.Position = 0;
        using var reader = new BinaryReader(description);
        byte[] nonce = reader.ReadBytes(NonceLength);
        var writer = new RecordWriter(records, nonce);
        writer.Write(-1, Event.Ready, body => body.Write(confined));
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            int id = reader.ReadInt32();
            string name = reader.ReadString();
            int seed = reader.ReadInt32();
            bool single = reader.ReadBoolean();
            writer.Write(id, Event.Start);
            // A separate thread: a tape that a failing case left open does not reach the next case, and a deep recursion has stack.
            var thread = new Thread(() => Guarded(writer, id, name, seed, single), StackSize);
            thread.Start();
            thread.Join();
        }
        writer.Write(-1, Event.Done);
    }

    static void Guarded(RecordWriter writer, int id, string name, int seed, bool single)
    {
        try
        {
            Call(writer, id, name, seed, single);
            writer.Write(id, Event.End);
        }
        catch (Exception e)
        {
            while (e is TargetInvocationException or TypeInitializationException && e.InnerException is { } inner) e = inner;
            (string message, string trace) = (Short(e.Message, 1000), Short(e.StackTrace ?? "", 4000));
            string types = "";
            for (Type? type = e.GetType(); type is not null && type != typeof(object); type = type.BaseType) types += type.FullName + ";";
            writer.Write(id, Event.Threw, body =>
            {
                body.Write(types);
                body.Write(message);
                body.Write(trace);
            });
        }
    }

    // The first method that uses the library, so that code that runs when it is loaded runs inside the case.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Call(RecordWriter writer, int id, string name, int seed, bool single)
    {
        int dot = name.LastIndexOf('.');
        MethodInfo method = typeof(ProbeHost).Assembly.GetType(name[..dot])?.GetMethod(
            name[(dot + 1)..], BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic, [typeof(Probe)])
            ?? throw new MissingMethodException($"The probe {name} does not exist.");
        long sent = 0;
        var probe = new Probe(seed, single ? DType.Float32 : DType.Float64, result =>
        {
            // Of what is too large the shape says enough.
            long bytes = (long)sizeof(double) * result.Values.Length;
            bool fits = sent + bytes <= MostAnswerBytes;
            if (fits) sent += bytes;
            writer.Write(id, Event.Return, body => Describe(body, fits ? result : result with { Values = [] }));
        });
        method.CreateDelegate<Action<Probe>>()(probe);
    }

    static void Describe(BinaryWriter body, Returned result)
    {
        body.Write(result.Name);
        body.Write(result.DType);
        body.Write(result.Shape?.Length ?? -1);
        foreach (int size in result.Shape ?? []) body.Write(size);
        body.Write(result.Values.Length);
        body.Write(MemoryMarshal.AsBytes(result.Values.AsSpan()));
    }

    static string Short(string text, int length) => text.Length <= length ? text : text[..length] + "…";

    /// <summary>Nonce, case, event, length, body; one at a time.</summary>
    sealed class RecordWriter(Stream stream, byte[] nonce)
    {
        readonly Lock _lock = new();

        public void Write(int id, Event kind, Action<BinaryWriter>? write = null)
        {
            using var body = new MemoryStream();
            using (var writer = new BinaryWriter(body, System.Text.Encoding.UTF8, leaveOpen: true)) write?.Invoke(writer);
            using var record = new MemoryStream();
            using (var writer = new BinaryWriter(record, System.Text.Encoding.UTF8, leaveOpen: true))
            {
                writer.Write(nonce);
                writer.Write(id);
                writer.Write((byte)kind);
                writer.Write((int)body.Length);
                writer.Write(body.GetBuffer(), 0, (int)body.Length);
            }
            lock (_lock)
            {
                stream.Write(record.GetBuffer(), 0, (int)record.Length);
                stream.Flush();
            }
        }
    }
}
