using Microsoft.CodeAnalysis;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>What a user writes against the library, compiled as an assembly that sees public types only.</summary>
public sealed class UserCodeTests
{
    static IEnumerable<string> Errors(string text)
    {
        MetadataReference library = MetadataReference.CreateFromFile(typeof(Tensor).Assembly.Location);
        return SourceTree.Empty.With("User.cs", text).Compile("User", Compiling.LibraryReferences.Append(library)).GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(Compiling.Describe);
    }

    [Test]
    public void AFileMayHoldAnOperationAndAModule() => Assert.That(Errors("""
        using MyTorch;
        using MyTorch.Nn;
        using MyTorch.Operations;

        sealed class Cube(Tensor x) : PointwiseOperation(x)
        {
            protected override Tensor Forward() => X * X * X;

            public override Tensor Derivative() => 3 * X.Square();
        }

        sealed class Cubed : Module
        {
            readonly Linear _first = new(2, 3), _last = new Linear(3, 1);
            readonly ReLU _relu = new ReLU();
            readonly Module[] _others =
            [
                new Identity(), new LeakyReLU(), new ELU(), new GELU(), new Swish(), new Sigmoid(), new Tanh(), new Softplus(), new Softmax(), new LogSoftmax(),
            ];

            protected override Tensor ForwardCore(Tensor input) => _last.Forward(new Cube(_relu.Forward(_first.Forward(input))).Apply());
        }
        """), Is.Empty);

    [Test]
    public void AllNamespacesMayBeImportedTogether()
    {
        Type[] types = [.. typeof(Tensor).Assembly.GetExportedTypes().Where(type => !type.IsNested && !type.IsGenericType)];
        string usings = string.Concat(types.Select(type => type.Namespace).Distinct().Select(name => $"using {name};\n"));
        string[] uses = [.. types.Select(type => $"    // {type.FullName}\n    readonly System.Type _{type.Name} = typeof({type.Name});\n")];

        Assert.That(uses, Has.Length.GreaterThan(100), "the types were read");
        Assert.That(Errors($"{usings}\nclass All\n{{\n{string.Concat(uses)}}}\n"), Is.Empty);
    }
}
