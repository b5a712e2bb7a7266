#:project Grader/Grader.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false
#:property EnableDefaultItems=false
#:property AssemblyName=mytorch-start
// Without the property before the last, the pages of the playground beside this file would be compiled into it.
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using MyTorch.Grader.Commands;

// Makes a project in which you write an engine yourself, with checks, hints and no teacher:
//     dotnet run samples/start.cs                  my-engine/, homework 1: MyTorch's own engine, about six hours
//     dotnet run samples/start.cs -- scalar        my-scalar-engine/: an engine for numbers, in seven short steps
//     dotnet run samples/start.cs -- FOLDER        in another folder
// Exit code 1: the folder is not empty, or something failed. Exit code 2: the line was not understood.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return StartCommand.Run(args, Path.GetDirectoryName(Here())!, Console.Out, Console.Error);

static string Here([CallerFilePath] string file = "") => file;
