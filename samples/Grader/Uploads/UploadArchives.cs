using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using MyTorch.Grader.Sandboxing;

namespace MyTorch.Grader.Uploads;

/// <summary>A file of an upload; a folder if its path ends in a slash.</summary>
sealed record UploadFile(string Path, byte[] Bytes, bool Executable = false);

/// <summary>Archives that are the same whenever they are made: every file has one time, and permissions are set here.</summary>
static class UploadArchives
{
    static readonly DateTimeOffset s_time = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static byte[] Tar(IReadOnlyList<UploadFile> files)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
            foreach (UploadFile file in files)
                tar.WriteEntry(file.Path.EndsWith('/')
                    ? new UstarTarEntry(TarEntryType.Directory, file.Path) { ModificationTime = s_time, Mode = Mode(executable: true) }
                    : new UstarTarEntry(TarEntryType.RegularFile, file.Path)
                    {
                        DataStream = new MemoryStream(file.Bytes),
                        ModificationTime = s_time,
                        Mode = Mode(file.Executable),
                    });
        return bytes.ToArray();
    }

    public static byte[] Zip(IReadOnlyList<UploadFile> files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            foreach (UploadFile file in files)
            {
                ZipArchiveEntry entry = zip.CreateEntry(file.Path);
                entry.LastWriteTime = s_time;
                entry.ExternalAttributes = (Linux.S_IFREG | (int)Mode(file.Executable)) << 16;
                using Stream stream = entry.Open();
                stream.Write(file.Bytes);
            }
        return bytes.ToArray();
    }

    static UnixFileMode Mode(bool executable) =>
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead |
        (executable ? UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : 0);

    public static void Save(string target, string path, byte[] bytes, bool executable = false)
    {
        string file = Path.Combine(target, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, bytes);
        if (executable && !OperatingSystem.IsWindows()) File.SetUnixFileMode(file, Mode(executable));
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
