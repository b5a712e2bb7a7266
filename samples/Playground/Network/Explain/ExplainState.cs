using System.Globalization;
using MyTorch;
using MyTorch.Data;
using MyTorch.Diagnostics;
using MyTorch.Teaching;

namespace Playground.Network.Explain;

/// <summary>Which explanation of the network is open, and where in it the learner is.</summary>
public sealed class ExplainState
{
    static readonly string[] s_panels = ["backward", "step", "why", "lines", "rate", "valley", "gallery", "twice"];

    (NetworkRun Run, int Step, BackwardAccount Account)? _account;
    (NetworkRun Run, int Step, StepAccount Account)? _step;

    /// <summary>The panel; null if none is open.</summary>
    public string? Panel { get; set; }

    /// <summary>Whether an address has just opened the panel, which is then to be brought into sight.</summary>
    public bool HasArrived { get; set; }

    /// <summary>The row of the batch.</summary>
    public int Row { get; set; }

    /// <summary>The formula whose turn it is in the backward pass, from 0; −1 before the first, null after the last.</summary>
    public int? At { get; set; }

    /// <summary>The chosen neuron: its layer k, its number, both from 1.</summary>
    public (int Layer, int Number)? Neuron { get; set; }

    /// <summary>Whether the matrix product of the neuron's layer is open.</summary>
    public bool Product { get; set; }

    /// <summary>The chosen element of dW, as in C#: row and column from 0.</summary>
    public (int Row, int Column)? Cell { get; set; }

    /// <summary>The part of the opened step, from 0; null after the last.</summary>
    public int? StepAt { get; set; }

    /// <summary>The parameter whose update is shown.</summary>
    public int Parameter { get; set; }

    /// <summary>Its element.</summary>
    public int Element { get; set; }

    /// <summary>The mistake in the training loop.</summary>
    public LoopMistake Mistake { get; set; } = LoopMistake.NoZeroGrad;

    /// <summary>The broken network.</summary>
    public int Patient { get; set; }

    /// <summary>The settings of the valley.</summary>
    public ValleyOptions Valley { get; set; } = new();

    /// <summary>The step of the path through the valley whose arrows are shown.</summary>
    public int ValleyStep { get; set; } = 3;

    /// <summary>An arrow key, Home, End or Escape was pressed.</summary>
    public event Action<string>? Pressed;

    /// <summary>Hands a key to the open panel.</summary>
    public void Press(string key) => Pressed?.Invoke(key);

    /// <summary>The batch that is explained: that of the next step.</summary>
    public static Batch BatchOf(NetworkRun run) => run.NextBatch;

    /// <summary>The backward pass of the batch with the weights of now.</summary>
    public BackwardAccount AccountOf(NetworkRun run)
    {
        if (_account is { } kept && kept.Run == run && kept.Step == run.StepCount) return kept.Account;
        Batch batch = BatchOf(run);
        var account = BackwardAccount.Of(run.Model.Modules, batch.Inputs, y => run.Loss(y, batch));
        _account = (run, run.StepCount, account);
        if (Row >= account.Rows) Row = 0;
        if (Neuron is { } at && (at.Layer > account.Layers.Count || at.Number > account.Layers[at.Layer - 1].Size)) (Neuron, Product, Cell) = (null, false, null);
        if (Cell is { } cell && Neuron is { } of && (cell.Row >= account.Layers[of.Layer - 1].Size || cell.Column >= account.Layers[of.Layer - 1].Inputs.Shape[1])) Cell = null;
        if (At >= StepsOf(account)) At = null;
        return account;
    }

    /// <summary>The next step, opened.</summary>
    public StepAccount StepOf(NetworkRun run)
    {
        if (_step is { } kept && kept.Run == run && kept.Step == run.StepCount) return kept.Account;
        Batch batch = BatchOf(run);
        var account = StepAccount.Preview(run.Model.Modules, batch.Inputs, y => run.Settings.Uphill ? -run.Loss(y, batch) : run.Loss(y, batch),
            run.Optimizer, clearsBefore: run.Settings.ZeroGradients);
        _step = (run, run.StepCount, account);
        if (Parameter >= account.Changes.Count) Parameter = 0;
        if (Element >= account.Changes[Parameter].Before.ElementCount) Element = 0;
        return account;
    }

    /// <summary>The number of formulas of a backward pass: for each layer by z and by w, and by y but for the first.</summary>
    public static int StepsOf(BackwardAccount account) => 3 * account.Layers.Count - 1;

    /// <summary>The layer k and the formula, z, w or y, of a step.</summary>
    public static (int K, char Part) PartOf(BackwardAccount account, int at) => (account.Layers.Count - at / 3, "zwy"[at % 3]);

    /// <summary>Up one level: from a cell's sum to the product, to the neuron, to the network. False at the top.</summary>
    public bool Up()
    {
        if (Cell is not null) Cell = null;
        else if (Product) Product = false;
        else if (Neuron is not null) Neuron = null;
        else return false;
        return true;
    }

