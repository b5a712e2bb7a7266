using System.Diagnostics;

namespace MyTorch.Data;

/// <summary>
/// Lets others have the thread while a file is read: after every few milliseconds a task of theirs is awaited. Without one, nothing is.
/// </summary>
sealed class Pauses(Func<Task>? pause = null)
{
    const int Milliseconds = 12, Rows = 32;

    readonly Stopwatch _clock = Stopwatch.StartNew();
    int _rows;

    /// <summary>Whether it is time for a pause; to be asked after each row.</summary>
    internal bool AreDue => pause is not null && ++_rows % Rows == 0 && _clock.ElapsedMilliseconds >= Milliseconds;

    /// <summary>Takes a pause.</summary>
    internal async ValueTask Take()
    {
        if (pause is null) return;
        await pause().ConfigureAwait(true);
        _clock.Restart();
    }
}
