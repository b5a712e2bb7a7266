using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using Nn = MyTorch.Nn;
using T = TorchSharp.torch.Tensor;

namespace DifferentialTest;

// Losses: predictions and targets are both inputs, so both have gradients; classes and weights are settings.
static partial class Ops
{
    const int Ignored = -100;

    static IEnumerable<Op> Losses() =>
    [
        Loss("MSELoss", (x, s) => new Nn.MSELoss(reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => F.mse_loss(x[0], x[1], s.TorchReduction)),
        Loss("L1Loss", (x, s) => new Nn.L1Loss(reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => Reduced((x[0] - x[1]) * SignOf(x[0] - x[1]).detach(), s)),
        Loss("HuberLoss", (x, s) => new Nn.HuberLoss(delta: s.A, reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => F.huber_loss(x[0], x[1], s.A, s.TorchReduction)) with { ComparesSecondOrderAtKinks = false },
        Loss("SmoothL1Loss", (x, s) => new Nn.SmoothL1Loss(beta: s.A, reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => F.smooth_l1_loss(x[0], x[1], s.TorchReduction, s.A)) with { ComparesSecondOrderAtKinks = false },
        Loss("BCELoss", (x, s) => new Nn.BCELoss(reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => F.binary_cross_entropy(x[0], x[1], reduction: s.TorchReduction), Domain.Probability, Domain.Probability) with { ComparesSpecialGradients = false, SecondOrderSlack = 1e-8 },
        Loss("BCELoss weighted", (x, s) => new Nn.BCELoss(weight: s.WeightLike(x[0]), reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => F.binary_cross_entropy(x[0], x[1], s.TorchWeightLike(x[0]), s.TorchReduction), Domain.Probability, Domain.Probability) with { ComparesSpecialGradients = false, SecondOrderSlack = 1e-8 },
        Loss("BCEWithLogitsLoss", (x, s) => new Nn.BCEWithLogitsLoss(reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => F.binary_cross_entropy_with_logits(x[0], x[1], reduction: s.TorchReduction), Domain.Any, Domain.Probability) with { TakesLimits = true },
        Loss("BCEWithLogitsLoss weighted", (x, s) => new Nn.BCEWithLogitsLoss(positiveWeight: s.WeightLike(x[0]), reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => F.binary_cross_entropy_with_logits(x[0], x[1], reduction: s.TorchReduction, pos_weights: s.TorchWeightLike(x[0])), Domain.Any, Domain.Probability) with { TakesLimits = true },
        Loss("KLDivLoss", (x, s) => new Nn.KLDivLoss(reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => Reduced(where(x[1].gt(0), x[1] * where(x[1].gt(0), x[1], ones_like(x[1])).log(), zeros_like(x[1])) - x[1] * x[0], s), Domain.Any, Domain.Probability) with { TakesLimits = true },
        Loss("KLDivLoss of logarithms", (x, s) => new Nn.KLDivLoss(logTarget: true, reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => Reduced(x[1].exp() * (x[1] - x[0]), s)) with { TakesLimits = true },
        Loss("CrossEntropyLoss of probabilities", (x, s) => new Nn.CrossEntropyLoss(labelSmoothing: s.B, reduction: s.Reduction).Forward(x[0], x[1]), (x, s) => F.cross_entropy(x[0], x[1], reduction: s.TorchReduction, label_smoothing: s.B), Domain.Any, Domain.Probability, minRank: 1),
        OfClasses("CrossEntropyLoss", (x, s) => new Nn.CrossEntropyLoss(weight: s.WeightLike(x[0]), labelSmoothing: s.B, ignoreIndex: -100, reduction: s.Reduction).Forward(x[0], s.Index),
            (x, s) => F.cross_entropy(x[0], s.TorchIndex, s.TorchWeightLike(x[0]), Ignored, s.TorchReduction, s.B)) with { TakesLimits = true },
        OfClasses("CrossEntropyLoss plain", (x, s) => new Nn.CrossEntropyLoss(reduction: s.Reduction).Forward(x[0], s.Index),
            (x, s) => F.cross_entropy(x[0], s.TorchIndex, reduction: s.TorchReduction)),
        OfClasses("NLLLoss", (x, s) => new Nn.NLLLoss(weight: s.WeightLike(x[0]), ignoreIndex: -100, reduction: s.Reduction).Forward(-x[0].Square(), s.Index), (x, s) => NllOf(-x[0].square(), s)),
        OfClasses("SoftmaxCrossEntropy", (x, s) => new MyTorch.Operations.SoftmaxCrossEntropy(x[0], s.Index).Apply(),
            (x, s) => F.cross_entropy(x[0], s.TorchIndex, reduction: TorchSharp.torch.nn.Reduction.None), plain: true)
            .By((x, s, h) => new MyTorch.Operations.SoftmaxCrossEntropy(x[0], h.Positions(s.Index))),
        Loss("BinaryCrossEntropyWithLogits", (x, s) => new MyTorch.Operations.BinaryCrossEntropyWithLogits(x[0], x[1], s.NumbersLike(x[0])).Apply(),
            (x, s) => F.binary_cross_entropy_with_logits(x[0], x[1], reduction: TorchSharp.torch.nn.Reduction.None, pos_weights: s.TorchWeightLike(x[0])), Domain.Any, Domain.Probability)
            .By((x, s, h) => new MyTorch.Operations.BinaryCrossEntropyWithLogits(x[0], x[1], h.Numbers(s.NumbersLike(x[0])))) with { TakesLimits = true },
    ];

    static Op Loss(
        string name, Func<MyTorch.Tensor[], Settings, MyTorch.Tensor> ours, Func<T[], Settings, T> theirs, Domain prediction = Domain.Any, Domain target = Domain.Any,
        int minRank = 0, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(ours))] string code = "") =>
        new(name, "losses", d =>
        {
            // A loss of classes refuses to have none.
            int x = d.Any(prediction, minRank, fits: shape => minRank == 0 || shape[shape.Length == 1 ? 0 : 1] > 0);
            if (x < 0) return null;
            int[] shape = d.Shape(x);
            return new Choice([x, d.Fresh(shape, target)], new Settings
            {
                A = d.Among(1, 0.5, 2), B = d.Among(0.0, 0.1, 0.5), Reduction = d.Among(Nn.Reduction.Mean, Nn.Reduction.Sum, Nn.Reduction.None),
                Numbers = shape.Length == 0 ? [d.Among(0.5, 2)] : [.. Enumerable.Range(0, shape[^1]).Select(_ => d.Among(0.5, 1, 2, 3))],
            });
        }, ours, theirs, Precision.Composite, code);

    /// <summary>A loss of scores (N, C), (N, C, L) or (C) against classes.</summary>
    static Op OfClasses(
        string name, Func<MyTorch.Tensor[], Settings, MyTorch.Tensor> ours, Func<T[], Settings, T> theirs, bool plain = false,
        [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(ours))] string code = "") =>
        new(name, "losses", d =>
        {
            int x = d.Any(minRank: plain ? 2 : 1, maxRank: plain ? 2 : 3, fits: shape => Array.TrueForAll(shape, size => size > 0));
            if (x < 0) return null;
            int[] shape = d.Shape(x);
            int dim = shape.Length == 1 ? 0 : 1, classes = shape[dim];
            int[] labels = [.. shape.Where((_, i) => i != dim)];
            long[] drawn = d.PositionsBelow(classes, labels.Aggregate(1, (a, b) => a * b));
            bool ignores = !plain && d.Chance(0.4);
            return new Choice([x], new Settings
            {
                B = d.Among(0.0, 0.0, 0.1, 0.5), Reduction = d.Among(Nn.Reduction.Mean, Nn.Reduction.Sum, Nn.Reduction.None),
                Numbers = d.Chance(0.5) ? [] : [.. Enumerable.Range(0, classes).Select(_ => d.Among(0.0, 0.5, 1, 2))],
                Positions = ignores ? Array.ConvertAll(drawn, label => d.Chance(0.4) ? Ignored : label) : drawn, PositionShape = labels,
            });
        }, ours, theirs, Precision.Composite, code) { Weight = 2, TakesLimits = true };

    // TorchSharp's nll_loss has no ignored label; this is the formula of PyTorch's page.
    static T NllOf(T x, Settings s)
    {
        int dim = x.shape.Length == 1 ? 0 : 1;
        T labels = s.TorchIndex, ignored = labels.eq(Ignored), safe = where(ignored, zeros_like(labels), labels);
        T picked = x.gather(dim, safe.unsqueeze(dim)).squeeze(dim);
        T weight = s.TorchWeightLike(x) is { } w ? w.index_select(0, safe.reshape(-1)).reshape(safe.shape) : ones_like(picked);
        weight = where(ignored, zeros_like(weight), weight);
        T losses = where(weight.eq(0), zeros_like(picked), -picked * weight);
        return s.Reduction == Nn.Reduction.Mean ? losses.sum() / weight.sum() : Reduced(losses, s);
    }

    static T Reduced(T losses, Settings s) => s.Reduction switch
    {
        Nn.Reduction.Mean => losses.mean(),
        Nn.Reduction.Sum => losses.sum(),
        _ => losses,
    };
}