    /// <summary>Adds what is open to an address.</summary>
    public Address AddTo(Address address)
    {
        if (Panel is null) return address;
        address.Add("view.panel", Panel);
        switch (Panel)
        {
            case "backward":
                if (Row > 0) address.Add("view.row", Row);
                if (At is { } at) address.Add("view.at", at + 1);
                if (Neuron is { } neuron) address.Add("view.k", neuron.Layer).Add("view.neuron", neuron.Number);
                if (Product) address.Add("view.product", "1");
                if (Cell is { } cell) address.Add("view.cell", string.Create(CultureInfo.InvariantCulture, $"{cell.Row},{cell.Column}"));
                break;
            case "step":
                if (StepAt is { } step) address.Add("view.at", step + 1);
                address.Add("view.parameter", Parameter).Add("view.element", Element);
                break;
            case "lines": address.Add("view.mistake", Mistake.ToString()); break;
            case "gallery": address.Add("view.patient", Patient + 1); break;
            case "valley":
                address.Add("view.start", string.Create(CultureInfo.InvariantCulture, $"{Valley.Start.X},{Valley.Start.Y}"))
                    .Add("view.lr", Valley.LearningRate).Add("view.momentum", Valley.Momentum).Add("view.rule", Valley.Rule.ToString()).Add("view.at", ValleyStep);
                if (Valley.DropAt is { } drop) address.Add("view.drop", drop);
                break;
        }
        return address;
    }

    /// <summary>Takes what an address opens; nothing if it names no panel.</summary>
    public void Take(Address address)
    {
        if (address.Choice("view.panel", s_panels) is not { } panel) return;
        (Panel, HasArrived) = (panel, true);
        switch (panel)
        {
            case "backward":
                Row = address.Count("view.row") ?? 0;
                int? k = address.Count("view.k");
                Neuron = k is > 0 ? (k.Value, Math.Max(1, address.Count("view.neuron") ?? 1)) : null;
                At = address.Count("view.at") - 1;
                Product = address["view.product"] == "1" || address["view.cell"] is not null;
                Cell = Pair(address["view.cell"]) is var (row, column) && Neuron is not null ? ((int)row, (int)column) : null;
                _account = null;
                break;
            case "step":
                StepAt = address.Count("view.at") - 1;
                (Parameter, Element) = (address.Count("view.parameter") ?? 0, address.Count("view.element") ?? 0);
                _step = null;
                break;
            case "lines": Mistake = address.Word<LoopMistake>("view.mistake") ?? LoopMistake.NoZeroGrad; break;
            case "gallery": Patient = (address.Count("view.patient", 1, BrokenNetwork.All.Count) ?? 1) - 1; break;
            case "valley":
                Valley = new ValleyOptions
                {
                    Start = Pair(address["view.start"]) ?? (-2, 1.5),
                    LearningRate = address.Number("view.lr", 0.001, 1) ?? 0.1,
                    Momentum = address.Number("view.momentum", 0, 0.99) ?? 0.9,
                    Rule = address.Word<MomentumRule>("view.rule") ?? MomentumRule.RateOutside,
                    DropAt = address.Count("view.drop"),
                };
                ValleyStep = address.Count("view.at") ?? 3;
                break;
        }
    }

    static (double X, double Y)? Pair(string? text) =>
        text?.Split(',') is [var a, var b] && double.TryParse(a, NumberStyles.Float, CultureInfo.InvariantCulture, out double x)
            && double.TryParse(b, NumberStyles.Float, CultureInfo.InvariantCulture, out double y) && double.IsFinite(x + y) && Math.Abs(x) < 1e6 && Math.Abs(y) < 1e6 ? (x, y) : null;

    /// <summary>A number as the page shows it.</summary>
    public static string Shown(double number) => FunctionTrace.Shown(number).Replace('-', '−');

    /// <summary>A number for an attribute.</summary>
    public static string N(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>What a fault is called where the learner chooses.</summary>
    public static string Name(NetworkFault fault) => fault switch
    {
        NetworkFault.UnscaledInputs => "The inputs are not scaled",
        NetworkFault.SameNeurons => "All neurons begin alike",
        NetworkFault.NoActivation => "Activations are missing",
        NetworkFault.NoZeroGrad => "Gradients are not cleared",
        NetworkFault.Uphill => "The step goes uphill",
        NetworkFault.DeadReLU => "The ReLUs are dead",
        NetworkFault.Saturated => "The activations are saturated",
        NetworkFault.VanishingGradient => "The gradient vanishes",
        NetworkFault.LearningRateTooLarge => "The learning rate is too large",
        NetworkFault.LearningRateTooSmall => "The learning rate is too small",
        NetworkFault.NothingMoves => "Nothing moves",
        _ => "No gradient arrives",
    };
}
