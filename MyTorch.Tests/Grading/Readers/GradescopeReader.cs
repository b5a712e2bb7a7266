using System.Text.Json;

namespace MyTorch.Tests.Grading;

/// <summary>Reads results.json as Gradescope specifies it: only its fields, of its types, with its words.</summary>
sealed class GradescopeReader
{
    static readonly string[] s_formats = ["text", "html", "simple_format", "md", "ansi"];
    static readonly string[] s_visibilities = ["visible", "hidden", "after_due_date", "after_published"];

    /// <summary>The submission's points; null where Gradescope says that the autograder failed.</summary>
    public double? Score { get; private init; }

    /// <summary>Whether the student sees the sum: not where a test is hidden.</summary>
    public bool TotalIsShown { get; private init; }

    public required IReadOnlyList<(string? Number, string? Name, double? Score, double? Most, string? Status, string Output, string Visibility)> Tests { get; init; }

    public static GradescopeReader Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        Check(root, "results", ("score", IsNumber), ("execution_time", IsNumber), ("output", IsText), ("output_format", OneOf(s_formats)), ("test_output_format", OneOf(s_formats)),
            ("test_name_format", OneOf(s_formats)), ("visibility", OneOf(s_visibilities)), ("stdout_visibility", OneOf(s_visibilities)), ("extra_data", IsObject), ("tests", IsArray), ("leaderboard", IsArray));
        string visibility = Text(root, "visibility") ?? "visible";
        var tests = new List<(string?, string?, double? Score, double?, string?, string, string Visibility)>();
        if (root.TryGetProperty("tests", out JsonElement all))
            foreach (JsonElement test in all.EnumerateArray())
            {
                Check(test, "test", ("score", IsNumber), ("max_score", IsNumber), ("status", OneOf("passed", "failed")), ("name", IsText), ("name_format", OneOf(s_formats)), ("number", IsText),
                    ("output", IsText), ("output_format", OneOf(s_formats)), ("tags", IsArray), ("visibility", OneOf(s_visibilities)), ("extra_data", IsObject));
                tests.Add((Text(test, "number"), Text(test, "name"), Number(test, "score"), Number(test, "max_score"), Text(test, "status"), Text(test, "output") ?? "", Text(test, "visibility") ?? visibility));
            }
        return new GradescopeReader
        {
            Tests = tests,
            Score = Number(root, "score") ?? (tests.Any(test => test.Score is not null) ? tests.Sum(test => test.Score ?? 0) : null),
            TotalIsShown = tests.All(test => test.Visibility != "hidden"),
        };
    }

    static void Check(JsonElement element, string what, params (string Name, Func<JsonElement, bool> IsRight)[] fields)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            var field = fields.FirstOrDefault(one => one.Name == property.Name);
            Assert.That(field.Name, Is.Not.Null, $"{what}: {property.Name} is not a field of Gradescope's");
            Assert.That(field.IsRight(property.Value), Is.True, $"{what}.{property.Name}: {property.Value}");
        }
    }

    static bool IsNumber(JsonElement value) => value.ValueKind == JsonValueKind.Number;
    static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;
    static bool IsObject(JsonElement value) => value.ValueKind == JsonValueKind.Object;
    static bool IsArray(JsonElement value) => value.ValueKind == JsonValueKind.Array;
    static Func<JsonElement, bool> OneOf(params string[] words) => value => IsText(value) && words.Contains(value.GetString());
    static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
    static double? Number(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;
}
