using System.Text.RegularExpressions;

namespace MyTorch.Grader.Source;

/// <summary>Files with gaps, <c>[[name]]</c>, that a value is filled into. They stand in the folders Templates, and are embedded.</summary>
static partial class Template
{
    /// <summary>The text of a template.</summary>
    /// <param name="name">Its folder and file: "Uploads/Dockerfile".</param>
    /// <param name="values">A value for each gap; text in double brackets inside a value stays as it is.</param>
    /// <exception cref="ArgumentException">A gap has no value, or a value no gap.</exception>
    public static string Fill(string name, params (string Gap, string Value)[] values)
    {
        string text = EmbeddedFiles.Read(name);
        string[] gaps = [.. Gap().Matches(text).Select(gap => gap.Groups[1].Value).Distinct()];
        if (values.FirstOrDefault(value => !gaps.Contains(value.Gap)).Gap is { } unused)
            throw new ArgumentException($"{name} has no gap [[{unused}]].", nameof(values));
        return Gap().Replace(text,
            gap => values.Where(value => value.Gap == gap.Groups[1].Value).Select(value => value.Value).FirstOrDefault()
            ?? throw new ArgumentException($"{name} has a gap {gap.Value} without a value.", nameof(values)));
    }

    [GeneratedRegex(@"\[\[([a-z ]+)\]\]")]
    private static partial Regex Gap();
}
