using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Finds uses of what homework has no need of, by resolved symbols: processes, files, the network, reflection, unsafe code. A second line
/// only: the grader stays honest without it.
/// </summary>
static class ForbiddenScan
{
    // Namespaces end in a dot; types and members do not.
    static readonly (string Name, string What)[] s_forbidden =
    [
        ("System.Diagnostics.Process", "processes"), ("System.Diagnostics.ProcessStartInfo", "processes"),
        ("System.Diagnostics.StackTrace", "looking at the caller"),
        ("System.Diagnostics.StackFrame", "looking at the caller"), ("System.Diagnostics.Debugger", "processes"),
        ("System.Environment.Exit", "ending the process"), ("System.Environment.FailFast", "ending the process"),
        ("System.Environment.GetEnvironmentVariable", "the environment"),
        ("System.Environment.GetEnvironmentVariables", "the environment"), ("System.Environment.StackTrace", "looking at the caller"),
        ("System.Environment.GetCommandLineArgs", "the environment"), ("System.Environment.CommandLine", "the environment"),
        ("System.Environment.UserName", "the names of accounts"),
        ("System.IO.", "files"), ("System.Net.", "the network"), ("System.Reflection.", "reflection"),
        ("System.Runtime.Loader.", "reflection"),
        ("System.Activator", "reflection"), ("System.AppDomain", "reflection"), ("System.AppContext", "reflection"),
        ("System.Type.GetType", "reflection"),
        ("System.Type.GetMethod", "reflection"), ("System.Type.GetField", "reflection"), ("System.Type.GetProperty", "reflection"),
        ("System.Type.InvokeMember", "reflection"),
        ("System.Type.GetMethods", "reflection"), ("System.Type.GetFields", "reflection"), ("System.Type.GetMembers", "reflection"),
        ("System.Type.Assembly", "reflection"),
        ("System.Linq.Expressions.Expression", "compiling code"), ("System.Linq.Expressions.LambdaExpression", "compiling code"),
        ("System.Runtime.CompilerServices.Unsafe", "unsafe code"),
        ("System.Runtime.CompilerServices.UnsafeAccessorAttribute", "reflection"),
        ("System.Runtime.CompilerServices.ModuleInitializerAttribute", "code that runs on loading"),
        ("System.Runtime.CompilerServices.RuntimeHelpers", "unsafe code"),
        ("System.Runtime.InteropServices.Marshal", "unsafe code"), ("System.Runtime.InteropServices.NativeMemory", "unsafe code"),
        ("System.Runtime.InteropServices.NativeLibrary", "native code"),
        ("System.Runtime.InteropServices.DllImportAttribute", "native code"),
        ("System.Runtime.InteropServices.LibraryImportAttribute", "native code"),
        ("System.Runtime.InteropServices.MemoryMarshal", "unsafe code"),
        ("System.Runtime.InteropServices.GCHandle", "unsafe code"), ("System.Runtime.InteropServices.PosixSignalRegistration", "processes"),
        ("System.Threading.Thread", "threads"), ("System.Threading.Timer", "threads"), ("System.Timers.", "threads"),
        ("System.Console.OpenStandardInput", "the console's streams"), ("System.Console.OpenStandardOutput", "the console's streams"),
        ("System.Console.In", "the console's streams"),
        ("Microsoft.Win32.", "handles and files"), ("Microsoft.CSharp.", "reflection"),
    ];

    // What implicit usings bring in is named by many an innocent line.
    static readonly HashSet<string> s_harmless =
        ["System.IO.TextWriter", "System.IO.TextReader", "System.IO.StringWriter", "System.IO.StringReader",
            "System.IO.InvalidDataException"];

    // What stands for a namespace in a search for words.
    static readonly Dictionary<string, string[]> s_typesOf = new()
    {
        ["System.IO."] =
            ["File", "FileInfo", "FileStream", "Directory", "DirectoryInfo", "StreamReader", "StreamWriter", "FileSystemWatcher"],
        ["System.Net."] = ["HttpClient", "Socket", "TcpClient", "UdpClient", "Dns", "WebClient"],
        ["System.Reflection."] = ["BindingFlags", "MethodInfo", "FieldInfo", "PropertyInfo", "Assembly"],
    };

