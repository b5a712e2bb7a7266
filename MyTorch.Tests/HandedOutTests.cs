using System.Collections;
using System.Reflection;
using MyTorch.Data;
using MyTorch.Diagnostics;
using MyTorch.Differentiation;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Reports;
using MyTorch.Serialization;
using MyTorch.Teaching;
using MyTorch.Training;

namespace MyTorch.Tests;

/// <summary>
/// A list that the library returns for reading cannot be changed, whatever it is cast to. An array that it receives is copied.
/// </summary>
public sealed class HandedOutTests
{
    static readonly Assembly s_library = typeof(Tensor).Assembly;

    static bool IsList(Type type) => type != typeof(string) && !type.IsArray && type.IsInterface && typeof(IEnumerable).IsAssignableFrom(type) && type.Name is not "IEnumerator`1";

    static bool IsToWrite(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>);

    /// <summary>
    /// The properties and parameterless methods that return a list to read. A list that a user may set, as in options, belongs to the user.
    /// </summary>
    static IEnumerable<(string Name, Func<object, object?> Get)> Lists(Type type)
    {
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            if (IsList(property.PropertyType) && property.GetIndexParameters().Length == 0 && property.SetMethod is not { IsPublic: true } && !IsToWrite(property.PropertyType))
                yield return ($"{type.Name}.{property.Name}", property.GetValue);
        foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            if (IsList(method.ReturnType) && !method.IsSpecialName && method.GetParameters().Length == 0) yield return ($"{type.Name}.{method.Name}()", target => method.Invoke(target, null));
    }

