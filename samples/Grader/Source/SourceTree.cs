using System.Collections.Frozen;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace MyTorch.Grader.Source;

/// <summary>
/// C# files by their paths from the repository's root ("MyTorch/Autograd.cs"), parsed. It never changes: its methods With and
/// Without and <see cref="SourceEdits.Apply"/> make another one that shares the files left as they were.
/// </summary>
sealed class SourceTree
{
    /// <summary>The language of the library and of what is handed in.</summary>
    internal static readonly CSharpParseOptions Language =
        new(LanguageVersion.CSharp14, DocumentationMode.Parse, preprocessorSymbols: Symbols());

    // What a build of the handout defines, so that #if and Debug.Assert mean the same: dotnet run builds for debugging.
    static IEnumerable<string> Symbols() =>
    [
        "DEBUG", "TRACE", "NET", "NETCOREAPP", "NET10_0",
        "NETCOREAPP1_0_OR_GREATER", "NETCOREAPP1_1_OR_GREATER", "NETCOREAPP2_0_OR_GREATER", "NETCOREAPP2_1_OR_GREATER",
        "NETCOREAPP2_2_OR_GREATER", "NETCOREAPP3_0_OR_GREATER", "NETCOREAPP3_1_OR_GREATER",
        .. Enumerable.Range(5, 6).Select(version => FormattableString.Invariant($"NET{version}_0_OR_GREATER")),
    ];

    // What the SDK writes into a project with implicit usings.
    const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    // As its project file has it: probes make operations that are internal.
    const string Friends = """
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Check")]
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Try")]
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("probes")]
        """;

    static readonly SyntaxTree s_friends = CSharpSyntaxTree.ParseText(Friends, Language, "Friends.cs", Encoding.UTF8);

    static readonly SyntaxTree s_implicitUsings = CSharpSyntaxTree.ParseText(ImplicitUsings, Language, "GlobalUsings.cs", Encoding.UTF8);

    readonly SortedDictionary<string, SyntaxTree> _files;
    FrozenDictionary<string, SourceMember[]>? _members;

    SourceTree(SortedDictionary<string, SyntaxTree> files) => _files = files;

    /// <summary>A tree without files.</summary>
    public static SourceTree Empty { get; } = new(new SortedDictionary<string, SyntaxTree>(StringComparer.Ordinal));

    /// <summary>All C# files under a folder of a root, without what a build wrote.</summary>
    /// <param name="root">The folder from which paths count.</param>
    /// <param name="folder">The folder to read, as a path from the root: "MyTorch".</param>
    public static SourceTree Load(string root, string folder) => Of(Read(root, folder));

    /// <summary>Files by their paths, parsed.</summary>
    public static SourceTree Of(IEnumerable<(string Path, string Text)> texts)
    {
        var files = new SortedDictionary<string, SyntaxTree>(StringComparer.Ordinal);
        foreach ((string path, string text) in texts) files[path] = Parse(path, text);
        return new SourceTree(files);
    }

