namespace MyTorch.Data;

/// <summary>
/// What is wrong with a CSV file, or with the columns that were asked for. A program with its own options can word its advice by it; see
/// <see cref="CsvDataException"/> and <see cref="CsvColumnException"/>.
/// </summary>
public enum CsvProblem
{
    /// <summary>A quote inside a field is not doubled, or a quoted field is not closed.</summary>
    BrokenQuoting,

    /// <summary>Nothing is in the file, or a header only.</summary>
    NoRows,

    /// <summary>Two columns have the same name.</summary>
    DuplicateColumn,

    /// <summary>No column of that name, or at that position, is in the file.</summary>
    UnknownColumn,

    /// <summary>As <see cref="UnknownColumn"/>, in a file of one column: its delimiter may be another.</summary>
    SingleColumn,

    /// <summary>
    /// As <see cref="UnknownColumn"/> or <see cref="DuplicateColumn"/>, where every name is a number: the first row may be data.
    /// </summary>
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

    /// <summary>A number is written with a comma.</summary>
    CommaInNumber,

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
}
