using System.Collections.Frozen;

namespace MyTorch.Data;

/// <summary>The texts that stand for a missing value in a column of numbers: those of pandas, the errors of spreadsheets, dashes and dots.</summary>
static class MissingTexts
{
    static readonly FrozenSet<string> s_texts = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "NA", "N/A", "<NA>", "NaN", "-NaN", "NULL", "None", "nil", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "#NA", "#N/A N/A", "\\N",
        "n.a.", "n.a", "n. a.", "n.d.", "k.A.", "k. A.", "(null)", "(blank)",
        "#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!",
        "#NV", "#WERT!", "#BEZUG!", "#ZAHL!", "#N/D", "#VALEUR!", "#NOMBRE!", "#NOM?", "#¡DIV/0!", "#¡VALOR!", "#¡REF!", "#¡NUM!", "#¿NOMBRE?",
        "-", "--", "---", "\u2013", "\u2014", ".", "..", "...", "\u2026", "?", "??");

    static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_lookup = s_texts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The longest of the texts.</summary>
    internal const int Longest = 16;

    internal static bool Contains(ReadOnlySpan<char> text) => text.Length <= Longest && s_lookup.Contains(text);
}
