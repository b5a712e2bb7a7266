using MyTorch.Data;

namespace MyTorch.Tests.Data;

/// <summary>What a data set says about the columns of its file.</summary>
public class SchemaTests : CsvFiles
{
    [Test]
    public void The_schema_has_the_columns_in_the_order_of_the_file_and_what_they_became()
    {
        string file = Write("note,region,age,kind\nu,north,1,b\nv,south,2,a\nw,north,3,b\n");
        DatasetSchema schema = CsvDataset.Load(file, "kind", new CsvOptions { Exclude = ["note"] }).Schema!;

        Assert.That(schema.Columns.Select(c => (c.Name, c.Kind, c.IsTarget)), Is.EqualTo(new[]
        {
            ("note", ColumnKind.Ignored, false), ("region", ColumnKind.Category, false), ("age", ColumnKind.Number, false), ("kind", ColumnKind.Category, true),
        }));
        Assert.That(schema.Find("region")!.Categories, Is.EqualTo(new[] { "north", "south" }));
        Assert.That(schema.Find("region")!.Features, Is.EqualTo(new[] { "region=north", "region=south" }));
        Assert.That(schema.FeatureNames, Is.EqualTo(new[] { "region=north", "region=south", "age" }));
        Assert.That((schema.Targets[0].Name, schema.Targets[0].Task), Is.EqualTo(("kind", LearningTask.Classification)));
        Assert.That(schema.Targets[0].Classes, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(schema.Find("weight"), Is.Null);
    }

    [Test]
    public void A_part_of_the_rows_keeps_the_schema()
    {
        Dataset data = CsvDataset.Load(Write("x,y\n1,0.5\n2,1.5\n3,2.5\n4,3.5\n"), "y");

        Assert.That(data.Split().Train.Schema, Is.SameAs(data.Schema));
        Assert.That(Standardizer.Fit(data).Apply(data).Schema, Is.SameAs(data.Schema));
        Assert.That((data.Schema!.Targets[0].Task, data.Schema.Targets[0].Classes.Count), Is.EqualTo((LearningTask.Regression, 0)));
        Assert.That(Dataset.Spirals().Schema, Is.Null);
    }

    [Test]
    public void The_digits_are_described_in_two_lines() =>
        Assert.That(CsvDataset.Load(Real("digits.csv"), "digit").Schema!.Describe(),
            Is.EqualTo("pixel_0_0 … pixel_7_7: 64 columns, each a number\ndigit: target, classes"));
}
