namespace MyTorch.Distributed;

/// <summary>
/// The ranks have different data, settings or models. Every rank gets this exception with the same message, so none waits for another.
/// </summary>
/// <param name="message">Which rank differs, in what, and what it has instead.</param>
public sealed class RanksDifferException(string message) : InvalidOperationException(message);
