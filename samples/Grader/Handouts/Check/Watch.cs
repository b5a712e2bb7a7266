namespace MyTorch.Check;

/// <summary>Checks again whenever a file of the student's is saved, until it is stopped with Ctrl+C.</summary>
/// <remarks>
/// The files are looked at ten times a second: there are few, every system can do it, and an editor that saves by renaming is seen as well
/// as one that writes in place.
/// </remarks>
/// <param name="root">The folder of the handout.</param>
/// <param name="writer">Where everything is written.</param>
public sealed class Watch(string root, CheckWriter writer)
{
    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100), s_rest = TimeSpan.FromMilliseconds(40);

    /// <summary>Checks now, and after each change.</summary>
    public void Run(Action check)
    {
        ArgumentNullException.ThrowIfNull(check);
        while (true)
        {
            // Looked at before: what is saved during the check is seen after it.
            string seen = Look();
            writer.Clear();
            try
            {
                check();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                writer.Wrong(exception.Message);
            }
            writer.Quiet("Waiting for the next change under MyTorch/. Ctrl+C ends it.");
            while (Look() == seen) Thread.Sleep(s_look);
            // An editor may still be writing.
            for (string now = ""; now != (now = Look());) Thread.Sleep(s_rest);
        }
    }

    string Look()
    {
        try
        {
            return string.Join('\n', new DirectoryInfo(Path.Combine(root, "MyTorch")).EnumerateFiles("*.cs", SearchOption.AllDirectories)
                .Select(file => FormattableString.Invariant($"{file.FullName} {file.LastWriteTimeUtc.Ticks} {file.Length}"))
                .Order(StringComparer.Ordinal));
        }
        catch (IOException)
        {
            // A file went while it was looked at.
            return "";
        }
    }
}
