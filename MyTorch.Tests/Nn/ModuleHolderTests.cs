using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Dynamic;
using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>Whatever holds a layer: it is found, or refused with a way to hold it; and no two parameters have one name.</summary>
public sealed class ModuleHolderTests
{
    static string[] Names(Module module) => [.. module.NamedParameters().Select(p => p.Name)];

    static Linear Small() => new(1, 1, bias: false);

    /// <summary>A module with one field whose type the caller chooses.</summary>
    sealed class Holding<T>(T layers) : Module
    {
        readonly T _layers = layers;

        protected override Tensor ForwardCore(Tensor input) => _layers is null ? input : input * 1;
    }

    static readonly string[] One = ["layers.0.weight"];
    static readonly string[] Two = ["layers.0.weight", "layers.1.weight"];

    static IEnumerable<TestCaseData> Found()
    {
        Linear shared = Small();
        yield return Case(new Holding<(Linear, Linear)?>((Small(), Small())), Two, "nullable tuple");
        yield return Case(new Holding<(Linear, (int, Linear)?)>((Small(), (1, Small()))), ["layers.0.weight", "layers.1.1.weight"], "tuple in a tuple");
        yield return Case(new Holding<Tuple<Linear, Linear>>(new(Small(), Small())), Two, "tuple class");
        yield return Case(new Holding<(Linear, Linear)?>(null), [], "null tuple");
        yield return Case(new Holding<List<KeyValuePair<string, Linear>>>([new("a", Small()), new("b", Small())]), ["layers.0.a.weight", "layers.1.b.weight"], "list of pairs");
        yield return Case(new Holding<KeyValuePair<string, Linear>>(new("a", Small())), ["layers.a.weight"], "pair");
        yield return Case(new Holding<List<(string, Linear)>>([("a", Small())]), ["layers.0.1.weight"], "list of tuples");
        yield return Case(new Holding<IReadOnlyList<Linear>>([Small(), Small()]), Two, "read-only list");
        yield return Case(new Holding<ReadOnlyCollection<Linear>>(new([Small()])), One, "read-only collection");
        yield return Case(new Holding<HashSet<Linear>>([Small(), Small()]), Two, "set");
        yield return Case(new Holding<HashSet<(int, Linear)>>([(1, Small())]), ["layers.0.1.weight"], "set of tuples");
        yield return Case(new Holding<ImmutableArray<Linear>>([Small(), Small()]), Two, "immutable array");
        yield return Case(new Holding<ImmutableArray<Linear>>(default), [], "default immutable array");
        yield return Case(new Holding<ArraySegment<Linear>>(default), [], "default segment");
        yield return Case(new Holding<ImmutableList<Linear>>([Small()]), One, "immutable list");
        yield return Case(new Holding<Queue<Linear>>(new([Small(), Small()])), Two, "queue");
        yield return Case(new Holding<Stack<Linear>>(new([Small(), Small()])), Two, "stack");
        yield return Case(new Holding<LinkedList<Linear>>(new([Small(), Small()])), Two, "linked list");
        yield return Case(new Holding<ConcurrentQueue<Linear>>(new([Small()])), One, "concurrent queue");
        yield return Case(new Holding<ArrayList>(new ArrayList { Small() }), One, "array list");
        yield return Case(new Holding<List<List<Linear>>>([[Small()], [Small()]]), ["layers.0.0.weight", "layers.1.0.weight"], "list of lists");
        yield return Case(new Holding<Linear[][]>([[Small()], [Small()]]), ["layers.0.0.weight", "layers.1.0.weight"], "array of arrays");
        yield return Case(new Holding<Linear[,]>(new[,] { { Small(), Small() } }), Two, "two-dimensional array");
        yield return Case(new Holding<Linear?[]>([null, Small(), null]), ["layers.1.weight"], "null entries");
        yield return Case(new Holding<Dictionary<int, Linear>>(new() { [7] = Small() }), ["layers.7.weight"], "dictionary by number");
        yield return Case(new Holding<Dictionary<DayOfWeek, List<Linear>>>(new() { [DayOfWeek.Monday] = [Small()] }), ["layers.Monday.0.weight"], "dictionary by enum");
        yield return Case(new Holding<IReadOnlyDictionary<string, Linear>>(new Dictionary<string, Linear> { ["a"] = Small() }), ["layers.a.weight"], "read-only dictionary");
        yield return Case(new Holding<Hashtable>(new Hashtable { ["a"] = Small() }), ["layers.a.weight"], "hashtable");
        IDictionary<string, object?> expando = new ExpandoObject();
        expando["a"] = Small();
        yield return Case(new Holding<ExpandoObject>((ExpandoObject)expando), ["layers.a.weight"], "expando");
        yield return Case(new Holding<object>(Small()), ["layers.weight"], "object");
        yield return Case(new Holding<object>(new List<object> { Small(), "text", 3 }), One, "list of objects");
        yield return Case(new Holding<ICloneable>(new[] { Small() }), One, "another interface");
        yield return Case(new Holding<Parameter>(new(1)), ["layers"], "parameter");
        yield return Case(new Holding<List<Parameter>>([new(1), new(2)]), ["layers.0", "layers.1"], "list of parameters");
        yield return Case(new Holding<Dictionary<string, Parameter>>(new() { ["w"] = new(1) }), ["layers.w"], "dictionary of parameters");
        yield return Case(new Holding<(Parameter, Parameter)?>((new(1), new(2))), ["layers.0", "layers.1"], "tuple of parameters");
        yield return Case(new Holding<Linear[]>([shared, shared]), One, "a layer held twice");
        yield return Case(new Captured(Small()), ["layers.weight"], "primary constructor");
        yield return Case(new Holding<Func<Tensor, Tensor>>(new ReLU().Forward), [], "delegate of a function without parameters");
        yield return Case(new Holding<List<double>>([1, 2]), [], "numbers");
        yield return Case(new Holding<Generator>(new Generator(1)), [], "generator");
        yield return Case(new Holding<Lazy<Tensor>>(new(() => Tensor.Ones([2]))), [], "lazy constant");
        yield return Case(new Holding<Loss>(new CrossEntropyLoss(Tensor.Ones([2]))), [], "loss");
        yield return Case(new Holding<Settings>(new Settings(3, "x", Tensor.Ones([1]))), [], "record of settings");

        static TestCaseData Case(Module module, string[] names, string name) => new TestCaseData(module, names).SetArgDisplayNames(name);
    }

