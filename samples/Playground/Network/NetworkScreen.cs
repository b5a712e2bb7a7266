using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.JSInterop;
using MyTorch;
using MyTorch.Data;
using MyTorch.Teaching;

namespace Playground.Network;

/// <summary>The pictures of the page about a network that change with every step; <c>wwwroot/network.js</c> paints them.</summary>
[SupportedOSPlatform("browser")]
public sealed class NetworkScreen : IDisposable
{
    /// <summary>The points along a side of the map while the network trains, and when it rests.</summary>
    public const int Coarse = 32, Fine = 100;

    // The rows of the fine map that are computed at once, the points along a side of a neuron's map, and those of a curve.
    const int FineRows = 10, Small = 16, CurvePoints = 160;

    // With many features, a neuron's square has its outputs for so many training rows along a side.
    const int RowSide = 8;

    readonly IJSInProcessRuntime _js;
    readonly DotNetObjectReference<NetworkScreen> _this;
    readonly NetworkState _state;
    double _x0, _x1, _y0, _y1;
    NetworkPicture? _picture;
    NetworkRun? _attached;
    Tensor? _grid, _rows;
    IReadOnlyList<Tensor>? _layers;

    /// <summary>Pictures of a state.</summary>
    public NetworkScreen(IJSRuntime runtime, NetworkState state)
    {
        (_js, _state) = ((IJSInProcessRuntime)runtime, state);
        _this = DotNetObjectReference.Create(this);
    }

    NetworkRun Run => _state.Run;

    /// <summary>The number of features that are drawn: 1 as a curve, 2 as a map of the plane; 0 if there are too many.</summary>
    public int Axes => Run.Data.FeatureCount <= 2 ? Run.Data.FeatureCount : 0;

    /// <summary>Whether the outputs of a single feature are curves of probabilities.</summary>
    bool IsOfClasses => Run.Data.IsClassification;

    /// <summary>Sets up the plot for new data; to be called when its canvas is there.</summary>
    public void Attach(NetworkPicture picture)
    {
        (_picture, _grid, _rows, _layers, _attached) = (picture, null, null, null, Run);
        if (Axes > 0)
        {
            Dataset[] sets = [Run.RawTrain, Run.RawTest];
            double[][] inputs = [.. sets.Select(set => set.Inputs.ToArray())];
            (_x0, _x1) = Range(inputs.SelectMany(all => Column(all, 0)));
            double[][] second = Axes == 2 ? [.. inputs.Select(all => Column(all, 1).ToArray())]
                : IsOfClasses ? [.. sets.Select(set => set.Labels.ToInt64Array().Select(label => Run.Data.ClassCount > 1 ? label / (Run.Data.ClassCount - 1.0) : 0).ToArray())]
                : [.. sets.Select(set => Column(set.Targets.ToArray(), 0, set.OutputCount).ToArray())];
            (_y0, _y1) = Axes == 1 && IsOfClasses ? (-0.08, 1.08) : Range(second.SelectMany(all => all));
            if (Axes == 2 && !Run.Settings.IsFromFile)
            {
                // Axes of the same length keep circles round.
                double most = new[] { -_x0, _x1, -_y0, _y1 }.Max();
                (_x0, _x1, _y0, _y1) = (-most, most, -most, most);
            }
            (double low, double high) = IsOfClasses ? (0, 1) : Range(sets.SelectMany(set => Column(set.Targets.ToArray(), 0, set.OutputCount)), 0);
            var points = new List<double>();
            for (int s = 0; s < 2; s++)
                for (int i = 0; i < Math.Min(sets[s].Count, 2000); i++)
                {
                    // A point with a missing value cannot be drawn.
                    if (double.IsNaN(inputs[s][i * Axes] + inputs[s][(i + 1) * Axes - 1])) continue;
                    points.Add(Round(inputs[s][i * Axes]));
                    points.Add(Round(second[s][i]));
                    points.Add(IsOfClasses ? sets[s].Labels.Item(i) : Round((sets[s].Targets.Item(i, 0) - low) / Math.Max(high - low, 1e-12)));
                    points.Add(s);
                }
            // Anonymous types do not survive trimming.
            _js.InvokeVoid("network.plot", "plot", Axes == 2 ? "plane" : "curve", new[] { _x0, _x1, _y0, _y1 }, Run.Data.ClassCount, points.ToArray(), _this);
        }
        _state.Pictures.Add(PictureSchedule.Picture, 0, Draw);
        _state.Pictures.Add("neurons", 120, DrawNeurons);
        _state.Pictures.Add("weights", 200, DrawWeights);
        _ = _state.Pictures.Rest();

        IEnumerable<double> Column(double[] table, int column, int width = 0)
        {
            int step = width > 0 ? width : Run.Data.FeatureCount;
            for (int i = column; i < table.Length; i += step) yield return table[i];
        }
    }

