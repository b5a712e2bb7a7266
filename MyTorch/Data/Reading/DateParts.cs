using System.Numerics;

namespace MyTorch.Data;

/// <summary>The numbers that are made of a date.</summary>
static class DateParts
{
    internal const string Year = "year", Month = "month", Weekday = "weekday", Hour = "hour", Days = "days";

    internal static readonly string[] All = [Year, Month, Weekday, Hour, Days];

    /// <summary>The year; the month from 1; the day of the week from 1 for Monday; the hour with a fraction; the days since the origin, with a fraction.</summary>
    internal static double Value(string part, DateTime date, DateTime origin) => part switch
    {
        Year => date.Year,
        Month => date.Month,
        Weekday => date.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)date.DayOfWeek,
        Hour => date.TimeOfDay.TotalHours,
        Days => (date - origin).TotalDays,
        _ => throw new ArgumentException(
            $"DateFormat: the part is '{Cited.Text(part)}'; expected {string.Join(", ", All)}.", nameof(part)),
    };

    /// <summary>The parts of a date, or NaN without one.</summary>
    internal static void Fill<T>(Span<T> values, DateFormat format, DateTime? date) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = date is { } day ? T.CreateTruncating(Value(format.Parts[i], day, format.Origin)) : T.NaN;
    }
}
