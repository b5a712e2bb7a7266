using System.Diagnostics;
using MyTorch;
using MyTorch.Data;
using MyTorch.Teaching;

namespace Playground.Network;

/// <summary>What the page about a network shows: the settings, which the address holds, and the run that trains.</summary>
/// <remarks>
/// <para>A panel of the page is a component with two parameters: <c>State</c>, this, and <c>Changed</c>, to be invoked after it has changed
/// something, so that the page shows it and puts it into the address. The network and its numbers are <see cref="Run"/>.</para>
/// <para>While the network trains, the page is not rendered. What follows the training adds itself to <see cref="Pictures"/>.
/// <see cref="Rebuilt"/> says that <see cref="Run"/> is another object.</para>
/// </remarks>
public sealed class NetworkState
{
    // The work of a slice: with the pictures that follow it stays below 50 ms. On the way to a step nothing is drawn.
    const int SliceMilliseconds = 7, SliceOfWay = 24;

    /// <summary>The largest number of rows whose loss is computed for a reading; they are the same rows everywhere on the page.</summary>
    public const int MostRows = 1000;

    readonly Browser _browser;
    Dataset? _digits;
    int _turn;

    /// <summary>The default network.</summary>
    public NetworkState(Browser browser)
    {
        _browser = browser;
        Pictures = new PictureSchedule(browser);
        Run = new NetworkRun(Settings);
        Course = new NetworkCourse(Run, MostRows);
    }

    /// <summary>The settings of <see cref="Run"/>.</summary>
    public NetworkSettings Settings { get; private set; } = new();

    /// <summary>The network that trains.</summary>
    public NetworkRun Run { get; private set; }

    /// <summary>Its losses so far.</summary>
    public NetworkCourse Course { get; private set; }

    /// <summary>What is drawn while it trains, and when.</summary>
    public PictureSchedule Pictures { get; }

    /// <summary>The learner's own file.</summary>
    public OwnFile Own { get; } = new();

    /// <summary>
    /// The setting that was refused, as the name of a property of <see cref="NetworkSettings"/> or "" for all together, and why; null if none
    /// was. The page then keeps the last network.
    /// </summary>
    public (string Setting, string Why)? Refused { get; private set; }

    /// <summary>What must be there before a network can be built, such as the choice of a file; null if nothing is missing.</summary>
    public string? Awaited { get; private set; }

    /// <summary>The settings for whose rows is waited; null if any will do.</summary>
    public NetworkSettings? Wanted { get; private set; }

    /// <summary>What is being loaded; null if nothing is.</summary>
    public string? Loading { get; private set; }

    /// <summary>The settings before the network was made to fail; null if it was not.</summary>
    public NetworkSettings? Sound { get; private set; }

    /// <summary>Whether it trains now.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>There is another network.</summary>
    public event Action? Rebuilt;

    /// <summary>Training began, ended, or something was loaded: what the buttons say is other.</summary>
    public event Action? RunningChanged;

    /// <summary>Takes other settings: a new network, before its first step. Ends the training.</summary>
    public void Set(NetworkSettings settings)
    {
        Stop();
        try
        {
            NetworkRun run = Fresh(settings);
            (Run, Course) = (run, new NetworkCourse(run, MostRows));
            (Settings, Refused, Awaited, Wanted) = (settings, null, null, null);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            Refuse((e as ArgumentException)?.ParamName ?? "", Sentence(e));
            return;
        }
        Rebuilt?.Invoke();
        RunningChanged?.Invoke();
        _ = Pictures.Rest();
    }

    /// <summary>Says that a setting was refused; the network stays as it is.</summary>
    public void Refuse(string setting, string why)
    {
        Refused = (setting, why);
        RunningChanged?.Invoke();
    }

    /// <summary>Waits for something without which there is no network of the settings that were asked for.</summary>
    public void Await(string what, NetworkSettings? wanted = null)
    {
        Stop();
        (Awaited, Wanted, Refused) = (what, wanted ?? Wanted, null);
        Rebuilt?.Invoke();
        RunningChanged?.Invoke();
    }

