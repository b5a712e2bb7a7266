using System.Globalization;
using System.Text;
using TrainMlp;

// Exit codes: 0 a model was trained; 1 training failed (the loss diverged or did not decrease); 2 bad usage or bad data; 130 stopped by Ctrl+C.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    // The first Ctrl+C ends the training and reports the result so far; a second one ends the program.
    e.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
};

try
{
    return CommandLine.Run(args, Train, Console.Error);
}
catch (UsageException e)
{
    foreach (string line in e.Message.Split('\n')) Console.Error.WriteLine(Screen.Clean(line));
    return 2;
}

int Train(Settings settings)
{
    var session = TrainingSession.Load(settings);
    if (settings.Checkup)
    {
        // With --json standard output is for the object alone.
        if (!FoldsReport.Check(session, (settings.Json ? Console.Error : Console.Out).WriteLine, stop.Token))
            throw new UsageException("The check-up failed, so the model was not trained. The lines above say what to look at.");
    }

    if (settings.KFold is not null)
    {
        Screen? table = settings.Json ? null : Screen.Choose(settings.Plain);
        if (table is not null) new Report(session, table).Before();
        return FoldsReport.CrossValidate(session, settings, table, Console.Out, stop.Token);
    }

    TrainingResult result;
    if (settings.Json)
    {
        if (session.Resuming.Epochs is not null) Console.Error.WriteLine(Screen.Clean(session.Resuming.Describe(settings)));
        result = session.Train(null, stop.Token);
        if (result.Outcome != Outcome.Diverged) Console.WriteLine(Report.Json(session, result));
    }
    else
    {
        var screen = Screen.Choose(settings.Plain);
        var report = new Report(session, screen);
        report.Before();
        result = screen.Watch(session.Metric, progress => session.Train(progress, stop.Token));
        report.After(result);
    }

    if (settings.ReportPath is { } path && ReportPage.Write(path, session, result) is { } said && !settings.Json) Console.WriteLine(said);
    if (ModelCommands.Save(settings.SavePath, session, result) is { } saved && (settings.SavePath is not null || !settings.Json))
        (settings.Json ? Console.Error : Console.Out).WriteLine(saved);
    if (settings.ExportPath is { } export && ModelExport.Write(export, session, result) is { } written) (settings.Json ? Console.Error : Console.Out).WriteLine(written);
    if (result.Advice is not null) Console.Error.WriteLine(result.Advice);
    return result.Outcome switch { Outcome.Completed => 0, Outcome.Interrupted => 130, _ => 1 };
}
