using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MyTorch.Tests;

/// <summary>
/// An assignment's folder, compiled against this library's source: the reference, the reference with all known mistakes grafted into it, and
/// the reference overlaid with a variant. Each can run the probes.
/// </summary>
sealed class HomeworkContent(string assignment)
{
    internal static string Root { get; } = FindRoot();

    static readonly CSharpParseOptions s_parse = new(LanguageVersion.CSharp14);
    static readonly Lazy<IReadOnlyDictionary<string, SyntaxTree>> s_library = new(() => Parse(Root, "MyTorch"));

    static readonly SyntaxTree s_usings = Tree("""
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """, "usings.cs");

    static readonly MetadataReference[] s_platform =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is not ("MyTorch.dll" or "MyTorch.Tests.dll" or "mytorch-grader.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    // Names probes for the tests, and hands results out in types that both sides know.
    static readonly SyntaxTree s_driver = Tree("""
        using MyTorch; using MyTorch.Probes; using System.Reflection;
        public static class Driver
        {
            public static List<(string Name, int[]? Shape, double[] Values)> Run(string name, int seed, bool single)
            {
                var results = new List<(string, int[]?, double[])>();
                var probe = new Probe(seed, single ? DType.Float32 : DType.Float64, r => results.Add((r.Name, r.Shape, r.Values)));
                Type type = typeof(Driver).Assembly.GetType(name.Split('.')[0], throwOnError: true)!;
                MethodInfo method = type.GetMethod(name.Split('.')[1]) ?? throw new MissingMethodException(name);
                try { method.CreateDelegate<Action<Probe>>()(probe); }
                catch (Exception e) when (e is not MissingMethodException) { results.Add(("threw " + e.GetType().Name, null, [])); }
                return results;
            }

            public static IEnumerable<string> Names() =>
                typeof(Driver).Assembly.GetTypes().Where(t => t.Namespace is null).SelectMany(t => t.GetMethods())
                    .Where(m => m.IsStatic && m.ReturnType == typeof(void) && m.GetParameters() is [{ ParameterType.Name: "Probe" }])
                    .Select(m => $"{m.DeclaringType!.Name}.{m.Name}");
        }
        """, "Driver.cs");

    static readonly SyntaxTree s_current = Tree("namespace MyTorch; public static class Mistakes { public static string Current = \"\"; }", "Mistakes.cs");

    internal string Folder { get; } = Path.Combine(Root, "samples", "Homework1", assignment);

    internal IReadOnlyList<Mistake> Mistakes => field ??=
        [.. Files(Path.Combine(Folder, "mistakes")).SelectMany(file => Mistake.Read(Tree(File.ReadAllText(file), file)))];

    internal IReadOnlyList<string> Variants => [.. Directory.GetDirectories(Path.Combine(Folder, "variants")).Select(path => Path.GetFileName(path)!).Order()];

    internal Running Reference => field ??= Compile(Source);

    internal Running WithMistakes => field ??= Compile(Graft(Source, Mistakes));

    /// <summary>Variants that write different files, together: a compilation for each would take minutes.</summary>
    internal IEnumerable<(string Names, Running Running)> WithVariants()
    {
        var waiting = Variants.Select(name => (Name: name, Files: Parse(Path.Combine(Folder, "variants", name), "MyTorch"))).ToList();
        while (waiting.Count > 0)
        {
            var source = new Dictionary<string, SyntaxTree>(Source);
            var taken = new HashSet<string>();
            var together = new List<string>();
            foreach (var variant in waiting.ToArray())
            {
                if (variant.Files.Keys.Any(taken.Contains)) continue;
                foreach ((string path, SyntaxTree tree) in variant.Files) source[path] = tree;
                taken.UnionWith(variant.Files.Keys);
                together.Add(variant.Name);
                waiting.Remove(variant);
            }
            yield return (string.Join(", ", together), Compile(source));
        }
    }

    Dictionary<string, SyntaxTree> Source
    {
        get
        {
            var source = new Dictionary<string, SyntaxTree>(s_library.Value);
            // Rules in one pass would answer in the place of the rules that are wrong, or written otherwise; a handout leaves them out too.
            if (!source.Remove("MyTorch/Operations/OnePass.cs")) throw new InvalidOperationException("MyTorch/Operations/OnePass.cs is not there.");
            string reference = Path.Combine(Folder, "reference");
            if (Directory.Exists(Path.Combine(reference, "MyTorch")))
                foreach ((string path, SyntaxTree tree) in Parse(reference, "MyTorch")) source[path] = tree;
            return source;
        }
    }

    Running Compile(IReadOnlyDictionary<string, SyntaxTree> source)
    {
        byte[] library = Emit("MyTorch", [.. source.Values, s_usings, s_current], s_platform);
        IEnumerable<string> probes = Files(Path.Combine(Folder, "probes"))
            .Append(Path.Combine(Root, "samples", "Grader", "Checking", "Probe.cs"));
        byte[] tests = Emit("Probes", [.. probes.Select(path => Tree(File.ReadAllText(path), path)), s_usings, s_driver],
            [.. s_platform, MetadataReference.CreateFromImage(library)]);
        return new Running(library, tests);
    }

    static byte[] Emit(string name, SyntaxTree[] trees, MetadataReference[] references)
    {
        var options = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable);
        using var stream = new MemoryStream();
        var result = CSharpCompilation.Create(name, trees, references, options).Emit(stream);
        string[] errors = [.. result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString()).Take(10)];
        Assert.That(errors, Is.Empty);
        return stream.ToArray();
    }

    /// <summary>Puts every wrong variant of a member beside the member, and a switch between them in its place.</summary>
    static Dictionary<string, SyntaxTree> Graft(Dictionary<string, SyntaxTree> source, IReadOnlyList<Mistake> mistakes)
    {
        foreach (IGrouping<string, Mistake> member in mistakes.GroupBy(mistake => mistake.Member))
        {
            string type = member.Key[..member.Key.LastIndexOf('.')], name = member.Key[(member.Key.LastIndexOf('.') + 1)..];
            (string path, MethodDeclarationSyntax method) = source
                .SelectMany(file => file.Value.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Select(m => (file.Key, m)))
                .SingleOrDefault(found => found.m.Identifier.Text == name && FullName(found.m.Parent!) == type);
            Assert.That(method, Is.Not.Null, $"{member.First().Id}: the reference has no {member.Key}.");

            string generics = method.TypeParameterList?.ToString() ?? "", parameters = string.Join(", ", method.ParameterList.Parameters.Select(p => p.Identifier.Text));
            string Call(string to) => method.ReturnType.ToString() == "void" ? $"{{ {to}{generics}({parameters}); return; }}" : $"return {to}{generics}({parameters});";
            MemberDeclarationSyntax Named(MethodDeclarationSyntax m, string to) => m
                .WithIdentifier(SyntaxFactory.Identifier(to + " ")).WithAttributeLists(default)
                .WithModifiers(SyntaxFactory.TokenList(m.Modifiers.Where(token => token.IsKind(SyntaxKind.StaticKeyword) || token.IsKind(SyntaxKind.AsyncKeyword)))).WithoutTrivia();
            var variants = member.Select((mistake, i) => (mistake, Name: $"{name}__m{i}")).ToArray();
            string cases = string.Concat(variants.Select(v => $"if (MyTorch.Mistakes.Current == \"{v.mistake.Id}\") {Call(v.Name)} "));
            var body = (BlockSyntax)SyntaxFactory.ParseStatement($"{{ {cases}{Call($"{name}__original")} }}");
            MethodDeclarationSyntax dispatcher = method.WithBody(body).WithExpressionBody(null).WithSemicolonToken(default);

            MemberDeclarationSyntax[] members =
                [dispatcher, Named(method, $"{name}__original"), .. variants.Select(v => Named(v.mistake.Method, v.Name)), .. member.SelectMany(m => m.Helpers)];
            source[path] = source[path].GetRoot().ReplaceNode(method, members).SyntaxTree;
            source[path] = Tree(source[path].GetRoot().NormalizeWhitespace().ToFullString(), path);
        }
        return source;
    }

    static string FullName(SyntaxNode type) => string.Join('.', type.AncestorsAndSelf().Reverse().Select(node => node switch
    {
        BaseNamespaceDeclarationSyntax space => space.Name.ToString(),
        TypeDeclarationSyntax declared => declared.Identifier.Text,
        _ => null,
    }).OfType<string>());

    static IEnumerable<string> Files(string folder) => Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    static SyntaxTree Tree(string text, string path) => CSharpSyntaxTree.ParseText(text, s_parse, path);

    static Dictionary<string, SyntaxTree> Parse(string root, string under) => Files(Path.Combine(root, under))
        .Select(path => (Path: Path.GetRelativePath(root, path).Replace('\\', '/'), Full: path))
        .Where(file => !file.Path.Contains("/obj/", StringComparison.Ordinal) && !file.Path.Contains("/bin/", StringComparison.Ordinal))
        .ToDictionary(file => file.Path, file => Tree(File.ReadAllText(file.Full), file.Path));

    static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "samples", "Homework1"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has samples/Homework1.");
    }

    /// <summary>A wrong variant of one member: <c>[Mistake("4.3-transposed", Question = "4.3", Member = "…")] partial class X { … }</c>.</summary>
    internal sealed record Mistake(string Id, string Question, string Member, MethodDeclarationSyntax Method, IReadOnlyList<MemberDeclarationSyntax> Helpers)
    {
        internal static IEnumerable<Mistake> Read(SyntaxTree tree)
        {
            foreach (TypeDeclarationSyntax type in tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>())
            {
                if (type.AttributeLists.SelectMany(list => list.Attributes).SingleOrDefault(a => a.Name.ToString() == "Mistake") is not { } attribute) continue;
                string[] values = [.. attribute.ArgumentList!.Arguments.Select(argument => ((LiteralExpressionSyntax)argument.Expression).Token.ValueText)];
                string name = values[2][(values[2].LastIndexOf('.') + 1)..];
                MethodDeclarationSyntax method = type.Members.OfType<MethodDeclarationSyntax>().Single(m => m.Identifier.Text == name);
                yield return new Mistake(values[0], values[1], values[2], method, [.. type.Members.Where(m => m != method)]);
            }
        }
    }

    /// <summary>A compiled library with the probes bound to it.</summary>
    internal sealed class Running
    {
        readonly Func<string, int, bool, List<(string Name, int[]? Shape, double[] Values)>> _run;
        readonly Func<IEnumerable<string>> _names;
        readonly FieldInfo _mistake;

        internal Running(byte[] library, byte[] probes)
        {
            var context = new AssemblyLoadContext(null, isCollectible: true);
            Assembly loaded = context.LoadFromStream(new MemoryStream(library));
            context.Resolving += (_, name) => name.Name == "MyTorch" ? loaded : null;
            Type driver = context.LoadFromStream(new MemoryStream(probes)).GetType("Driver")!;
            _run = driver.GetMethod("Run")!.CreateDelegate<Func<string, int, bool, List<(string, int[]?, double[])>>>();
            _names = driver.GetMethod("Names")!.CreateDelegate<Func<IEnumerable<string>>>();
            _mistake = loaded.GetType("MyTorch.Mistakes")!.GetField("Current")!;
        }

        internal IReadOnlyList<string> Probes => [.. _names()];

        internal List<(string Name, int[]? Shape, double[] Values)> Run(string probe, int seed = 1, bool single = false, string mistake = "")
        {
            _mistake.SetValue(null, mistake);
            return _run(probe, seed, single);
        }
    }
}
