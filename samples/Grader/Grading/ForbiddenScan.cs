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

    /// <summary>"MyTorch/Operations/Products.cs(12,9): System.IO.File.ReadAllText (files)", in order of files and lines.</summary>
    public static IReadOnlyList<string> Scan(Assignment assignment, SourceTree library, StudentBuild build)
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
            void Report(SyntaxNode node, string what)
            {
                LinePosition place = node.GetLocation().GetLineSpan().StartLinePosition;
                if (given.Contains(lines[place.Line].ToString().Trim())) return;
                var key = (place.Line + 1, what[what.LastIndexOf('(')..]);
                if (!uses.TryGetValue(key, out var other) || other.What.Length < what.Length) uses[key] = (place.Character + 1, what);
            }
            foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
                switch (node)
                {
                    case UnsafeStatementSyntax or PointerTypeSyntax or FunctionPointerTypeSyntax:
                        Report(node, "unsafe (unsafe code)");
                        break;
                    case MemberDeclarationSyntax member when member.Modifiers.Any(SyntaxKind.ExternKeyword):
                        Report(node, "extern (native code)");
                        break;
                    case IdentifierNameSyntax { Identifier.Text: "dynamic" } name when model.GetTypeInfo(name).Type?.TypeKind == TypeKind.Dynamic: Report(node, "dynamic (reflection)"); break;
                    case SimpleNameSyntax name when name.Ancestors().OfType<UsingDirectiveSyntax>().FirstOrDefault() is null:
                        ISymbol? symbol = model.GetSymbolInfo(name).Symbol;
                        if (symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } constructor) symbol = constructor.ContainingType;
                        if (symbol is not null && What(symbol, assignment) is { } use) Report(node, use);
                        break;
                    case BaseObjectCreationExpressionSyntax creation when model.GetSymbolInfo(creation).Symbol is IMethodSymbol made
                        && What(made.ContainingType, assignment) is { } created:
                        Report(node, created);
                        break;
                }
            foreach (((int line, _), (int column, string what)) in uses)
                found.Add(string.Create(CultureInfo.InvariantCulture, $"{path}({line},{column}): {what}"));
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
        foreach (string forbidden in assignment.Forbidden)
            if (Is(forbidden, name, type) || Is(forbidden + ".", name, type)) return $"{name} (this assignment does without it)";
        return null;
    }

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
