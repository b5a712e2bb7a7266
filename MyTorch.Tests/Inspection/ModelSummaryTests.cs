using MyTorch.Inspection;
using MyTorch.Nn;

namespace MyTorch.Tests.Drawing;

public class ModelSummaryTests
{
    sealed class Residual : Module
    {
        readonly Linear _inner = new(3, 3);

        protected override Tensor ForwardCore(Tensor input) => _inner.Forward(input).Tanh() + input;
    }

    sealed class Net : Module
    {
        readonly Block _block = new();
        readonly ReLU _unused = new();

        protected override Tensor ForwardCore(Tensor input) => _block.Forward(input).Exp();
    }

    sealed class Block : Module
    {
        protected override Tensor ForwardCore(Tensor input) => input.Sin().Sum(1);
    }

    sealed class Failing : Module
    {
        protected override Tensor ForwardCore(Tensor input) => throw new NotSupportedException();
    }

    [Test]
    public void TheTableOfAnMlp()
    {
        var model = new MLP(2, [16], 2);
        Assert.That(ModelSummary.Of(model, Tensor.Ones([4, 2])).ToText(), Is.EqualTo("""
            module    type           output   parameters  operations
            --------  -------------  -------  ----------  ------------------
            (model)   MLP(2-16-2)    (4, 2)   82          3: Linear ×2, ReLU
            layers.0  Linear(2, 16)  (4, 16)  48          1: Linear
            layers.1  ReLU           (4, 16)  0           1: ReLU
            layers.2  Linear(16, 2)  (4, 2)   34          1: Linear
            82 parameters, 3 operations for an input (4, 2) Float32, in evaluation mode. A module's row counts what is in it.

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void MarkdownEscapesWhatWouldBeMarkup()
    {
        string text = ModelSummary.Of(new Sequential(new BatchNorm1d(2)), Tensor.Ones([4, 2])).ToMarkdown();
        Assert.That(text, Does.Contain("| 0 | BatchNorm1d(2) | (4, 2) | 4 | 4: Subtract, Divide, Multiply, Add |\n"));
        var table = new TextTable("a|b");
        table.Add("x|y*<z>");
        Assert.That(table.ToMarkdown(), Is.EqualTo("| a\\|b |\n|---|\n| x\\|y\\*&lt;z> |\n"));
    }

    [Test]
    public void AModuleOfOnesOwnInAContainerIsSeen()
    {
        ModelSummary summary = ModelSummary.Of(new Sequential(new Residual(), new Linear(3, 1)), Tensor.Ones([5, 3]));
        Assert.That(summary.Modules.Select(module => module.Path), Is.EqualTo(new[] { "", "0", "0.inner", "1" }));
        Assert.That(summary.Modules[1].Operations, Is.EqualTo(new[] { "Linear", "Tanh", "Add" }));
        Assert.That(summary.Modules[2].Operations, Is.EqualTo(new[] { "Linear" }));
        Assert.That(summary.Modules[1].OutputShape, Is.EqualTo((Shape)new[] { 5, 3 }));
        Assert.That(summary.Modules[0].OutputShape, Is.EqualTo((Shape)new[] { 5, 1 }));
    }

    [Test]
    public void AModuleCalledByAnotherIsSeenAndAnIdleOneIsNot()
    {
        ModelSummary summary = ModelSummary.Of(new Net(), Tensor.Ones([5, 3]));
        Assert.That(summary.Modules[1].OutputShape, Is.EqualTo((Shape)new[] { 5 }));
        Assert.That(summary.Modules[1].Operations, Is.EqualTo(new[] { "Sin", "Sum" }));
        Assert.That(summary.Modules[0].Operations, Is.EqualTo(new[] { "Sin", "Sum", "Exp" }));
        Assert.That(summary.Modules[2].OutputShape, Is.Null);
        Assert.That(summary.ToText(), Does.Contain("not seen").And.Contains("Not seen: the module's Forward was not called"));
    }

    [Test]
    public void AModuleThatThrowsIsNotCurrentAfterwards()
    {
        using var noting = new Autograd(recordSources: true);
        var layer = new Linear(2, 2);
        Assert.That(() => new Sequential(layer, new Failing()).Forward(Tensor.Ones([1, 2])), Throws.TypeOf<NotSupportedException>());
        Assert.That(layer.Weight.Sum().Producer!.Maker, Is.Null);
        Assert.That(() => layer.Forward(null!), Throws.ArgumentNullException);
    }

    [Test]
    public void TheModelStaysAsItWas()
    {
        var norm = new BatchNorm1d(2);
        var frozen = new Dropout();
        var model = new Sequential(norm, frozen);
        frozen.Eval();
        Tensor input = Tensor.Randn([4, 2], generator: new Generator(3));
        using var autograd = new Autograd();
        ModelSummary.Of(model, input);
        Assert.That(norm.RunningMean.ToArray(), Is.EqualTo(new[] { 0.0, 0.0 }));
        Assert.That((model.Training, norm.Training, frozen.Training), Is.EqualTo((true, true, false)));
        Assert.That(input.RequiresGrad, Is.False);
        Assert.That(autograd.Operations, Is.Empty);
    }

    [Test]
    public void AWrongExampleIsRefusedByTheModuleAndTheModeIsRestored()
    {
        var model = new MLP(2, [16], 2);
        Assert.That(() => ModelSummary.Of(model, Tensor.Ones([4, 3])), Throws.ArgumentException);
        Assert.That(model.Training, Is.True);
    }

    [Test]
    public void OutsideScopesThatWantToKnowNoMakerIsNoted()
    {
        var layer = new Linear(2, 2);
        using var autograd = new Autograd();
        Assert.That(layer.Forward(Tensor.Ones([1, 2])).Producer!.Maker, Is.Null);
        using var noting = new Autograd(recordSources: true);
        Assert.That(layer.Forward(Tensor.Ones([1, 2])).Producer!.Maker, Is.SameAs(layer));
        Assert.That(layer.Weight.Sum().Producer!.Maker, Is.Null);
    }
}
