using System.Globalization;
using System.Text;

namespace MyTorch.Reports;

/// <summary>Settings, seed, versions, and the command that makes the report again.</summary>
static class SettingsSection
{
    internal static void Write(StringBuilder main, ReportFacts facts)
    {
        TrainingReport report = facts.Report;
        var rows = new List<(string Name, string Value)>(report.Settings)
        {
            ("rows", $"{Html.Count(facts.Train.Count)} for training, {Html.Count(facts.Test.Count)} for the " +
                $"test{(report.Split is { } split ? $" ({split})" : "")}"),
            ("parameters", Html.Count(facts.Model.ParameterCount)),
            ("type", facts.Test.Inputs.DType.ToString()),
            ("seed of this report", report.Seed.ToString(CultureInfo.InvariantCulture)),
            ("MyTorch", typeof(Tensor).Assembly.GetName().Version?.ToString(3) ?? "unknown"),
            (".NET", Environment.Version.ToString()),
        };
        main.Append("<section><h2 id=\"settings\">How it was made</h2>\n");
        if (report.Command is { } command)
            main.Append(CultureInfo.InvariantCulture,
                $"<p>This command makes it again:</p>\n<pre class=\"wrapped\" tabindex=\"0\" role=\"region\" aria-label=\"The " +
                $"command\"><code>{Html.Text(command, 2000)}</code></pre>\n");
        main.Append(Html.Table("Settings and versions", ["Setting", "Value"],
            rows.Select(row => (IReadOnlyList<string>)[Html.Text(row.Name), Html.Text(row.Value, 500)]), []));
        main.Append("</section>\n");
    }
}
