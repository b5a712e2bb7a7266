using System.Text.Json.Nodes;
using MyTorch.Tests.Conformance;

namespace MyTorch.Tests;

/// <summary>The suite itself: whatever is wrong with a folder or a case must end in a failed test, and every number counts.</summary>
public sealed class OracleSuiteTests : TestsWithFolder
{
    static string Committed => Path.Combine(AppContext.BaseDirectory, "Conformance", "cases");

    [Test]
    public void EveryCommittedFileIsRead()
    {
        IReadOnlyList<OracleFolder.Entry> entries = OracleFolder.Read(Committed);
        Assert.That(entries.Where(entry => entry.Problem is not null), Is.Empty);
        string[] files = ["unary", "binary", "softmax", "matmul", "reduce", "shape", "loss", "extreme", "graph", "second", "norm", "sgd", "optim", "schedule", "training"];
        Assert.That(entries.Select(entry => entry.Name.Split('/')[0]).Distinct(), Is.EquivalentTo(files));
        Assert.That(entries, Has.Count.EqualTo(Directory.GetFiles(Committed).Sum(file => JsonNode.Parse(File.ReadAllText(file))!["cases"]!.AsArray().Count)));
        Assert.That(entries.Select(entry => entry.Name), Is.Unique);
    }

    [TestCase("cases")]
    [TestCase("./cases")]
    [TestCase("")]
    public void ARelativeFolderIsAProblem(string folder) => AssertOneProblem(OracleFolder.Read(folder), "folder", $"'{folder}'", "relative", "absolute");

    [Test]
    public void AMissingFolderIsAProblem() => AssertOneProblem(OracleFolder.Read(InFolder("nowhere")), "folder", "nowhere", "does not exist");

    [Test]
    public void AFolderWithoutJsonIsAProblem()
    {
        File.WriteAllText(InFolder("README.md"), "no cases here");
        AssertOneProblem(OracleFolder.Read(Folder), "folder", Folder, "no *.json");
    }

    [TestCase("""{"file":"x.json","cases":[]}""")]
    [TestCase("""{"file":"x.json"}""")]
    [TestCase("""{"cases":7}""")]
    [TestCase("[]")]
    public void AFileWithoutCasesIsAProblem(string text) => AssertOneProblem(Read(text), "x", "x.json", "no cases");

    [Test]
    public void AFileThatIsNotJsonIsAProblem() => AssertOneProblem(Read("{ cases"), "x", "x.json", "cannot be read");

    [Test]
    public void ACaseThatCannotBeReadFailsAlone()
    {
        IReadOnlyList<OracleFolder.Entry> entries = Read("""{"cases":[{"id":"odd","op":"exp","inputs":"none"},{"id":"good","op":"exp"},7]}""");
        Assert.That(entries.Select(entry => (entry.Name, entry.Problem is null)), Is.EqualTo(new[] { ("x/odd", false), ("x/good", true), ("x/[2]", false) }));
    }

    [Test]
    public void TwoCasesOfOneIdKeepTwoNames()
    {
        IReadOnlyList<OracleFolder.Entry> entries = Read("""{"cases":[{"id":"same","op":"exp"},{"id":"same","op":"log"}]}""");
        string[] names = ["x/same", "x/same#2"];
        Assert.That(entries.Select(entry => entry.Name), Is.EqualTo(names));
    }

