using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace MyTorch.Data;

/// <summary>Objects as the rows of a table: a column for each public property. They are written as CSV in memory, so that one reader reads files and objects.</summary>
static class TypedRows
{
    internal static CsvOptions Options(CsvOptions options) =>
        options with { HasHeader = true, Delimiter = ',', Encoding = null, SkipLines = 0, CommentPrefix = null };

    /// <param name="rows">The objects.</param>
    /// <param name="isText">Whether the column of that name holds texts, so that true is <c>True</c> and not 1.</param>
    internal static CsvSource Source<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(IEnumerable<T> rows, Func<string, bool> isText)
    {
        PropertyInfo[] properties = [.. typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanRead && p.GetIndexParameters().Length == 0)];
        string name = typeof(T).Name.Contains('<', StringComparison.Ordinal) ? "rows" : $"rows of {typeof(T).Name}";
        if (properties.Length == 0)
            throw new ArgumentException($"Dataset: {typeof(T).Name} has no public properties; expected an object with one for each column.", nameof(rows));
        foreach (PropertyInfo property in properties)
            if (!IsField(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType))
                throw new ArgumentException(
                    $"Dataset: the property {typeof(T).Name}.{property.Name} is a {property.PropertyType.Name}; expected a number, text, bool, enum or date. " +
                    "Choose the properties with rows.Select(row => new { row.A, row.B }).", nameof(rows));
        var text = new StringBuilder();
        text.AppendJoin(',', properties.Select(p => p.Name)).Append('\n');
        int count = 0;
        foreach (T row in rows)
        {
            if (row is null) throw new ArgumentException($"Dataset: row {count} is null; expected an object.", nameof(rows));
            for (int i = 0; i < properties.Length; i++)
            {
                if (i > 0) text.Append(',');
                Append(text, properties[i].GetValue(row), isText(properties[i].Name));
            }
            text.Append('\n');
            count++;
        }
        if (count == 0) throw new ArgumentException("Dataset: there are no rows; expected at least one object.", nameof(rows));
        return CsvSource.Memory(name, Encoding.UTF8.GetBytes(text.ToString()));
    }

    static bool IsField(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal) || type == typeof(Half) || type == typeof(Guid)
        || type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(DateOnly) || type == typeof(TimeOnly) || type == typeof(TimeSpan);

    static void Append(StringBuilder text, object? value, bool asText)
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        string field = value switch
        {
            null => "",
            double number => double.IsNaN(number) ? "" : number.ToString("R", invariant),
            float number => float.IsNaN(number) ? "" : number.ToString("R", invariant),
            bool flag => asText ? flag.ToString() : flag ? "1" : "0",
            DateTime date => date.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", invariant),
            DateTimeOffset date => date.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", invariant),
            DateOnly date => date.ToString("yyyy-MM-dd", invariant),
            TimeOnly time => time.ToTimeSpan().TotalHours.ToString("R", invariant),
            TimeSpan time => time.TotalHours.ToString("R", invariant),
            IFormattable formattable => formattable.ToString(null, invariant),
            _ => value.ToString() ?? "",
        };
        // Quoted, so that a line is never empty.
        if (value is string or char or Enum || field.Length == 0) text.Append('"').Append(field.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        else text.Append(field);
    }
}
