using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Training;

namespace MyTorch.Tests.Samples;

/// <summary>samples/serve.cs, built and started as a program, and asked over HTTP.</summary>
[Category("Long")]
public partial class ServeTests
{
    const int Clients = 8;

    string _folder = "";
    Pipeline _pipeline = null!;
    Process _server = null!;
    HttpClient _client = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _folder = Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.WorkDirectory, "serve")).FullName;
        Dataset data = CsvDataset.Load(
            Path.Combine(GeneratedFile.Repository, "data", "penguins.csv"), "species", new CsvOptions { Missing = MissingValues.Mean });
        var imputer = Imputer.Fit(data);
        var model = new MLP(data.FeatureCount, [16], data.ClassCount, generator: new Generator(1));
        _pipeline = new Pipeline(model, data, Standardizer.Fit(imputer.Apply(data)), imputer);
        string file = Path.Combine(_folder, "penguins.safetensors");
        _pipeline.Save(file);
        ProgramRun build = FileBasedPrograms.RunDotnet(
            _folder, "build", Path.Combine(GeneratedFile.Repository, "samples", "serve.cs"), "-c", "Release", "-o", Path.Combine(_folder, "program"), "-v", "q");
        Assert.That(build.ExitCode, Is.Zero, build.Output + build.Error);

        var start = new ProcessStartInfo("dotnet", [Path.Combine(_folder, "program", "serve.dll"), file, "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
        };
        // A young generation of 4 MB, so that garbage is not taken for growth.
        start.Environment["DOTNET_GCgen0size"] = "400000";
        _server = Process.Start(start)!;
        string? line;
        Match address;
        do line = await _server.StandardOutput.ReadLineAsync();
        while (line is not null && !(address = Address().Match(line)).Success);
        Assert.That(line, Is.Not.Null, "The server ended.");
        _client = new HttpClient { BaseAddress = new Uri(Address().Match(line!).Value) };
        _ = _server.StandardOutput.ReadToEndAsync();
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _client?.Dispose();
        if (_server is null) return;
        _server.Kill();
        _server.WaitForExit();
        _server.Dispose();
    }

    [Test]
    public async Task ThousandsOfRequestsFromEightClientsAreRightAndMemoryDoesNotGrow()
    {
        var random = new Generator(7);
        Dictionary<string, object?>[] rows = [.. Enumerable.Range(0, 50).Select(i => Row(random, i))];
        double[][] expected = [.. _pipeline.PredictAll(rows).Select(prediction => prediction.Outputs.ToArray())];
        int wrong = 0, answered = 0;
        // The first thousands are answered while the compiler still optimizes.
        await Ask(4000);
        long before = Memory();
        await Ask(4000);
        long growth = Memory() - before;
        TestContext.Out.WriteLine($"{answered} answers, {wrong} wrong, {growth / 1e6:0.0} MB more after the last 4,000");
        Assert.Multiple(() =>
        {
            Assert.That(answered, Is.EqualTo(8000));
            Assert.That(wrong, Is.Zero);
            // 5 KB a request would be 20 MB.
            Assert.That(growth, Is.LessThan(15_000_000));
        });

        Task Ask(int requests) => Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            for (int i = client; i < requests; i += Clients)
            {
                int at = i % rows.Length, count = i % 3 == 0 ? 2 : 1;
                object body = count == 1 ? rows[at] : new[] { rows[at], rows[(at + 1) % rows.Length] };
                using HttpResponseMessage response = await _client.PostAsJsonAsync("predict", body);
                using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
                JsonElement[] answers = count == 1 ? [answer.RootElement] : [.. answer.RootElement.EnumerateArray()];
                bool right = response.StatusCode == HttpStatusCode.OK && answers.Length == count;
                for (int j = 0; right && j < count; j++)
                {
                    double[] probabilities = [.. answers[j].GetProperty("probabilities").EnumerateObject().Select(p => p.Value.GetDouble())];
                    right = probabilities.SequenceEqual(expected[(at + j) % rows.Length])
                        && answers[j].GetProperty("label").GetString() == _pipeline.ClassNames[Array.IndexOf(probabilities, probabilities.Max())];
                }
                if (!right) Interlocked.Increment(ref wrong);
                Interlocked.Increment(ref answered);
            }
        })));

        long Memory()
        {
            _server.Refresh();
            return _server.WorkingSet64;
        }
    }

    static Dictionary<string, object?> Row(Generator random, int i) => new()
    {
        ["island"] = i % 11 == 0 ? "Atlantis" : i % 2 == 0 ? "Biscoe" : "Dream",
        ["bill_length_mm"] = i % 7 == 0 ? null : 40 + 5 * random.NextGaussian(),
        ["bill_depth_mm"] = 17 + 2 * random.NextGaussian(),
        ["flipper_length_mm"] = 200 + i,
        ["body_mass_g"] = 4200 + 10 * i,
        ["sex"] = i % 5 == 0 ? null : "MALE",
        ["not a column"] = i,
    };

    const string Rest = "\"bill_depth_mm\":18,\"flipper_length_mm\":180,\"body_mass_g\":3700,\"sex\":\"MALE\"";

    [TestCase("", "not valid JSON")]
    [TestCase("{\"island\":", "not valid JSON")]
    [TestCase("{\"island\":\"a\",\"island\":\"b\"}", "Duplicate property 'island'")]
    [TestCase("[]", "0 rows")]
    [TestCase("[3]", "Row 0 is a number")]
    [TestCase("null", "Row 0 is null")]
    [TestCase("{\"island\":[1]}", "a value is an array")]
    [TestCase("{\"isle\":\"Dream\",\"bill_length_mm\":39.1," + Rest + "}", "no value for 'island'")]
    [TestCase("{\"island\":\"Dream\",\"bill_length_mm\":\"long\"," + Rest + "}", "'bill_length_mm' is 'long'; expected a number")]
    [TestCase("{\"island\":\"Dream\",\"bill_length_mm\":1e300," + Rest + "}", "bill_length_mm")]
    [TestCase("{\"island\":\"Dream\",\"bill_length_mm\":1e999," + Rest + "}", "finite number")]
    public async Task ABadBodyIsAnsweredWithASentence(string body, string sentence) => await Refused(body, sentence);

    [Test]
    public async Task AHugeOrDeepBodyIsAnsweredWithASentence()
    {
        // The limit and a byte more, and so much more that the client still sends when the answer is known.
        await Refused(new string(' ', 1 << 20), "not valid JSON");
        foreach (int bytes in new[] { (1 << 20) + 1, 1_400_001, 20_000_000 }) await Refused(new string(' ', bytes), "more than 1048576 bytes");
        await Refused(new string(' ', 5_000_000), "more than 1048576 bytes", isChunked: true);
        await Refused(new string('[', 100_000), "depth of 8");
        await Refused("[" + string.Join(',', Enumerable.Repeat("{}", 20_000)) + "]", "20000 rows; expected 1 to 10000");
    }

    async Task Refused(string body, string sentence, bool isChunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "predict");
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.TransferEncodingChunked = isChunked;
        using HttpResponseMessage response = await _client.SendAsync(request);
        using JsonDocument problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(problem.RootElement.GetProperty("detail").GetString(), Does.Contain(sentence).And.EndsWith(".").And.Not.Contain("Parameter"));
        });
    }

    [Test]
    public async Task AnUnknownCategoryIsAWarning()
    {
        using HttpResponseMessage response = await _client.PostAsync("predict",
            new StringContent("{\"island\":\"Atlantis\",\"bill_length_mm\":40," + Rest + "}", Encoding.UTF8, "application/json"));
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(answer.RootElement.GetProperty("warnings")[0].GetString(), Does.Contain("'Atlantis' was not in the training rows"));
    }

    [Test]
    public async Task ItSaysHowItIsCalled()
    {
        string page = await _client.GetStringAsync(""), health = await _client.GetStringAsync("health");
        using JsonDocument api = JsonDocument.Parse(await _client.GetStringAsync("openapi.json"));
        JsonElement row = api.RootElement.GetProperty("paths").GetProperty("/predict").GetProperty("post").GetProperty("requestBody")
            .GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("oneOf")[0];
        Assert.Multiple(() =>
        {
            Assert.That(page, Does.Contain(string.Create(CultureInfo.InvariantCulture, $"{_client.BaseAddress}predict")).And.Contain("category: Biscoe, Dream, Torgersen"));
            Assert.That(health, Does.Contain("\"ok\""));
            Assert.That(row.GetProperty("properties").EnumerateObject().Select(p => p.Name), Is.EqualTo(new[]
                { "island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex" }));
        });
    }

    [TestCase("", "Name a model file")]
    [TestCase("nothing.safetensors", "there is no such file")]
    public void WithoutAModelItSaysSo(string file, string sentence)
    {
        ProgramRun run = FileBasedPrograms.RunDotnet(_folder, [Path.Combine(_folder, "program", "serve.dll"), .. file.Length > 0 ? [file] : Array.Empty<string>()]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain(sentence));
        });
    }

    [GeneratedRegex("http://127.0.0.1:[0-9]+")]
    private static partial Regex Address();
}
