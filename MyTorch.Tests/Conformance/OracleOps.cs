using MyTorch.Nn;

namespace MyTorch.Tests.Conformance;

/// <summary>
/// One operation to run: its input tensors, its arguments and, for batch_norm, the running statistics. What an operation
/// computes beside its output (indices of a maximum, running statistics) is left here for the test to check.
/// </summary>
public sealed class OracleCall(IList<Tensor> inputs, OracleArgs args, OracleRunning? running = null, bool leaves = true)
{
    /// <summary>Inputs in the order of the case. Layers replace an entry by their own parameter of the same values.</summary>
    public IList<Tensor> In { get; } = inputs;
    public OracleArgs Args { get; } = args;
    public OracleRunning? Running { get; } = running;

    /// <summary>Whether the inputs are the leaves of the case, not results inside a program.</summary>
    public bool Leaves { get; } = leaves;

    public Tensor? Indices { get; set; }
    public Tensor? RunningMean { get; set; }
    public Tensor? RunningVar { get; set; }

    public Tensor X => In[0];
    public Tensor A => In[0];
    public Tensor B => In[1];
    public Tensor? Third => In.Count > 2 ? In[2] : null;
    public int Dim => Args.Integer("dim");
    public Dims Dims => Args.Dims("dim");
    public bool KeepDim => Args.Flag("keepdim", false);
    public bool Unbiased => Args.Flag("unbiased", true);
    public double Value => Args.Number("value");
    public Reduction Reduction => Args.Text("reduction", "mean") switch
    {
        "mean" => Reduction.Mean,
        "sum" => Reduction.Sum,
        "none" => Reduction.None,
        "batchmean" => Reduction.BatchMean,
        var other => throw new NotSupportedException($"Unknown reduction '{other}'."),
    };
}

