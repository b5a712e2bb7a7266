using System.Reflection;

namespace MyTorch.Check;

/// <summary>Runs cases in this process: where a debugger is to see them, and where a handout is made.</summary>
public sealed class CasesHere : ICases
{
    readonly Assembly _cases;
    readonly string _root;
    readonly TextWriter _output;
    readonly Func<string, string> _run;

    /// <summary>Prepares the cases of an assembly.</summary>
    /// <param name="cases">The assembly that the probes are compiled into.</param>
    /// <param name="setup">What is the same for all cases.</param>
    /// <param name="output">Where programs write.</param>
    public CasesHere(Assembly cases, CaseSetup setup, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(setup);
        (_cases, _root, _output) = (cases, setup.Root, output);
        Type server = cases.GetType("MyTorch.Check.CaseServer", throwOnError: true)!;
        Signatures = CaseText.Read<SortedDictionary<string, string[]>>(Method("Prepare")(CaseText.Write(setup)));
        _run = Method("Run");

        Func<string, string> Method(string name) => server.GetMethod(name)!.CreateDelegate<Func<string, string>>();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string[]>? Signatures { get; }

    /// <inheritdoc/>
    public int Show(string method, bool plain) => Show(_cases, method, _root, _output, plain);

    /// <summary>Runs a program that is compiled with the cases.</summary>
    internal static int Show(Assembly cases, string method, string root, TextWriter output, bool plain) => cases
        .GetType("MyTorch.Check.Screen", throwOnError: true)!.GetMethod("Show")!
        .CreateDelegate<Func<string, string, TextWriter, bool, int>>()(method, root, output, plain);

    /// <inheritdoc/>
    public CaseAnswer Run(CaseRequest request) => CaseText.Read<CaseAnswer>(_run(CaseText.Write(request)));
}
