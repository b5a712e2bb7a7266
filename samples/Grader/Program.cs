using System.CommandLine;
using System.Globalization;
using System.Text;
using MyTorch.Grader.Commands;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

var root = new RootCommand("Makes homework out of the library, and grades it.");
root.Subcommands.Add(ValidateCommand.Create());
root.Subcommands.Add(GradeCommand.Create());
root.Subcommands.Add(ClassCommand.CreateRegrade());
root.Subcommands.Add(ClassCommand.CreateWorker());
root.Subcommands.Add(PackageCommand.Create());
root.Subcommands.Add(CollectCommand.Create());
root.Subcommands.Add(FindTheBugCommand.Create());
root.Subcommands.Add(HandoutCommand.Create());
foreach (Command command in StudentCommands.Create()) root.Subcommands.Add(command);
root.Subcommands.Add(SelftestCommand.Create());
return await root.Parse(args).InvokeAsync();
