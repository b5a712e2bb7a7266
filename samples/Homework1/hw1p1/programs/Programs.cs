using MyTorch;
using MyTorch.Check;
using MyTorch.Layers;

/// <summary>What a student's layers can do when a part is right: dotnet check.cs run xor.</summary>
static class Programs
{
    /// <summary>After part 7: two layers with tanh, the loss and the optimizer learn exclusive or.</summary>
    public static void Xor(Screen screen)
    {
        const int Hidden = 4, Steps = 200;
        var random = new Generator(1);
        Tensor inputs = Tensor.From([0, 0, 0, 1, 1, 0, 1, 1], [4, 2], DType.Float64), targets = Tensor.From([0, 1, 1, 0], [4, 1], DType.Float64);
        Linear hidden = Drawn(2, Hidden), output = Drawn(Hidden, 1);
        var tanh = new Tanh();
        var loss = new MSELoss();
        var optimizer = new SGD([hidden, output], learningRate: 0.1, momentum: 0.9);
        Tensor Outputs(Tensor x) => output.Forward(tanh.Forward(hidden.Forward(x)));

        screen.Heading("Your layers of 2, 4 and 1 neurons learn exclusive or: 1 where the inputs differ");
        screen.Line();
        double first = 0;
        for (int step = 0; step <= Steps; step++)
        {
            double now = loss.Forward(Outputs(inputs), targets).Item();
            if (step == 0) first = now;
            if (step % 20 == 0) screen.Line($"  step {step,3}  loss {Screen.Number(now),-9} {screen.Colour(1, Screen.Bar(now / first))}");
            hidden.Backward(tanh.Backward(output.Backward(loss.Backward())));
            optimizer.Step();
        }

        double[] learned = Outputs(inputs).ToArray();
        screen.Line();
        screen.Line("  x1  x2  target  output");
        for (int i = 0; i < 4; i++)
            screen.Line(FormattableString.Invariant($"  {inputs.Item(i, 0),2}  {inputs.Item(i, 1),2}  {targets.Item(i, 0),6}  {learned[i],6:0.00}"));

        Linear Drawn(int inFeatures, int outFeatures) => new(inFeatures, outFeatures)
        {
            W = Numbers([outFeatures, inFeatures]),
            B = Numbers([outFeatures]),
        };

        Tensor Numbers(Shape shape) =>
            Tensor.From([.. Enumerable.Range(0, shape.ElementCount).Select(_ => 2 * random.NextDouble() - 1)], shape, DType.Float64);
    }
}