    [TestCase("unary", "exp_v5", "op", "\"expo\"", "Unknown op 'expo'")]
    [TestCase("unary", "exp_v5", "args", """{"base":2}""", "unknown argument 'base'")]
    [TestCase("loss", "mse_loss_4_sum", "args", """{"reduction":"median"}""", "median")]
    [TestCase("sgd", "sgd_momentum", "optimizer", "\"Adamax\"", "Unknown optimizer 'Adamax'")]
    [TestCase("sgd", "sgd_momentum", "config", """{"lr":0.1,"momentum":0.9,"maximize":true}""", "unknown argument 'maximize'")]
    [TestCase("optim", "adam_default", "config", """{"lr":0.05,"alpha":0.9}""", "unknown argument 'alpha'")]
    [TestCase("schedule", "multistep", "schedule", "\"zigzag\"", "Unknown schedule 'zigzag'")]
    [TestCase("schedule", "multistep", "config", """{"milestones":[3,10],"gamma":0.1,"power":2}""", "unknown argument 'power'")]
    [TestCase("sgd", "digits100_relu_ce_sgd", "activation", "\"maxout\"", "Unknown activation 'maxout'")]
    [TestCase("sgd", "digits100_relu_ce_sgd", "loss", "\"hinge\"", "Unknown loss 'hinge'")]
    public void AnUnknownWordFails(string file, string id, string member, string value, string message)
    {
        JsonNode json = Load(file, id);
        json[member] = JsonNode.Parse(value);
        Assert.That(Failure(json)?.Message, Does.Contain(message));
    }

    [TestCase("unary", "exp_v5", "output.data.2")]
    [TestCase("unary", "exp_v5", "grads.x.data.4")]
    [TestCase("binary", "mul_3x4_4", "grads.b.data.0")]
    [TestCase("binary", "mul_3x4_4", "upstream.data.11")]
    [TestCase("reduce", "max_5_dim0", "indices.data.0")]
    [TestCase("graph", "chain20_relu", "grads.w0.data.0")]
    [TestCase("second", "second_tanh", "hvp.x.data.1")]
    [TestCase("second", "second_tanh", "hessian.data.0")]
    [TestCase("norm", "batchnorm1d_6x3_affine_mom0.1_train0", "running.running_var_after.data.2")]
    [TestCase("norm", "batchnorm1d_6x3_affine_mom0.1_train0", "running.running_mean_after.data.0")]
    [TestCase("norm", "batchnorm1d_6x3_affine_mom0.1_train0", "batch_mean.data.1")]
    [TestCase("norm", "batchnorm1d_6x3_affine_mom0.1_train0", "grads.weight.data.1")]
    [TestCase("sgd", "sgd_momentum", "steps.0.params.w1.data.3")]
    [TestCase("sgd", "sgd_momentum", "steps.9.params.b2.data.1")]
    [TestCase("sgd", "sgd_momentum_lr_changes", "config.lr.7")]
    [TestCase("optim", "sgd_clip_norm0.25", "steps.3.norm")]
    [TestCase("optim", "sgd_clip_norm0.25", "steps.3.clipped.w2.data.1")]
    [TestCase("optim", "sgd_clip_norm0.25", "config.clip_grad_norm")]
    [TestCase("optim", "adam_default", "steps.0.params.b1.data.1")]
    [TestCase("optim", "adam_default", "config.betas.1")]
    [TestCase("optim", "adamw_amsgrad", "config.weight_decay")]
    [TestCase("optim", "rmsprop_centered_momentum_wd", "steps.9.params.w1.data.2")]
    [TestCase("optim", "adagrad_initial", "config.initial_accumulator_value")]
    [TestCase("schedule", "multistep", "lr_by_epoch.19")]
    [TestCase("training", "iris_relu_ce_adamw_minibatch", "losses.49")]
    [TestCase("training", "sine_relu_mse_adagrad", "final.w2.data.3")]
    [TestCase("sgd", "iris_relu_ce_sgd_momentum_minibatch", "losses.49")]
    [TestCase("sgd", "iris_relu_ce_sgd_momentum_minibatch", "first_grads.w2.data.5")]
    [TestCase("sgd", "iris_relu_ce_sgd_momentum_minibatch", "params_after.10.b1.data.5")]
    [TestCase("sgd", "iris_relu_ce_sgd_momentum_minibatch", "final.w1.data.63")]
    [TestCase("sgd", "iris_relu_ce_sgd_momentum_minibatch", "final_loss_full")]
    [TestCase("sgd", "iris_relu_ce_sgd_momentum_minibatch", "final_output_first5.data.14")]
    [TestCase("sgd", "iris_relu_ce_sgd_momentum_minibatch", "final_accuracy")]
    [TestCase("sgd", "iris_relu_ce_sgd_momentum_minibatch", "optimizer.momentum")]
    public void AChangedNumberFails(string file, string id, string path)
    {
        JsonNode json = Load(file, id);
        Assert.That(Failure(json), Is.Null, "the case as it is");

        JsonNode number = path.Split('.').Aggregate(json, (node, name) => node is JsonArray list ? list[int.Parse(name, null)]! : node[name]!);
        double value = number.GetValue<double>();
        number.ReplaceWith(path.StartsWith("indices", StringComparison.Ordinal) ? value + 1 : value * (1 + 1e-7) + 1e-9);
        Assert.That(Failure(json), Is.Not.Null, "the case with one number changed by a ten-millionth");
    }