    static double Round(double value) => double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    static (double Low, double High) Range(IEnumerable<double> values, double margin = 0.06)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values)
            if (!double.IsNaN(value)) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        double more = high > low ? margin * (high - low) : 0.5;
        return (low - more, high + more);
    }

    // A new network has no canvases before the page is rendered.
    bool IsAttached => _picture is not null && _attached == Run;

    /// <summary>Paints the output as it is now, coarsely; then its finer rows, a piece for each element.</summary>
    IEnumerable<bool> Draw()
    {
        if (!IsAttached) return [];
        if (Axes == 1) DrawCurve();
        if (Axes != 2) return [];
        DrawPlane();
        return _state.IsRunning ? [] : Finer();
    }

    void DrawPlane()
    {
        _grid ??= Run.Scaled(Tensor.From(Grid(Coarse, 0, Coarse), [Coarse * Coarse, 2], DType.Float64));
        _layers = Run.Activations(_grid);
        NetworkCanvas.Map("plot", Map(_layers[^1], Coarse * Coarse), Coarse);
    }

    IEnumerable<bool> Finer()
    {
        NetworkRun run = Run;
        int step = run.StepCount;
        byte[]? bytes = null;
        for (int row = 0; row < Fine; row += FineRows)
        {
            if (run != Run || step != run.StepCount || !IsAttached) yield break;
            Tensor grid = run.Scaled(Tensor.From(Grid(Fine, row, FineRows), [FineRows * Fine, 2], DType.Float64));
            byte[] part = Map(run.Activations(grid)[^1], FineRows * Fine);
            bytes ??= new byte[part.Length * (Fine / FineRows)];
            part.CopyTo(bytes, part.Length * (row / FineRows));
            if (row + FineRows == Fine) NetworkCanvas.Map("plot", bytes, Fine);
            yield return true;
        }
    }

    // Some rows of n × n points, from the top.
    double[] Grid(int n, int first, int rows)
    {
        double[] grid = new double[2 * n * rows];
        for (int j = 0; j < rows; j++)
            for (int i = 0; i < n; i++)
            {
                grid[2 * (j * n + i)] = _x0 + (_x1 - _x0) * i / (n - 1);
                grid[2 * (j * n + i) + 1] = _y1 - (_y1 - _y0) * (first + j) / (n - 1);
            }
        return grid;
    }

    // A byte a point for two classes and for numbers; the class and its certainty for more.
    byte[] Map(Tensor outputs, int count)
    {
        using PauseScope pause = Autograd.Pause();
        int classes = Run.Data.ClassCount;
        if (!IsOfClasses)
        {
            double[] values = outputs.ToArray();
            (double low, double high) = Range(Run.Train.Targets.ToArray(), 0);
            byte[] map = new byte[count];
            for (int i = 0; i < count; i++) map[i] = Byte((values[i * Run.Data.OutputCount] - low) / (high - low));
            return map;
        }
        double[] scores = Probabilities(outputs).ToArray();
        byte[] bytes = new byte[classes == 2 ? count : 2 * count];
        if (classes == 2)
            for (int i = 0; i < count; i++) bytes[i] = Byte(scores[2 * i + 1]);
        else
            for (int i = 0; i < count; i++)
            {
                int best = 0;
                for (int c = 1; c < classes; c++) if (scores[i * classes + c] > scores[i * classes + best]) best = c;
                bytes[2 * i] = (byte)best;
                bytes[2 * i + 1] = Byte((scores[i * classes + best] * classes - 1) / (classes - 1));
            }
        return bytes;
    }

    // Scores that were trained towards one-hot rows are probabilities already, more or less.
    Tensor Probabilities(Tensor outputs) =>
        Run.Settings.LossFor(isClassification: true) == NetworkLoss.CrossEntropy ? outputs.Softmax(1) : outputs.Clamp(0, 1);

    static byte Byte(double share) => double.IsNaN(share) ? (byte)127 : (byte)Math.Round(255 * Math.Clamp(share, 0, 1));

    void DrawCurve()
    {
        double[] grid = new double[CurvePoints];
        for (int i = 0; i < CurvePoints; i++) grid[i] = _x0 + (_x1 - _x0) * i / (CurvePoints - 1);
        _grid ??= Run.Scaled(Tensor.From(grid, [CurvePoints, 1], DType.Float64));
        _layers = Run.Activations(_grid);
        double[] outputs;
        using (Autograd.Pause())
            outputs = (IsOfClasses ? Probabilities(_layers[^1]) : Run.Standardizer?.InverseTargets(_layers[^1]) ?? _layers[^1]).ToArray();
        int lines = IsOfClasses ? Run.Data.ClassCount : Run.Data.OutputCount;
        double[] values = new double[lines * CurvePoints];
        for (int k = 0; k < lines; k++)
            for (int i = 0; i < CurvePoints; i++) values[k * CurvePoints + i] = outputs[i * lines + k];
        NetworkCanvas.Curve("plot", values, CurvePoints);
    }

    void DrawNeurons()
    {
        if (!IsAttached) return;
        if (Axes > 0)
        {
            if (_layers is null || _grid is null) return;
            if (Axes == 2) DrawNeurons([_grid, .. _layers], Coarse, Coarse, Coarse / Small);
            else DrawNeurons([_grid, .. _layers], CurvePoints, 1, 1);
        }
        else if (Run.Settings.Data == NetworkData.Digits) DrawFirstWeights();
        else
        {
            _rows ??= SortedRows();
            DrawNeurons([_rows, .. Run.Activations(_rows)], RowSide, RowSide, 1);
        }
    }

    // Training rows by class or by target, so that a neuron that tells them apart has another colour above than below.
    Tensor SortedRows()
    {
        Dataset train = Run.Train;
        double[] by = train.IsClassification
            ? Array.ConvertAll(train.Labels.ToInt64Array(), label => (double)label)
            : [.. Enumerable.Range(0, train.Count).Select(row => train.Targets.Item(row, 0))];
        int[] order = [.. Enumerable.Range(0, train.Count).OrderBy(row => by[row])];
        const int Count = RowSide * RowSide;
        return train.Select([.. Enumerable.Range(0, Count).Select(i => order[(int)((long)i * order.Length / Count)])]).Inputs;
    }

    // Each neuron in its own scale: the sign keeps its colour, 0 is the ground.
    void DrawNeurons(IReadOnlyList<Tensor> layers, int w, int h, int every)
    {
        int small = w / every, low = h == 1 ? 1 : h / every;
        byte[] bytes = new byte[_picture!.Neurons.Count * small * low];
        int at = 0;
        double[]? values = null;
        int layer = -1, width = 0;
        foreach (PictureNeuron neuron in _picture.Neurons)
        {
            if (neuron.Layer != layer)
            {
                layer = neuron.Layer;
                values = layers[layer].ToArray();
                width = layers[layer].Shape[1];
            }
            double most = 1e-9;
            int start = at;
            double[] own = new double[small * low];
            for (int j = 0; j < low; j++)
                for (int i = 0; i < small; i++)
                {
                    double value = values![((j * every) * w + i * every) * width + neuron.Index];
                    own[at++ - start] = value;
                    if (Math.Abs(value) > most) most = Math.Abs(value);
                }
            for (int i = 0; i < own.Length; i++) bytes[start + i] = Byte(0.5 + 0.5 * own[i] / most);
        }
        NetworkCanvas.Neurons(bytes, small, low);
    }

    // Of pictures, a neuron of the first layer shows what it looks for: its weights, as a picture.
    void DrawFirstWeights()
    {
        int side = (int)Math.Round(Math.Sqrt(Run.Data.FeatureCount));
        double[] weights = Run.Layers[0].Weight.ToArray();
        byte[] bytes = new byte[_picture!.Neurons.Count * side * side];
        Array.Fill(bytes, (byte)127);
        int first = _picture.Neurons.Count(neuron => neuron.Layer == 0);
        for (int k = 0; k < _picture.Neurons.Count(neuron => neuron.Layer == 1); k++)
        {
            double most = 1e-9;
            for (int i = 0; i < side * side; i++) most = Math.Max(most, Math.Abs(weights[k * side * side + i]));
            for (int i = 0; i < side * side; i++) bytes[(first + k) * side * side + i] = Byte(0.5 + 0.5 * weights[k * side * side + i] / most);
        }
        NetworkCanvas.Neurons(bytes, side, side);
    }

    void DrawWeights()
    {
        if (!IsAttached) return;
        double[][] weights = [.. Run.Layers.Select(layer => layer.Weight.ToArray())];
        byte[] bytes = new byte[2 * _picture!.Weights.Count];
        for (int i = 0; i < _picture.Weights.Count; i++)
        {
            PictureWeight line = _picture.Weights[i];
            double weight = weights[line.Layer - 1][line.To * _picture.Sizes[line.Layer - 1] + line.From];
            bytes[2 * i] = (byte)Math.Round(20 * NetworkPicture.Thickness(weight));
            bytes[2 * i + 1] = weight < 0 ? (byte)1 : (byte)0;
        }
        NetworkCanvas.Weights(bytes);
    }

    /// <summary>
    /// What the network says of a point, in words; called by the script with the point under the cursor, or null for none.
    /// </summary>
    [JSInvokable]
    public string At(double? across, double? up)
    {
        if (across is not { } x || up is not { } y || _attached != Run) return s_hint;
        double[] point = Axes == 2 ? [x, y] : [x];
        Tensor outputs = Run.Activations(Run.Scaled(Tensor.From(point, [1, Axes], DType.Float64)))[^1];
        using PauseScope pause = Autograd.Pause();
        string where = Axes == 2
            ? FormattableString.Invariant($"{Run.Data.FeatureNames[0]} = {x:G4}, {Run.Data.FeatureNames[1]} = {y:G4}")
            : FormattableString.Invariant($"{Run.Data.FeatureNames[0]} = {x:G4}");
        if (!IsOfClasses)
        {
            double value = (Run.Standardizer?.InverseTargets(outputs) ?? outputs).Item(0, 0);
            return FormattableString.Invariant($"{where}: {Run.Data.TargetNames[0]} = {value:G6}");
        }
        Tensor scores = Probabilities(outputs);
        long best = scores.ArgMax(1).ToInt64Array()[0];
        return FormattableString.Invariant($"{where}: class {Run.Data.ClassNames[(int)best]}, probability {scores.Item(0, (int)best):G6}");
    }

    const string s_hint = "Point at the picture, or focus it and use the arrow keys, to read a value.";

    /// <summary>A curve plot of uPlot.</summary>
    public void MakeLines(string id, string[] names) => _js.InvokeVoid("network.lines", id, names);

    /// <summary>Loads the digits once: a file beside the page.</summary>
    public async Task LoadDigits(NetworkState state)
    {
        if (state.HasRows(new NetworkSettings { Data = NetworkData.Digits })) return;
        state.SetLoading("Loading the digits …");
        string? error = null;
        try
        {
            byte[] bytes = await _js.InvokeAsync<byte[]>("network.fetch", "data/digits.csv");
            string path = Path.Combine(Path.GetTempPath(), "digits.csv");
            await File.WriteAllBytesAsync(path, FirstLines(bytes, NetworkSettings.MostDigits + 1));
            await Task.Delay(1);
            state.AddDigits(CsvDataset.Load(path, "digit", new CsvOptions { DType = DType.Float64 }));
        }
        catch (Exception e) when (e is JSException or InvalidOperationException)
        {
            error = $"The digits could not be loaded: {e.Message} Is the connection there?";
        }
        state.SetLoading(null, error);
    }

    static byte[] FirstLines(byte[] bytes, int count)
    {
        int at = 0;
        for (int i = 0; i < count && at < bytes.Length; i++)
        {
            int end = Array.IndexOf(bytes, (byte)'\n', at);
            at = end < 0 ? bytes.Length : end + 1;
        }
        return bytes[..at];
    }

    /// <summary>Lets the plots go when the page is left.</summary>
    public void Close()
    {
        _picture = null;
        foreach (string part in new[] { PictureSchedule.Picture, "neurons", "weights" }) _state.Pictures.Remove(part);
        _js.InvokeVoid("network.close");
    }

    /// <inheritdoc/>
    public void Dispose() => _this.Dispose();
}
