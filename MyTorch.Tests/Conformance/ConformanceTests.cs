
namespace MyTorch.Tests.Conformance;

/// <summary>
/// Every oracle case in Float64 and, unless its numbers do not fit, in Float32, through the library's sweep and through
/// a naive one. <c>MYTORCH_ORACLE</c> (an absolute path) names a folder whose cases run instead of the committed ones.
/// </summary>
[TestFixture(Engines.Tape)]
[TestFixture(Engines.Naive)]
public sealed class ConformanceTests(string engine)
{
    readonly IBackwardEngine _engine = Engines.Named(engine);

    static readonly Lazy<IReadOnlyDictionary<string, (OracleFolder.Entry Entry, DType DType)>> Cases = new(() =>
        OracleFolder.Read(OracleFolder.Current)
            .SelectMany(entry => DTypes(entry).Select(dtype => (Entry: entry, DType: dtype)))
            .ToDictionary(item => $"{item.Entry.Name}/{item.DType}"));

    static IEnumerable<string> Names() => Cases.Value.Keys;

    static DType[] DTypes(OracleFolder.Entry entry) =>
        entry.Case is null or { Float64Only: true } ? [DType.Float64] : [DType.Float64, DType.Float32];

    [TestCaseSource(nameof(Names))]
    public void Conformance(string name)
    {
        (OracleFolder.Entry entry, DType dtype) = Cases.Value[name];
        if (entry.Case is not { } c)
        {
            Assert.Fail(entry.Problem!);
            return;
        }

        Check(c, dtype, _engine);
    }

    /// <summary>
    /// Runs one case as what it is: an optimizer's or a training trajectory, a schedule, or an operation or program with its gradients.
    /// </summary>
    internal static void Check(OracleCase c, DType dtype, IBackwardEngine engine)
    {
        if (c.Steps is not null) OracleTrajectories.CheckOptimizer(c, dtype);
        else if (c.Schedule is not null) OracleTrajectories.CheckSchedule(c, dtype);
        else if (c.Layers is not null) OracleTrajectories.CheckTraining(c, dtype, engine);
        else if (c.Op is not null || c.Program is not null) new OracleGradients(c, dtype, engine).Check();
        else Assert.Fail($"{c.Id}: neither an operation, a program, an optimizer, a schedule nor a training case.");
    }
}
