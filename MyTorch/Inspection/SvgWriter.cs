using System.Globalization;
using System.Text;

namespace MyTorch.Inspection;

/// <summary>The graph as a picture. Each group has its own layout, and is then a box in the layout of the whole.</summary>
static class SvgWriter
{
    // Monospaced fonts differ a little in width; the widest usual one fits.
    const double HeadAdvance = 7.9, LineAdvance = 7.0;
    const double HeadHeight = 19, LineHeight = 16;
    const double Padding = 13, GroupPadding = 14, GroupHead = 24;
    const double BarLength = 140, BarHeight = 6, BarSpace = 12;
    const double Margin = 24, TitleHeight = 44, LegendHeight = 28;

    const string Style = """
        .ground{fill:#ffffff}text{fill:#16202c;font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:11.5px}
        .title{font-family:system-ui,"Segoe UI","DejaVu Sans",sans-serif;font-size:17px;font-weight:600}
        .head{font-size:13px;font-weight:600}.quiet{fill:#465465}.middle{text-anchor:middle}
        .name{paint-order:stroke;stroke:#f4f6f8;stroke-width:5px}
        .partial{text-anchor:middle;paint-order:stroke;stroke:#ffffff;stroke-width:9px;stroke-linejoin:round}
        .box{stroke-width:1.4}.operation{fill:#eaf1fd;stroke:#2f67b1}.leaf{fill:#e6f6ec;stroke:#24784a}
        .constant{fill:#f3f4f6;stroke:#636d7a;stroke-dasharray:2 3}
        .collapsed{fill:#f0ebfb;stroke:#6847b0}.backward{fill:#fff2de;stroke:#a85800;stroke-dasharray:7 4;stroke-width:1.8}
        .group{fill:#64748b;fill-opacity:.07;stroke:#7f8da0}.edge{fill:none;stroke:#5a6878;stroke-width:1.3}
        .edge.added{stroke:#a85800;stroke-dasharray:6 4}.arrow{fill:#5a6878}.arrow.added{fill:#a85800}
        @media (prefers-color-scheme:dark){.ground{fill:#10151c}text{fill:#e8eef5}.quiet{fill:#b3c0ce}.name{stroke:#1a212a}
        .partial{stroke:#10151c}
        .operation{fill:#172742;stroke:#79aefc}.leaf{fill:#122b1e;stroke:#68cf97}.constant{fill:#20262e;stroke:#a5b0bd}
        .collapsed{fill:#261e40;stroke:#b89ffb}.backward{fill:#35240c;stroke:#ffb257}
        .group{fill:#94a3b8;fill-opacity:.09;stroke:#64748b}.edge{stroke:#93a2b3}.edge.added{stroke:#ffb257}.arrow{fill:#93a2b3}
        .arrow.added{fill:#ffb257}}
        """;

    const string BarStyle = """
        .scale{fill:none;stroke:#7f8da0;stroke-width:.8}.bar{fill:#2f67b1}
        @media (prefers-color-scheme:dark){.scale{stroke:#a5b0bd}.bar{fill:#79aefc}}
        """;

    sealed class Box
    {
        internal double Width, Height, X, Y;
        internal required string[] Lines;
    }

    readonly record struct Link(LayeredLayout Layout, int Edge, int Group, bool Arrow, bool Added, string? Text = null);

