using System.Globalization;
using System.Text;
using System.Xml;
using static MyTorch.Grader.Reports.ReportText;

namespace MyTorch.Grader.Reports;

/// <summary>JUnit's XML, which CodeGrade, Jenkins and GitLab read: a suite for each group, a case for each part of a question.</summary>
static class JUnitReport
{
    public static string Write(GradeReport report)
    {
        using var bytes = new MemoryStream();
        using (XmlWriter xml = XmlWriter.Create(bytes,
            new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false) }))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", Line(report.Title, 200));
            if (report.Status == GradeStatus.GraderError || report.Questions.Count == 0) WriteWhole(xml, report);
            else
                foreach (var group in report.Questions.GroupBy(Group)) WriteGroup(xml, report, group.Key, [.. group]);
            xml.WriteEndElement();
        }
        return Encoding.UTF8.GetString(bytes.ToArray()) + "\n";
    }

    static void WriteGroup(XmlWriter xml, GradeReport report, string group, IReadOnlyList<QuestionReport> questions)
    {
        var tests = questions.SelectMany(question => question.Tests.Select(test => (Question: question, Test: test))).ToList();
        int Count(string element) => tests.Count(pair => Element(pair.Test) == element);
        StartSuite(xml, group, tests.Count, Count("failure"), Count("error"), Count("skipped"), tests.Sum(pair => pair.Test.Ms));
        foreach ((QuestionReport question, TestReport test) in tests)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", $"{Line(report.Assignment, 80)}.{Line(question.Group.Replace('.', ' '), 120)}");
            xml.WriteAttributeString("name", question.Tests.Count > 1 ? $"{Title(question)}: {Line(test.Name, 120)}" : Title(question));
            xml.WriteAttributeString("time", Seconds(test.Ms));
            if (Element(test) is { } element)
            {
                xml.WriteStartElement(element);
                xml.WriteAttributeString("message", Line($"{Word(test.Outcome)}: {test.Message}", 200));
                if (element != "skipped")
                {
                    xml.WriteAttributeString("type", Word(test.Outcome));
                    xml.WriteString(string.Join('\n', new[] { Lost(question, test) }.Concat(Lines(question with { Tests = [] }))));
                }
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    // Nothing was graded: one case that says so, so that no reader takes an empty file for a success.
    static void WriteWhole(XmlWriter xml, GradeReport report)
    {
        StartSuite(xml, Line(report.Assignment, 80), 1, 0, 1, 0, 0);
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Line(report.Assignment, 80));
        xml.WriteAttributeString("name", "grading");
        xml.WriteAttributeString("time", "0");
        xml.WriteStartElement("error");
        xml.WriteAttributeString("message", report.Message.Length > 0 ? Line(report.Message, 200) : "nothing was graded");
        xml.WriteAttributeString("type", GradescopeReport.StatusName(report.Status));
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    static void StartSuite(XmlWriter xml, string name, int tests, int failures, int errors, int skipped, long ms)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", name);
        foreach ((string count, int value) in new[] { ("tests", tests), ("failures", failures), ("errors", errors), ("skipped", skipped) })
            xml.WriteAttributeString(count, value.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("time", Seconds(ms));
    }

    static string? Element(TestReport test) => test.Outcome switch
    {
        Outcome.Passed => null,
        Outcome.Failed or Outcome.NotImplemented or Outcome.MissingApi => "failure",
        Outcome.NotRun => "skipped",
        _ => "error",
    };

    static string Seconds(long ms) => (ms / 1000.0).ToString("0.###", CultureInfo.InvariantCulture);
}
