using MyTorch.Check;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Viva;
using MyTorch.Probes;

namespace BrowserTests;

/// <summary>
/// The grader's pages: of a class of four that is graded here, the index, a student's page and staff's; the sheets for talks; and the page
/// about a failing check.
/// </summary>
internal static class GraderPages
{
    static readonly string[] s_files = ["Arithmetic.cs", "Activations.cs", "Products.cs"];

    /// <summary>Writes the pages below a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="checkout">The root of the checkout.</param>
    /// <returns>Their names without ".html".</returns>
    public static async Task<IReadOnlyList<string>> Write(string folder, string checkout)
    {
        string handins = Path.Combine(folder, "handins"),
            assignment = Path.Combine(checkout, "MyTorch.Tests", "Grading", "assignments", "tiny");
        HandIn("right", _ => null);
        HandIn("wrong & <b>bold</b>", text => text.Replace("A.RequiresGrad ? gradient * B : null", "gradient * A", StringComparison.Ordinal)
            .Replace("Rows(gradient).Sum(0)", "Rows(gradient)", StringComparison.Ordinal));
        HandIn("broken", text => text.Replace("return [dX, dW, db];", "return [dX, dW, db]", StringComparison.Ordinal));
        HandIn("throws", text => text
            .Replace("Tensor? dX = ", "int zero = 0; Tensor? dX = 1 / zero > 0 ? null : ", StringComparison.Ordinal));

        string graded = Path.Combine(folder, "graded"), talks = Path.Combine(folder, "talks");
        IReadOnlyList<ClassroomResult> results = await new ClassroomGrading(
            new ClassroomOptions { Assignment = assignment, Handins = handins, Output = graded }, TextWriter.Null).Run();
        IReadOnlyList<VivaResult> sheets = await new VivaClass(
            new VivaOptions { Assignment = assignment, Handins = handins, Output = talks }, TextWriter.Null).Run();
        Check(Path.Combine(folder, "check"), checkout);
        return
        [
            "graded/index", .. results.Select(result => $"graded/feedback/{Path.GetFileNameWithoutExtension(result.Page)}"),
            $"graded/pages/{Path.GetFileNameWithoutExtension(results[^1].Page)}",
            "talks/index", .. sheets.Select(sheet => $"talks/sheets/{sheet.Handin.Key}"), "check/check",
        ];

        void HandIn(string name, Func<string, string?> change)
        {
            string target = Path.Combine(handins, name, "MyTorch", "Operations");
            Directory.CreateDirectory(target);
            foreach (string file in s_files)
            {
                string text = File.ReadAllText(Path.Combine(checkout, "MyTorch", "Operations", file));
                File.WriteAllText(Path.Combine(target, file), change(text) ?? text);
            }
        }
    }

    // A transposed gradient, and a sweep that overwrites.
    static void Check(string folder, string checkout)
    {
        Directory.CreateDirectory(Path.Combine(folder, "Check"));
        File.WriteAllText(Path.Combine(folder, "Check", "page.css"),
            File.ReadAllText(Path.Combine(checkout, "MyTorch", "Reports", "Page", "style.css"))
            + File.ReadAllText(Path.Combine(checkout, "samples", "Grader", "Handouts", "Templates", "check.css")));
        CheckQuestion weights = Question("4.3", "Linear: dW", "MyTorch/Operations/Products.cs: Linear.Backward"),
            uses = Question("2.3", "Several uses of one tensor", "MyTorch/Autograd.cs: Autograd.Propagate");
        double[] numbers = [1, -2, 3, 0.5, 4, -1.5];
        var expected = new Returned("dW", [2, 3], "Float64", numbers);
        var got = new Returned("dW", [3, 2], "Float64", [1, 0.5, -2, 4, 3, -1.5]);
        string[] steps = ["v1 = [1 2]", "v2 = Bend(v1) = [3 4]", "v3 = Mix(v2, v2) = [9 16]",
            "backward of v3 = Mix(v2, v2): [1 1] gives [2 2] to v2 and [5 5] to v2",
            "backward of v2 = Bend(v1): [7 7] gives [21 28] to v1"];
        new CheckPage(new CheckData
        {
            Assignment = "hw1", Version = "1", Title = "Homework", ReadingSet = [], Types = [], Given = [], Forbidden = [], Groups = [],
            Questions = [uses, weights],
        }, folder).Write(
        [
            new(weights, Ending.Failed, 0, "dW: the shape is (3, 2); expected (2, 3).", Hint: "dW is transposed.",
                Given: [new("X", [2, 3], "Float64", numbers)], Got: got, Expected: expected, Printed: ["<script>alert(1)</script>"]),
            new(uses, Ending.Failed, 0, "twice in one operation: [0] is 5; expected 7.", (
                [.. steps[..4], "backward of v2 = Bend(v1): [5 5] gives [15 20] to v1"], steps)),
        ], ["Linear.Backward"]);
    }

    static CheckQuestion Question(string id, string title, string place) => new()
    {
        Id = id, Title = title, Points = 2, Parts = [], Probe = "", DependsOn = [], Places = [place], Hints = ["", "", ""],
        Seconds = 1, Cases = [],
    };
}
