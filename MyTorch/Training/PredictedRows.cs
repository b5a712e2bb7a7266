using System.Buffers;
using System.Globalization;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Training;

/// <summary>The rows of a CSV file as they are, with their predictions in further columns.</summary>
static class PredictedRows
{
    /// <summary>The text of the new file, in UTF-8 characters: the delimiter is that of the file, numbers are invariant.</summary>
    internal static string Text(string path, CsvOptions options, Predictions predictions)
    {
        CsvSource source = CsvSource.File(path, options);
        return CsvLoader.Reading(source, () =>
        {
            var layout = CsvLayout.Of(source, options);
            char delimiter = layout.Separator ?? ',';
            SearchValues<char> quoted = SearchValues.Create([delimiter, '"', '\n', '\r']);
            var text = new StringBuilder();
            foreach (string name in layout.Header.Names) Field(name);
            foreach (string name in Names(predictions)) Field(Free(name, layout.Header));
            End();
            using var rows = new CsvRows(layout, pool: true);
            int row = 0;
            for (; rows.Next() && row < predictions.Count; row++)
            {
                for (int i = 0; i < layout.Width; i++) Field(rows.Reader.IsNull(i) ? "" : rows.Reader.GetString(i));
                Prediction prediction = predictions[row];
                if (prediction.Class is { } label) Field(label);
                foreach (double output in prediction.Outputs) Field(Number(output, predictions.Outputs.DType));
                End();
            }
            if (row != predictions.Count) throw new IOException(
                $"{Cited.Text(path, 500)}: the file changed while it was read. Predict a file at rest.");
            return text.ToString();

            void Field(string field)
            {
                if (field.AsSpan().ContainsAny(quoted)) text.Append('"').Append(
                    field.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
                else text.Append(field);
                text.Append(delimiter);
            }

            void End()
            {
                text.Length--;
                text.Append('\n');
            }
        });
    }

    static IEnumerable<string> Names(Predictions predictions) => predictions.ClassNames.Count > 0
        ? ["prediction", .. predictions.ClassNames.Select(name => $"probability_{name}")]
        : predictions.TargetNames.Count == 1 ? ["prediction"] : predictions.TargetNames.Select(name => $"prediction_{name}");

    // A file of predictions may be predicted again.
    static string Free(string name, CsvHeader header)
    {
        string free = name;
        for (int n = 2; header.Position(free) is not null; n++) free = FormattableString.Invariant($"{name}_{n}");
        return free;
    }

    // The shortest text that is read as the same Float32 or Float64.
    static string Number(double value, DType dtype) =>
        dtype == DType.Float32 ? ((float)value).ToString("R", CultureInfo.InvariantCulture)
            : value.ToString("R", CultureInfo.InvariantCulture);
}