    internal static string Write(TapeGraph graph)
    {
        var boxes = graph.Nodes.Select(node => Measure(node, node.Group >= 0 ? graph.Groups[node.Group] : null)).ToArray();
        var links = new List<Link>();

        // Inside each group: its nodes, an entry for every value from outside and an exit for every value used outside.
        int[] itemOf = new int[boxes.Length];
        var inside = new LayeredLayout[graph.Groups.Count];
        var entries = new Dictionary<(int Source, int Group), int>();
        var exits = new Dictionary<int, int>();
        for (int g = 0; g < inside.Length; g++) inside[g] = new LayeredLayout(graph.Partials.Count > 0);
        foreach ((int from, int to) in graph.Edges)
            if (graph.Nodes[to].Group is >= 0 and int group && graph.Nodes[from].Group != group && !entries.ContainsKey((from, group)))
                entries.Add((from, group), inside[group].AddPort(LayeredLayout.PlaceKind.Entry));
        for (int i = 0; i < boxes.Length; i++)
            if (graph.Nodes[i].Group is >= 0 and int group) itemOf[i] = inside[group].AddBox(boxes[i].Width, boxes[i].Height);
        foreach ((int from, int to) in graph.Edges)
            if (graph.Nodes[from].Group is >= 0 and int group && graph.Nodes[to].Group != group && !exits.ContainsKey(from))
            {
                exits.Add(from, inside[group].AddPort(LayeredLayout.PlaceKind.Exit));
                int edge = inside[group].AddEdge(itemOf[from], exits[from]);
                links.Add(new Link(inside[group], edge, group, Arrow: false, Added: graph.Nodes[from].Pass > 0));
            }
        foreach ((int from, int to) in graph.Edges)
            if (graph.Nodes[to].Group is >= 0 and int group)
            {
                int start = graph.Nodes[from].Group == group ? itemOf[from] : entries[(from, group)];
                int edge = inside[group].AddEdge(start, itemOf[to]);
                string? text = graph.Partials.GetValueOrDefault((from, to));
                links.Add(new Link(inside[group], edge, group, Arrow: true, graph.Nodes[to].Pass > 0, text));
            }
        foreach (LayeredLayout layout in inside) layout.Run();

        // In the outer layout, groups are boxes at the index of their first operation, because leaves of a group have no inputs.
        var outside = new LayeredLayout(graph.Partials.Count > 0);
        int[] itemOfGroup = new int[inside.Length];
        Array.Fill(itemOfGroup, -1);
        (double Width, double Height)[] sizes = [.. inside.Select((layout, g) => (
            Math.Max(layout.Width, TextTable.Width(graph.Groups[g]) * LineAdvance) + 2 * GroupPadding,
            layout.Height + GroupHead + 2 * GroupPadding))];
        var program = new HashSet<int>();
        for (int i = 0; i < boxes.Length; i++)
        {
            GraphNode node = graph.Nodes[i];
            if (node.Group < 0) itemOf[i] = outside.AddBox(boxes[i].Width, boxes[i].Height);
            else if (node.Kind is NodeKind.Operation or NodeKind.Collapsed && itemOfGroup[node.Group] < 0)
            {
                itemOfGroup[node.Group] = outside.AddBox(sizes[node.Group].Width, sizes[node.Group].Height);
                // A sweep is placed below the program whose gradients it computes, so that the program stays together.
                if (node.Pass > 0) foreach (int item in program) outside.PutBelow(itemOfGroup[node.Group], item);
            }
            if (node.Kind is NodeKind.Operation or NodeKind.Collapsed) program.Add(node.Group < 0 ? itemOf[i] : itemOfGroup[node.Group]);
        }
        var known = new HashSet<(int, int)>();
        foreach ((int from, int to) in graph.Edges)
        {
            (int source, int target) = (graph.Nodes[from].Group, graph.Nodes[to].Group);
            if (source >= 0 && source == target) continue;
            int end = target < 0 ? itemOf[to] : itemOfGroup[target];
            if (!known.Add((from, end))) continue;
            double leave = source < 0 ? 0 : Inset(source) + inside[source][exits[from]].X - sizes[source].Width / 2;
            double enter = target < 0 ? 0 : Inset(target) + inside[target][entries[(from, target)]].X - sizes[target].Width / 2;
            int edge = outside.AddEdge(source < 0 ? itemOf[from] : itemOfGroup[source], end, leave, enter);
            string? text = target < 0 ? graph.Partials.GetValueOrDefault((from, to)) : null;
            links.Add(new Link(outside, edge, -1, target < 0, graph.Nodes[to].Pass > 0, text));
        }
        outside.Run();

        var legend = Legend(graph);
        double legendWidth = legend.Sum(entry => entry.Width + 12) - 12;
        double title = TextTable.Width(graph.Title) * 10.5;
        double width = Math.Max(Math.Max(outside.Width, legendWidth), title) + 2 * Margin;
        double height = TitleHeight + outside.Height + LegendHeight + 3 * Margin;
        double left = (width - outside.Width) / 2, top = TitleHeight + Margin / 2;

        var svg = new StringBuilder();
        string id = Fingerprint(graph);
        svg.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" ");
        svg.Append(CultureInfo.InvariantCulture, $"aria-labelledby=\"t{id} d{id}\" ");
        svg.Append(CultureInfo.InvariantCulture, $"width=\"{N(width)}\" height=\"{N(height)}\" viewBox=\"0 0 {N(width)} {N(height)}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title id=\"t{id}\">{Escape(graph.Title)}</title>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<desc id=\"d{id}\">{Escape(graph.Description)}</desc>\n<style>\n{Style}\n" +
            $"{(graph.BarLabel is null ? "" : BarStyle + "\n")}</style>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"ground\" width=\"{N(width)}\" height=\"{N(height)}\"/>\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<text class=\"title\" x=\"{N(Margin)}\" y=\"{N(Margin + 10)}\">{Escape(graph.Title)}</text>\n");

