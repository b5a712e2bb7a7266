using System.Globalization;
using MyTorch.Teaching;

namespace Playground.Network;

/// <summary>The settings of a network in the address of the page.</summary>
public static class NetworkAddress
{
    static readonly NetworkSettings s_default = new();

    /// <summary>Settings and a number of steps as an address: what is as it is by default is left out.</summary>
    public static Address ToAddress(NetworkSettings s, int step = 0)
    {
        ArgumentNullException.ThrowIfNull(s);
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
        if (step > 0) address.Add("step", step);
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
        NetworkData data = address.Word<NetworkData>("data") ?? s_default.Data;
        NetworkActivation[] activations = address["act"] is { } acts
            ? [.. acts.Split(',').Select(one => address.Word<NetworkActivation>("act", one) ?? NetworkActivation.Tanh)]
            : [NetworkActivation.Tanh];
        IReadOnlyList<NetworkLayer> layers = address["layers"] switch
        {
            null => [.. s_default.Layers.Select((layer, i) => layer with { Activation = activations[Math.Min(i, activations.Length - 1)] })],
            "none" => [],
            { } text => [.. text.Split(',').Select((one, i) => new NetworkLayer(
                // Zero neurons are refused with the other settings, in a sentence that names the layer.
                int.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out int neurons) ? neurons : 0,
                activations[Math.Min(i, activations.Length - 1)]))],
        };
        return new NetworkSettings
        {
            Data = data,
            Function = address["boundary"] ?? s_default.Function,
            File = address["file"] ?? "",
            Target = address["target"] ?? "",
            Layers = layers,
            Points = address.Count("points") ?? s_default.Points,
            Noise = address.Number("noise") ?? s_default.Noise,
            TrainShare = address.Number("share") ?? s_default.TrainShare,
            Standardize = address["scale"] is { } scale ? scale == "1" : data is NetworkData.Digits or NetworkData.Own,
            Init = address.Word<NetworkInit>("init") ?? s_default.Init,
            Loss = address.Word<NetworkLoss>("loss"),
            Optimizer = address.Word<NetworkOptimizer>("opt") ?? s_default.Optimizer,
            LearningRate = address.Number("lr") ?? s_default.LearningRate,
            Momentum = address.Number("momentum") ?? s_default.Momentum,
            WeightDecay = address.Number("decay") ?? s_default.WeightDecay,
            BatchSize = address.Count("batch") ?? s_default.BatchSize,
            Seed = address.Count("seed", int.MinValue) ?? s_default.Seed,
            ZeroGradients = address["zerograd"] != "0",
            Uphill = address["uphill"] == "1",
        };
    }

    static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

}