    [TestCase("erf", "{}", "1,3", "0,0.8427007929497149,-0.9953222650189527")]
    [TestCase("expm1", "{}", "1,3", "0,1.718281828459045,-0.8646647167633873")]
    [TestCase("sinh", "{}", "1,3", "0,1.1752011936438014,-3.626860407847019")]
    [TestCase("cosh", "{}", "1,3", "1,1.5430806348152437,3.7621956910836314")]
    [TestCase("logsigmoid", "{}", "1,3", "-0.6931471805599453,-0.31326168751822286,-2.1269280110429727")]
    [TestCase("squeeze", "{}", "3", "0,1,-2")]
    [TestCase("flatten", """{"start_dim":0,"end_dim":1}""", "3", "0,1,-2")]
    [TestCase("repeat", """{"repeats":[1,2]}""", "1,6", "0,1,-2,0,1,-2")]
    [TestCase("flip", """{"dims":[1]}""", "1,3", "-2,1,0")]
    [TestCase("tril", """{"diagonal":1}""", "1,3", "0,1,0")]
    [TestCase("triu", """{"diagonal":2}""", "1,3", "0,0,-2")]
    [TestCase("diag", """{"diagonal":1}""", "1", "1")]
    [TestCase("cumsum", """{"dim":1}""", "1,3", "0,1,-1")]
    [TestCase("sort", """{"dim":-1,"descending":true}""", "1,3", "1,0,-2")]
    [TestCase("topk", """{"k":2,"largest":false}""", "1,2", "-2,0")]
    [TestCase("norm", """{"dim":1}""", "1", "2.23606797749979")]
    [TestCase("norm", """{"p":1,"dim":null,"keepdim":true}""", "1,1", "3")]
    public void NamesOfPyTorchBeyondTheCommittedCasesAreKnown(string op, string args, string shape, string data)
    {
        // Another folder may ask for them.
        string x = $$$"""{"name":"x","requires_grad":false,"shape":{{{(op == "squeeze" ? "[3,1]" : "[1,3]")}}},"data":[0,1,-2]}""";
        JsonNode json = JsonNode.Parse($$$"""{"id":"{{{op}}}","op":"{{{op}}}","args":{{{args}}},"inputs":[{{{x}}}],"output":{"shape":[{{{shape}}}],"data":[{{{data}}}]}}""")!;
        Assert.That(Failure(json), Is.Null);
        json["output"]!["data"]![0]!.ReplaceWith(7);
        Assert.That(Failure(json), Is.Not.Null, "the first number was compared");
    }

