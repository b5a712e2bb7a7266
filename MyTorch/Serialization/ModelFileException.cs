namespace MyTorch.Serialization;

/// <summary>
/// A model file cannot be read, or does not fit what it is loaded into. The message names the file, the tensor, what was found, what was
/// expected and a fix. Nothing was loaded.
/// </summary>
public sealed class ModelFileException : IOException
{
    internal ModelFileException(string file, InvariantText problem, string? tensor = null, Exception? inner = null)
        : base($"{Cited.Text(file, 500)}: {problem.ToString()}", inner) => (File, Tensor) = (file, tensor);

    internal ModelFileException(string file, string problem, Exception? inner = null)
        : base($"{Cited.Text(file, 500)}: {problem}", inner) => File = file;

    /// <summary>The file, as it was passed.</summary>
    public string File { get; }

    /// <summary>The name of the tensor; null if the problem is not in one tensor.</summary>
    public string? Tensor { get; }
}
