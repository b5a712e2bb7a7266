
namespace MyTorch.Tests.Conformance;

/// <summary>
/// Checks one operation or program: output, gradients by Backward and by Gradients, what it computes beside them, and the
/// second derivatives where the case records them.
/// </summary>
public sealed class OracleGradients(OracleCase c, DType dtype, IBackwardEngine engine)
{
    readonly Tolerance _tolerance = Tolerance.Of(c, dtype);

    OracleInput[] Inputs => c.Inputs ?? throw new ArgumentException("The case has no inputs.");

    public void Check()
    {
        CheckBackward();
        if (c.V is not null) CheckHessianVectorProduct();
        if (c.Hessian is not null) CheckHessian();
    }

    void CheckBackward()
    {
        using var autograd = new Autograd();
        (Dictionary<string, Tensor> inputs, Tensor output, OracleCall call) = Forward();
        OracleTensors.AssertClose("output", output, c.Output!, _tolerance);
        CheckBesides(call);
        if (Inputs.All(input => !input.RequiresGrad)) return;

        Tensor upstream = OracleTensors.Create(c.Upstream!, output.DType);
        Tensor[] wanted = [.. Inputs.Where(input => input.RequiresGrad).Select(input => inputs[input.Name])];
        Tensor?[] returned = engine.Gradients(autograd, output, wanted, upstream);
        foreach ((string name, Tensor input) in inputs)
            Assert.That(input.Grad, Is.Null, $"Gradients left a Grad on {name}");

        engine.Backward(autograd, output, upstream);
        foreach ((string name, OracleTensor expected) in c.Grads!)
            OracleTensors.AssertClose($"gradient of {name}", inputs[name].Grad, expected, _tolerance);
        foreach (OracleInput input in Inputs.Where(input => !input.RequiresGrad))
            Assert.That(inputs[input.Name].Grad, Is.Null, $"{input.Name} needs no gradient and got one");

        Assert.That(c.Grads!.Keys, Is.EquivalentTo(Inputs.Where(input => input.RequiresGrad).Select(input => input.Name)),
            "the case records a gradient for every input that requires one");
        for (int i = 0; i < wanted.Length; i++)
            Assert.That(returned[i]!.ToArray(), Is.EqualTo(wanted[i].Grad!.ToArray()), "Gradients differs from Backward");
    }

    void CheckBesides(OracleCall call)
    {
        if (c.Indices is { } indices)
        {
            Assert.That(call.Indices, Is.Not.Null, "indices");
            Assert.That(call.Indices!.Shape.ToArray(), Is.EqualTo(indices.Shape), "shape of the indices");
            Assert.That(call.Indices.ToInt64Array(), Is.EqualTo(Array.ConvertAll(indices.Data, value => (long)value)), "indices");
        }
        if (c.Running is { } running)
        {
            OracleTensors.AssertClose("running mean", call.RunningMean, running.RunningMeanAfter, _tolerance);
            OracleTensors.AssertClose("running variance", call.RunningVar, running.RunningVarAfter, _tolerance);
            if (c.BatchMean is { } mean)
            {
                // running = (1 - m)·running + m·batch, solved for the mean of the batch.
                double m = running.Momentum;
                double[] batch = [.. call.RunningMean!.ToArray().Zip(running.RunningMeanBefore.Data, (after, before) => (after - (1 - m) * before) / m)];
                OracleTensors.AssertClose("batch mean", Tensor.From(batch, mean.Shape, DType.Float64), mean, _tolerance with { Absolute = _tolerance.Absolute / m });
            }
        }
        else if (c.Op == "batch_norm")
        {
            OracleArgs args = new(c.Op, c.Args);
            if (args.Tensor("running_mean") is { } mean) OracleTensors.AssertClose("running mean in evaluation", call.RunningMean, mean, _tolerance);
            if (args.Tensor("running_var") is { } variance) OracleTensors.AssertClose("running variance in evaluation", call.RunningVar, variance, _tolerance);
        }
    }

