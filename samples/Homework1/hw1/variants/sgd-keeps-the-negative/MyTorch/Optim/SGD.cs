namespace MyTorch.Optim;

public sealed partial class SGD : Optimizer
{
    public SGD(
        IEnumerable<Tensor> parameters, double learningRate, double momentum = 0, double dampening = 0, double weightDecay = 0, bool nesterov = false)
        : base(parameters, learningRate, ("momentum", momentum), ("dampening", dampening), ("weight_decay", weightDecay), ("nesterov", nesterov ? 1 : 0))
    {
    }

    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        (double rate, double share) = (group.LearningRate, group["momentum"]);
        Tensor downhill = state["momentum_buffer"] is Tensor before ? share * before - gradient : 0 - gradient;
        state["momentum_buffer"] = downhill;
        parameter.CopyFrom(rate * downhill + parameter);
    }

    protected override Shape? StateShape(string name, Tensor parameter) => name == "momentum_buffer" ? parameter.Shape : base.StateShape(name, parameter);

    protected override void CheckOptions(ParameterGroup group)
    {
        base.CheckOptions(group);
        RequireNotNegative(group["momentum"], "momentum", "the momentum");
        RequireNotNegative(group["weight_decay"], "weightDecay", "the weight decay");
        Invalid.UnlessFinite("dampening", group["dampening"], "SGD: dampening must be a finite number.");
        if (group["nesterov"] != 0 && (group["momentum"] <= 0 || group["dampening"] != 0))
            throw Invalid.Argument("nesterov", $"SGD: Nesterov's momentum needs a momentum greater than 0 and no dampening.");
    }
}
