using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>
/// An assignment's folder, compiled against this library's source: the reference with all known mistakes grafted into it, and the reference
/// overlaid with variants. Each can run the probes in this process.
/// </summary>
sealed class HomeworkContent(string assignment)
{
    // Names probes for the tests, and hands results out in types that both sides know.
    const string Driver = """
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
                catch (Exception e) when (e is not MissingMethodException) { results.Add(("threw " + e.GetType().Name + ": " + e.Message, null, [])); }
                return results;
            }

            // The shapes of what a probe returns and of what it shows.
            public static string Sizes(string name, int seed)
            {
                var sizes = new List<string>();
                void Add(Returned one) => sizes.Add(one.Shape is null ? "null" : string.Join('x', one.Shape));
                var probe = new Probe(seed, DType.Float64, Add, shown: Add);
                typeof(Driver).Assembly.GetType(name.Split('.')[0], throwOnError: true)!.GetMethod(name.Split('.')[1])!.CreateDelegate<Action<Probe>>()(probe);
                return string.Join(' ', sizes);
            }

            public static IEnumerable<string> Names() =>
                typeof(Driver).Assembly.GetTypes().Where(t => t.Namespace is null).SelectMany(t => t.GetMethods())
                    .Where(m => m.IsStatic && m.ReturnType == typeof(void) && m.GetParameters() is [{ ParameterType.Name: "Probe" }])
                    .Select(m => $"{m.DeclaringType!.Name}.{m.Name}");
        }
        """;

    internal static string Root { get; } = FindRoot();

    internal string Folder { get; } = Path.Combine(Root, "samples", "Homework1", assignment);

    AssignmentFolder Read => field ??= AssignmentFolder.Load(Folder);

    internal IReadOnlyList<Question> Questions => Read.Assignment.Questions;

    internal IReadOnlyList<Mistake> Mistakes => field ??= [.. MistakeFiles.Read(Path.Combine(Folder, "mistakes")).Where(mistake => !mistake.IsRight && mistake.IsFirstForm)];

    /// <summary>The reference, and behind a switch every known mistake.</summary>
    internal Running Reference => field ??= Compile(MistakeGraft.Apply(Source, [.. Mistakes, .. Narrow]));

    /// <summary>Answers that are right for some sizes, ranges or settings only, numbered behind the known mistakes.</summary>
    internal IReadOnlyList<Mistake> Narrow => field ??= [.. MistakeFiles.Read(Path.Combine(Root, "MyTorch.Tests", "Grading", "narrow", assignment))
        .Select(one => one with { Number = one.Number + 10_000 })];

    /// <summary>The reference's source, without rules in one pass that would do the work of wrong ones.</summary>
    SourceTree Source => field ??= new AssignmentSources(Read).Reference;

    /// <summary>Variants that write different files, together: a compilation for each would take minutes.</summary>
    internal IEnumerable<(string Names, Running Running)> WithVariants()
    {
        var waiting = Directory.GetDirectories(Path.Combine(Folder, "variants")).Order(StringComparer.Ordinal)
            .Select(path => (Name: Path.GetFileName(path), Files: SourceTree.Load(path, "MyTorch"))).ToList();
        while (waiting.Count > 0)
        {
            SourceTree source = Source;
            var taken = new HashSet<string>();
            var together = new List<string>();
            foreach (var variant in waiting.ToArray())
            {
                if (variant.Files.Paths.Any(taken.Contains)) continue;
                source = source.With(variant.Files);
                taken.UnionWith(variant.Files.Paths);
                together.Add(variant.Name);
                waiting.Remove(variant);
            }
            yield return (string.Join(", ", together), Compile(source));
        }
    }

    Running Compile(SourceTree source)
    {
        CSharpCompilation library = source.CompileLibrary();
        return Run(library, Compiling.Emit(library));
    }

    /// <summary>The probes on a library that is compiled.</summary>
    internal Running Run(CSharpCompilation library, byte[] image)
    {
        string Checking(string file) => File.ReadAllText(Path.Combine(Root, "samples", "Grader", "Checking", file));
        SourceTree given = Read.HasTensors ? Read.Probes.With("Probe.Tensors.cs", Checking("Probe.Tensors.cs")) : Read.Probes;
        CSharpCompilation probes = given.With("Probe.cs", Checking("Probe.cs")).With("Returned.cs", Checking("Returned.cs")).With("Driver.cs", Driver)
            .Compile("probes", Compiling.LibraryReferences.Append(library.ToMetadataReference()));
        return new Running(image, Compiling.Emit(probes));
    }

    static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "samples", "Homework1"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has samples/Homework1.");
    }

    /// <summary>A compiled library with the probes bound to it.</summary>
    internal sealed class Running
    {
        readonly Func<string, int, bool, List<(string Name, int[]? Shape, double[] Values)>> _run;
        readonly Func<IEnumerable<string>> _names;
        readonly Func<string, int, string> _sizes;
        readonly FieldInfo? _mistake;

        internal Running(byte[] library, byte[] probes)
        {
            var context = new AssemblyLoadContext(null, isCollectible: true);
            Assembly loaded = context.LoadFromStream(new MemoryStream(library));
            context.Resolving += (_, name) => name.Name == "MyTorch" ? loaded : null;
            Type driver = context.LoadFromStream(new MemoryStream(probes)).GetType("Driver")!;
            _run = driver.GetMethod("Run")!.CreateDelegate<Func<string, int, bool, List<(string, int[]?, double[])>>>();
            _sizes = driver.GetMethod("Sizes")!.CreateDelegate<Func<string, int, string>>();
            _names = driver.GetMethod("Names")!.CreateDelegate<Func<IEnumerable<string>>>();
            _mistake = loaded.GetType(MistakeGraft.SwitchType)?.GetField("Current");
        }

        internal IReadOnlyList<string> Probes => [.. _names()];

        internal List<(string Name, int[]? Shape, double[] Values)> Run(string probe, int seed = 1, bool single = false, Mistake? mistake = null)
        {
            _mistake?.SetValue(null, mistake?.Number ?? 0);
            return _run(probe, seed, single);
        }

        /// <summary>The shapes of what a probe is given and returns, in order, as a text.</summary>
        internal string Sizes(string probe, int seed)
        {
            _mistake?.SetValue(null, 0);
            return _sizes(probe, seed);
        }
    }
}
