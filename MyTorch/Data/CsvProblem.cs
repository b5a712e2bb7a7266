namespace MyTorch.Data;

/// <summary>
/// What is wrong with a CSV file or with the columns that were asked for (see <see cref="CsvDataException"/> and
/// <see cref="CsvColumnException"/>), and what was noticed in it (see <see cref="Dataset.Notes"/>).
/// </summary>
public enum CsvProblem
{
    /// <summary>A quote inside a field is not doubled, or a quoted field is not closed.</summary>
    BrokenQuoting,

    /// <summary>Nothing is in the file, or a header only.</summary>
    NoRows,

    /// <summary>The file is not text: a workbook, an archive or another binary file.</summary>
    NotText,

    /// <summary>The bytes are not text in the encoding of the file.</summary>
    WrongEncoding,

    /// <summary>The lines above the header have fewer fields, as titles and comments do.</summary>
    LinesAboveHeader,

    /// <summary>No column of that name, or at that position, is in the file.</summary>
    UnknownColumn,

    /// <summary>As <see cref="UnknownColumn"/>, in a file of one column: its delimiter may be another.</summary>
    SingleColumn,

    /// <summary>As <see cref="UnknownColumn"/>, where every name is a number: the first row may be data.</summary>
    NumericHeader,

    /// <summary>The target is among the excluded columns.</summary>
    ExcludedTarget,

    /// <summary>A column is named twice as a target or a feature, or as both.</summary>
    ColumnNamedTwice,

    /// <summary>Classes were asked for, but there are several targets.</summary>
    SeveralClassTargets,

    /// <summary>No column is left to learn from.</summary>
    NoFeatures,

    /// <summary>A row has more or fewer fields than the header.</summary>
    FieldCount,

    /// <summary>A field is empty.</summary>
    EmptyField,

    /// <summary>The field of the target is empty.</summary>
    EmptyTarget,

    /// <summary>Every field of a column is empty.</summary>
    EmptyColumn,

    /// <summary>Every row has an empty field, and such rows are dropped.</summary>
    NoRowsLeft,

    /// <summary>A column of numbers can be read with a decimal comma or with thousands separators.</summary>
    AmbiguousNumber,

    /// <summary>The numbers of a column are written in different ways, or with different units.</summary>
    MixedNumbers,

    /// <summary>A field of a column of dates is not a date.</summary>
    NotADate,

    /// <summary>Day and month of the dates of a column cannot be told apart.</summary>
    AmbiguousDate,

    /// <summary>A field is infinite or NaN.</summary>
    NotFinite,

    /// <summary>A number is larger than Float32 can hold.</summary>
    TooLarge,

    /// <summary>Different numbers of a column become equal in the type they are loaded as.</summary>
    DigitsLost,

    /// <summary>A text is in a feature whose other fields are numbers.</summary>
    TextAmongNumbers,

    /// <summary>A text is in a target whose other fields are numbers, or where numbers are to be predicted.</summary>
    TextInTarget,

    /// <summary>A feature has more different texts than categories are allowed.</summary>
    TooManyCategories,

    /// <summary>The texts of a feature are nearly all different, as names of the rows are.</summary>
    UniqueTexts,

    /// <summary>Every row has the same class.</summary>
    SingleClass,

    /// <summary>There are more values than a tensor holds.</summary>
    TooManyValues,

    /// <summary>The file changed while it was read, or can be read only once.</summary>
    FileChanged,

    /// <summary>New rows do not have a column that the model was trained with.</summary>
    MissingColumn,

    /// <summary>Noticed: the file is in another encoding than UTF-8, or contains characters that an earlier program lost.</summary>
    Encoding,

    /// <summary>
    /// The first row of data looks like a second header, with names or units. Noticed: the first row looks like data, but its fields became
    /// the names of the columns.
    /// </summary>
    HeaderLooksLikeData,

    /// <summary>Noticed: columns with the same name were renamed.</summary>
    RenamedColumn,

    /// <summary>Noticed: lines without a value, or that repeat the header, were skipped.</summary>
    SkippedLines,

    /// <summary>Noticed: a column of numbers only names the rows, and was left out.</summary>
    Ids,

    /// <summary>Noticed: a column may be the numbers of the rows.</summary>
    CountsRows,

    /// <summary>Noticed: a column has the same value in every row.</summary>
    ConstantColumn,

    /// <summary>Noticed: numbers of a column were taken for dates or for codes, or dates of the target for classes.</summary>
    NumbersAsOther,

    /// <summary>Noticed: a category, or a number far from the others, is a text that usually stands for a missing value.</summary>
    MarkerAmongTexts,

    /// <summary>Noticed: categories differ only in upper and lower case or in spaces, or are the same number written in two ways.</summary>
    CaseVariants,

    /// <summary>Noticed: rows were left out because they have no target.</summary>
    RowsWithoutTarget,

    /// <summary>Noticed: classes have a single row, so that they cannot be both learned and tested.</summary>
    SingleRowClasses,

    /// <summary>Noticed: most rows have the same class.</summary>
    ImbalancedClasses,

    /// <summary>Noticed in new rows: a category or class that the model was not trained with.</summary>
    UnknownCategory,

    /// <summary>Noticed in new rows: a column that the model was not trained with.</summary>
    ExtraColumn,
}
