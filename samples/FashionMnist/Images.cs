using System.Buffers.Binary;
using System.IO.Compression;
using MyTorch;
using MyTorch.Data;
using static System.FormattableString;

namespace FashionMnist;

/// <summary>
/// Reads the data set from its four files: images of 28 × 28 grey pixels and their classes, each gzipped (the format IDX).
/// </summary>
internal static class Images
{
    /// <summary>Where Debian's package puts the files.</summary>
    public const string DefaultFolder = "/usr/share/datasets/fashion-mnist";

    static readonly string[] s_classes = ["T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
        "ankle boot"];

    /// <summary>The 60,000 training images and the 10,000 test images: pixels from 0 to 1, classes 0 … 9.</summary>
    /// <param name="folder">The folder with the four files.</param>
    /// <exception cref="DataException">A file is missing or is not what its name says.</exception>
    public static (Dataset Train, Dataset Test) Load(string folder) => (Read(folder, "train"), Read(folder, "t10k"));

    static Dataset Read(string folder, string part)
    {
        byte[] labels = Contents(folder, part + "-labels-idx1-ubyte.gz", magic: 2049, out int[] labelSizes);
        byte[] pixels = Contents(folder, part + "-images-idx3-ubyte.gz", magic: 2051, out int[] imageSizes);
        var (count, height, width) = (imageSizes[0], imageSizes[1], imageSizes[2]);
        if (count != labelSizes[0])
            throw new DataException(
                Invariant($"{folder}: the {part} files hold {count} images and {labelSizes[0]} classes; expected the same number."));
        string[] names = [.. Enumerable.Range(0, height * width).Select(i => Invariant($"pixel_{i / width}_{i % width}"))];
        float[] scaled = new float[pixels.Length];
        for (int i = 0; i < scaled.Length; i++) scaled[i] = pixels[i] / 255f;
        return new Dataset(Tensor.From(scaled, [count, height * width]), Tensor.Indices(Array.ConvertAll(labels, label => (long)label)),
            names, s_classes, ["article"]);
    }

    // A number that names the kind, the sizes as big-endian numbers, then the bytes.
    static byte[] Contents(string folder, string name, int magic, out int[] sizes)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
            throw new DataException(
                $"There is no file {path}. On Debian and Ubuntu install the data with: apt-get install dataset-fashion-mnist. " +
                "Elsewhere put the four files of Fashion-MNIST in a folder, and name it with --data FOLDER.");
        try
        {
            using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            byte[] number = new byte[4];
            int found = Next();
            if (found != magic)
                throw new DataException(Invariant($"{path} begins with {found}; expected {magic}. Is it the file that its name says?"));
            sizes = new int[magic % 256];
            for (int i = 0; i < sizes.Length; i++) sizes[i] = Next();
            long length = sizes.Aggregate(1L, (product, size) => product * size);
            if (length is <= 0 or > 100_000_000)
                throw new DataException(Invariant($"{path} announces {length} bytes; expected at most 100 million."));
            byte[] bytes = new byte[length];
            stream.ReadExactly(bytes);
            return bytes;

            int Next()
            {
                stream.ReadExactly(number);
                return BinaryPrimitives.ReadInt32BigEndian(number);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new DataException($"{path} cannot be read: {e.Message}");
        }
    }
}

/// <summary>The data cannot be used; the message is for the user.</summary>
internal sealed class DataException(string message) : Exception(message);
