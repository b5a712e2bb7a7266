using System.Xml.Linq;

namespace MyTorch.Tests.Grading;

/// <summary>
/// Reads a page and asserts what a reader with a screen reader, a keyboard or large type needs, and that nothing in it is active.
/// </summary>
sealed class PageReader
{
    static readonly string[] s_active = ["script", "iframe", "object", "embed", "img", "link", "form", "base"];

    PageReader(XElement root) => Root = root;

    public XElement Root { get; }

    /// <summary>All that is read on it.</summary>
    public string Text => Root.Element("body")!.Value;

    public IEnumerable<XElement> All(string name) => Root.Descendants(name);

    public static PageReader Read(string page)
    {
        Assert.That(page, Does.StartWith("<!DOCTYPE html>\n"));
        XElement root = XDocument.Parse(page["<!DOCTYPE html>\n".Length..], LoadOptions.PreserveWhitespace).Root!;
        var reader = new PageReader(root);
        Assert.That(root.Attribute("lang")?.Value, Is.Not.Null.And.Not.Empty);
        Assert.That(root.Element("head")!.Element("title")!.Value, Is.Not.Empty);
        Assert.That(reader.All("main").Count(), Is.EqualTo(1));
        Assert.That(reader.All("h1").Count(), Is.EqualTo(1));

        int level = 0;
        foreach (XElement heading in root.Descendants().Where(one => one.Name.LocalName is ['h', >= '1' and <= '6']))
        {
            int next = heading.Name.LocalName[1] - '0';
            Assert.That(next, Is.LessThanOrEqualTo(level + 1), $"{heading.Value} skips a level");
            Assert.That(heading.Value.Trim(), Is.Not.Empty);
            level = next;
        }

        foreach (XElement table in reader.All("table"))
        {
            Assert.That(table.Element("caption")?.Value, Is.Not.Null.And.Not.Empty);
            Assert.That(table.Descendants("th").All(cell => cell.Attribute("scope") is not null), Is.True);
            int columns = table.Element("thead")!.Element("tr")!.Elements("th").Count();
            foreach (XElement row in table.Element("tbody")!.Elements("tr"))
            {
                Assert.That(row.Elements().First().Name.LocalName, Is.EqualTo("th"));
                Assert.That(row.Elements().Count(), Is.EqualTo(columns));
            }
        }

        Assert.That(root.Descendants().Where(one => s_active.Contains(one.Name.LocalName)), Is.Empty);
        Assert.That(root.Descendants().Attributes().Where(one => one.Name.LocalName.StartsWith("on", StringComparison.Ordinal)), Is.Empty);
        var ids = root.Descendants().Attributes("id").Select(id => id.Value).ToList();
        Assert.That(ids, Is.Unique);
        foreach (string target in root.Descendants("a").Attributes("href").Select(link => link.Value))
        {
            Assert.That(target, Does.Not.Contain(":"), "a link leads out of the folder");
            if (target.StartsWith('#')) Assert.That(ids, Does.Contain(target[1..]));
        }
        return reader;
    }
}
