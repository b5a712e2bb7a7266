using System.Globalization;
using System.Text;
using PeerBenchmark;

// Exit codes: 0 the rows were measured; 1 torch cannot be loaded, or both sides do not compute the same; 2 bad usage.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

try
{
    return CommandLine.Run(args, settings => settings.EpochSide is null ? Comparison.Run(settings) : Epoch.RunChild(settings), Console.Error);
}
catch (ComparisonException e)
{
    Console.Error.WriteLine(e.Message);
    return e.ExitCode;
}