        (double X, double Y)[] origins = [.. inside.Select((_, g) => (
            left + outside[itemOfGroup[g]].X - sizes[g].Width / 2, top + outside[itemOfGroup[g]].Y - sizes[g].Height / 2))];
        for (int g = 0; g < inside.Length; g++)
            svg.Append(CultureInfo.InvariantCulture,
                $"<rect class=\"group\" x=\"{N(origins[g].X)}\" y=\"{N(origins[g].Y)}\" width=\"{N(sizes[g].Width)}\" " +
                $"height=\"{N(sizes[g].Height)}\" rx=\"10\"/>\n");
        // Edges lie under the boxes, their texts over all edges.
        var texts = new StringBuilder();
        var placed = new List<(double X, double Y, double Width)>();
        foreach (Link link in links)
        {
            var points = link.Layout.Course(link.Edge);
            (double dx, double dy) = Origin(link.Group);
            if (link.Group >= 0)
            {
                // From the upper border of the group, past its heading, and to the lower one.
                if (points[0].Y <= 0) points[0] = (points[0].X, -GroupHead - GroupPadding);
                if (!link.Arrow) points[^1] = (points[^1].X, link.Layout.Height + GroupPadding);
            }
            AppendEdge(svg, points, dx, dy, link.Arrow, link.Added);
            if (link.Text is null) continue;
            double textWidth = TextTable.Width(link.Text) * LineAdvance;
            bool IsFree((double X, double Y) at) => !placed.Exists(other =>
                Math.Abs(other.X - at.X - dx) < (other.Width + textWidth) / 2 + 4 && Math.Abs(other.Y - at.Y - dy) < LineHeight - 2);
            (double X, double Y)[] positions = [.. LayeredLayout.TextPositions(points)];
            (double textX, double textY) = positions.Where(IsFree).DefaultIfEmpty(positions[0]).First();
            placed.Add((textX + dx, textY + dy, textWidth));
            texts.Append(CultureInfo.InvariantCulture,
                $"<text class=\"partial\" x=\"{N(textX + dx)}\" y=\"{N(textY + dy + 4)}\">{Escape(link.Text)}</text>\n");
        }
        svg.Append(texts);
        // A heading stays legible where an edge passes behind it.
        for (int g = 0; g < inside.Length; g++)
            svg.Append(CultureInfo.InvariantCulture,
                $"<text class=\"quiet name\" x=\"{N(origins[g].X + GroupPadding)}\" y=\"{N(origins[g].Y + 18)}\">" +
                $"{Escape(graph.Groups[g])}</text>\n");
        for (int i = 0; i < boxes.Length; i++)
        {
            int group = graph.Nodes[i].Group;
            (double dx, double dy) = Origin(group);
            (double x, double y) = (group < 0 ? outside : inside[group])[itemOf[i]];
            (boxes[i].X, boxes[i].Y) = (x + dx, y + dy);
            AppendBox(svg, graph.Nodes[i], boxes[i]);
        }
        double legendX = Margin;
        foreach (Box entry in legend)
        {
            (entry.X, entry.Y) = (legendX + entry.Width / 2, height - Margin - LegendHeight / 2);
            legendX += entry.Width + 12;
        }
        svg.Append("<g>\n");
        foreach ((GraphNode kind, Box entry) in LegendKinds(graph).Zip(legend)) AppendBox(svg, kind, entry);
        return svg.Append("</g>\n</svg>\n").ToString();

        double Inset(int group) => (sizes[group].Width - inside[group].Width) / 2;