    /// <summary>Makes the network fail, in such a way that <see cref="Repair"/> brings back what was there.</summary>
    public void Spoil(Func<NetworkSettings, NetworkSettings> spoil)
    {
        Sound ??= Settings;
        Set(spoil(Sound));
    }

    /// <summary>Brings back the settings before the network was made to fail.</summary>
    public void Repair()
    {
        if (Sound is not { } sound) return;
        Sound = null;
        Set(sound);
    }

    /// <summary>Takes the network that fails as it is.</summary>
    public void KeepSpoiled()
    {
        Sound = null;
        RunningChanged?.Invoke();
    }

    /// <summary>A separate network with these settings, before its first step.</summary>
    public NetworkRun Fresh(NetworkSettings settings) => new(settings, settings.Data switch
    {
        NetworkData.Digits => _digits,
        NetworkData.Own => Own.RowsOf(settings),
        _ => null,
    });

    /// <summary>Whether the rows that the settings need are here.</summary>
    public bool HasRows(NetworkSettings settings) =>
        settings.Data switch { NetworkData.Digits => _digits is not null, NetworkData.Own => Own.RowsOf(settings) is not null, _ => true };

    /// <summary>Gives the rows of <see cref="NetworkData.Digits"/>.</summary>
    public void AddDigits(Dataset rows) => _digits = rows;

    /// <summary>Says that something is loaded, or with null that it is here.</summary>
    public void SetLoading(string? what, string? error = null)
    {
        Loading = what;
        if (error is not null) Refused = ("", error);
        RunningChanged?.Invoke();
    }

    /// <summary>Trains until nothing changes any more, or until <see cref="Pause"/>.</summary>
    public Task Train() => Train(int.MaxValue, restart: true);

    /// <summary>Trains to a step, in slices; backward to the same weights if it is an earlier one.</summary>
    public Task GoTo(int step)
    {
        Stop();
        if (Awaited is not null) return Task.CompletedTask;
        if (step < Run.StepCount) Run.Restore(step);
        return Train(step, restart: false);
    }

    async Task Train(int last, bool restart)
    {
        if (IsRunning || Awaited is not null) return;
        NetworkRun run = Run;
        if (restart) run.GoOn();
        IsRunning = true;
        int turn = ++_turn;
        RunningChanged?.Invoke();
        NetworkCanvas.SetBusy(true);
        var clock = new Stopwatch();
        while (IsRunning && turn == _turn && run.StepCount < last && (run.Stop is null || !restart))
        {
            clock.Restart();
            if (restart && Pictures.DrawLate())
            {
                await _browser.NextFrame();
                continue;
            }
            int most = restart ? SliceMilliseconds : SliceOfWay;
            do run.Step();
            while (clock.ElapsedMilliseconds < most && run.StepCount < last && (run.Stop is null || !restart));
            if (restart) Pictures.Next(clock);
            else Course.Look();
            await _browser.NextFrame();
        }
        if (turn == _turn) Ended();
    }

    /// <summary>Ends the training, and shows where it ended.</summary>
    public void Pause()
    {
        if (IsRunning) Ended();
    }

    void Ended()
    {
        Stop();
        RunningChanged?.Invoke();
        _ = Pictures.Rest();
    }

    // The next slice does not come.
    void Stop()
    {
        IsRunning = false;
        _turn++;
    }

    /// <summary>One step.</summary>
    public void Step()
    {
        Stop();
        if (Awaited is not null) return;
        Run.Step();
        Ended();
    }

    /// <summary>Back to the weights before the last step.</summary>
    public Task Back() => Run.StepCount == 0 ? Task.CompletedTask : GoTo(Run.StepCount - 1);

    /// <summary>To the end of the epoch.</summary>
    public Task NextEpoch() => GoTo((Run.StepCount / Run.StepsPerEpoch + 1) * Run.StepsPerEpoch);

    /// <summary>Back to the first weights, the same again.</summary>
    public void Reset()
    {
        if (Run.StepCount == 0) return;
        Run.Reset();
        Ended();
    }

    /// <summary>An exception's message without the name of the parameter, which is no name on the page.</summary>
    public static string Sentence(Exception e) => e is ArgumentException { ParamName: { } name }
        ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : e.Message;
}
