using System.Globalization;
using System.Text;
using MyTorch.Inspection;

namespace MyTorch.Reports;

/// <summary>The table of the model's modules, and the picture of what it records.</summary>
static class ModelSection
{
    internal static void Write(StringBuilder main, ReportFacts facts)
    {
        // One row is enough, and what it records is small.
        Tensor example = facts.Test.Select(0).Inputs;
        ModelSummary summary = ModelSummary.Of(facts.Model, example);
        main.Append("<section><h2 id=\"model\">The model</h2>\n")
            .Append(Html.Table("Modules, outermost first", ["Module", "Type", "Output of one row", "Parameters", "Operations"],
                summary.Modules.Select(module => (IReadOnlyList<string>)
            [
                module.Path.Length == 0 ? "(model)" : Html.Text(module.Path), Html.Text(module.Description), module.OutputShape is { } shape
                    ? Html.Escape(shape.ToString())
                    : "not seen",
                Html.Count(module.Parameters), Html.Text(string.Join(", ", module.Operations.Distinct()), 120),
            ]), [3]));

        TapeGraph graph;
        using (facts.Model.InEvaluationMode())
        using (Autograd.Pause())
        using (var autograd = new Autograd(recordSources: true))
        {
            facts.Model.Forward(example);
            graph = TapeGraph.Of(autograd, new TapeGraphOptions
            {
                Title = "What the model records for one row",
                Model = facts.Model,
                ShowGradients = false,
                MaxNodes = 60
            });
        }
        string picture = Convert.ToBase64String(Encoding.UTF8.GetBytes(graph.ToSvg()));
        main.Append("<details><summary>The graph of the operations</summary>\n")
            .Append(CultureInfo.InvariantCulture,
                $"<div class=\"graph wide\" tabindex=\"0\" role=\"region\" aria-label=\"Picture of the graph\"><img " +
                $"alt=\"{Html.Escape(graph.Description)} The same as text is below.\" src=\"data:image/svg+xml;base64,{picture}\"></div>\n")
            .Append(CultureInfo.InvariantCulture, $"<pre tabindex=\"0\" role=\"region\" aria-label=\"The graph as " +
                $"text\">{Html.Escape(graph.ToText())}</pre></details></section>\n");
    }
}