    static IEnumerable<object> Objects()
    {
        Tensor x = Tensor.From([0.5, 1.5], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor loss = (x * x.Exp()).ReLU().Sum();
        yield return autograd;
        yield return loss.Producer!;
        Trace trace = Trace.Of(autograd, loss);
        yield return trace;
        foreach (TraceRow row in trace.Rows) yield return row;
        foreach (BackwardStep step in Stepper.Backward(autograd, loss)) yield return step;
        yield return autograd.Check();
        yield return new Sequential(new Linear(2, 2), new MyTorch.Nn.ReLU());
        yield return new MLP(2, [3], 2);
        var optimizer = new SGD([new Parameter(Tensor.Ones([2]))], 0.5);
        yield return optimizer;
        yield return optimizer.ParameterGroups[0];
        yield return ModelSummary.Of(new MLP(2, [3], 2), Tensor.Ones([1, 2]));
        yield return ModelSummary.Of(new MLP(2, [3], 2), Tensor.Ones([1, 2])).Modules[0];
        yield return new Dataset(Tensor.Ones([2, 2]), Tensor.Indices(0, 1), ["a", "b"], ["c", "d"], ["e"]);
        yield return new Dataset(Tensor.Ones([2, 2]), Tensor.Ones([2]));
        Drill drill = Drill.Create(1);
        yield return drill;
        foreach (DrillCell cell in drill.Cells) yield return cell;
        CostDrill costDrill = CostDrill.Create(1);
        yield return costDrill;
        foreach (CostDrillQuestion question in costDrill.Questions) yield return question;
        yield return Numerical.ErrorsByStep(t => t.Square().Sum(), x);
        yield return Assert.Throws<GradientCheckException>(() => GradientCheck.Verify(t => new Wrong(t).Apply(), x.Detach()))!;
        new Wrong(x).Apply();
        StepCost cost = autograd.Cost();
        yield return cost;
        foreach (OperationCost operation in cost.Operations) yield return operation;
        yield return Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        FunctionText function = FunctionText.Parse("x1*x2");
        FunctionTrace swept = FunctionTrace.Of(function, [1, 2]);
        yield return function;
        yield return swept;
        yield return FunctionExtension.Of(swept);
        yield return FunctionPicture.Of(swept, _ => (1, 1), _ => (1, 1));
        yield return FunctionWays.Of(swept, 0, 0.1, DType.Float64);
        yield return FunctionSecant.Of(swept, 0, 0.1, DType.Float64);
        yield return Walkthrough.Of(swept, Sweep.Adjoints);
        var small = new NetworkRun(new NetworkSettings { Layers = [new(2)] });
        yield return small;
        yield return new NetworkCourse(small);
        yield return NetworkVerdict.Of(small);
        yield return NetworkFile.Read(
            Path.Combine(GeneratedFile.Repository, "data", "iris.csv"), new NetworkSettings { Data = NetworkData.Own, File = "iris.csv", Target = "species" });
        yield return NetworkPicture.Of([2, 3, 1]);
        yield return NetworkHistogram.Of([1, 2]);
        FourLines loop = BrokenNetwork.All[0].Begin();
        loop.Step();
        yield return loop;
        yield return NetworkDiagnosis.Of(loop.Layers, BrokenNetwork.All[0].Inputs, BrokenNetwork.Loss, loop.Optimizer, [1, 1e9]);
        BackwardAccount account = BackwardAccount.Of(loop.Layers, BrokenNetwork.All[0].Inputs, BrokenNetwork.Loss);
        yield return account;
        yield return account.OfWeight(1, 1, 1);
        yield return LayersAndTape.Of(account);
        yield return StepAccount.Preview(loop.Layers, BrokenNetwork.All[0].Inputs, BrokenNetwork.Loss, loop.Optimizer);
        yield return Valley.Descend(new ValleyOptions());
        var rates = new LearningRateSweep(_ => new SweptTraining(() => 1, () => 1), [1], steps: 1);
        while (rates.Advance()) { }
        yield return rates;
        yield return new FunctionPaths(swept, 0);
        yield return FunctionCosts.OfProducts(3, 2);
        yield return FunctionCosts.OfProducts(3, 2).Row(1);
        foreach (FormulaPuzzle puzzle in FormulaPuzzle.All)
        {
            yield return puzzle;
            yield return puzzle.Grade(puzzle.Answer, 1);
            foreach (FormulaMistake mistake in puzzle.Mistakes) yield return mistake;
        }
        foreach (DrillQuestion question in DrillQuestion.Of(drill)) yield return question.Reply("1");
        Tensor matrix = Tensor.Ones([2, 2]), vector = Tensor.Ones([2]);
        yield return LinearTrace.Of(matrix, matrix, vector, matrix).Element(LinearMatrix.DW, 0, 1);
        yield return LayerWalk.Of([matrix], [vector], vector, vector);
        yield return ChainTrace.Of([VectorFunction.Tanh(2)], vector, matrix);
    }

    static IEnumerable<object> ObjectsOfTraining()
    {
        string folder = Directory.CreateTempSubdirectory("mytorch-lists-").FullName;
        try
        {
            string file = Path.Combine(folder, "rows.csv"), saved = Path.Combine(folder, "model.safetensors");
            File.WriteAllText(file, "size,shop,price,\n" + string.Concat(Enumerable.Range(0, 8).Select(i => FormattableString.Invariant($"{i}.5,shop {i % 2},{i * i},\n"))));
            Dataset data = CsvDataset.Load(file, "price", new CsvOptions { Keep = ["shop"], Task = LearningTask.Regression });
            Assert.That(data.Notes, Is.Not.Empty, "an unnamed column is noted");
            yield return data;
            yield return data.Select(0, 1);
            File.WriteAllText(Path.Combine(folder, "bad.csv"), "size,price\n1,2\nx,3\n2,4\n3,5\n");
            CsvDataException refused = Assert.Throws<CsvDataException>(() => CsvDataset.Load(Path.Combine(folder, "bad.csv"), "price"))!;
            yield return refused;
            foreach (CsvIssue issue in refused.Issues) yield return issue;
            yield return NewRows.Load(file, data.Schema!);

            var model = new MLP(data.FeatureCount, [2], 1);
            var scaler = Standardizer.Fit(data);
            TrainingOutcome outcome = Trainer.Fit(model, scaler.Apply(data), new TrainerOptions { Epochs = 1 });
            yield return outcome;
            yield return outcome.History;
            var optimizer = new SGD(model.Parameters(), 0.1);
            yield return new StepDecay(optimizer, 1);
            yield return new Checkpoint(model, optimizer);
            var norms = new LayerNorms(model);
            yield return norms;
            yield return CrossValidation.Run(_ => new MLP(data.FeatureCount, [2], 1), data, new TrainerOptions { Epochs = 1 }, folds: 2);
            var pipeline = new Pipeline(model, data, scaler);
            yield return pipeline;
            Predictions predictions = pipeline.Predict(file);
            yield return predictions;
            foreach (Prediction prediction in predictions) yield return prediction;
            pipeline.Save(saved);
            yield return Safetensors.ReadHeader(saved);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    sealed class Wrong(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => 2 * X;

        public override Tensor?[] Backward(Tensor gradient) => [gradient];
    }

    [Test]
    public void NoListIsAnArrayOrAListThatCanBeWritten()
    {
        var seen = new HashSet<string>();
        foreach (object target in Objects().Concat(ObjectsOfTraining()))
            foreach ((string name, Func<object, object?> get) in Lists(target.GetType()))
            {
                seen.Add(name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]);
                object? list = get(target);
                Assert.That(list is Array { Length: > 0 }, Is.False, name);
                if (list is IList { Count: > 0 } untyped)
                {
                    object? first = untyped[0];
                    Assert.That(() => untyped[0] = first, Throws.Exception, name);
                    Assert.That(untyped.Clear, Throws.Exception, name);
                }
                foreach (Type view in list?.GetType().GetInterfaces() ?? [])
                    if (list is not Array && view.IsGenericType && view.GetGenericTypeDefinition() == typeof(ICollection<>))
                        Assert.That(view.GetProperty("IsReadOnly")!.GetValue(list), Is.True, name);
            }
        string[] all = [.. s_library.GetExportedTypes().SelectMany(Lists).Select(list => list.Name[(list.Name.IndexOf('.', StringComparison.Ordinal) + 1)..]).Distinct()];
        Assert.That(all, Has.Length.GreaterThan(15));
        Assert.That(all.Except(seen), Is.Empty, "every list of the library was looked at");
    }

    [Test]
    public void NoPublicFieldOrPropertyIsAnArray()
    {
        // A new array for each call, as from ToArray, belongs to the caller. A property returns the same one every time.
        string[] arrays = [.. s_library.GetExportedTypes().SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
            .Where(property => property.PropertyType.IsArray).Select(property => $"{property.DeclaringType!.Name}.{property.Name}")];
        Assert.That(arrays, Is.Empty);
    }

    [Test]
    public void ValuesAreCopiedInAndOut()
    {
        double[] doubles = [1, 2];
        float[] floats = [1, 2];
        double[,] matrix = { { 1, 2 }, { 3, 4 } };
        long[] longs = [1, 2];
        bool[] bools = [true, false];
        int[] sizes = [1, 2];
        Shape shape = sizes;
        Dims dims = sizes;
        MathNet.Numerics.LinearAlgebra.Matrix<double> theirs = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfArray(matrix);
        Tensor[] made =
        [
            Tensor.From(doubles), Tensor.From(doubles, DType.Float64), doubles, Tensor.From(doubles, [2], DType.Float64), Tensor.From(floats), Tensor.From(floats, DType.Float32), floats,
            Tensor.From(floats, [2], DType.Float32), Tensor.From(matrix, DType.Float64), matrix, Tensor.Indices(longs), Tensor.Indices(longs, [2]), Tensor.Mask(bools), Tensor.Mask(bools, [2]),
            Tensor.FromMatrix(theirs, DType.Float64), new Parameter(Tensor.From(doubles)),
        ];
        double[][] before = [.. made.Select(tensor => tensor.ToArray())];
        foreach (Array array in (Array[])[doubles, floats, matrix, longs, bools, sizes]) Array.Clear(array);
        theirs.Clear();
        foreach (Tensor tensor in made)
        {
            Array.Clear(tensor.ToArray());
            if (tensor.DType == DType.Float32) Array.Clear(tensor.ToFloatArray());
            if (tensor.DType == DType.Int64) Array.Clear(tensor.ToInt64Array());
            if (tensor.DType == DType.Bool) Array.Clear(tensor.ToBoolArray());
            if (tensor.Rank == 2) tensor.ToMatrix().Clear();
            Array.Clear(tensor.Shape.ToArray());
        }
        Assert.That(made.Select(tensor => tensor.ToArray()), Is.EqualTo(before));
        Assert.That((shape.ToArray(), dims.ToArray()), Is.EqualTo((new[] { 1, 2 }, new[] { 1, 2 })));
    }

    [Test]
    public void AParametersValuesAreItsOwn()
    {
        Tensor values = Tensor.From([1.0, 2]);
        var parameter = new Parameter(values);
        values.Fill(9);
        Assert.That(parameter.ToArray(), Is.EqualTo(new double[] { 1, 2 }));
    }

    [Test]
    public void ListsThatAreHandedInAreCopied()
    {
        int[] hidden = [3, 4];
        var mlp = new MLP(2, hidden, 2);
        MyTorch.Nn.Module[] modules = [new Linear(2, 3), new MyTorch.Nn.Tanh()];
        var sequential = new Sequential(modules);
        List<Tensor> parameters = [new Parameter(Tensor.Ones([2])), new Parameter(Tensor.Ones([3]))];
        Tensor first = parameters[0];
        var optimizer = new SGD(parameters, 0.5);
        string[] names = ["a", "b"];
        var dataset = new Dataset(Tensor.Ones([2, 2]), Tensor.Indices(0, 1), names, names, ["t"]);

        (hidden[0], modules[0], names[0]) = (99, new MyTorch.Nn.ReLU(), "changed");
        parameters.Clear();
        Assert.That(mlp.ToString(), Does.Contain("2-3-4-2"));
        Assert.That(mlp.Forward(Tensor.Ones([1, 2])).Shape, Is.EqualTo(Shape.Create([1, 2])));
        Assert.That(sequential.Modules[0], Is.InstanceOf<Linear>());
        first.Grad = Tensor.Ones([2]);
        optimizer.Step();
        Assert.That(first.ToArray(), Is.All.EqualTo(0.5));
        Assert.That((dataset.FeatureNames[0], dataset.ClassNames[0]), Is.EqualTo(("a", "a")));
    }

    static IEnumerable<TestCaseData> Losses()
    {
        Tensor scores = Tensor.From([0.5, -1, 2, 0.25, 1, -2], [2, 3], DType.Float64), shares = Tensor.From([0.2, 0.3, 0.5, 0.1, 0.6, 0.3], [2, 3], DType.Float64);
        yield return Case("NLLLoss", w => new NLLLoss(w), scores.LogSoftmax(1), Tensor.Indices(0, 2));
        yield return Case("CrossEntropyLoss of classes", w => new CrossEntropyLoss(w), scores, Tensor.Indices(0, 2));
        yield return Case("CrossEntropyLoss, smoothed", w => new CrossEntropyLoss(w, labelSmoothing: 0.1), scores, Tensor.Indices(0, 2));
        yield return Case("CrossEntropyLoss without weights", _ => new CrossEntropyLoss(), scores, Tensor.Indices(0, 2));
        yield return Case("CrossEntropyLoss of shares", w => new CrossEntropyLoss(w), scores, shares);
        yield return Case("BCEWithLogitsLoss", w => new BCEWithLogitsLoss(positiveWeight: w), scores, shares);
        yield return Case("BCELoss", w => new BCELoss(w), shares, shares);
        yield return Case("MSELoss", _ => new MSELoss(), scores, shares);
        yield return Case("L1Loss", _ => new L1Loss(), scores, shares);
        yield return Case("HuberLoss", _ => new HuberLoss(), scores, shares);
        yield return Case("SmoothL1Loss", _ => new SmoothL1Loss(), scores, shares);
        yield return Case("KLDivLoss", _ => new KLDivLoss(), scores.LogSoftmax(1), shares);

        static TestCaseData Case(string name, Func<Tensor, Loss> loss, Tensor prediction, Tensor target) => new TestCaseData(loss, prediction, target).SetArgDisplayNames(name);
    }

    /// <summary>A target or a weight that changes between a loss and Backward: the same gradient, or an error.</summary>
    [TestCaseSource(nameof(Losses))]
    public void AChangedTargetOrWeightGivesTheSameGradientOrAnError(Func<Tensor, Loss> loss, Tensor prediction, Tensor target)
    {
        double[]? Gradient(Action<Tensor, Tensor>? change)
        {
            Tensor x = prediction.Clone(), t = target.Clone(), weight = Tensor.From([1.5, 0.5, 2], DType.Float64);
            x.RequiresGrad = true;
            using var autograd = new Autograd();
            Tensor value = loss(weight).Forward(x, t);
            change?.Invoke(t, weight);
            try
            {
                return autograd.Gradients(value, [x])[0]!.ToArray();
            }
            catch (InvalidOperationException e) when (e.Message.Contains("was changed after", StringComparison.Ordinal))
            {
                return null;
            }
        }

        double[] expected = Gradient(null)!;
        foreach (Action<Tensor, Tensor> change in (Action<Tensor, Tensor>[])[(t, _) => t.Fill(1), (t, _) => t.Fill(0), (_, weight) => weight.Fill(7)])
            Assert.That(Gradient(change), Is.Null.Or.EqualTo(expected));
    }
}
