using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>Assignments as data: the published schema, what <c>validate</c> finds, and the homework of this repository.</summary>
public sealed class AssignmentTests
{
    static readonly string s_root = Repository.Root(AppContext.BaseDirectory);

    static readonly string s_hw1 = Path.Combine(s_root, "samples", "Homework1", "hw1");

    static readonly Lazy<AssignmentFolder> s_loaded = new(() => AssignmentFolder.Load(s_hw1));

    static AssignmentFolder Hw1 => s_loaded.Value;

    [Test]
    public void TheAssignmentsOfThisRepositoryHaveNothingToMend([Values("hw1", "hw1p1")] string name)
    {
        string folder = Path.Combine(s_root, "samples", "Homework1", name);
        Assume.That(Directory.Exists(folder));
        Assert.That(AssignmentCheck.Run(AssignmentFolder.Load(folder)), Is.Empty);
    }

    [Test]
    public void Homework1HasFiftyPoints()
    {
        Assert.That(Hw1.Assignment.MaxScore, Is.EqualTo(50));
        double[] groups = [.. Hw1.Assignment.Groups.Select(group => Hw1.Assignment.Questions.Where(question => question.Group == group.Id).Sum(question => question.Points))];
        Assert.That(groups, Is.EqualTo(new[] { 10.0, 14, 9, 8, 5, 2, 2 }));
    }

    /// <summary>What a student faces, counted independently of <c>validate</c>.</summary>
    [Test]
    public void TheReadingSetIsSmall()
    {
        SourceTree stubs = Stubs.Of(Hw1);
        string[] files = [.. Hw1.Assignment.ReadingSet];
        SourceMember[] members = [.. Stubs.Blanked(Hw1.Assignment, Hw1.Reference).Select(pair => pair.Member)];
        Assert.Multiple(() =>
        {
            Assert.That(files, Has.Length.LessThanOrEqualTo(8));
            Assert.That(files.Sum(file => stubs[file].Split('\n').Length), Is.LessThanOrEqualTo(900));
            Assert.That(members, Has.Length.GreaterThanOrEqualTo(20), "members to write");
            Assert.That(members.Where(member => member.BodyLines > (member.Name == "Backward" ? 25 : 15)), Is.Empty);
            Assert.That(members.Select(member => member.Path).Distinct(), Is.SubsetOf(files));
            Assert.That(Hw1.Assignment.CheatSheet, Has.Count.LessThanOrEqualTo(40));
            foreach (string file in files)
                Assert.That(System.Text.RegularExpressions.Regex.Match(stubs[file], @"\b(Span|Memory|ThreadStatic|ArrayPool|Vector|\w+Kernels|BackwardInOnePass|Tangent)\b").Value, Is.Empty, file);
        });
    }

    /// <summary>Whichever homework comes first: neither handout answers the other.</summary>
    [Test]
    public void AHandoutDoesNotAnswerTheOtherHomework()
    {
        SourceTree layers = Stubs.Of(AssignmentFolder.Load(Path.Combine(s_root, "samples", "Homework1", "hw1p1"))), engine = Stubs.Of(Hw1);
        SourceMember[] asked = [.. Stubs.Blanked(Hw1.Assignment, Hw1.Reference).Select(pair => pair.Member)];
        Assert.Multiple(() =>
        {
            Assert.That(asked, Has.Length.EqualTo(21));
            foreach (SourceMember member in asked.Where(member => layers.Find(member.FullName).Count > 0))
                Assert.That(layers.Single(member.FullName).Syntax.ToString(), Does.Contain("throw new NotSupportedException(").And.Contains("a question of a homework"), member.FullName);
            Assert.That(layers["MyTorch/Operations/Arithmetic.cs"], Does.Contain("<summary>z = a · b.</summary>"), "nor does the documentation");
            Assert.That(layers.Paths, Has.None.Contains("Fused").And.None.Contains("OnePass").And.None.Contains("Expression"));
            Assert.That(layers.Single("MyTorch.Layers.Linear.Backward").Syntax.ToString(), Does.Contain("NotImplementedException(\"1.2 "), "what is asked for is its own");
            Assert.That(engine.Paths.Concat(layers.Paths).Where(path => path.Contains("Normaliz", StringComparison.Ordinal)), Is.Empty);
        });
    }