/// <summary>The closed table of oracle operations: the name in the files, and the library call it stands for.</summary>
public static class OracleOps
{
    public static IReadOnlyDictionary<string, Func<OracleCall, Tensor>> Table { get; } = new Dictionary<string, Func<OracleCall, Tensor>>
    {
        ["neg"] = c => -c.X,
        ["abs"] = c => c.X.Abs(),
        ["exp"] = c => c.X.Exp(),
        ["log"] = c => c.X.Log(),
        ["sqrt"] = c => c.X.Sqrt(),
        ["square"] = c => c.X.Square(),
        ["reciprocal"] = c => c.X.Reciprocal(),
        ["sin"] = c => c.X.Sin(),
        ["cos"] = c => c.X.Cos(),
        ["erf"] = c => c.X.Erf(),
        ["log1p"] = c => c.X.Log1p(),
        ["expm1"] = c => c.X.Expm1(),
        ["sinh"] = c => c.X.Sinh(),
        ["cosh"] = c => c.X.Cosh(),
        ["logsigmoid"] = c => c.X.LogSigmoid(),
        ["tanh"] = c => c.X.Tanh(),
        ["sigmoid"] = c => c.X.Sigmoid(),
        ["relu"] = c => c.X.ReLU(),
        ["silu"] = c => c.X.SiLU(),
        ["leaky_relu"] = c => c.X.LeakyReLU(c.Args.Number("slope", 0.01)),
        ["elu"] = c => c.X.ELU(c.Args.Number("alpha", 1)),
        ["gelu"] = c => c.X.GELU(tanh: IsTanh(c.Args.Text("approximate", "none"))),
        ["softplus"] = c => c.X.Softplus(c.Args.Number("beta", 1), c.Args.Number("threshold", 20)),
        ["clamp"] = c => c.X.Clamp(c.Args.OptionalNumber("min"), c.Args.OptionalNumber("max")),

        ["add"] = c => c.A + c.B,
        ["sub"] = c => c.A - c.B,
        ["mul"] = c => c.A * c.B,
        ["div"] = c => c.A / c.B,
        ["pow"] = c => c.A.Pow(c.B),
        ["maximum"] = c => Tensor.Maximum(c.A, c.B),
        ["minimum"] = c => Tensor.Minimum(c.A, c.B),
        ["add_scalar"] = c => c.X + c.Value,
        ["sub_scalar"] = c => c.X - c.Value,
        ["mul_scalar"] = c => c.X * c.Value,
        ["div_scalar"] = c => c.X / c.Value,
        ["radd_scalar"] = c => c.Value + c.X,
        ["rsub_scalar"] = c => c.Value - c.X,
        ["rmul_scalar"] = c => c.Value * c.X,
        ["rdiv_scalar"] = c => c.Value / c.X,
        ["pow_scalar"] = c => c.X.Pow(c.Args.Number("exponent")),
        ["rpow_scalar"] = c => Tensor.Pow(c.Args.Number("base"), c.X),

        ["softmax"] = c => c.X.Softmax(c.Dim),
        ["log_softmax"] = c => c.X.LogSoftmax(c.Dim),
        ["logsumexp"] = c => c.X.LogSumExp(c.Dims, c.KeepDim),

        ["sum"] = c => c.X.Sum(c.Dims, c.KeepDim),
        ["mean"] = c => c.X.Mean(c.Dims, c.KeepDim),
        ["amax"] = c => c.X.AMax(c.Dims, c.KeepDim),
        ["amin"] = c => c.X.AMin(c.Dims, c.KeepDim),
        ["norm"] = c => c.X.Norm(c.Args.Number("p", 2), c.Dims, c.KeepDim),
        ["cumsum"] = c => c.X.CumSum(c.Dim),
        ["prod"] = c => c.X.Prod(c.Dims, c.KeepDim),
        ["var"] = c => c.X.Var(c.Dims, c.Unbiased, c.KeepDim),
        ["std"] = c => c.X.Std(c.Dims, c.Unbiased, c.KeepDim),
        ["max"] = c => c.Args.OptionalInteger("dim") is { } dim
            ? WithIndices(c, c.X.Max(dim, c.KeepDim))
            : KeepAll(c, c.X.Max()),
        ["min"] = c => c.Args.OptionalInteger("dim") is { } dim
            ? WithIndices(c, c.X.Min(dim, c.KeepDim))
            : KeepAll(c, c.X.Min()),

        ["reshape"] = c => c.X.Reshape(c.Args.Integers("shape")),
        ["expand"] = c => c.X.Expand(c.Args.Integers("shape")),
        ["transpose"] = c => c.X.Transpose(c.Args.Integer("dim0"), c.Args.Integer("dim1")),
        ["permute"] = c => c.X.Permute(c.Args.Integers("dims")),
        ["squeeze"] = c => c.Args.OptionalInteger("dim") is { } dim ? c.X.Squeeze(dim) : c.X.Squeeze(),
        ["unsqueeze"] = c => c.X.Unsqueeze(c.Dim),
        ["slice"] = c => c.X[c.Args.Slices("slices")],
        ["index_select"] = c => c.X.IndexSelect(c.Dim, c.B),
        ["gather"] = c => c.X.Gather(c.Dim, c.B),
        ["concat"] = c => Tensor.Concat([.. c.In], c.Dim),
        ["stack"] = c => Tensor.Stack([.. c.In], c.Dim),
        ["where"] = c => Tensor.Where(c.In[0], c.In[1], c.In[2]),
        ["flatten"] = c => c.X.Flatten(c.Args.OptionalInteger("start_dim") ?? 0, c.Args.OptionalInteger("end_dim") ?? -1),
        ["repeat"] = c => c.X.Repeat(c.Args.Integers("repeats")),
        ["flip"] = c => c.X.Flip(c.Args.Integers("dims")),
        ["tril"] = c => c.X.Tril(c.Args.OptionalInteger("diagonal") ?? 0),
        ["triu"] = c => c.X.Triu(c.Args.OptionalInteger("diagonal") ?? 0),
        ["diag"] = c => c.X.Diag(c.Args.OptionalInteger("diagonal") ?? 0),
        ["masked_fill"] = c => c.X.MaskedFill(c.B, c.Value),
        ["masked_select"] = c => c.X[c.B],
        ["sort"] = c => WithIndices(c, c.X.Sort(c.Args.OptionalInteger("dim") ?? -1, c.Args.Flag("descending", false))),
        ["topk"] = c => WithIndices(c, c.X.TopK(c.Args.Integer("k"), c.Args.OptionalInteger("dim") ?? -1, c.Args.Flag("largest", true))),

        ["matmul"] = c => c.A.MatMul(c.B),
        ["dot"] = c => c.A.Dot(c.B),
        ["outer"] = c => c.A.Outer(c.B),
        ["linear"] = c => c.X.Linear(c.In[1], c.Third),

        ["mse_loss"] = c => new MSELoss(c.Reduction).Forward(c.A, c.B),
        ["l1_loss"] = c => new L1Loss(c.Reduction).Forward(c.A, c.B),
        ["huber_loss"] = c => new HuberLoss(c.Reduction, c.Args.Number("delta", 1)).Forward(c.A, c.B),
        ["smooth_l1_loss"] = c => new SmoothL1Loss(c.Reduction, c.Args.Number("beta", 1)).Forward(c.A, c.B),
        ["cross_entropy"] = c => new CrossEntropyLoss(
            c.Third, c.Args.OptionalInteger("ignore_index") ?? -100, c.Reduction, c.Args.Number("label_smoothing", 0)).Forward(c.A, c.B),
        ["nll_loss"] = c => new NLLLoss(c.Third, c.Args.OptionalInteger("ignore_index") ?? -100, c.Reduction).Forward(c.A, c.B),
        ["bce"] = c => new BCELoss(c.Third, c.Reduction).Forward(c.A, c.B),
        ["bce_with_logits"] = c => new BCEWithLogitsLoss(reduction: c.Reduction, positiveWeight: c.Third).Forward(c.A, c.B),
        ["kl_div"] = c => new KLDivLoss(c.Reduction, logTarget: c.Args.Flag("log_target", false)).Forward(c.A, c.B),

        ["batch_norm"] = BatchNorm,
        ["layer_norm"] = LayerNorm,
    };

