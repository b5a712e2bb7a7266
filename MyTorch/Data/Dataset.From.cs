using System.Diagnostics.CodeAnalysis;

namespace MyTorch.Data;

public sealed partial class Dataset
{
    /// <summary>A data set from objects, such as rows of a database: each public property is a column.</summary>
    /// <param name="rows">At least one object.</param>
    /// <param name="target">The property to predict: a number for a regression; a text, bool, enum or few whole numbers for classes.</param>
    /// <param name="options">Options; null for the defaults. How a file is written is not used.</param>
    /// <remarks>
    /// <para>Properties are numbers, texts, bools, enums, dates or times, or one of these that may be null, which is a missing value, as NaN is. A bool is 0 or
    /// 1, an enum its name, a time of day and a span of time its hours. Otherwise they are read as the fields of a file
    /// are: see <see cref="CsvDataset"/>.</para>
    /// <para>Choose or make properties with <c>rows.Select(row => new { row.Age, Total = row.A + row.B, row.Churn })</c>.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">There is no row, a property has another type, or there is no property of the name of the target.</exception>
    /// <exception cref="CsvDataException">The rows cannot be learned from; the message says why.</exception>
    public static Dataset From<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        IEnumerable<T> rows, string target, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(target);
        CsvOptions own = TypedRows.Options(options ?? new CsvOptions());
        CsvLoader.RequireOptions(own);
        CsvSource source = TypedRows.Source(rows, name => name == target || own.TextColumns.Contains(name));
        return CsvLoader.Load(source, header => [header.Find(target, "target")], own);
    }
}
