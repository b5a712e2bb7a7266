using System.Globalization;
using System.Xml.Linq;

namespace MyTorch.Tests.Grading;

/// <summary>Reads JUnit's XML: every suite's counts must be those of its cases.</summary>
sealed class JUnitReader
{
    public required IReadOnlyList<(string Class, string Name, string Result, string Text)> Cases { get; init; }

    public static JUnitReader Read(string xml)
    {
        XElement root = XDocument.Parse(xml).Root!;
        Assert.That(root.Name.LocalName, Is.EqualTo("testsuites"));
        var cases = new List<(string, string, string, string)>();
        foreach (XElement suite in root.Elements())
        {
            Assert.That(suite.Name.LocalName, Is.EqualTo("testsuite"));
            var results = suite.Elements("testcase").Select(one => (Case: one, Result: one.Elements().SingleOrDefault())).ToList();
            int Count(string name) => results.Count(pair => pair.Result?.Name.LocalName == name);
            int Said(string name) => int.Parse(suite.Attribute(name)!.Value, CultureInfo.InvariantCulture);
            Assert.That(suite.Elements().Count(), Is.EqualTo(results.Count), "a suite holds cases only");
            Assert.That(Said("tests"), Is.EqualTo(results.Count));
            Assert.That((Said("failures"), Said("errors"), Said("skipped")), Is.EqualTo((Count("failure"), Count("error"), Count("skipped"))));
            Assert.That(double.Parse(suite.Attribute("time")!.Value, CultureInfo.InvariantCulture), Is.GreaterThanOrEqualTo(0));
            cases.AddRange(results.Select(pair => (pair.Case.Attribute("classname")!.Value, pair.Case.Attribute("name")!.Value, pair.Result?.Name.LocalName ?? "passed", pair.Result?.Value ?? "")));
        }
        return new JUnitReader { Cases = cases };
    }
}
