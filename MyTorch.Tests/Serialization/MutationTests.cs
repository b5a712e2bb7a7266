using System.Buffers.Binary;
using System.Text;
using MyTorch.Serialization;

namespace MyTorch.Tests.Serialization;

/// <summary>Files with random damage: each is read, or is one <see cref="ModelFileException"/>, in bounded memory.</summary>
[TestFixture]
public sealed class MutationTests
{
    static readonly string[] s_words =
    [
        "0", "-1", "4", "1e9", "4294967296", "9223372036854775807", "99999999999999999999", "1.5", "null", "true", "\"\"", "[]", "{}",
            "[[[[", "\"F32\"", "\"BF16\"",
        "\"I64\"", "\"dtype\":", "\"shape\":", "\"data_offsets\":", "[0,0]", "[0,4]", ",", ":", "}", "]", "\\ud800", "\\u0000",
            "__metadata__", "\ufeff", " ",
    ];

    [Test]
    public void TwoThousandDamagedFiles() => Damage(2_000, seed: 1);

    // By command: the test program with --filter "Name=HundredThousandDamagedFiles".
    [Test, Category("Long")]
    public void HundredThousandDamagedFiles() => Damage(100_000, seed: 2);

    static void Damage(int files, int seed)
    {
        byte[][] originals = [.. Originals()];
        var random = new Random(seed);
        int read = 0;
        for (int i = 0; i < files; i++)
        {
            byte[] file = originals[random.Next(originals.Length)];
            for (int n = random.Next(1, 4); n > 0; n--) file = Mutated(file, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                SafetensorsFile found = Safetensors.Load(new MemoryStream(file), "damaged");
                RequireWritable(found);
                read++;
            }
            catch (ModelFileException e)
            {
                Assert.That(e.Message, Does.StartWith("damaged: ").And.Length.LessThan(1000));
                Assert.That(e.Message, Does.Not.Contain("\n"));
            }
            catch (Exception e) when (e is not AssertionException)
            {
                Assert.Fail($"file {i}: {e.GetType().Name}: {e.Message}\n{Convert.ToBase64String(file)}");
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.LessThan(200_000 + 100 * file.Length),
                $"file {i} of {file.Length} bytes: {Convert.ToBase64String(file)}");
        }
        TestContext.Out.WriteLine($"{files} files: {read} read, {files - read} refused");
        // Damage to the elements alone leaves a readable file, so a reader that refuses all is wrong too.
        Assert.That(read, Is.InRange(files / 50, files / 2));
    }

    // What was read is a set of tensors like any other.
    static void RequireWritable(SafetensorsFile found)
    {
        using var copy = new MemoryStream();
        Safetensors.Save(copy, found.Tensors, found.Metadata);
        copy.Position = 0;
        Assert.That(Safetensors.Load(copy).Tensors.Keys, Is.EquivalentTo(found.Tensors.Keys));
    }

    static IEnumerable<byte[]> Originals()
    {
        yield return Bytes(new() { ["w"] = Tensor.Ones([4, 3]), ["b"] = Tensor.From([1f, 2f]) }, null);
        yield return Bytes(
            new()
            {
                ["a"] = Tensor.Ones([3], DType.Float64),
                ["m"] = Tensor.Mask(true, false),
                ["n"] = Tensor.Indices(7),
                ["e"] = Tensor.Zeros([0, 3]),
                ["s"] = Tensor.From(1)
            },
            new() { ["mytorch.format"] = "1", ["mytorch.architecture"] = """{"format":1,"model":{"type":"ReLU"}}""" });
        yield return Bytes([], []);
        const string Halves = """{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[1,4],"data_offsets":[4,8]}}  """;
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)Halves.Length);
        yield return [.. length, .. Encoding.UTF8.GetBytes(Halves), .. new byte[8]];
    }

    static byte[] Bytes(Dictionary<string, Tensor> tensors, Dictionary<string, string>? metadata)
    {
        using var stream = new MemoryStream();
        Safetensors.Save(stream, tensors, metadata);
        return stream.ToArray();
    }

    static byte[] Mutated(byte[] file, Random random)
    {
        byte[] changed = [.. file];
        int at = file.Length > 0 ? random.Next(file.Length) : 0, end = Math.Min(file.Length, at + random.Next(1, 12));
        int header = file.Length > 8 ? (int)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(file), (ulong)file.Length - 8) : 0;
        switch (random.Next(9))
        {
            case 0 when file.Length > 0:
                changed[at] ^= (byte)(1 << random.Next(8));
                return changed;
            case 1 when file.Length > 0:
                changed[at] = (byte)random.Next(256);
                return changed;
            case 2:
                return file[..at];
            case 3:
                return [.. file[..at], .. file[end..]];
            case 4:
                return [.. file[..end], .. file[at..]];
            case 5 when file.Length >= 8:
                BinaryPrimitives.WriteUInt64LittleEndian(changed,
                    (ulong)(random.Next(2) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(file.Length + 20)));
                return changed;
            case 6 when header > 0:
                // Digits change most: sizes and offsets.
                int[] digits = [.. Enumerable.Range(8, header).Where(i => char.IsAsciiDigit((char)file[i]))];
                if (digits.Length > 0) changed[digits[random.Next(digits.Length)]] = (byte)('0' + random.Next(10));
                return changed;
            case 7 or 8 when header > 0:
                // A word of the format in the header, whose length is corrected so that the JSON is read.
                byte[] word = Encoding.UTF8.GetBytes(s_words[random.Next(s_words.Length)]);
                int begin = 8 + random.Next(header), stop = Math.Min(8 + header, begin + (random.Next(2) == 0 ? 0 : word.Length));
                byte[] longer = [.. file[..begin], .. word, .. file[stop..]];
                BinaryPrimitives.WriteUInt64LittleEndian(longer, (ulong)(header + longer.Length - file.Length));
                return longer;
            default:
                return [.. file, (byte)random.Next(256)];
        }
    }
}