    [Test]
    public void TheSchemaSaysWhatTheRecordsSay()
    {
        JsonNode schema = JsonNode.Parse(File.ReadAllText(Path.Combine(s_root, "samples", "Grader", "assignment.schema.json")))!;
        JsonNode records = AssignmentJson.Options.GetJsonSchemaAsNode(typeof(Assignment));
        var differences = new List<string>();
        Compare("", schema, records, differences);
        Assert.That(differences, Is.Empty);
    }

    static void Compare(string place, JsonNode published, JsonNode record, List<string> differences)
    {
        if (record["items"] is { } item)
        {
            Compare(place + "[]", published["items"]!, item, differences);
            return;
        }
        if (record["properties"] is not JsonObject properties)
        {
            string type = record["type"] switch { JsonArray types => types[0]!.GetValue<string>(), JsonValue one => one.GetValue<string>(), _ => "" };
            string said = published["const"] is null ? published["type"]!.GetValue<string>() : "integer";
            if (type != said) differences.Add($"{place}: the schema says {said}, the record {type}");
            return;
        }
        string[] names = [.. properties.Select(property => property.Key)], publishedNames = [.. published["properties"]!.AsObject().Select(property => property.Key)];
        differences.AddRange(names.Except(publishedNames).Select(name => $"{place}.{name} is not in the schema"));
        differences.AddRange(publishedNames.Except(names).Select(name => $"{place}.{name} is not in the record"));
        string[] required = Names(record["required"]), publishedRequired = Names(published["required"]);
        if (!required.Order().SequenceEqual(publishedRequired.Order()))
            differences.Add($"{place}: required are {string.Join(", ", publishedRequired)} in the schema and {string.Join(", ", required)} in the record");
        if (published["additionalProperties"]?.GetValue<bool>() != false) differences.Add($"{place}: additionalProperties is not false");
        foreach (string name in names.Intersect(publishedNames)) Compare($"{place}.{name}", published["properties"]![name]!, properties[name]!, differences);
    }

    static string[] Names(JsonNode? array) => array is null ? [] : [.. array.AsArray().Select(name => name!.GetValue<string>())];

