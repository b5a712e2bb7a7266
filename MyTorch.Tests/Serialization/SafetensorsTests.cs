using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MyTorch.Serialization;

namespace MyTorch.Tests.Serialization;

/// <summary>The file format: what is written, what is read, and what is refused.</summary>
[TestFixture]
public sealed class SafetensorsTests : TestsWithFolder
{
    [Test]
    public void TheBytesAreThoseOfTheFormat()
    {
        using var stream = new MemoryStream();
        Safetensors.Save(stream, new Dictionary<string, Tensor>
        {
            ["m"] = Tensor.Mask(true, false),
            ["w"] = Tensor.From([1f, -2f]),
            ["n"] = Tensor.Indices(7)
        },
            new Dictionary<string, string> { ["key"] = "é" });

        byte[] bytes = stream.ToArray();
        const string Json = """{"__metadata__":{"key":"é"},"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"m":{"dtype":"BOOL","shape":[2],"data_offsets":[16,18]}}""";
        int header = (Encoding.UTF8.GetByteCount(Json) + 7) / 8 * 8;
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(bytes), Is.EqualTo((ulong)header));
        Assert.That(Encoding.UTF8.GetString(bytes, 8, header).TrimEnd(' '), Is.EqualTo(Json));
        Assert.That(bytes[(8 + header)..], Is.EqualTo(new byte[] { 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 1, 0 }));
    }

    [Test]
    public void WhatIsWrittenIsReadBitForBit()
    {
        var tensors = new Dictionary<string, Tensor>
        {
            ["layers.0.weight"] = Tensor.From([float.NaN, -0f, float.Epsilon, float.MaxValue, float.NegativeInfinity, 0.1f], [2, 3]),
            ["f64"] = Tensor.From([Math.PI, double.Epsilon, -0.0], DType.Float64),
            ["i64"] = Tensor.Indices([long.MinValue, long.MaxValue, 1L << 53 | 1], [3, 1]),
            ["bool"] = Tensor.Mask([true, false, true], [1, 3]),
            ["scalar"] = Tensor.From(3.5),
            ["empty"] = Tensor.Zeros([2, 0, 5]),
            ["名前 \"quoted\" \\ \n"] = Tensor.From([1f]),
            [""] = Tensor.From([2f]),
        };
        Safetensors.Save(InFolder("a.safetensors"), tensors, new Dictionary<string,
            string>
        { ["a"] = "{\"b\": \"c\"}\u0000", ["größe"] = "" });

        SafetensorsFile file = Safetensors.Load(InFolder("a.safetensors"));

        Assert.That(file.Metadata, Is.EquivalentTo(new Dictionary<string, string> { ["a"] = "{\"b\": \"c\"}\u0000", ["größe"] = "" }));
        Assert.That(file.Tensors.Keys, Is.EquivalentTo(tensors.Keys));
        foreach ((string name, Tensor tensor) in tensors) AssertSameBits(file.Tensors[name], tensor, name);
        Assert.That(Directory.GetFiles(Folder), Has.Length.EqualTo(1), "the temporary file is gone");
    }

    static void AssertSameBits(Tensor actual, Tensor expected, string name)
    {
        Assert.That((actual.Shape, actual.DType), Is.EqualTo((expected.Shape, expected.DType)), name);
        using MemoryStream a = new(), b = new();
        StoredType.Write(a, actual);
        StoredType.Write(b, expected);
        Assert.That(a.ToArray(), Is.EqualTo(b.ToArray()), name);
    }

    [TestCase("F16", new byte[] { 0x00, 0x3C, 0x01, 0x00, 0x00, 0xFC }, new[] { 1, 5.9604644775390625e-8, double.NegativeInfinity },
        DType.Float32)]
    [TestCase("BF16", new byte[] { 0x80, 0x3F, 0x49, 0x40, 0x80, 0xFF }, new[] { 1, 3.140625, double.NegativeInfinity }, DType.Float32)]
    [TestCase("I32", new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0x80, 1, 0, 0, 0 }, new[] { -1, -2147483648.0, 1 }, DType.Int64)]
    [TestCase("U32", new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0x80, 1, 0, 0, 0 }, new[] { 4294967295.0, 2147483648.0, 1 },
        DType.Int64)]
    [TestCase("I16", new byte[] { 0xFE, 0xFF, 0, 0x80, 5, 0 }, new[] { -2, -32768.0, 5 }, DType.Int64)]
    [TestCase("U16", new byte[] { 0xFE, 0xFF, 0, 0x80, 5, 0 }, new[] { 65534, 32768.0, 5 }, DType.Int64)]
    [TestCase("I8", new byte[] { 0xFF, 0x80, 5 }, new[] { -1.0, -128, 5 }, DType.Int64)]
    [TestCase("U8", new byte[] { 0xFF, 0x80, 5 }, new[] { 255.0, 128, 5 }, DType.Int64)]
    [TestCase("U64", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0 }, new[] { 1.0, 256, 65536 },
        DType.Int64)]
    public void OtherTypesAreReadExactly(string type, byte[] data, double[] expected, DType dtype)
    {
        Tensor read = Load($$$"""{"x":{"dtype":"{{{type}}}","shape":[3],"data_offsets":[0,{{{data.Length}}}]}}""", data).Tensors["x"];

        Assert.That(read.DType, Is.EqualTo(dtype));
        Assert.That(read.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void ManyNarrowElementsAreReadInParts()
    {
        byte[] data = [.. Enumerable.Range(0, 100_001).Select(i => (byte)(i * 7))];
        Tensor read = Load("""{"x":{"dtype":"U8","shape":[100001],"data_offsets":[0,100001]}}""", data).Tensors["x"];
        Assert.That(read.ToInt64Array(), Is.EqualTo(data.Select(b => (long)b)));
    }

    const string Four = """{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""";

    static readonly TestCaseData[] s_refused =
    [
        Refused("nothing", "", 0, "'{'"),
        Refused("no object", "[1]", 0, "does not begin with '{'"),
        Refused("cut JSON", """{"x":""", 4, "not valid JSON"),
        Refused("more JSON behind", """{} {}""", 0, "not valid JSON"),
        Refused("deep JSON", """{"x":""" + string.Concat(Enumerable.Repeat("[", 100_000)), 0, "not valid JSON"),
        Refused("the same name twice", "{\"x\":" + Four + ",\"x\":" + Four + "}", 4, "Duplicate"),
        Refused("the same name twice, one escaped", "{\"x\":" + Four + ",\"\\u0078\":" + Four + "}", 4, "Duplicate"),
        Refused("the same field twice", """{"x":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "Duplicate"),
        Refused("half of a surrogate pair", "{\"\\ud800\":" + Four + "}", 4, "not valid JSON"),
        Refused("metadata that is a list", """{"__metadata__":[]}""", 0, "__metadata__ is an array"),
        Refused("metadata that is a number", """{"__metadata__":{"epoch":3}}""", 0, "'epoch' is a number; expected a string"),
        Refused("a tensor that is a number", """{"x":3}""", 0, "'x' is described by a number"),
        Refused("no shape", """{"x":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "'x' has no shape"),
        Refused("unknown type", """{"x":{"dtype":"F8_E5M2","shape":[4],"data_offsets":[0,4]}}""", 4, "F8_E5M2", "F64, F32, I64", ".float()"),
        Refused("negative size", """{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "the size -1 in dimension 0"),
        Refused("fraction", """{"x":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", 4, "the size 1.0 in dimension 0"),
        Refused("text as size", """{"x":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "the size \"1\""),
        Refused("huge size", """{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4, "the size 99999999999999999999"),
        Refused("product that overflows", """{"x":{"dtype":"F32","shape":[2147483647,2147483647,2147483647,2147483647,2147483647],"data_offsets":[0,4]}}""", 4, "need more"),
        Refused("product that wraps to 4 bytes", """{"x":{"dtype":"F32","shape":[65536,65536,65536,65536,1],"data_offsets":[0,0]}}""", 0, "need more"),
        Refused("too many dimensions", $$$"""{"x":{"dtype":"F32","shape":[{{{string.Join(",", Enumerable.Repeat("1", 65))}}}],"data_offsets":[0,4]}}""", 4, "65 dimensions"),
        Refused("another size than the shape", """{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "has 4 bytes; its shape (2,) and type F32 need more"),
        Refused("more bytes than the shape", """{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", 8, "has 8 bytes; its shape (1,) and type F32 need 4"),
        Refused("beyond the end", """{"x":{"dtype":"F32","shape":[250000000],"data_offsets":[0,1000000000]}}""", 4, "should end at byte 1000000000", "only 4 bytes"),
        Refused("end before begin", """{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "data_offsets [4,0]"),
        Refused("negative begin", """{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "data_offsets [-4,0]"),
        Refused("three offsets", """{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 4, "data_offsets [0,4,8]"),
        Refused("overlap", "{\"x\":" + Four + ",\"y\":" + Four + "}", 4, "begins at byte 0", "expected 4", "overlap"),
        Refused("hole", """{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "begins at byte 4", "expected 0"),
        Refused("bytes behind", "{\"x\":" + Four + "}", 5, "take 4 bytes", "has 5 bytes"),
        Refused("a truth value of 4", """{"x":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}""", [0, 1, 4, 1], "neither 0 nor 1"),
        Refused("a U64 that is too large", """{"x":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}""", [0, 0, 0, 0, 0, 0, 0, 0x80], "greater than 9223372036854775807"),
    ];

    static TestCaseData Refused(string name, string header, int data, params string[] words) =>
        Refused(name, header, new byte[data], words);

    static TestCaseData Refused(string name, string header, byte[] data, params string[] words) =>
        new TestCaseData(header, data, words).SetArgDisplayNames(name);

    [TestCaseSource(nameof(s_refused))]
    public void DamagedHeaderIsOneClearError(string header, byte[] data, string[] words)
    {
        string message = Assert.Throws<ModelFileException>(() => Load(header.PadRight(2), data))!.Message;
        Assert.That(message, Does.StartWith("test.safetensors: "));
        foreach (string word in words) Assert.That(message, Does.Contain(word));
        Assert.That(message, Has.Length.LessThan(700));
    }

    [TestCase(0ul, "does not begin with '{'")]
    [TestCase(3ul, "not valid JSON")]
    [TestCase(1000ul, "1000 bytes; expected at most 60")]
    [TestCase(100_000_001ul, "100000001 bytes")]
    [TestCase(ulong.MaxValue, "18446744073709551615 bytes")]
    [TestCase(0x8000_0000_0000_0000ul, "9223372036854775808 bytes")]
    public void LyingHeaderLengthIsAnError(ulong length, string words)
    {
        byte[] file = File("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  """, new byte[4]);
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        Assert.That(() => Safetensors.Load(new MemoryStream(file)), Throws.TypeOf<ModelFileException>().With.Message.Contains(words));
    }

    [Test]
    public void EveryCutOfAFileIsAnError()
    {
        byte[] whole = File("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]);
        for (int length = 0; length < whole.Length; length++)
            Assert.That(() => Safetensors.Load(new MemoryStream(whole[..length])), Throws.TypeOf<ModelFileException>(), $"{length} bytes");
    }

    [Test]
    public void TextThatIsNotUtf8IsAnError()
    {
        byte[] file = File("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]);
        file[8 + 2] = 0xFF;
        Assert.That(() => Safetensors.Load(new MemoryStream(file)), Throws.TypeOf<ModelFileException>().With.Message.Contains("UTF-8"));
    }

    [Test]
    public void MessagesAreCultureInvariantAndOnOneLine()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = (CultureInfo)CultureInfo.GetCultureInfo("de-DE").Clone();
        CultureInfo.CurrentCulture.NumberFormat.NegativeSign = "~";
        try
        {
            string message = Assert.Throws<ModelFileException>(() =>
                Load("""{"a\nb\u202e":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", new byte[4]))!.Message;
            Assert.That(message, Does.Contain("'a\\nb\\u202E' has the size -1").And.Not.Contain("\n"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void NoSuchFileAFolderAndAnotherFormatAreErrors()
    {
        Assert.That(() => Safetensors.Load(InFolder("none")), Throws.TypeOf<ModelFileException>().With.Message.Contains("no such file"));
        Assert.That(() => Safetensors.Load(InFolder("none/none")),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("no such file"));
        Assert.That(() => Safetensors.Load(Folder), Throws.TypeOf<ModelFileException>().With.Message.Contains("a folder"));
        System.IO.File.WriteAllText(InFolder("data.csv"), "a,b\n1,2\n3,4\n");
        Assert.That(() => Safetensors.Load(InFolder("data.csv")),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("not a safetensors file"));
    }

    [Test]
    public void NamesThatCannotBeWrittenAreRefused()
    {
        Tensor x = Tensor.From([1f]);
        Assert.That(() => Safetensors.Save(new MemoryStream(), new Dictionary<string, Tensor> { ["__metadata__"] = x }),
            Throws.ArgumentException);
        Assert.That(() => Safetensors.Save(new MemoryStream(), new Dictionary<string, Tensor> { ["\ud800"] = x }),
            Throws.ArgumentException);
        Assert.That(() => Safetensors.Save(new MemoryStream(), new Dictionary<string, Tensor> { ["x"] = null! }), Throws.ArgumentException);
        Assert.That(() => Safetensors.Save(new MemoryStream(), new Dictionary<string, Tensor>(), new Dictionary<string,
            string>
        { ["a"] = "\udc00" }), Throws.ArgumentException);
    }

    // json and struct of the standard library alone: an independent reader and writer of the format.
    const string Python = """
        import json, struct, sys
        raw = open(sys.argv[1], "rb").read()
        n = struct.unpack("<Q", raw[:8])[0]
        assert n % 8 == 0
        head, data = json.loads(raw[8:8 + n].decode("utf-8")), raw[8 + n:]
        meta = head.pop("__metadata__")
        code = {"F32": "f", "F64": "d", "I64": "q", "BOOL": "?"}
        at, back = 0, {}
        for name, t in sorted(head.items(), key=lambda item: item[1]["data_offsets"]):
            begin, end = t["data_offsets"]
            assert begin == at and (8 + n + begin) % struct.calcsize(code[t["dtype"]]) == 0
            count = 1
            for size in t["shape"]: count *= size
            values = struct.unpack("<%d%s" % (count, code[t["dtype"]]), data[begin:end])
            print(name, t["dtype"], t["shape"], [repr(v) for v in values])
            back[name], at = (t, values), end
        assert at == len(data)
        print(meta["note"])
        out, body = {"__metadata__": {"note": meta["note"] + " again"}}, b""
        for name, (t, values) in back.items():
            part = struct.pack("<%d%s" % (len(values), code[t["dtype"]]), *values)
            out[name + ".copy"] = {"dtype": t["dtype"], "shape": t["shape"], "data_offsets": [len(body), len(body) + len(part)]}
            body += part
        text = json.dumps(out).encode("utf-8")
        text += b" " * (-len(text) % 8)
        open(sys.argv[2], "wb").write(struct.pack("<Q", len(text)) + text + body)
        """;

    [Test]
    public void AnIndependentReaderReadsOursAndWeReadItsFile()
    {
        var tensors = new Dictionary<string, Tensor>
        {
            ["w"] = Tensor.From([0.1f, -0f, 1e-45f], [3, 1]),
            ["d"] = Tensor.From([Math.E, 1e300], DType.Float64),
            ["i"] = Tensor.Indices(long.MinValue, 5),
            ["b"] = Tensor.Mask(true, false),
            ["s"] = Tensor.From(2.5),
        };
        string ours = InFolder("ours.safetensors"), theirs = InFolder("theirs.safetensors"), script = InFolder("independent.py");
        Safetensors.Save(ours, tensors, new Dictionary<string, string> { ["note"] = "größer" });
        System.IO.File.WriteAllText(script, Python);

        // Without Python there is no second implementation to compare with; the bytes are tested above.
        if (RunPython(script, ours, theirs) is not { } output)
        {
            Assert.Ignore("There is no python3 on this machine.");
            return;
        }

        Assert.That(output.ReplaceLineEndings("\n"), Is.EqualTo(
            "i I64 [2] ['-9223372036854775808', '5']\nd F64 [2] ['2.718281828459045', '1e+300']\ns F32 [] ['2.5']\n" +
            "w F32 [3, 1] ['0.10000000149011612', '-0.0', '1.401298464324817e-45']\nb BOOL [2] ['True', 'False']\ngrößer\n"));
        SafetensorsFile read = Safetensors.Load(theirs);
        Assert.That(read.Metadata["note"], Is.EqualTo("größer again"));
        foreach ((string name, Tensor tensor) in tensors) AssertSameBits(read.Tensors[name + ".copy"], tensor, name);
    }

    static string? RunPython(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("python3", ["-X", "utf8", .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.UTF8
            };
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, error.Result);
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    static SafetensorsFile Load(string header, byte[] data) => Safetensors.Load(new MemoryStream(File(header, data)), "test.safetensors");

    static byte[] File(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        return [.. length, .. text, .. data];
    }
}
