using System.CommandLine;
using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Commands;

/// <summary>The program: all its verbs, and what each of them takes.</summary>
static class GraderCommand
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Makes homework out of the library, and grades it.") { TextReport.Plain };
        foreach (Command command in (Command[])
        [
            ValidateCommand.Create(), GradeCommand.Create(), ClassroomCommand.CreateRegrade(), MergeCommand.Create(),
            ClassroomCommand.CreateWorker(), VivaCommand.Create(), VivaCommand.CreateWorker(),
            PackageCommand.Create(), CollectCommand.Create(),
            FindTheBugCommand.Create(), HandoutCommand.Create(), .. StudentCommands.Create(), .. SelftestCommand.Create(),
        ]) root.Subcommands.Add(command);
        return root;
    }
}
