namespace MyTorch.Serialization;

/// <summary>
/// Writes files of which no reader ever sees a part: a program that is killed, a full disk or an error leaves the old file as it was.
/// </summary>
static class WholeFile
{
    // Long enough that no other program is still writing to the file.
    static readonly TimeSpan s_abandonedAfter = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Writes a temporary file in the same folder, flushes it to the disk and gives it the name of <paramref name="path"/>, which replaces
    /// an existing file. A symbolic link stays, and the file it names is replaced. The permissions of an existing file are kept.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the contents. If it throws, the file is as before.</param>
    /// <exception cref="IOException">
    /// The file cannot be written: no such folder, no permission, no space. The message says so, and the file is as before.
    /// </exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string temporary = "";
        bool existed = false;
        try
        {
            string target = Target(path);
            existed = File.Exists(target);
            string folder = Path.GetDirectoryName(target)!, name = Path.GetFileName(target);
            RemoveAbandoned(folder, name);
            temporary = Path.Combine(folder, $".{name}.{Guid.NewGuid():N}.tmp");
            using (var stream = new FileStream(temporary, Options(target, existed)))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception e)
        {
            Remove(temporary);
            if (e is not (IOException or UnauthorizedAccessException) || e is ModelFileException) throw;
            throw new IOException(
                $"{Cited.Text(path, 500)} was not written: {Reason(path, e)} " + (existed ? "The existing file is unchanged."
                    : "No file was made."), e);
        }
    }

    static string Target(string path)
    {
        if (Directory.Exists(path)) throw new IOException("it is a folder. Give the name of a file in it.");
        string target = new FileInfo(path).LinkTarget is null ? Path.GetFullPath(path)
            : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        if (!Directory.Exists(Path.GetDirectoryName(target))) throw new DirectoryNotFoundException();
        if (File.Exists(target) && File.GetAttributes(target).HasFlag(FileAttributes.ReadOnly))
            throw new IOException("the existing file is read-only. Allow writing to it, or give another name.");
        return target;
    }

    static FileStreamOptions Options(string target, bool existed)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (existed && !OperatingSystem.IsWindows()) options.UnixCreateMode = File.GetUnixFileMode(target);
        return options;
    }

    static string Reason(string path, Exception e) => e switch
    {
        DirectoryNotFoundException =>
            $"the folder {Cited.Text(Path.GetDirectoryName(Path.GetFullPath(path)) ?? path, 500)} does not exist. Make it first.",
        UnauthorizedAccessException => "writing to its folder is not allowed. Change the permissions, or give another folder.",
        { InnerException: null } => Sentence(e.Message),
        _ => Cited.Message(e.Message),
    };

    static string Sentence(string message)
    {
        // The system's messages name the temporary file: "No space left on device : '/…/.model.safetensors.8f….tmp'".
        int at = message.IndexOf(" : '", StringComparison.Ordinal);
        string text = Cited.Message(at > 0 ? message[..at] : message);
        return text.EndsWith('.') ? text : text + ".";
    }

    // A killed program leaves its temporary file behind.
    static void RemoveAbandoned(string folder, string name)
    {
        foreach (string file in Directory.EnumerateFiles(folder, $".{name}.*.tmp"))
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > s_abandonedAfter) Remove(file);
    }

    static void Remove(string file)
    {
        try
        {
            if (file.Length > 0) File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that is being reported says more than this one.
        }
    }
}
