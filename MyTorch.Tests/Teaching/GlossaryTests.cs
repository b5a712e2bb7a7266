using MyTorch.Teaching;

namespace MyTorch.Tests.Teaching;

public class GlossaryTests
{
    [Test]
    public void It_holds_every_row_of_the_page()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(GeneratedFile.Repository, "MyTorch/Docs/glossary.md")).Where(
            line => line.StartsWith("| **", StringComparison.Ordinal))];
        int words = rows.Sum(row => row.Split('|')[1].Split(',').Length);
        Assert.That(words, Is.GreaterThan(40));
        Assert.That(Glossary.All, Has.Count.EqualTo(words));
        Assert.That(Glossary.All.Select(term => term.Word), Is.Unique);
    }

    [Test]
    public void A_word_is_found_with_its_part_of_the_lecture()
    {
        GlossaryTerm term = Glossary.Find(" Partial Adjoint")!;
        Assert.That(term.Word, Is.EqualTo("partial adjoint"));
        Assert.That(term.Meaning, Does.StartWith("What one use of a value contributes"));
        Assert.That(term.Part!.Number, Is.EqualTo(5));
        Assert.That(Glossary.Find("buffer")!.Part, Is.Null);
        Assert.That(Glossary.Find("handin")!.Meaning, Is.EqualTo(Glossary.Find("handout")!.Meaning));
        Assert.That(Glossary.Find("no such word"), Is.Null);
    }

    [Test]
    public void No_mark_of_Markdown_is_left()
    {
        foreach (GlossaryTerm term in Glossary.All)
        {
            Assert.That(term.Meaning, Is.Not.Empty.And.Not.Contain("`").And.Not.Contain("](").And.Not.Contain("**"), term.Word);
            Assert.That(term.Elsewhere, Does.Not.Contain("`").And.Not.Contain("]("), term.Word);
        }
    }

    [Test]
    public void Every_part_names_a_lesson_that_exists_and_a_function_that_can_be_read()
    {
        Assert.That(LecturePart.All.Select(part => part.Number), Is.EqualTo(Enumerable.Range(1, 15)));
        foreach (LecturePart part in LecturePart.All)
        {
            if (part.Lesson is not null)
                Assert.That(Path.Combine(GeneratedFile.Repository, "samples/lessons", part.Lesson), Does.Exist, part.Title);
            if (part.Address is { } address && address.StartsWith("f=", StringComparison.Ordinal))
                Assert.That(FunctionText.TryParse(address[2..address.IndexOf('&', StringComparison.Ordinal)], out _, out _), Is.True,
                    part.Title);
        }
    }
}