    // Each change to homework 1 is one that an author makes by mistake: where it is said to be, and what the sentence names.
    static readonly TestCaseData[] s_mistakes =
    [
        Mistake("dependsOn", a => Question(a, "4.2")["dependsOn"]![0] = "4.l", "question 4.2, dependsOn", "no question \"4.l\". Did you mean 4.1"),
        Mistake("depends on itself", a => Question(a, "4.2")["dependsOn"]![0] = "4.2", "question 4.2, dependsOn", "4.2 depends on itself; drop it."),
        Mistake("accepts itself", a => a["accepts"] = new JsonArray(a["version"]!.GetValue<string>()), "accepts", "is the version itself"),
        Mistake("depends on a later one", a => Question(a, "4.2")["dependsOn"]![0] = "5.1", "question 4.2, dependsOn", "5.1 comes later"),
        Mistake("member", a => Question(a, "1.1")["blank"]![0] = "MyTorch.Operations.Multiply.Backwards", "question 1.1, blank", "Did you mean MyTorch.Operations.Multiply.Backward"),
        Mistake("overloaded member", a => Question(a, "1.1")["remove"] = new JsonArray("MyTorch.Tensor.From"), "question 1.1, remove", "is overloaded; say which: MyTorch.Tensor.From("),
        Mistake("member without body", a => Question(a, "1.1")["blank"]![0] = "MyTorch.Operation.Backward", "question 1.1, blank", "has no body"),
        Mistake("member elsewhere", a => Question(a, "1.1")["blank"]![0] = "MyTorch.Tensor.Item()", "question 1.1, blank", "not in the reading set"),
        Mistake("parts", a => Question(a, "1.3")["parts"]![0]!["points"] = 1.5, "question 1.3, parts", "add up to 2.5 points, and the question has 2"),
        Mistake("points", a => Question(a, "1.3")["points"] = 0, "question 1.3, points", "must be more than 0"),
        Mistake("no probe", a => Question(a, "1.1").AsObject().Remove("probe"), "question 1.1", "has no probe; name a method in probes/"),
        Mistake("probe", a => Question(a, "1.1")["probe"] = "Rules.Multipy", "question 1.1, probe", "static void Multipy(Probe probe) in a class Rules"),
        Mistake("hint", a => Question(a, "1.1")["id"] = "1.17", "questions, 1.17", "has no idea, no formula, no shapes"),
        Mistake("group", a => Question(a, "1.1")["id"] = "9.1", "question 9.1", "there is no group \"9\""),
        Mistake("twice", a => Question(a, "1.1")["id"] = "1.2", "question 1.2", "is used twice"),
        Mistake("visibility", a => Question(a, "1.1")["visibility"] = "shown", "question 1.1, visibility", "it must be visible or hidden or after_due_date"),
        Mistake("file", a => a["readingSet"]![1] = "MyTorch/Operations/Aritmetic.cs", "readingSet", "Did you mean MyTorch/Operations/Arithmetic.cs"),
        Mistake("taken", a => a["take"]![1] = "MyTorch/Enigne/", "take", "MyTorch/Enigne/ matches no file"),
        Mistake("taken file", a => a["take"]![2] = "MyTorch/Diagnostics/Anomly.cs", "take", "Did you mean MyTorch/Diagnostics/Anomaly.cs"),
        Mistake("used by the answers", a => a["answersUse"]![0] = "MyTorch/Kernels/GradientKernel", "answersUse", "matches no file"),
        Mistake("other homework", a => a["withholdAnswersOf"]![0] = "../hw1p2", "withholdAnswersOf", "\"../hw1p2\" is not the folder of an assignment"),
        Mistake("cheat sheet", a => a["cheatSheet"]![0] = "MyTorch.Tensor.Matmull", "cheatSheet", "Did you mean MyTorch.Tensor.MatMul"),
        Mistake("files", a => { foreach (string file in new[] { "MyTorch/Shape.cs", "MyTorch/DType.cs" }) a["readingSet"]!.AsArray().Add(file); }, "readingSet", "at most 8"),
        Mistake("lines", a => { foreach (string file in new[] { "Tensor.cs", "Tensor.Shaping.cs", "Tensor.Create.cs" }) a["readingSet"]!.AsArray().Add("MyTorch/" + file); }, "readingSet", "at most 900"),
        Mistake("machinery", a => a["readingSet"]![0] = "MyTorch/Kernels/SoftmaxKernels.cs", "readingSet", "should not have to read"),
    ];

    static TestCaseData Mistake(string name, Action<JsonNode> change, string place, string message) => new TestCaseData(change, place, message).SetArgDisplayNames(name);

    static JsonNode Question(JsonNode assignment, string id) => assignment["questions"]!.AsArray().Single(question => question!["id"]!.GetValue<string>() == id)!;