    /// <summary>What <see cref="Load"/> parses: the paths and texts of the C# files under a folder.</summary>
    public static IEnumerable<(string Path, string Text)> Read(string root, string folder)
    {
        string start = Path.Combine(root, folder);
        if (!Directory.Exists(start)) yield break;
        foreach (string file in Directory.EnumerateFiles(start, "*.cs", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(root, file).Replace('\\', '/');
            if (!path.Split('/').Any(part => part is "bin" or "obj")) yield return (path, File.ReadAllText(file));
        }
    }

    public static SyntaxTree Parse(string path, string text) => CSharpSyntaxTree.ParseText(text, Language, path, Encoding.UTF8);

    /// <summary>The paths, in order.</summary>
    public IReadOnlyCollection<string> Paths => _files.Keys;

    public bool Contains(string path) => _files.ContainsKey(path);

    /// <summary>The text of a file.</summary>
    public string this[string path] => _files[path].ToString();

    public SyntaxTree Syntax(string path) => _files[path];

    /// <summary>With this file added, or in the place of the one of that path.</summary>
    public SourceTree With(string path, string text) => Changed(files => files[path] = Parse(path, text));

    /// <summary>With another's files added, or in the place of those of the same paths.</summary>
    public SourceTree With(SourceTree others) => Changed(files =>
    {
        foreach ((string path, SyntaxTree file) in others._files) files[path] = file;
    });

    /// <summary>Without the files of which this is true.</summary>
    public SourceTree Without(Func<string, bool> path) => Changed(files =>
    {
        foreach (string name in _files.Keys.Where(path)) files.Remove(name);
    });

    SourceTree Changed(Action<SortedDictionary<string, SyntaxTree>> change)
    {
        var files = new SortedDictionary<string, SyntaxTree>(_files, StringComparer.Ordinal);
        change(files);
        return new SourceTree(files);
    }

    /// <summary>The declarations of a full name: none if there is no such member, several where it is overloaded.</summary>
    /// <param name="fullName">
    /// Namespace, types and name: "MyTorch.Operations.Linear.Backward". With parameter types as the source writes them, "(Tensor,int)",
    /// only that overload. A constructor is called as its type twice ("…Linear.Linear"), a type by itself.
    /// </param>
    public IReadOnlyList<SourceMember> Find(string fullName)
    {
        int parenthesis = fullName.IndexOf('(', StringComparison.Ordinal);
        string name = parenthesis < 0 ? fullName : fullName[..parenthesis];
        if (!Members.TryGetValue(name, out SourceMember[]? found)) return [];
        string parameters = parenthesis < 0 ? "" : fullName[parenthesis..].Replace(" ", "", StringComparison.Ordinal);
        return parenthesis < 0 ? found : [.. found.Where(member => member.Parameters == parameters)];
    }

    /// <summary>The one declaration of a full name.</summary>
    /// <exception cref="SourceException">There is none, or several and the name does not say which.</exception>
    public SourceMember Single(string fullName) => Find(fullName) switch
    {
        [SourceMember one] => one,
        [] => throw new SourceException($"{fullName} is not in the source.{Nearest(fullName)}"),
        { } several => throw new SourceException(
            $"{fullName} is overloaded; say which: {string.Join(" or ", several.Select(member => member.FullName + member.Parameters))}."),
    };

    /// <summary>" Did you mean …?" with up to three names that differ little; empty if none does.</summary>
    public string Nearest(string fullName) => Spelling.DidYouMean(fullName.Split('(')[0], Members.Keys);

    /// <summary>All declarations by their full names.</summary>
    public IReadOnlyDictionary<string, SourceMember[]> Members => _members ??= Index();

    FrozenDictionary<string, SourceMember[]> Index() => _files
        .SelectMany(file => file.Value.GetRoot()
        .DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax or TypeDeclarationSyntax)
            .OfType<MemberDeclarationSyntax>()
            .Where(node => node is not BaseNamespaceDeclarationSyntax)
            .SelectMany(node => SourceMember.NamesOf(node).Select(name => new SourceMember(name, file.Key, node))))
        .GroupBy(member => member.FullName, StringComparer.Ordinal)
        .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    // Compilations made from one whose references are bound share what is read of the referenced assemblies.
    static readonly Lazy<CSharpCompilation> s_noFiles = new(() =>
    {
        var compilation = CSharpCompilation.Create("MyTorch", [s_implicitUsings], Compiling.LibraryReferences, Compiling.Options);
        _ = compilation.Assembly;
        return compilation;
    });

    /// <summary>The files as the library that students and probes use.</summary>
    public CSharpCompilation CompileLibrary() => s_noFiles.Value.AddSyntaxTrees(_files.Values.Append(s_friends));

    /// <summary>The files as one compilation, with the usings that its project implies.</summary>
    /// <param name="assembly">The assembly's name.</param>
    /// <param name="references">The assemblies it may use.</param>
    public CSharpCompilation Compile(string assembly, IEnumerable<MetadataReference> references) => CSharpCompilation.Create(
        assembly, [s_implicitUsings, .. _files.Values], references, Compiling.Options);

    internal SourceTree Edited(IReadOnlyDictionary<string, IReadOnlyList<TextChange>> changes) => Changed(files =>
    {
        foreach ((string path, IReadOnlyList<TextChange> edits) in changes)
            files[path] = CSharpSyntaxTree.ParseText(files[path].GetText().WithChanges(edits.OrderBy(edit => edit.Span.Start)), Language,
                path);
    });
}

/// <summary>Something is missing in a source; the message is for the author of an assignment.</summary>
sealed class SourceException(string message) : Exception(message);
