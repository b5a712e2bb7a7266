using System.Diagnostics;
using System.Globalization;
using MyTorch;
using MyTorch.Data;
using MyTorch.Teaching;

namespace Playground.Network;

/// <summary>What the page about a network shows: the settings, which the address holds, and the run that trains.</summary>
/// <remarks>
/// <para>A panel of the page is a component with two parameters: <c>State</c>, this, and <c>Changed</c>, to be invoked after it has changed
/// something, so that the page shows it and puts it into the address. The network and its numbers are <see cref="Run"/>.</para>
/// <para>While the network trains, the page is not rendered. A panel that follows the training subscribes to <see cref="StepDone"/>,
/// renders
/// itself there, seldom if that is much work, and unsubscribes when it is disposed. <see cref="Rebuilt"/> says that <see cref="Run"/> is
/// another object.</para>
/// </remarks>
public sealed class NetworkState
{
    // The work of a slice: with the pictures that follow it stays below 50 ms. On the way to a step nothing is drawn.
    const int SliceMilliseconds = 9, SliceOfWay = 30;

    readonly Browser _browser;
    readonly Dictionary<string, Dataset> _files = [];

    /// <summary>The default network.</summary>
    public NetworkState(Browser browser)
    {
        _browser = browser;
        Run = new NetworkRun(Settings);
    }

    /// <summary>The settings of <see cref="Run"/>.</summary>
    public NetworkSettings Settings { get; private set; } = new();

    /// <summary>The network that trains.</summary>
    public NetworkRun Run { get; private set; }

    /// <summary>What is wrong with the settings that were asked for; null if nothing is. The page then keeps the last network.</summary>
    public string? Error { get; private set; }

    /// <summary>What is being loaded; null if nothing is.</summary>
    public string? Loading { get; private set; }

    /// <summary>Whether it trains now.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Steps were done, or taken back: after every slice of the training, and after a single step.</summary>
    public event Action? StepDone;

    /// <summary>There is another network; raised before <see cref="StepDone"/>.</summary>
    public event Action? Rebuilt;

    /// <summary>Training began, ended, or something was loaded: what the buttons say is other.</summary>
    public event Action? RunningChanged;

    /// <summary>Takes other settings: a new network, before its first step. Ends the training.</summary>
    public void Set(NetworkSettings settings)
    {
        Pause();
        try
        {
            Run = new NetworkRun(settings, settings.IsFromFile ? _files.GetValueOrDefault(FileOf(settings)) : null);
            (Settings, Error) = (settings, null);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            Error = Sentence(e);
            return;
        }
        Rebuilt?.Invoke();
        StepDone?.Invoke();
    }

    /// <summary>Gives the rows of a file, for <see cref="NetworkData.Digits"/> and <see cref="NetworkData.Own"/>.</summary>
    public void AddFile(string name, Dataset rows) => _files[name] = rows;

    /// <summary>A separate network with these settings, before its first step.</summary>
    public NetworkRun Fresh(NetworkSettings settings) =>
        new(settings, settings.IsFromFile ? _files.GetValueOrDefault(FileOf(settings)) : null);

    /// <summary>Whether the rows that the settings need are here.</summary>
    public bool HasFile(NetworkSettings settings) => !settings.IsFromFile || _files.ContainsKey(FileOf(settings));

    static string FileOf(NetworkSettings settings) => settings.Data == NetworkData.Digits ? "digits.csv" : $"{settings.File}\n{settings.Target}";

    /// <summary>Says that something is loaded, or with null that it is here.</summary>
    public void SetLoading(string? what, string? error = null)
    {
        (Loading, Error) = (what, error ?? Error);
        RunningChanged?.Invoke();
    }

    /// <summary>Trains until nothing changes any more, or until <see cref="Pause"/>.</summary>
    public Task Train() => Train(int.MaxValue, restart: true);

    /// <summary>Trains to a step, in slices; backward to the same weights if it is an earlier one.</summary>
    public Task GoTo(int step)
    {
        Pause();
        if (step < Run.StepCount) Run.Restore(step);
        return Train(step, restart: false);
    }

    async Task Train(int last, bool restart)
    {
        if (IsRunning) return;
        NetworkRun run = Run;
        if (restart) run.GoOn();
        IsRunning = true;
        int turn = ++_turn;
        RunningChanged?.Invoke();
        var clock = new Stopwatch();
        while (IsRunning && turn == _turn && run.StepCount < last && (run.Stop is null || !restart))
        {
            clock.Restart();
            do run.Step();
            while (clock.ElapsedMilliseconds < (restart ? SliceMilliseconds : SliceOfWay) && run.StepCount < last && (run.Stop is null || !restart));
            if (restart) StepDone?.Invoke();
            await _browser.NextFrame();
        }
        if (turn != _turn) return;
        IsRunning = false;
        StepDone?.Invoke();
        RunningChanged?.Invoke();
    }

    int _turn;

    /// <summary>Ends the training; the next slice does not come.</summary>
    public void Pause()
    {
        if (!IsRunning) return;
        IsRunning = false;
        _turn++;
        RunningChanged?.Invoke();
    }