    /// <summary>With g = ds/dx and r = Σ g·v, the Hessian-vector product of input k is dr/dx_k.</summary>
    void CheckHessianVectorProduct()
    {
        using var autograd = new Autograd();
        (Dictionary<string, Tensor> inputs, Tensor output, _) = Forward();
        string[] names = [.. c.V!.Keys];
        Tensor[] wanted = [.. names.Select(name => inputs[name])];
        Tensor?[] first = engine.Gradients(autograd, output, wanted, OracleTensors.Create(c.Upstream!, output.DType), createGraph: true);
        for (int k = 0; k < names.Length; k++)
            OracleTensors.AssertClose($"gradient of {names[k]} with a graph", first[k], c.Grads![names[k]], _tolerance);

        Tensor?[] second = new Tensor?[names.Length];
        for (int k = 0; k < names.Length; k++)
        {
            if (!first[k]!.RequiresGrad) continue;
            Tensor r = (first[k]! * OracleTensors.Create(c.V[names[k]], output.DType)).Sum();
            Tensor?[] part = engine.Gradients(autograd, r, wanted);
            for (int j = 0; j < names.Length; j++)
                if (part[j] is { } contribution)
                    second[j] = second[j] is { } sum ? sum + contribution : contribution;
        }
        for (int k = 0; k < names.Length; k++)
            if (c.Hvp!.TryGetValue(names[k], out OracleTensor? expected))
                OracleTensors.AssertClose($"Hessian-vector product of {names[k]}", OrZeros(second[k], wanted[k]), expected, _tolerance);
    }

    /// <summary>Row i of the Hessian is the gradient of entry i of the gradient.</summary>
    void CheckHessian()
    {
        using var autograd = new Autograd();
        (Dictionary<string, Tensor> inputs, Tensor output, _) = Forward();
        Tensor x = inputs[Inputs.Single(input => input.RequiresGrad).Name];
        Tensor gradient = engine.Gradients(autograd, output, [x], OracleTensors.Create(c.Upstream!, output.DType), createGraph: true)[0]!;
        Tensor flat = gradient.Reshape([-1]);
        var rows = new List<double>();
        for (int i = 0; i < x.ElementCount; i++)
        {
            Tensor? row = gradient.RequiresGrad ? engine.Gradients(autograd, flat[i], [x])[0] : null;
            rows.AddRange(OrZeros(row, x).ToArray());
        }
        OracleTensors.AssertClose("Hessian", Tensor.From(rows.ToArray(), c.Hessian!.Shape, DType.Float64), c.Hessian, _tolerance);
    }

    /// <summary>A gradient that does not depend on an input (that of x + 1, say) has no second derivative to return.</summary>
    static Tensor OrZeros(Tensor? gradient, Tensor input) => gradient ?? Tensor.ZerosLike(input);

    (Dictionary<string, Tensor> Inputs, Tensor Output, OracleCall Call) Forward()
    {
        var tensors = new Dictionary<string, Tensor>();
        foreach (OracleInput input in Inputs)
        {
            Tensor tensor = OracleTensors.Create(input.Shape, input.Data, input.DType, dtype);
            if (input.RequiresGrad) tensor.RequiresGrad = true;
            tensors.Add(input.Name, tensor);
        }

        if (c.Program is not { } program)
        {
            string op = c.Op!;
            var call = new OracleCall([.. Inputs.Select(input => tensors[input.Name])], new OracleArgs(op, c.Args), c.Running);
            Tensor output = OracleOps.Run(op, call);
            for (int i = 0; i < Inputs.Length; i++) tensors[Inputs[i].Name] = call.In[i];
            return (tensors, output, call);
        }

        var values = new Dictionary<string, Tensor>(tensors);
        Tensor last = values[Inputs[0].Name];
        OracleCall? lastCall = null;
        foreach (OracleProgramStep step in program)
        {
            lastCall = new OracleCall([.. step.In.Select(name => values[name])], new OracleArgs(step.Op, step.Args), leaves: false);
            values[step.Out] = last = OracleOps.Run(step.Op, lastCall);
        }
        return (tensors, last, lastCall ?? throw new ArgumentException("The program has no steps."));
    }
}
