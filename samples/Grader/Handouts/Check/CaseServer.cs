using System.IO.Pipes;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;

namespace MyTorch.Check;

/// <summary>
/// The side of the check that is compiled with the student's code: a line of text comes in, a line goes out. A debugger and the making of
/// a handout call it in their own process.
/// </summary>
public static class CaseServer
{
    static CaseRunner? s_runner;

    /// <summary>Takes a <see cref="CaseSetup"/>, and answers with the signatures that it asks for.</summary>
    public static string Prepare(string setup)
    {
        var read = CaseText.Read<CaseSetup>(setup);
        s_runner = new CaseRunner(typeof(CaseServer).Assembly, read.Root, read.Bodies, read.Capture);
        return CaseText.Write(Signatures(read.Types));
    }

    /// <summary>Runs a <see cref="CaseRequest"/>, and returns its <see cref="CaseAnswer"/>.</summary>
    public static string Run(string request) => CaseText.Write(s_runner!.Run(CaseText.Read<CaseRequest>(request)));

    /// <summary>Does the same for another process, until it closes its pipe.</summary>
    public static void Serve(string input, string output)
    {
        using var from = new AnonymousPipeClientStream(PipeDirection.In, input);
        using var to = new AnonymousPipeClientStream(PipeDirection.Out, output);
        using var requests = new StreamReader(from);
        while (requests.ReadLine() is { } line)
        {
            to.Write(Encoding.UTF8.GetBytes((s_runner is null ? Prepare(line) : Run(line)) + "\n"));
            to.Flush();
        }
    }

    // The public and protected members of types, without overrides.
    static SortedDictionary<string, string[]> Signatures(IEnumerable<string> types)
    {
        const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public
            | BindingFlags.NonPublic;
        var signatures = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        // A handout that is being made is loaded beside the grader's own library.
        Assembly library = AssemblyLoadContext.GetLoadContext(typeof(CaseServer).Assembly)!.Assemblies
            .FirstOrDefault(assembly => assembly.GetName().Name == "MyTorch") ?? Assembly.Load("MyTorch");
        foreach (string name in types)
            if (library.GetType(name) is { } type)
                signatures[name] = [.. type.GetMembers(Declared).OfType<MethodBase>()
                    .Where(member => (member.IsPublic || member.IsFamily || member.IsFamilyOrAssembly)
                        && (member is not MethodInfo method || method.GetBaseDefinition() == method))
                    .Select(member => member.ToString()!.Replace("MyTorch.", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        return signatures;
    }
}