    /// <summary>One step.</summary>
    public void Step()
    {
        Pause();
        Run.Step();
        StepDone?.Invoke();
    }

    /// <summary>Back to the weights before the last step.</summary>
    public Task Back() => GoTo(Math.Max(0, Run.StepCount - 1));

    /// <summary>To the end of the epoch.</summary>
    public Task NextEpoch() => GoTo((Run.StepCount / Run.StepsPerEpoch + 1) * Run.StepsPerEpoch);

    /// <summary>Back to the first weights, the same again.</summary>
    public void Reset()
    {
        Pause();
        Run.Reset();
        StepDone?.Invoke();
    }

    /// <summary>An exception's message without the name of the parameter, which is no name on the page.</summary>
    public static string Sentence(Exception e) => e is ArgumentException { ParamName: { } name }
        ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : e.Message;

    static readonly NetworkSettings s_default = new();

    /// <summary>The state as an address: what is as it is by default is left out.</summary>
    public Address ToAddress()
    {
        NetworkSettings s = Settings;
        Address address = new Address().Add("page", "network");
        if (s.Data != s_default.Data) address.Add("data", Word(s.Data));
        if (s.Data == NetworkData.Function) address.Add("boundary", s.Function);
        if (s.Data == NetworkData.Own) address.Add("file", s.File).Add("target", s.Target);
        if (!s.Layers.SequenceEqual(s_default.Layers))
        {
            address.Add("layers", s.Layers.Count == 0 ? "none" : string.Join(',', s.Layers.Select(layer => layer.Neurons.ToString(CultureInfo.InvariantCulture))));
            NetworkActivation[] activations = [.. s.Layers.Select(layer => layer.Activation)];
            if (activations.Any(one => one != NetworkActivation.Tanh))
                address.Add("act", string.Join(',', activations.Distinct().Count() == 1 ? [Word(activations[0])] : activations.Select(Word)));
        }
        Number("points", s.Points, s_default.Points);
        Number("noise", s.Noise, s_default.Noise);
        Number("share", s.TrainShare, s_default.TrainShare);
        if (s.Standardize != s.IsFromFile) address.Add("scale", s.Standardize ? "1" : "0");
        if (s.Init != s_default.Init) address.Add("init", Word(s.Init));
        if (s.Loss is { } loss) address.Add("loss", Word(loss));
        if (s.Optimizer != s_default.Optimizer) address.Add("opt", Word(s.Optimizer));
        Number("lr", s.LearningRate, s_default.LearningRate);
        Number("momentum", s.Momentum, s_default.Momentum);
        Number("decay", s.WeightDecay, s_default.WeightDecay);
        Number("batch", s.BatchSize, s_default.BatchSize);
        Number("seed", s.Seed, s_default.Seed);
        if (!s.ZeroGradients) address.Add("zerograd", "0");
        if (s.Uphill) address.Add("uphill", "1");
        return address;

        void Number(string key, double value, double usual)
        {
            if (value != usual) address.Add(key, value);
        }
    }

    /// <summary>The settings of an address; what it does not say is as it is by default. Null if it says nothing about a network.</summary>
    public static NetworkSettings? FromAddress(Address address)
    {
        if (address.Page != "network") return null;
        NetworkData data = Parsed(address["data"], s_default.Data);
        NetworkActivation[] activations = [.. (address["act"] ?? "").Split(',').Select(one => Parsed(one, NetworkActivation.Tanh))];
        IReadOnlyList<NetworkLayer> layers = address["layers"] switch
        {
            null => [.. s_default.Layers.Select((layer, i) => layer with { Activation = activations[Math.Min(i, activations.Length - 1)] })],
            "none" => [],
            { } text => [.. text.Split(',').Select((one, i) => new NetworkLayer(
                int.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out int neurons) ? neurons : 0, activations[Math.Min(i, activations.Length - 1)]))],
        };
        return new NetworkSettings
        {
            Data = data,
            Function = address["boundary"] ?? s_default.Function,
            File = address["file"] ?? "",
            Target = address["target"] ?? "",
            Layers = layers,
            Points = (int)(address.Number("points") ?? s_default.Points),
            Noise = address.Number("noise") ?? s_default.Noise,
            TrainShare = address.Number("share") ?? s_default.TrainShare,
            Standardize = address["scale"] is { } scale ? scale == "1" : data is NetworkData.Digits or NetworkData.Own,
            Init = Parsed(address["init"], s_default.Init),
            Loss = address["loss"] is { } loss ? Parsed(loss, NetworkLoss.CrossEntropy) : null,
            Optimizer = Parsed(address["opt"], s_default.Optimizer),
            LearningRate = address.Number("lr") ?? s_default.LearningRate,
            Momentum = address.Number("momentum") ?? s_default.Momentum,
            WeightDecay = address.Number("decay") ?? s_default.WeightDecay,
            BatchSize = (int)(address.Number("batch") ?? s_default.BatchSize),
            Seed = (int)(address.Number("seed") ?? s_default.Seed),
            ZeroGradients = address["zerograd"] != "0",
            Uphill = address["uphill"] == "1",
        };
    }

    static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    static T Parsed<T>(string? text, T usual) where T : struct, Enum => Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value) ? value : usual;
}
