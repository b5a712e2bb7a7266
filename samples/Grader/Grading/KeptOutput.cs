using System.Text;

namespace MyTorch.Grader.Grading;

/// <summary>A stream that is read to its end, so that its writer never waits. The first bytes and the last ones are kept.</summary>
sealed class KeptOutput
{
    const int KeptAtStart = 2048, KeptAtEnd = 4096;

    readonly List<byte> _head = [];
    readonly byte[] _tail = new byte[KeptAtEnd];
    readonly Thread _reading;
    long _count;

    public KeptOutput(Stream stream)
    {
        _reading = new Thread(() => Read(stream)) { IsBackground = true };
        _reading.Start();
    }

    void Read(Stream stream)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            while (stream.Read(buffer) is > 0 and var count)
                lock (_head)
                {
                    _head.AddRange(buffer.AsSpan(0, Math.Min(count, KeptAtStart - _head.Count)));
                    for (int i = Math.Max(0, count - _tail.Length); i < count; i++) _tail[(_count + i) % _tail.Length] = buffer[i];
                    _count += count;
                }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException) { }
    }

    /// <summary>What was kept, a line break before the start and before the end.</summary>
    public string Text()
    {
        _reading.Join(500);
        lock (_head)
        {
            byte[] tail = new byte[Math.Min(_count, _tail.Length)];
            for (int i = 0; i < tail.Length; i++) tail[i] = _tail[(_count - tail.Length + i) % _tail.Length];
            return "\n" + Encoding.UTF8.GetString([.. _head]) + "\n" + Encoding.UTF8.GetString(tail);
        }
    }
}