    [TestCaseSource(nameof(s_mistakes))]
    public void ValidateNamesThePlaceAndTheFix(Action<JsonNode> change, string place, string message)
    {
        JsonNode json = JsonNode.Parse(
            File.ReadAllText(Path.Combine(s_hw1, "assignment.json")), documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!;
        change(json);
        AssignmentFolder changed = Hw1 with { Assignment = json.Deserialize<Assignment>(AssignmentJson.Options)! with { Folder = Hw1.Path } };
        Assert.That(AssignmentCheck.Run(changed), Has.Some.Matches<AssignmentProblem>(problem => problem!.Place.Contains(place) && problem.Message.Contains(message)));
    }

    /// <summary>An answer that the library has under another spelling is called, or read.</summary>
    [Test]
    public void WhatTheLibraryHasAlreadyIsNoted()
    {
        const string File = "MyTorch/Operations/Swish.cs";
        AssignmentFolder folder = Hw1 with
        {
            Reference = Hw1.Reference.With(File, "namespace MyTorch.Operations; public sealed class Silu(Tensor x) : PointwiseOperation(x) { protected override Tensor Forward() => X * X.Sigmoid(); }"),
        };
        string[] Notes(Func<Assignment, Assignment> change) =>
            [.. AssignmentCheck.Notes(folder with { Assignment = change(folder.Assignment) }).Where(note => note.Contains("Silu", StringComparison.Ordinal))];
        Question asked = folder.Assignment.Questions[0] with { Id = "1.9", Blank = ["MyTorch.Operations.Silu.Forward"] };
        string[] said = Notes(assignment => assignment with { Questions = [asked] });
        Assert.That(said, Has.Length.EqualTo(1).And.Some.Contain("MyTorch.Operations.Silu is asked for, and the library has ").And.Some.Contain("MyTorch.Tensor.SiLU"));
        Assert.That(Notes(assignment => assignment), Is.Empty, "what the library consists of is its own answer");
    }

    /// <summary>What is taken must compile; of what is missing, the file is named.</summary>
    [TestCase("take", "MyTorch/Engine/Notation.cs", "Notation is declared in MyTorch/Engine/Notation.cs: add it, or do not take ")]
    [TestCase("take", "MyTorch/Kernels/Summation.cs", " is declared in MyTorch/Kernels/Summation.cs: add it, or do not take ")]
    [TestCase("answersUse", "MyTorch/Operations/Softmax.cs", "Softmax is declared in MyTorch/Operations/Softmax.cs: add it, or do not take ")]
    public void AFileThatIsNotTakenAndIsNeededIsNamed(string place, string path, string message)
    {
        AssignmentFolder without = Hw1 with
        {
            Reference = Hw1.Reference.Without(other => other == path),
            BesideHomework = Hw1.BesideHomework.Append(new(path, Hw1.Reference[path])).ToDictionary(),
        };
        Assert.That(MissingFiles.Run(without), Has.Some.Matches<AssignmentProblem>(problem => problem!.Place == place && problem.Message.Contains(message)));
        Assert.That(MissingFiles.Run(Hw1), Is.Empty);
    }

    [TestCase("MyTorch/Engine/", "MyTorch/Engine/Tape.cs", true)]
    [TestCase("MyTorch/Engine/", "MyTorch/Engine/Deep/Tape.cs", false)]
    [TestCase("MyTorch/Engine", "MyTorch/Engine/Tape.cs", false)]
    [TestCase("MyTorch/*.cs", "MyTorch/Tensor.Create.cs", true)]
    [TestCase("MyTorch/*.cs", "MyTorch/Engine/Tape.cs", false)]
    [TestCase("MyTorch/Tensor.cs", "MyTorch/Tensor.cs", true)]
    [TestCase("MyTorch/Tensor.cs", "MyTorch/Tensor.cs.cs", false)]
    public void AnEntryOfTakeIsAFileAFolderOrAPattern(string entry, string path, bool taken) =>
        Assert.That(AssignmentFolder.IsTaken([entry], path), Is.EqualTo(taken));

    [TestCase("", "is not there")]
    [TestCase("{ \"schema\": 1, }", "an assignment lacks what is required: `id`, `title`, `version`")]
    [TestCase("{ \"schema\": 1,\n \"questons\": [] }", "line 2: an assignment has no `questons`. Did you mean `questions`?")]
    [TestCase("{ \"schema\": 1,\n \"questions\": [{ \"minuts\": 1 }] }", "line 2: a question has no `minuts`. Did you mean `minutes`?")]
    [TestCase("{ \"schema\": 1,\n \"questions\": [{ \"minutes\": \"5\" }] }", "line 2: minutes is a whole number, without quotation marks.")]
    [TestCase("{ \"schema\": 1,\n \"questions\": [{ \"blank\": \"a\" }] }", "line 2: blank is a list, in square brackets.")]
    [TestCase("{ \"schema\": 1,\n \"title\": \"é\"\n  \"id\": \"a\" }", "line 3: a comma is missing before \"id\".")]
    [TestCase("{ \"schema\": 2, \"id\": \"a\", \"title\": \"\", \"version\": \"1\", \"readingSet\": [], \"take\": [], \"groups\": [], \"questions\": [] }", "this program reads 1")]
    [TestCase("null", "needs an object")]
    public void WhatCannotBeReadIsRefusedWithFileAndPlace(string json, string named)
    {
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        Directory.CreateDirectory(folder);
        try
        {
            if (json.Length > 0) File.WriteAllText(Path.Combine(folder, "assignment.json"), json);
            using var error = new StringWriter();
            int code = ValidateCommand.Run(folder, TextWriter.Null, error);
            Assert.That(code, Is.EqualTo(1));
            Assert.That(error.ToString(), Does.Contain("assignment.json").And.Contains(named));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