    /// <summary>Runs the named operation; an unknown name or argument is an error.</summary>
    public static Tensor Run(string op, OracleCall call)
    {
        if (!Table.TryGetValue(op, out Func<OracleCall, Tensor>? run))
            throw new NotSupportedException($"Unknown op '{op}'. Known: {string.Join(' ', Table.Keys.Order(StringComparer.Ordinal))}.");
        Tensor output = run(call);
        call.Args.EnsureAllUsed();
        return output;
    }

    static bool IsTanh(string approximate) => approximate switch
    {
        "none" => false,
        "tanh" => true,
        _ => throw new NotSupportedException($"gelu: unknown approximation '{approximate}'."),
    };

    static Tensor WithIndices(OracleCall c, (Tensor Values, Tensor Indices) result)
    {
        c.Indices = result.Indices;
        return result.Values;
    }

    static Tensor KeepAll(OracleCall c, Tensor scalar) =>
        c.KeepDim ? scalar.Reshape(Enumerable.Repeat(1, c.X.Rank).ToArray()) : scalar;

    static Tensor BatchNorm(OracleCall c)
    {
        bool training = c.Args.Flag("training", true);
        int features = c.X.Shape[1];
        // In a program a weight may be the result of another step, which a layer's own parameter cannot be.
        bool affine = c.In.Count > 1 && c.Leaves;
        double momentum = c.Args.Number("momentum", c.Running?.Momentum ?? 0.1);
        var layer = new BatchNorm1d(features, c.Args.Number("eps", 1e-5), momentum, affine, c.X.DType);
        if (affine)
        {
            c.In[1] = Bind(layer.Weight!, c.In[1]);
            c.In[2] = Bind(layer.Bias!, c.In[2]);
        }

        OracleTensor? mean = c.Args.Tensor("running_mean") ?? c.Running?.RunningMeanBefore;
        OracleTensor? variance = c.Args.Tensor("running_var") ?? c.Running?.RunningVarBefore;
        if (mean is not null) layer.RunningMean.CopyFrom(OracleTensors.Create(mean, c.X.DType));
        if (variance is not null) layer.RunningVar.CopyFrom(OracleTensors.Create(variance, c.X.DType));

        if (training) layer.Train();
        else layer.Eval();
        Tensor output = layer.Forward(c.X);
        c.RunningMean = layer.RunningMean;
        c.RunningVar = layer.RunningVar;

        if (affine || c.In.Count < 2) return output;
        int[] channel = [.. Enumerable.Repeat(1, c.X.Rank).Select((one, d) => d == 1 ? features : one)];
        return output * c.In[1].Reshape(channel) + c.In[2].Reshape(channel);
    }

    static Tensor LayerNorm(OracleCall c)
    {
        bool affine = c.In.Count > 1 && c.Leaves;
        var layer = new LayerNorm(c.Args.Integers("normalized_shape"), c.Args.Number("eps", 1e-5), affine, c.X.DType);
        if (affine)
        {
            c.In[1] = Bind(layer.Weight!, c.In[1]);
            c.In[2] = Bind(layer.Bias!, c.In[2]);
        }
        Tensor output = layer.Forward(c.X);
        return affine || c.In.Count < 2 ? output : output * c.In[1] + c.In[2];
    }

    static Tensor Bind(Tensor parameter, Tensor values)
    {
        parameter.CopyFrom(values);
        parameter.RequiresGrad = values.RequiresGrad;
        return parameter;
    }
}
