using MyTorch.Data;
using MyTorch.Differentiation;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Training;

namespace MyTorch.Tests;

// The code blocks of the README, word for word, between the markers. ReadmeTests compares the two and runs this code.
static class ReadmeTour
{
    internal static void Train()
    {
        // README: train
        var data = CsvDataset.Load("data/digits.csv", target: "digit");
        var (train, test) = data.Split(trainFraction: 0.8, seed: 0);          // the same share of each class in both
        var scaler = Standardizer.Fit(train);                                 // mean and deviation of the training rows
        (train, test) = (scaler.Apply(train), scaler.Apply(test));

        var model = new MLP(train.FeatureCount, [64], train.ClassCount);      // Linear-ReLU-Linear
        var criterion = new CrossEntropyLoss();
        var optimizer = new SGD(model.Parameters(), learningRate: 0.1, momentum: 0.9);

        for (int epoch = 0; epoch < 30; epoch++)
            foreach (var batch in new DataLoader(train, batchSize: 32, shuffle: true, seed: epoch))
            {
                using var autograd = new Autograd();                          // record operations until the end of the block
                var output = model.Forward(batch.Inputs);                     // forward
                var loss = criterion.Forward(output, batch.Labels);           // loss
                autograd.Backward(loss);                                      // backward
                optimizer.Step();                                             // step
                optimizer.ZeroGrad();
            }
        Console.WriteLine(Metrics.Accuracy(model, test));
        // README: end
    }

    internal static void Keep()
    {
        // README: keep
        var data = CsvDataset.Load("data/penguins.csv", target: "species", new CsvOptions { Missing = MissingValues.Drop });
        var scaler = Standardizer.Fit(data);
        var model = new MLP(data.FeatureCount, [16], data.ClassCount, generator: new Generator(0));
        Trainer.Fit(model, scaler.Apply(data), new TrainerOptions { Epochs = 30, Optimizer = parameters => new Adam(parameters, 0.01) });
        new Pipeline(model, data, scaler).Save("penguins.safetensors");

        // In another program:
        var pipeline = Pipeline.Load("penguins.safetensors");
        var penguin = new { Island = "Dream", BillLengthMm = 49.0, BillDepthMm = 19.5, FlipperLengthMm = 195, BodyMassG = 3700, Sex = "MALE" };
        Console.WriteLine(pipeline.Predict(penguin).Class);
        // README: end
    }

    internal static void Tape()
    {
        // README: tape
        Tensor x1 = 2, x2 = 5;
        x1.RequiresGrad = x2.RequiresGrad = true;
        using var autograd = new Autograd();
        var (v3, v4, v5) = (x1.Log(), x1 * x2, x2.Sin());
        var y = v3 + v4 - v5;
        foreach (Operation op in autograd.Operations) Console.WriteLine(op);  // one line per operation
        autograd.Backward(y);
        Console.WriteLine($"{x1.Grad} {x2.Grad}");
        // README: end
    }

    internal static void Own()
    {
        // README: own operation
        Tensor x = [1, 2, 3];
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = new Cube(x).Apply().Sum();
        Tensor first = autograd.Gradients(y, [x], createGraph: true)[0]!;
        Tensor second = autograd.Gradients(first.Sum(), [x])[0]!;
        Console.WriteLine(first);
        Console.WriteLine(second);
        // README: end
    }

    // README: cube
    /// <summary>y = x³;  dy/dx = 3x²</summary>
    sealed class Cube(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => X * X * X;

        public override Tensor?[] Backward(Tensor gradient) => [gradient * 3 * X.Square()];
    }
    // README: end

    internal static void OwnModule()
    {
        // README: use the module
        var model = new Residual(64, 10);
        Console.WriteLine(model);
        // README: end
    }

    // README: own module
    sealed class Residual(int inputs, int outputs) : Module
    {
        readonly Linear _first = new(inputs, inputs);
        readonly Linear[] _rest = [new(inputs, inputs), new(inputs, outputs)];

        protected override Tensor ForwardCore(Tensor input)
        {
            var hidden = _first.Forward(input).ReLU();
            hidden += _rest[0].Forward(hidden).ReLU();                        // a skip connection
            return _rest[1].Forward(hidden);
        }
    }
    // README: end

    internal static void Derivatives()
    {
        // README: derivatives
        Tensor Rosenbrock(Tensor x) => (1 - x[0]).Square() + 100 * (x[1] - x[0].Square()).Square();

        Tensor at = [-1.5, 2];
        Console.WriteLine(Differentiate.Gradient(Rosenbrock, at));
        Console.WriteLine(Differentiate.Hessian(Rosenbrock, at));
        var (value, slope) = Differentiate.Jvp(Rosenbrock, at, v: new double[] { 1, 0 });   // the value, and the derivative along v
        Console.WriteLine($"{value} {slope}");
        // README: end
    }

    internal static void Closer()
    {
        // README: closer
        Tensor v1 = 2, v2 = 5;
        v1.RequiresGrad = v2.RequiresGrad = true;
        using var autograd = new Autograd();
        var (v3, v4, v5) = (v1.Log(), v1 * v2, v2.Sin());
        var y = v3 + v4 - v5;
        Console.WriteLine(Trace.Of(autograd, y));
        // README: end
    }

    internal static void Values()
    {
        // README: values
        Tensor w = [[1, 2], [3, 4]];
        Tensor row = w[0], column = w[.., ^1];                                // indexing has gradients too
        Console.WriteLine(w.MatMul(w) + row);                                 // row is broadcast
        Console.WriteLine(w.Sum(dims: 1));
        Console.WriteLine(w > 2);
        Console.WriteLine(w[w > 2]);                                          // a mask selects elements
        Console.WriteLine(column.To(DType.Float64));
        // README: end
    }
}
