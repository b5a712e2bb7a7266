using MyTorch.Grader.Assignments;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>One call of a question's probe: what it draws from, and whether the student may see it.</summary>
sealed record ProbeCase(int Id, Question Question, int Seed, bool Single, bool Hidden)
{
    public CaseKind Kind => Hidden ? CaseKind.Hidden : Single ? CaseKind.Single : CaseKind.Visible;

    /// <summary>Float64 is compared to 6 digits, Float32 to 5.</summary>
    public Tolerance Tolerance => Single ? new(1e-5, 1e-5) : new(1e-8, 1e-6);

    /// <summary>What the host reads: a nonce and the cases.</summary>
    public static byte[] Describe(IReadOnlyList<ProbeCase> cases, byte[] nonce)
    {
        using var description = new MemoryStream();
        using var writer = new BinaryWriter(description);
        writer.Write(nonce);
        writer.Write(cases.Count);
        foreach (ProbeCase one in cases)
        {
            writer.Write(one.Id);
            writer.Write(one.Question.Probe!);
            writer.Write(one.Seed);
            writer.Write(one.Single);
        }
        writer.Flush();
        return description.ToArray();
    }
}

/// <summary>The kinds of cases of a question: a part of it counts when one of each was right.</summary>
enum CaseKind
{
    Hidden,
    Visible,
    Single,
}

/// <summary>How a case ended.</summary>
enum Ending
{
    NotRun,
    Completed,
    Threw,
    Timeout,
    Memory,
    Crashed,
    Exited,
}

/// <summary>What a case returned, and how it ended.</summary>
sealed record CaseResult
{
    public static readonly CaseResult NotRun = new() { Ending = Ending.NotRun };

    public Ending Ending { get; init; }

    public IReadOnlyList<Returned> Returned { get; init; } = [];

    /// <summary>The exception's type and its bases, each by full name.</summary>
    public IReadOnlyList<string> Exception { get; init; } = [];

    /// <summary>The exception's message, or what the process left behind.</summary>
    public string Message { get; init; } = "";

    public string Trace { get; init; } = "";

    public double Seconds { get; init; }

    public bool Threw(string type) => Ending == Ending.Threw && Exception.Contains(type);
}

/// <summary>A record of the host, read back. The bytes may come from handed-in code: only lengths within bounds are accepted.</summary>
sealed record ProbeRecord(int Case, ProbeHost.Event Event, byte[] Body)
{
    // Nonce, case, event, length; then the body.
    const int CaseAt = ProbeHost.NonceLength, EventAt = CaseAt + sizeof(int), LengthAt = EventAt + 1, HeadLength = LengthAt + sizeof(int);
    const int HighestRank = 64;

    // The values of a result, and its name and shape.
    const int LongestBody = ProbeHost.MostAnswerBytes + (1 << 16);

    /// <summary>How long the body is said to be; longer than <see cref="Body"/> where it is too long to be read.</summary>
    public int Length { get; private init; } = Body.Length;

    /// <summary>The next record; null at the end of the stream or at bytes that no host wrote.</summary>
    public static ProbeRecord? Read(Stream stream, byte[] nonce)
    {
        byte[] head = new byte[HeadLength];
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length) return null;
        if (!head.AsSpan(0, CaseAt).SequenceEqual(nonce)) return null;
        int length = BitConverter.ToInt32(head, LengthAt);
        if (length < 0 || head[EventAt] > (byte)ProbeHost.Event.Done) return null;
        (int id, var kind) = (BitConverter.ToInt32(head, CaseAt), (ProbeHost.Event)head[EventAt]);
        if (length > LongestBody) return new ProbeRecord(id, kind, []) { Length = length };
        byte[] body = new byte[length];
        return stream.ReadAtLeast(body, length, throwOnEndOfStream: false) < length ? null : new ProbeRecord(id, kind, body);
    }

    public BinaryReader Open() => new(new MemoryStream(Body));

    /// <summary>The array of a <see cref="ProbeHost.Event.Return"/>; null if the bytes are not an array.</summary>
    public Returned? ReadReturned()
    {
        try
        {
            using BinaryReader reader = Open();
            (string name, string dtype) = (reader.ReadString(), reader.ReadString());
            int rank = reader.ReadInt32();
            if (rank > HighestRank) return null;
            int[]? shape = rank < 0 ? null : new int[rank];
            for (int i = 0; i < rank; i++) shape![i] = reader.ReadInt32();
            int count = reader.ReadInt32();
            if (count < 0 || count > Body.Length / sizeof(double)) return null;
            double[] values = new double[count];
            for (int i = 0; i < count; i++) values[i] = reader.ReadDouble();
            return new Returned(name, shape, dtype, values);
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The strings of a body; empty where the bytes are not strings.</summary>
    public IReadOnlyList<string> ReadStrings(int count)
    {
        var strings = new List<string>();
        try
        {
            using BinaryReader reader = Open();
            while (strings.Count < count) strings.Add(reader.ReadString());
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException) { }
        while (strings.Count < count) strings.Add("");
        return strings;
    }
}
