using System.CommandLine;

namespace TrainMlp;

/// <summary>The commands for a model that was saved: <c>predict MODEL FILE</c>, <c>evaluate MODEL FILE</c>, <c>inspect MODEL</c>.</summary>
internal static class Verbs
{
    public static IEnumerable<Command> All()
    {
        var plain = new Option<bool>("--plain") { Description = "Plain ASCII lines" };
        var model = new Argument<string>("MODEL") { Description = "A file that --save wrote" };

        var inspect = new Command("inspect", "Shows what is in a model file: what it predicts from which columns, its layers and its tensors.") { model, plain };
        inspect.SetAction(parsed => Run(() => ModelCommands.Inspect(parsed.GetValue(model)!, Screen.Choose(parsed.GetValue(plain)))));
        return [inspect];
    }

    // Exit code 2 is bad usage or bad data, as for the training.
    static int Run(Action command)
    {
        try
        {
            command();
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            throw new UsageException(e.Message);
        }
    }
}