    [TestCase("step", """{"step_size":2,"gamma":0.5}""", "1,1,0.5,0.5,0.25")]
    [TestCase("StepLR", """{"step_size":2}""", "1,1,0.1,0.1,0.01")]
    [TestCase("exponential", """{"gamma":0.5}""", "1,0.5,0.25,0.125,0.0625")]
    [TestCase("cosine", """{"T_max":4,"eta_min":0.5}""", "1,0.9267766952966369,0.75,0.5732233047033631,0.5")]
    [TestCase("cosine_warm_restarts", """{"T_0":2}""", "1,0.5,1,0.5,1")]
    [TestCase("linear", """{"start_factor":0.5,"total_iters":2}""", "0.5,0.75,1,1,1")]
    [TestCase("constant", """{"factor":0.5,"total_iters":2}""", "0.5,0.5,1,1,1")]
    [TestCase("polynomial", """{"total_iters":4,"power":2}""", "1,0.5625,0.25,0.0625,0")]
    [TestCase("one_cycle", """{"max_lr":1,"total_steps":5,"pct_start":0.6,"div_factor":4,"final_div_factor":1}""", "0.25,0.625,1,0.625,0.25")]
    public void SchedulesBeyondTheCommittedCaseAreKnown(string schedule, string config, string rates)
    {
        JsonNode json = JsonNode.Parse($$"""{"id":"x","schedule":"{{schedule}}","base_lr":1,"config":{{config}},"lr_by_epoch":[{{rates}}]}""")!;
        Assert.That(Failure(json), Is.Null);
        json["lr_by_epoch"]![3]!.ReplaceWith(7);
        Assert.That(Failure(json), Is.Not.Null, "the fourth rate was compared");
    }

    [Test]
    public void AGradientThatIsNotRecordedFails()
    {
        JsonNode json = Load("binary", "mul_3x4_4");
        json["grads"]!.AsObject().Remove("b");
        Assert.That(Failure(json), Is.Not.Null);
    }

    [Test]
    public void AnOutputOfAnotherShapeFails()
    {
        JsonNode json = Load("unary", "exp_v5");
        json["output"]!["shape"] = new JsonArray(5, 1);
        Assert.That(Failure(json)?.Message, Does.Contain("shape"));
    }

    [TestCase(double.NaN, double.NaN, true)]
    [TestCase(0, double.NaN, false)]
    [TestCase(double.NaN, 0, false)]
    [TestCase(double.PositiveInfinity, double.PositiveInfinity, true)]
    [TestCase(double.NegativeInfinity, double.PositiveInfinity, false)]
    [TestCase(1e308, double.PositiveInfinity, false)]
    [TestCase(double.PositiveInfinity, 1e308, false)]
    [TestCase(-0.0, 0, true)]
    [TestCase(1 + 2e-10, 1, false)]
    [TestCase(1 + 5e-11, 1, true)]
    public void ToleranceAccepts(double actual, double expected, bool accepted) =>
        Assert.That(new Tolerance(1e-10, 1e-12).Accepts(actual, expected), Is.EqualTo(accepted));

    static Exception? Failure(JsonNode json)
    {
        OracleCase c = OracleCase.Parse(System.Text.Json.JsonSerializer.SerializeToElement(json));
        try
        {
            using (new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext())
                ConformanceTests.Check(c, DType.Float64, Engines.Named(Engines.Tape));
            return null;
        }
        catch (Exception error) when (error is AssertionException or NotSupportedException)
        {
            return error;
        }
    }

    static JsonNode Load(string file, string id) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Committed, file + ".json")))!["cases"]!.AsArray().Single(c => (string?)c!["id"] == id)!;

    IReadOnlyList<OracleFolder.Entry> Read(string text)
    {
        File.WriteAllText(InFolder("x.json"), text);
        return OracleFolder.Read(Folder);
    }

    static void AssertOneProblem(IReadOnlyList<OracleFolder.Entry> entries, string name, params string[] words)
    {
        Assert.That(entries, Has.Count.EqualTo(1));
        Assert.That(entries[0].Name, Is.EqualTo(name));
        Assert.That(entries[0].Case, Is.Null);
        foreach (string word in words) Assert.That(entries[0].Problem, Does.Contain(word));
    }
}