    /// <summary>
    /// Names that code calls the forbidden by, each with what it is: "File" is files, "Environment.Exit" is ending the process. Names that
    /// given texts use already are left out.
    /// </summary>
    public static Dictionary<string, string> Words(IEnumerable<string> given)
    {
        var words = new Dictionary<string, string>();
        foreach ((string name, string what) in s_forbidden)
        {
            string[] parts = name.Split('.');
            // A member is called by its type too.
            string owner = string.Join('.', parts[..^1]);
            bool isMember = (Type.GetType(owner) ?? Type.GetType($"{owner}, System.Console")) is not null;
            string[] called = name.EndsWith('.') ? s_typesOf.GetValueOrDefault(name, [])
                : [isMember ? $"{parts[^2]}.{parts[^1]}" : parts[^1]];
            foreach (string word in called) words[word] = what;
        }
        string all = string.Join('\n', given);
        return words.Where(pair => !all.Contains(pair.Key, StringComparison.Ordinal)).ToDictionary();
    }

    /// <summary>"MyTorch/Operations/Products.cs(12,9): System.IO.File.ReadAllText (files)", in order of files and lines.</summary>
    public static IReadOnlyList<string> Scan(Assignment assignment, SourceTree library, StudentBuild build) =>
        Uses(library, build, (node, model) => node switch
        {
            UnsafeStatementSyntax or PointerTypeSyntax or FunctionPointerTypeSyntax => "unsafe (unsafe code)",
            MemberDeclarationSyntax member when member.Modifiers.Any(SyntaxKind.ExternKeyword) => "extern (native code)",
            IdentifierNameSyntax { Identifier.Text: "dynamic" } name when model.GetTypeInfo(name).Type?.TypeKind == TypeKind.Dynamic =>
                "dynamic (reflection)",
            _ => Used(node, model) is { } symbol ? What(symbol, assignment) : null,
        });

    /// <summary>
    /// "MyTorch/Operations/Activations.cs(12,9): MyTorch.Kernels.GradientKernels.Tanh (not in the handout)": uses of what the library has
    /// and the handout has not.
    /// </summary>
    public static IReadOnlyList<string> BeyondHandout(AssignmentSources sources, StudentBuild build) =>
        Uses(sources.Library, build, (node, model) =>
        {
            if (Used(node, model)?.OriginalDefinition is not { } symbol) return null;
            string name = Full(symbol);
            bool given = symbol.DeclaringSyntaxReferences.All(place => build.Graded.Contains(place.SyntaxTree.FilePath))
                || sources.Handout.Find(name).Count > 0 || sources.Library.Find(name).Count == 0;
            return given ? null : $"{name} (not in the handout)";
        });

    /// <summary>
    /// Whether a member, or what it calls of the handin, computes with complex numbers. The imaginary part of f(x + ih) divided by h is
    /// the derivative to the last digit, so the results do not tell it from a rule.
    /// </summary>
    public static bool ComputesWithComplexNumbers(StudentBuild build, IEnumerable<string> members)
    {
        var seen = new HashSet<SyntaxNode>();
        var waiting = new Queue<SyntaxNode>(members.SelectMany(build.Source.Find).Where(member => build.Graded.Contains(member.Path))
            .Select(member => (SyntaxNode)member.Syntax));
        while (waiting.TryDequeue(out SyntaxNode? body) && seen.Count < MostFollowed)
        {
            if (!seen.Add(body)) continue;
            SemanticModel model = build.Compilation.GetSemanticModel(body.SyntaxTree);
            foreach (SyntaxNode node in body.DescendantNodes())
            {
                if (Used(node, model)?.OriginalDefinition is not { } symbol) continue;
                if (Is("System.Numerics.Complex", Full(symbol), Full(symbol.ContainingType))) return true;
                foreach (SyntaxReference place in symbol is IMethodSymbol or IPropertySymbol or IFieldSymbol
                    ? symbol.DeclaringSyntaxReferences : [])
                    if (build.Graded.Contains(place.SyntaxTree.FilePath)) waiting.Enqueue(place.GetSyntax());
            }
        }
        return false;
    }