    sealed record Settings(int Width, string Name, Tensor Constant);

    sealed class Captured(Linear layers) : Module
    {
        protected override Tensor ForwardCore(Tensor input) => layers.Forward(input);
    }

    [TestCaseSource(nameof(Found))]
    public void LayersInTheseHoldersAreFound(Module module, string[] names)
    {
        Assert.That(Names(module), Is.EqualTo(names));
        Assert.That(module.Eval().NamedModules().Select(m => m.Module.Training), Has.All.False);
    }

    sealed class Block(Linear layer)
    {
        public Linear Layer { get; } = layer;
    }

    sealed record RecordBlock(Linear Layer);

    struct StructBlock
    {
        public Linear Layer;
    }

    sealed class Deep
    {
        public Deep? Next { get; init; }
        public object? Item { get; init; }
    }

    sealed class WithStatic : Module
    {
        static readonly Linear s_layer = Small();

        protected override Tensor ForwardCore(Tensor input) => s_layer.Forward(input);
    }

    static IEnumerable<TestCaseData> Refused()
    {
        Linear layer = Small();
        const string Derive = "Derive Block from Module";
        yield return Case(new Holding<Block>(new(Small())), Derive, "class");
        yield return Case(new Holding<List<Block>>([new(Small())]), Derive, "list of a class");
        yield return Case(new Holding<Block?[]>([null, new(Small())]), Derive, "array of a class");
        yield return Case(new Holding<Dictionary<string, Block>>(new() { ["a"] = new(Small()) }), Derive, "dictionary of a class");
        yield return Case(new Holding<(int, Block)?>((1, new(Small()))), Derive, "tuple of a class");
        yield return Case(new Holding<object>(new Block(Small())), Derive, "class in an object");
        yield return Case(new Holding<RecordBlock>(new(Small())), "Derive RecordBlock from Module", "record");
        yield return Case(new Holding<StructBlock>(new() { Layer = Small() }), "Derive StructBlock from Module", "struct");
        yield return Case(new Holding<StructBlock?>(new StructBlock { Layer = Small() }), "Derive StructBlock from Module", "nullable struct");
        yield return Case(new Holding<List<StructBlock>>([new() { Layer = Small() }]), "Derive StructBlock from Module", "list of a struct");
        yield return Case(new Holding<Deep>(new() { Next = new() { Next = new() { Item = new[] { Small() } } } }), "Derive Deep from Module", "far inside");
        yield return Case(new Holding<Lazy<Linear>>(new(Small)), "Make it in the constructor", "lazy");
        yield return Case(new Holding<Lazy<Linear[]>>(new(() => [Small()])), "Make it in the constructor", "lazy array");
        yield return Case(new Holding<ThreadLocal<Linear>>(new(Small)), "Make it in the constructor", "thread local");
        yield return Case(new Holding<Task<Linear>>(Task.FromResult(Small())), "Make it in the constructor", "task");
        yield return Case(new Holding<WeakReference<Linear>>(new(layer)), "Make it in the constructor, and hold it in a field", "weak reference");
        yield return Case(new Holding<WeakReference>(new(layer)), "Hold it in a field", "untyped weak reference");
        yield return Case(new Holding<Memory<Linear>>(new[] { Small() }), "Hold it in a field", "memory");
        yield return Case(new Holding<Func<Tensor, Tensor>>(Small().Forward), "Hold the layer itself too", "delegate");
        yield return Case(new Holding<Func<Tensor, Tensor>>(x => layer.Forward(x)), "Hold the layer itself too", "lambda");
        yield return Case(new Holding<Func<Tensor, Tensor>[]>([x => x, Small().Forward]), "Hold the layer itself too", "array of delegates");
        yield return Case(new Holding<List<Func<Tensor, Tensor>>>([new Dropout().Forward]), "Hold the layer itself too", "delegate of a dropout");
        yield return Case(new Holding<Dictionary<Linear, int>>(new() { [Small()] = 1 }), "Hold it in a field", "keys");
        yield return Case(new Holding<PriorityQueue<Linear, int>>(new([(Small(), 1)])), "Hold it in a field", "priority queue");
        yield return Case(new Holding<IEnumerable<object>>(new Own(Small())), Derive, "sequence of a class of one's own");
        yield return Case(new Holding<Box<Parameter>>(new(new Parameter(1))), "Derive Box<Parameter> from Module", "parameter in a class");
        yield return Case(new Holding<Loss>(new Learned()), "Derive Learned from Module", "loss with a parameter");
        yield return Case(new WithStatic(), "Hold it in a field that is not static", "static");

        static TestCaseData Case(Module module, string fix, string name) => new TestCaseData(module, fix).SetArgDisplayNames(name);
    }

