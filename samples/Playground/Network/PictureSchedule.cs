namespace Playground.Network;

/// <summary>
/// When which part of the page is drawn anew while a network trains: the picture of the output after every slice of steps, and of the other
/// parts, each at intervals, at most one beside it, so that no slice is long. When the training rests, all are drawn.
/// </summary>
public sealed class PictureSchedule(Browser browser)
{
    // A part that rests draws in pieces of about this many milliseconds, and the page answers between them.
    const double Piece = 12;

    sealed record Part(string Name, double Every, Func<IEnumerable<bool>> Draw)
    {
        public double Last { get; set; } = double.NegativeInfinity;
    }

    // A frame that has taken longer than this leaves its part to the next one.
    const double Enough = 14;

    readonly List<Part> _parts = [];
    Part? _late;
    int _turn;

    /// <summary>The name of the part that is drawn after every slice.</summary>
    public const string Picture = "picture";

    /// <summary>Adds a part that is drawn at once.</summary>
    /// <param name="name">A name, for <see cref="Remove"/>.</param>
    /// <param name="every">
    /// Milliseconds between two drawings while the network trains; infinite if it waits until the training rests.
    /// </param>
    /// <param name="draw">Draws it.</param>
    public void Add(string name, double every, Action draw) => Add(name, every, () =>
    {
        draw();
        return [];
    });

    /// <summary>Adds a part that is drawn in pieces when the training rests.</summary>
    /// <param name="name">A name, for <see cref="Remove"/>.</param>
    /// <param name="every">
    /// Milliseconds between two drawings while the network trains; infinite if it waits until the training rests.
    /// </param>
    /// <param name="draw">
    /// Draws it: at once all that is drawn while the network trains, then an element for each piece that makes it finer.
    /// </param>
    public void Add(string name, double every, Func<IEnumerable<bool>> draw)
    {
        Remove(name);
        _parts.Add(new Part(name, every, draw));
    }

    /// <summary>Removes a part.</summary>
    public void Remove(string name) => _parts.RemoveAll(part => part.Name == name);

    /// <summary>Draws the part that the last frame had no time for; false if there is none, and the frame is free.</summary>
    public bool DrawLate()
    {
        if (_late is not { } late) return false;
        _late = null;
        if (!_parts.Contains(late)) return false;
        late.Draw();
        return true;
    }

    /// <summary>Draws after a slice of the training.</summary>
    /// <param name="frame">Runs since the frame began.</param>
    public void Next(System.Diagnostics.Stopwatch frame)
    {
        _turn++;
        double now = Environment.TickCount64;
        Part? due = null;
        foreach (Part part in _parts)
        {
            if (part.Every == 0) part.Draw();
            else if (double.IsFinite(part.Every) && now - part.Last >= part.Every && (due is null || part.Last + part.Every < due.Last + due.Every)) due = part;
        }
        if (due is null) return;
        due.Last = now;
        if (frame.Elapsed.TotalMilliseconds > Enough) _late = due;
        else due.Draw();
    }

    /// <summary>Draws everything as it is now, in pieces; ends early if something else is to be drawn meanwhile.</summary>
    public async Task Rest()
    {
        int turn = ++_turn;
        _late = null;
        NetworkCanvas.SetBusy(true);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var finer = new List<IEnumerator<bool>>();
        foreach (Part part in _parts.ToArray())
        {
            part.Last = double.NegativeInfinity;
            finer.Add(part.Draw().GetEnumerator());
            if (!await Goes()) return;
        }
        foreach (IEnumerator<bool> pieces in finer)
            while (pieces.MoveNext())
                if (!await Goes()) return;
        NetworkCanvas.SetBusy(false);

        async Task<bool> Goes()
        {
            if (clock.ElapsedMilliseconds < Piece) return true;
            await browser.NextFrame();
            clock.Restart();
            return turn == _turn;
        }
    }
}