    const int MostFollowed = 200;

    // What a name, or an object that is made, stands for.
    static ISymbol? Used(SyntaxNode node, SemanticModel model) => node switch
    {
        SimpleNameSyntax name when name.Ancestors().OfType<UsingDirectiveSyntax>().FirstOrDefault() is null =>
            model.GetSymbolInfo(name).Symbol is { } symbol
                ? symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } constructor ? constructor.ContainingType : symbol
                : null,
        BaseObjectCreationExpressionSyntax creation => (model.GetSymbolInfo(creation).Symbol as IMethodSymbol)?.ContainingType,
        _ => null,
    };

    static List<string> Uses(SourceTree library, StudentBuild build, Func<SyntaxNode, SemanticModel, string?> what)
    {
        var found = new List<string>();
        foreach (string path in build.Graded.Order(StringComparer.Ordinal))
        {
            SyntaxTree tree = build.Source.Syntax(path);
            // What a line of the library's own file does, its reader may do.
            HashSet<string> given = library.Contains(path) ? [.. library[path].Split('\n').Select(line => line.Trim())] : [];
            if (tree.ToString().Split('\n').All(line => given.Contains(line.Trim()))) continue;
            TextLineCollection lines = tree.GetText().Lines;
            SemanticModel model = build.Compilation.GetSemanticModel(tree);
            // Of what a line uses of one kind, the longest name says most: the method rather than its type.
            var uses = new SortedDictionary<(int Line, string Kind), (int Column, string What)>();
            foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
            {
                LinePosition place = node.GetLocation().GetLineSpan().StartLinePosition;
                if (given.Contains(lines[place.Line].ToString().Trim()) || what(node, model) is not { } use) continue;
                var key = (place.Line + 1, use[use.LastIndexOf('(')..]);
                if (!uses.TryGetValue(key, out var other) || other.What.Length < use.Length) uses[key] = (place.Character + 1, use);
            }
            foreach (((int line, _), (int column, string use)) in uses)
                found.Add(string.Create(CultureInfo.InvariantCulture, $"{path}({line},{column}): {use}"));
        }
        return found;
    }

    static string? What(ISymbol symbol, Assignment assignment)
    {
        if (symbol is not (INamedTypeSymbol or IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol)) return null;
        string name = Full(symbol.OriginalDefinition);
        string type = symbol is INamedTypeSymbol ? name : Full(symbol.ContainingType?.OriginalDefinition);
        foreach ((string forbidden, string what) in s_forbidden)
            if (Is(forbidden, name, type) && !s_harmless.Contains(type)) return $"{name} ({what})";
        return IsNamed(assignment.Forbidden, name, type) ? $"{name} (this assignment does without it)" : null;
    }

    /// <summary>Whether an assignment's list names a member or type, its class or its namespace.</summary>
    internal static bool IsNamed(IReadOnlyList<string> list, string name, string type) =>
        list.Any(forbidden => Is(forbidden, name, type) || Is(forbidden + ".", name, type));

    static bool Is(string forbidden, string name, string type) => forbidden.EndsWith('.')
        ? type.StartsWith(forbidden, StringComparison.Ordinal)
        : forbidden == name || forbidden == type;

    static string Full(ISymbol? symbol)
    {
        if (symbol is null) return "";
        string own = symbol.Name;
        for (ISymbol? outer = symbol.ContainingSymbol;
             outer is INamedTypeSymbol or INamespaceSymbol { IsGlobalNamespace: false };
             outer = outer.ContainingSymbol)
            own = $"{outer.Name}.{own}";
        return own;
    }
}
