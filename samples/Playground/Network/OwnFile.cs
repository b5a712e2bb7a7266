using MyTorch.Data;
using MyTorch.Teaching;

namespace Playground.Network;

/// <summary>The learner's own file, which stays in this browser.</summary>
public sealed class OwnFile
{
    readonly Dictionary<string, Dataset> _rows = [];

    /// <summary>Where its bytes are.</summary>
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "own.csv");

    /// <summary>Its name; "" before one is chosen.</summary>
    public string Name { get; set; } = "";

    /// <summary>The names of its columns.</summary>
    public IReadOnlyList<string> Columns { get; set; } = [];

    /// <summary>The settings with which it was learned from; null if it was not.</summary>
    public NetworkSettings? Settings { get; private set; }

    /// <summary>What is said about it.</summary>
    public IReadOnlyList<FileRemark> Remarks { get; set; } = [];

    /// <summary>How it was read, in a sentence; null if it was not.</summary>
    public string? Says { get; set; }

    /// <summary>Whether it cannot be learned from.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Keeps the rows for the settings with which they were read.</summary>
    public void Keep(NetworkSettings settings, Dataset rows) => (Settings, _rows[Key(settings)]) = (settings, rows);

    /// <summary>The rows for settings; null if there are none.</summary>
    public Dataset? RowsOf(NetworkSettings settings) => _rows.GetValueOrDefault(Key(settings));

    static string Key(NetworkSettings settings) => $"{settings.File}\n{settings.Target}\n{string.Join('\n', settings.Reading)}";
}
