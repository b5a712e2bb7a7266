using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;
using MyTorch.Probes;

namespace MyTorch.Grader.Handouts;

/// <summary>
/// The files of a handout, in memory: an allow-list of what a student gets. Nothing is copied because it lies somewhere; each file is named here or
/// is a source of the library.
/// </summary>
static partial class HandoutFiles
{
    /// <summary>Sources of the grader that the student's runner is built from.</summary>
    static readonly string[] s_runner =
    [
        "Checking/Probe.cs", "Checking/Comparison.cs", "Handouts/Check/CheckData.cs", "Handouts/Check/CaseRunner.cs", "Handouts/Check/CheckRunner.cs",
        "Handouts/Check/Tables.cs", "Handouts/Check/CheckProgram.cs", "Handouts/Check/HandinArchive.cs",
    ];

    /// <summary>All files by their paths in the handout.</summary>
    /// <param name="folder">The assignment.</param>
    /// <param name="library">The library with its bodies blanked.</param>
    /// <param name="reference">The library with its bodies: what it returns now is what is expected.</param>
    /// <param name="offline">Whether the packages stand beside.</param>
    public static SortedDictionary<string, string> Of(AssignmentFolder folder, SourceTree library, LoadedHandout reference, bool offline = false)
    {
        Assignment assignment = folder.Assignment;
        SourceTree check = CheckSources(folder);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in library.Paths) files[PathOf(assignment, path)] = library[path];
        foreach (string path in check.Paths) files[path] = check[path];
        foreach (string path in folder.Try.Paths) files["Try" + path["try".Length..]] = folder.Try[path];
        CheckData data = WithMistakes(folder, reference.Freeze(Questions(folder, files)));
        files["Check/assignment.json"] = Json(data);
        files["README.md"] = Readme(folder, data);
        files["CHEATSHEET.md"] = CheatSheet(folder, library);
        foreach ((string path, string text) in Projects(folder, offline)) files[path] = text;
        return files;
    }

    /// <summary>Where a file of the library stands in the handout: what is read and written under MyTorch/, the rest under Given/.</summary>
    public static string PathOf(Assignment assignment, string path) => assignment.ReadingSet.Contains(path) ? path : "Given/" + path;

    /// <summary>The runner and the probes, as the handout's folder Check holds them.</summary>
    public static SourceTree CheckSources(AssignmentFolder folder)
    {
        SourceTree sources = SourceTree.Empty;
        foreach (string path in s_runner)
            sources = sources.With("Check/" + Path.GetFileName(path), File.ReadAllText(Path.Combine(folder.Root, "samples", "Grader", path)));
        foreach (string path in folder.Probes.Paths) sources = sources.With("Check/" + path, folder.Probes[path]);
        return sources.With("Check/Program.cs", "return MyTorch.Check.CheckProgram.Start(args, System.Reflection.Assembly.GetExecutingAssembly());\n");
    }

    static string Json(CheckData data) => JsonSerializer.Serialize(data, CheckData.Options) + "\n";

    static CheckData Questions(AssignmentFolder folder, SortedDictionary<string, string> files)
    {
        Assignment assignment = folder.Assignment;
        var members = Stubs.Blanked(assignment, folder.Reference).ToLookup(pair => pair.Question.Id, pair => pair.Member);
        return new CheckData
        {
            Assignment = assignment.Id,
            Version = assignment.Version,
            Title = assignment.Title,
            ReadingSet = [.. assignment.ReadingSet],
            Types = [.. folder.Reference.Members.Values.SelectMany(members => members)
                .Where(member => member.Syntax is TypeDeclarationSyntax && assignment.ReadingSet.Contains(member.Path)).Select(member => member.FullName).Distinct().Order(StringComparer.Ordinal)],
            Given = new SortedDictionary<string, string>(
                files.Where(file => file.Key.StartsWith("Given/", StringComparison.Ordinal)).ToDictionary(file => file.Key, file => HandinArchive.HashOf(file.Value)), StringComparer.Ordinal),
            Groups = new SortedDictionary<string, string>(assignment.Groups.ToDictionary(group => group.Id, group => group.Title), StringComparer.Ordinal),
            Questions = [.. assignment.Questions.Where(question => !question.Manual).Select(question => new CheckQuestion
            {
                Id = question.Id,
                Title = question.Title,
                Points = question.Points,
                Parts = [.. question.Parts.Select(part => new CheckPart(part.Id, part.Title, part.Points, [.. part.Returns]))],
                Probe = question.Probe!,
                DependsOn = [.. question.DependsOn],
                Places = [.. question.Blank.SelectMany(folder.Reference.Find).Select(member => $"{member.Path}: {member.ShortName}")],
                Hints = folder.Hints.Questions.TryGetValue(question.Id, out Hint? hint) ? [hint.Idea, hint.Shapes, hint.Formula] : ["", "", ""],
                Seconds = 2 * (question.Seconds ?? assignment.Limits.Seconds),
                Cases = [.. assignment.Seeds.Visible.Select(seed => new CheckCase(seed, false, [], [])), new CheckCase(assignment.Seeds.Visible[0], true, [], [])],
            })],
        };
    }

    // What each known mistake makes of a question's first case, where it answers at all: numbers, so that the handout holds no code of it.
    static CheckData WithMistakes(AssignmentFolder folder, CheckData data)
    {
        using var reference = new Reference(folder, new AssignmentSources(folder));
        return data with { Questions = [.. data.Questions.Select(question => question with { Mistakes = [.. reference.Mistakes.Where(mistake => mistake.Question == question.Id).SelectMany(mistake => Answers(question, mistake))] })] };

        IEnumerable<CheckMistake> Answers(CheckQuestion question, Mistake mistake)
        {
            CheckCase first = question.Cases[0];
            var asked = new ProbeCase(0, folder.Assignment.Questions.Single(one => one.Id == question.Id), first.Seed, first.Single, Hidden: false);
            CaseResult answer = reference.Run([asked], mistake)[0];
            if (answer.Ending is not (Grading.Ending.Completed or Grading.Ending.Threw) || !folder.Hints.Mistakes.TryGetValue(mistake.Id, out string? hint)) yield break;
            Returned[] wrong = [.. first.Expected
                .Select(expected => answer.Returned.FirstOrDefault(got => got.Name == expected.Name && Comparison.Compare(expected, got, asked.Tolerance) is not null))
                .OfType<Returned>()];
            if (wrong.Length > 0) yield return new CheckMistake(hint, wrong, answer.Returned.Count);
        }
    }

    static string Readme(AssignmentFolder folder, CheckData data)
    {
        var table = new StringBuilder("| question | points | minutes | where |\n|---|---|---|---|\n");
        foreach (Question question in folder.Assignment.Questions)
        {
            string[] places = data.Questions.FirstOrDefault(one => one.Id == question.Id)?.Places ?? [];
            table.Append(CultureInfo.InvariantCulture, $"| {question.Id} {question.Title} | {question.Points} | {question.Minutes} | {string.Join(", ", places.Select(place => $"`{place}`"))} |\n");
        }
        string text = File.ReadAllText(Path.Combine(folder.Path, "writeup.md")).ReplaceLineEndings("\n");
        return text.Contains("<!-- questions -->", StringComparison.Ordinal)
            ? text.Replace("<!-- questions -->", table.ToString().TrimEnd(), StringComparison.Ordinal)
            : $"{text.TrimEnd()}\n\n## Questions and points\n\n{table}";
    }

    /// <summary>The signatures that a student may need, by type, each with the first sentence of its documentation.</summary>
    static string CheatSheet(AssignmentFolder folder, SourceTree library)
    {
        var text = new StringBuilder("# Cheat sheet\n\nAll that the homework needs of the library. Tensors and numbers also take `+ - * /` and the comparisons `< <= > >=`, element by element.\n");
        if (folder.Assignment.CheatSheet.Contains("MyTorch.Tensor.From"))
            text.Append("\nA tensor made of C# numbers is **Float32** unless a type is named, even if they are `double`; and two tensors of different types are refused. "
                + "The checks compute in Float64, so keep the type: `Tensor.From(numbers, x.Shape, x.DType)`. A plain number beside a tensor takes the tensor's type: `1 - x`, `0.5 * x`.\n");
        foreach (IGrouping<string, SourceMember[]> type in folder.Assignment.CheatSheet.Select(name => library.Find(name).ToArray()).Where(found => found.Length > 0).GroupBy(found => found[0].Owner))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {type.Key}\n\n| member | what it does |\n|---|---|\n");
            foreach (SourceMember[] overloads in type)
            {
                IEnumerable<string> summaries = overloads.Select(SummaryOf).Where(summary => summary.Length > 0).Distinct();
                text.Append(CultureInfo.InvariantCulture, $"| {string.Join("<br>", overloads.Select(member => $"`{Short(member.Signature)}`"))} | {string.Join("<br>", summaries)} |\n");
            }
        }
        return text.ToString();
    }

    static string Short(string signature) => Keywords().Replace(signature, "$3").Replace("|", "\\|", StringComparison.Ordinal);

    static string SummaryOf(SourceMember member)
    {
        string comment = string.Concat(member.Syntax.GetLeadingTrivia().Where(trivia => trivia.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia)).Select(trivia => trivia.ToFullString()));
        string xml = CommentStart().Replace(comment, "");
        XElement? summary;
        try
        {
            summary = XElement.Parse($"<doc>{xml}</doc>").Element("summary");
        }
        catch (System.Xml.XmlException)
        {
            return "";
        }
        string text = string.Concat(summary?.DescendantNodes().Select(node => node switch
        {
            XText words => words.Parent!.Name.LocalName is "c" or "code" ? $"`{words.Value}`" : words.Value,
            XElement { Name.LocalName: "see" or "paramref" } link => $"`{((link.Attribute("cref") ?? link.Attribute("name") ?? link.Attribute("langword"))?.Value ?? "").Split('.')[^1]}`",
            _ => "",
        }) ?? []);
        text = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace("|", "\\|", StringComparison.Ordinal);
        return FirstSentence().Match(text) is { Success: true } sentence ? sentence.Value : text;
    }

    [GeneratedRegex(@"^(public|protected|internal|private)( protected| internal)? (static )?((sealed|override|virtual|abstract|readonly) )*")]
    private static partial Regex Keywords();

    [GeneratedRegex(@"^\s*///\s?", RegexOptions.Multiline)]
    private static partial Regex CommentStart();

    [GeneratedRegex(@"^.*?[.](?=\s[A-Z]|$)")]
    private static partial Regex FirstSentence();

    static IEnumerable<(string, string)> Projects(AssignmentFolder folder, bool offline)
    {
        yield return ("MyTorch/MyTorch.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">

              <ItemGroup>
                <Compile Include="../Given/MyTorch/**/*.cs" LinkBase="Given" />
              </ItemGroup>

              <ItemGroup>
                <PackageReference Include="CsvHelper" />
                <PackageReference Include="MathNet.Numerics" />
                <PackageReference Include="System.Numerics.Tensors" />
              </ItemGroup>

              <ItemGroup>
                <HandedIn Include="{string.Join(';', folder.Assignment.ReadingSet.Select(path => Path.GetRelativePath("MyTorch", path).Replace('\\', '/')))}" />
              </ItemGroup>

              <Target Name="AllAreThere" BeforeTargets="CoreCompile">
                <Error Condition="!Exists('%(HandedIn.FullPath)')" Text="MyTorch/%(HandedIn.Identity) is missing; take it from the handout again." />
              </Target>

            </Project>

            """);
        foreach (string program in Programs(folder))
            yield return ($"{program}/{program}.csproj", """
                <Project Sdk="Microsoft.NET.Sdk">

                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                  </PropertyGroup>

                  <ItemGroup>
                    <ProjectReference Include="../MyTorch/MyTorch.csproj" />
                  </ItemGroup>

                </Project>

                """);
        yield return ("Directory.Build.props", """
            <Project>
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <LangVersion>14.0</LangVersion>
                <ImplicitUsings>enable</ImplicitUsings>
                <!-- A warning stops nobody here: annotations are read, and nothing is analysed. -->
                <Nullable>annotations</Nullable>
                <TreatWarningsAsErrors>false</TreatWarningsAsErrors>
                <EnableNETAnalyzers>false</EnableNETAnalyzers>
                <RunAnalyzers>false</RunAnalyzers>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
                <SatelliteResourceLanguages>en</SatelliteResourceLanguages>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
                <!-- What a release needs, and a student waits for. -->
                <EnableSourceLink>false</EnableSourceLink>
                <EnableSourceControlManagerQueries>false</EnableSourceControlManagerQueries>
                <!-- Operands and fields that a body still to be written will use. -->
                <NoWarn>$(NoWarn);CS9113;CS0169;CS0649</NoWarn>
              </PropertyGroup>
            </Project>

            """);
        // Here the search upwards ends, wherever the handout is unpacked.
        yield return ("Directory.Build.targets", """
            <Project>

              <!-- The library needs no generated code: without generators and analyzers a check comes sooner. -->
              <Target Name="NoAnalyzers" BeforeTargets="CoreCompile">
                <ItemGroup>
                  <Analyzer Remove="@(Analyzer)" />
                </ItemGroup>
              </Target>

            </Project>

            """);
        var versions = XDocument.Load(Path.Combine(folder.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Where(package => Packages.Contains(package.Attribute("Include")!.Value));
        yield return ("Directory.Packages.props", $"""
            <Project>
              <PropertyGroup>
                <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>
              </PropertyGroup>
              <ItemGroup>
            {string.Join('\n', versions.Select(package => "    " + package))}
              </ItemGroup>
            </Project>

            """);
        yield return ("global.json", """
            {
              "sdk": {
                "version": "10.0.100",
                "rollForward": "latestMajor"
              }
            }

            """);
        yield return (".gitignore", "bin/\nobj/\nhandin.tar\n");
        yield return ("Given/README.md", "You never need to open this folder: it holds the rest of the library, and changes in it are not graded.\n");
        if (offline)
            yield return ("nuget.config", """
                <?xml version="1.0" encoding="utf-8"?>
                <configuration>
                  <packageSources>
                    <clear />
                    <add key="handout" value="packages" />
                  </packageSources>
                  <fallbackPackageFolders>
                    <clear />
                  </fallbackPackageFolders>
                </configuration>

                """);
    }

    /// <summary>The programs of a handout, each a folder and a project.</summary>
    public static IReadOnlyList<string> Programs(AssignmentFolder folder) => folder.Try.Paths.Count > 0 ? ["Check", "Try"] : ["Check"];

    /// <summary>The packages that the library needs.</summary>
    public static IReadOnlyList<string> Packages { get; } = ["CsvHelper", "MathNet.Numerics", "System.Numerics.Tensors"];
}

/// <summary>A library and the runner with its probes, compiled and loaded beside the grader's own, as a student's machine would have them.</summary>
sealed class LoadedHandout : IDisposable
{
    readonly AssemblyLoadContext _context = new("handout", isCollectible: true);
    readonly Assembly _check;

    /// <param name="library">The library.</param>
    /// <param name="folder">The assignment.</param>
    /// <param name="program">A folder that receives the program's files as well, to be run as a student would; none if left out.</param>
    public LoadedHandout(SourceTree library, AssignmentFolder folder, string? program = null)
    {
        Library = library.Compile("MyTorch", Compiling.LibraryReferences);
        CSharpCompilation check = HandoutFiles.CheckSources(folder).Compile("Check", Compiling.LibraryReferences.Append(Library.ToMetadataReference()));
        byte[] image = Compiling.Emit(Library), runner = Compiling.Emit(check.WithOptions(check.Options.WithOutputKind(OutputKind.ConsoleApplication)));
        if (program is not null) WriteProgram(program, image, runner);
        _context.Resolving += (context, name) =>
            Compiling.Dependencies.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == name.Name) is { } file ? context.LoadFromAssemblyPath(file) : null;
        _context.LoadFromStream(new MemoryStream(image));
        _check = _context.LoadFromStream(new MemoryStream(runner));
    }

    /// <summary>Writes a program that can be started with <c>dotnet exec Check.dll</c>.</summary>
    internal static void WriteProgram(string folder, byte[] library, byte[] runner)
    {
        File.WriteAllBytes(Path.Combine(folder, "MyTorch.dll"), library);
        File.WriteAllBytes(Path.Combine(folder, "Check.dll"), runner);
        foreach (string file in Compiling.Dependencies) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder, "Check.runtimeconfig.json"), """{ "runtimeOptions": { "tfm": "net10.0", "framework": { "name": "Microsoft.NETCore.App", "version": "10.0.0" } } }""");
    }

    /// <summary>The library as it was compiled.</summary>
    public CSharpCompilation Library { get; }

    /// <summary>The cases with what this library returns.</summary>
    public CheckData Freeze(CheckData data)
    {
        string frozen = (string)Call("FreezeAll", JsonSerializer.Serialize(data, CheckData.Options))!;
        return CheckRunner.Read(frozen);
    }

    /// <summary>Ending and score of each question by its id.</summary>
    public IReadOnlyDictionary<string, (Check.Ending Ending, double Score, string Message)> Check(CheckData data)
    {
        string results = (string)Call("CheckAll", JsonSerializer.Serialize(data, CheckData.Options))!;
        return JsonSerializer.Deserialize<Dictionary<string, string[]>>(results)!.ToDictionary(
            pair => pair.Key, pair => (Enum.Parse<Check.Ending>(pair.Value[0]), double.Parse(pair.Value[1], CultureInfo.InvariantCulture), pair.Value[2]));
    }

    /// <summary>Runs the student's command.</summary>
    /// <returns>Its exit code.</returns>
    public int Run(string[] args, string data, string root, TextWriter output, bool plain) =>
        (int)_check.GetType("MyTorch.Check.CheckProgram", throwOnError: true)!.GetMethod("RunHere")!.Invoke(null, [args, data, _check, root, output, plain])!;

    // Types of that context are not the grader's: only texts pass.
    object? Call(string method, string argument)
    {
        try
        {
            return _check.GetType("MyTorch.Check.CheckRunner", throwOnError: true)!.GetMethod(method)!.Invoke(null, [argument, _check]);
        }
        catch (TargetInvocationException exception) when (exception.InnerException is InvalidOperationException inner)
        {
            throw new SourceException(inner.Message);
        }
    }

    public void Dispose() => _context.Unload();
}
