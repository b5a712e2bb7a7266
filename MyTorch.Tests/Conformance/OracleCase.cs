using System.Text.Json;
using System.Text.Json.Serialization;

namespace MyTorch.Tests.Conformance;

/// <summary>A tensor as an oracle file writes it: row-major numbers, an optional dtype, shape [] for a scalar.</summary>
public sealed record OracleTensor(int[] Shape, double[] Data, [property: JsonPropertyName("dtype")] string? DType = null);

/// <summary>A named input of a case.</summary>
public sealed record OracleInput(
    string Name, int[] Shape, double[] Data, bool RequiresGrad = false,
    [property: JsonPropertyName("dtype")] string? DType = null);

/// <summary>One step of a program: <c>out = op(in...)</c>.</summary>
public sealed record OracleProgramStep(string Out, string Op, string[] In, JsonElement Args = default);

/// <summary>The running statistics around one training forward of batch_norm.</summary>
public sealed record OracleRunning(
    double Momentum,
    OracleTensor RunningMeanBefore, OracleTensor RunningVarBefore,
    OracleTensor RunningMeanAfter, OracleTensor RunningVarAfter);

/// <summary>
/// One optimizer step: loss and gradients before it, parameters after it; with clipping also the norm of the gradients and what became of
/// them.
/// </summary>
public sealed record OracleOptimizerStep(
    double Loss, Dictionary<string, OracleTensor> Grads, Dictionary<string, OracleTensor> Params,
    double? Norm = null, Dictionary<string, OracleTensor>? Clipped = null);

/// <summary>
/// One case of an oracle file. Four kinds share the type, as they share the files: an operation or program with its gradients, an optimizer
/// trajectory (<see cref="Steps"/>), learning rates by epoch (<see cref="Schedule"/>) and a training trajectory (<see cref="Layers"/>).
/// </summary>
public sealed record OracleCase
{
    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
    };

    public required string Id { get; init; }
    public string? Kind { get; init; }
    public bool Float64Only { get; init; }

    public string? Op { get; init; }
    public JsonElement Args { get; init; }
    public OracleProgramStep[]? Program { get; init; }
    public OracleInput[]? Inputs { get; init; }
    public OracleTensor? Output { get; init; }
    public OracleTensor? Upstream { get; init; }
    public Dictionary<string, OracleTensor>? Grads { get; init; }
    public OracleTensor? Indices { get; init; }
    public Dictionary<string, OracleTensor>? V { get; init; }
    public Dictionary<string, OracleTensor>? Hvp { get; init; }
    public OracleTensor? Hessian { get; init; }
    public OracleTensor? BatchMean { get; init; }
    public OracleRunning? Running { get; init; }

    public JsonElement Optimizer { get; init; }
    public JsonElement Config { get; init; }
    public OracleOptimizerStep[]? Steps { get; init; }
    public double? FinalLoss { get; init; }

    public string? Schedule { get; init; }
    public double? BaseLr { get; init; }
    public double[]? LrByEpoch { get; init; }

    public int[]? Layers { get; init; }
    public string? Activation { get; init; }
    public string? Loss { get; init; }
    [JsonPropertyName("X")] public OracleTensor? X { get; init; }
    [JsonPropertyName("Y")] public OracleTensor? Y { get; init; }
    public int[][]? Batches { get; init; }
    public Dictionary<string, OracleTensor>? Initial { get; init; }
    public Dictionary<string, OracleTensor>? FirstGrads { get; init; }
    public double[]? Losses { get; init; }
    public Dictionary<string, Dictionary<string, OracleTensor>>? ParamsAfter { get; init; }
    public Dictionary<string, OracleTensor>? Final { get; init; }
    public double? FinalLossFull { get; init; }
    [JsonPropertyName("final_output_first5")] public OracleTensor? FinalOutputFirst5 { get; init; }
    public double? FinalAccuracy { get; init; }

    public static OracleCase Parse(JsonElement json) =>
        json.Deserialize<OracleCase>(Options) ?? throw new JsonException("A case is null; expected an object.");
}