        // Where the layout of a group begins; that of the whole picture for −1.
        (double X, double Y) Origin(int group) =>
            group < 0 ? (left, top) : (origins[group].X + Inset(group), origins[group].Y + GroupHead + GroupPadding);
    }

    static Box Measure(GraphNode node, string? group)
    {
        string[] lines = [.. node.Lines(group)];
        double width = lines.Select((line, i) => TextTable.Width(line) * (i == 0 ? HeadAdvance : LineAdvance)).Max() + 2 * Padding;
        bool hasBar = node.BarShare is not null;
        return new Box
        {
            Lines = lines,
            Width = Math.Max(width, hasBar ? BarLength + 2 * Padding : 64),
            Height = HeadHeight + (lines.Length - 1) * LineHeight + 14 + (hasBar ? BarSpace : 0),
        };
    }

    static IEnumerable<GraphNode> LegendKinds(TapeGraph graph)
    {
        return new (NodeKind Kind, int Pass, string Text)[]
        {
            (NodeKind.Leaf, 0, "leaf: requires a gradient"),
            (NodeKind.Constant, 0, "constant"),
            (NodeKind.Operation, 0, "operation"),
            (NodeKind.Collapsed, 0, "several operations"),
            (NodeKind.Operation, 1, "recorded by createGraph"),
        }
        .Where(entry => graph.Nodes.Any(node => entry.Pass > 0
            ? node.Pass > 0
            : node.Kind == entry.Kind && (node.Pass == 0 || entry.Kind == NodeKind.Collapsed)))
        .Select(entry => new GraphNode { Kind = entry.Kind, Pass = entry.Pass, Id = entry.Text, Text = "", Value = "" });
    }

    static Box[] Legend(TapeGraph graph) =>
    [
        .. LegendKinds(graph).Select(kind => new Box
        {
            Lines = ["", kind.Id],
            Width = TextTable.Width(kind.Id) * LineAdvance + 2 * Padding,
            Height = LegendHeight,
        }),
    ];

    static void AppendBox(StringBuilder svg, GraphNode node, Box box)
    {
        string kind = node.Pass > 0 && node.Kind != NodeKind.Constant ? "backward" : node.Kind switch
        {
            NodeKind.Leaf => "leaf",
            NodeKind.Constant => "constant",
            NodeKind.Collapsed => "collapsed",
            _ => "operation",
        };
        double x = box.X - box.Width / 2, y = box.Y - box.Height / 2;
        double radius = node.Kind switch
        {
            NodeKind.Leaf => Math.Min(box.Height / 2, 20),
            NodeKind.Constant => 0,
            NodeKind.Collapsed => 2,
            _ => 7,
        };
        if (node.Kind == NodeKind.Collapsed) AppendRect(x + 4, y + 4);
        AppendRect(x, y);

        bool hasHead = box.Lines[0].Length > 0;
        double line = y + 7 + (hasHead ? HeadHeight - 5 : LineHeight - 4 - 1);
        for (int i = hasHead ? 0 : 1; i < box.Lines.Length; i++)
        {
            string style = i == 0 ? "head" : hasHead ? "quiet" : "legend";
            svg.Append(CultureInfo.InvariantCulture,
                $"<text class=\"{style} middle\" x=\"{N(box.X)}\" y=\"{N(line)}\">{Escape(box.Lines[i])}</text>\n");
            line += LineHeight;
        }
        if (node.BarShare is { } share) AppendBar(share);

        // All bars have a frame of the same length, so that they can be compared.
        void AppendBar(double share)
        {
            (double left, double top) = (box.X - BarLength / 2, y + box.Height - BarHeight - 9);
            svg.Append(CultureInfo.InvariantCulture,
                $"<rect class=\"scale\" x=\"{N(left)}\" y=\"{N(top)}\" width=\"{N(BarLength)}\" height=\"{N(BarHeight)}\"/>\n");
            if (share > 0)
                svg.Append(CultureInfo.InvariantCulture,
                    $"<rect class=\"bar\" x=\"{N(left)}\" y=\"{N(top)}\" width=\"{N(Math.Max(share * BarLength, 1))}\" " +
                    $"height=\"{N(BarHeight)}\"/>\n");
        }

        void AppendRect(double left, double top) => svg.Append(CultureInfo.InvariantCulture,
            $"<rect class=\"box {kind}\" x=\"{N(left)}\" y=\"{N(top)}\" width=\"{N(box.Width)}\" height=\"{N(box.Height)}\" " +
            $"rx=\"{N(radius)}\"/>\n");
    }

    static void AppendEdge(StringBuilder svg, List<(double X, double Y)> points, double dx, double dy, bool arrow, bool added)
    {
        const double head = 7;
        string more = added ? " added" : "";
        (double endX, double endY) = (points[^1].X + dx, points[^1].Y + dy);
        svg.Append(CultureInfo.InvariantCulture, $"<path class=\"edge{more}\" d=\"M{N(points[0].X + dx)} {N(points[0].Y + dy)}");
        for (int i = 1; i < points.Count; i++)
        {
            (double x, double y) = (points[i].X + dx, points[i].Y + dy);
            if (arrow && i == points.Count - 1) y -= head - 1;
            (double fromX, double fromY) = (points[i - 1].X + dx, points[i - 1].Y + dy);
            // Only the gaps between layers are free for a bend.
            if (i % 2 == 0 && Math.Abs(x - fromX) > 0.05)
            {
                double end = arrow && i == points.Count - 2 ? Math.Min(y, endY - head) : y;
                double middle = (fromY + end) / 2;
                svg.Append(CultureInfo.InvariantCulture, $"C{N(fromX)} {N(middle)} {N(x)} {N(middle)} {N(x)} {N(end)}");
            }
            else svg.Append(CultureInfo.InvariantCulture, $"L{N(x)} {N(y)}");
        }
        svg.Append("\"/>\n");
        if (arrow)
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"arrow{more}\" d=\"M{N(endX)} {N(endY)}l-3.6 -{N(head)}h7.2z\"/>\n");
    }

    // Identifiers must differ between the pictures of one page: an FNV-1a hash of the content.
    static string Fingerprint(TapeGraph graph)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in graph.Title) hash = (hash ^ c) * 1099511628211;
        foreach (GraphNode node in graph.Nodes)
            foreach (char c in node.Head(null) + node.Value + node.BarText) hash = (hash ^ c) * 1099511628211;
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);
}