    sealed record Box<T>(T Value);

    sealed class Learned() : Loss(Reduction.Mean)
    {
        readonly Parameter _scale = new(1);

        public override Tensor Forward(Tensor prediction, Tensor target) => ((prediction - target) * _scale).Square().Mean();
    }

    /// <summary>Holds a layer and enumerates something else.</summary>
    sealed class Own(Linear layer) : IEnumerable<object>
    {
        public IEnumerator<object> GetEnumerator()
        {
            yield return new Block(layer);
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [TestCaseSource(nameof(Refused))]
    public void LayersInOtherHoldersAreRefusedWithAWayToHoldThem(Module module, string fix)
    {
        foreach (Action use in new Action[] { () => module.Parameters(), () => module.Eval(), () => module.NamedModules().Count() })
            Assert.That(() => use(), Throws.InvalidOperationException.With.Message.Contains(fix).And.Message.Contains("[NotRegistered]").And.Message.Contains("layer"));
    }

    sealed class DerivedBlock : Module
    {
        public Linear Layer { get; } = Small();

        protected override Tensor ForwardCore(Tensor input) => Layer.Forward(input);
    }

    sealed class Marked : Module
    {
        [NotRegistered] readonly Linear _teacher = Small();
        [NotRegistered] public Block Other { get; } = new(Small());
        [NotRegistered] static readonly Linear s_shared = Small();
        readonly Linear _own = Small();

        protected override Tensor ForwardCore(Tensor input) => _own.Forward(input) + _teacher.Forward(input) + s_shared.Forward(input) + Other.Layer.Forward(input);
    }

    [Test]
    public void TheFixesOfTheMessagesWork()
    {
        Assert.That(Names(new Holding<List<DerivedBlock>>([new()])), Is.EqualTo(new[] { "layers.0.layer.weight" }), "derived from Module");
        Linear layer = Small();
        Assert.That(Names(new Holding<(Linear, Func<Tensor, Tensor>)>((layer, layer.Forward))), Is.EqualTo(One), "held beside its delegate");
        Assert.That(Names(new Holding<(Func<Tensor, Tensor>, Linear)>((x => layer.Forward(x), layer))), Is.EqualTo(new[] { "layers.1.weight" }));
        Assert.That(Names(new Marked()), Is.EqualTo(new[] { "own.weight" }), "marked");
    }

    sealed class Child : Module
    {
        readonly Linear _own = Small();

        public Func<Tensor, Tensor>? Callback { get; set; }
        public Deep? Back { get; set; }
        public WeakReference<Module>? Parent { get; set; }

        protected override Tensor ForwardCore(Tensor input) => _own.Forward(input);
    }

    [Test]
    public void AReferenceBackToWhatHoldsAModuleIsNoPartOfIt()
    {
        var child = new Child();
        var parent = new Sequential(child, Small());
        child.Callback = x => parent.Forward(x);
        child.Back = new Deep { Item = parent };
        child.Parent = new WeakReference<Module>(parent);
        Assert.That(Names(parent), Is.EqualTo(new[] { "0.own.weight", "1.weight" }));
        Assert.That(Names(child), Is.EqualTo(new[] { "own.weight" }));
    }

    sealed class Singleton : Module
    {
        public static readonly Singleton Shared = new();
        readonly Linear _own = Small();

        protected override Tensor ForwardCore(Tensor input) => _own.Forward(input);
    }

    [Test]
    public void AStaticInstanceOfTheModuleItselfIsNoPartOfTheOthers() =>
        Assert.That(Names(new Singleton()).Concat(Names(Singleton.Shared)), Is.EqualTo(new[] { "own.weight", "own.weight" }));

    sealed class Queries(IEnumerable<(string, Linear)> layers) : Module
    {
        readonly IEnumerable<(string, Linear)> _layers = layers;

        protected override Tensor ForwardCore(Tensor input) => _layers.Aggregate(input, (x, layer) => layer.Item2.Forward(x));
    }

    static IEnumerable<(string, Linear)> Generated()
    {
        yield return ("a", Small());
    }

    [Test]
    public void SequencesThatMakeNewLayersInTuplesOrNewParametersAreRefusedToo()
    {
        int[] sizes = [1];
        static NUnit.Framework.Constraints.IResolveConstraint Again() => Throws.InvalidOperationException.With.Message.Contains(".ToArray()");
        Assert.That(() => Names(new Queries(sizes.Select(n => ("a", new Linear(n, n))))), Again());
        Assert.That(() => Names(new Queries(Generated())), Again());
        Assert.That(() => Names(new Holding<IEnumerable<Parameter>>(sizes.Select(n => new Parameter(n)))), Again());
        Assert.That(Names(new Queries(Generated().ToArray())), Is.EqualTo(new[] { "layers.0.1.weight" }));
    }

    class Base : Module
    {
        readonly Linear _fc = Small();
        public virtual Linear Head { get; } = Small();

        protected override Tensor ForwardCore(Tensor input) => Head.Forward(_fc.Forward(input));
    }

    sealed class SameField : Base
    {
        readonly Linear _fc = Small();

        protected override Tensor ForwardCore(Tensor input) => _fc.Forward(base.ForwardCore(input));
    }

    sealed class Overridden : Base
    {
        public override Linear Head { get; } = Small();
    }

    sealed class TwoSpellings : Module
    {
        readonly Linear _fc1 = Small();
        public Linear Fc1 { get; } = Small();

        protected override Tensor ForwardCore(Tensor input) => Fc1.Forward(_fc1.Forward(input));
    }

    sealed class BufferAndParameter : Module
    {
        [Buffer] readonly Tensor _scale = 1;
        public Parameter Scale { get; } = new(2);

        protected override Tensor ForwardCore(Tensor input) => input * _scale * Scale;
    }

    static IEnumerable<TestCaseData> Clashes()
    {
        yield return Case(new SameField(), "'fc'", "the field _fc of Base", "the field _fc of SameField", "base and derived");
        yield return Case(new Overridden(), "'head'", "the property Head of Base", "the property Head of Overridden", "overridden property");
        yield return Case(new TwoSpellings(), "'fc1'", "the field _fc1", "the property Fc1", "two spellings");
        yield return Case(new BufferAndParameter(), "'scale'", "the field _scale", "the property Scale", "buffer and parameter");
        yield return Case(new Holding<Dictionary<object, Linear>>(new() { [0] = Small(), ["0"] = Small() }), "'layers.0'", "at the key 0", "at the key \"0\"", "keys 0 and \"0\"");
        yield return Case(new Holding<Dictionary<string, object>>(new() { ["a.b"] = Small(), ["a"] = new Dictionary<string, Linear> { ["b"] = Small() } }), "'layers.a.b'", "at the key \"a.b\"", "at the key \"b\"", "a key with a dot");
        yield return Case(new Holding<(Dictionary<string, Parameter>, List<Parameter>)>((new() { ["0"] = new(1), }, [])), "", "", "", "no clash");

        static TestCaseData Case(Module module, string name, string first, string second, string title) => new TestCaseData(module, name, first, second).SetArgDisplayNames(title);
    }

    [TestCaseSource(nameof(Clashes))]
    public void TwoMembersOfOneNameAreAnErrorThatNamesBoth(Module module, string name, string first, string second)
    {
        if (name.Length == 0) Assert.That(Names(module), Is.EqualTo(new[] { "layers.0.0" }));
        else
            Assert.That(() => module.Parameters(),
                Throws.InvalidOperationException.With.Message.Contains(name).And.Message.Contains(first).And.Message.Contains(second).And.Message.Contains("rename one"));
    }

    sealed class MarkedProperty : Module
    {
        [Buffer] public Tensor Count { get; } = 0;

        protected override Tensor ForwardCore(Tensor input) => input + Count;
    }

    [Test]
    public void ABufferMayBeMarkedOnTheProperty() => Assert.That(new MarkedProperty().NamedBuffers().Single().Name, Is.EqualTo("count"));
}
