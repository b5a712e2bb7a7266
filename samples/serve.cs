#:sdk Microsoft.NET.Sdk.Web
#:package Microsoft.AspNetCore.OpenApi
#:project ../MyTorch/MyTorch.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false
#:property EnableDefaultItems=false
// Without the last line, the pages of the playground beside this file would be compiled into it.
using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using MyTorch.Data;
using MyTorch.Serialization;
using MyTorch.Training;

// Serves a model that was saved by Pipeline.Save or with --save:
//     dotnet run samples/serve.cs -- model.safetensors --urls http://localhost:5000
// POST /predict takes a row as JSON, a value for each column, or an array of rows. GET / shows how to call it, GET /openapi.json describes it.
// Exit code 2: there is no model that can be served.
const int MostBytes = 1 << 20, MostRows = 10_000, MostDepth = 8;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

if (args.Length == 0 || args[0].StartsWith('-')) return Refuse("Name a model file: dotnet run samples/serve.cs -- model.safetensors");
Pipeline pipeline;
try
{
    pipeline = Pipeline.Load(args[0]);
}
catch (IOException e)
{
    return Refuse(e.Message);
}
if (pipeline.Schema is not { } schema)
    return Refuse($"{args[0]}: the file does not say which columns a row has. Make the Pipeline of a data set that was read from a file or from objects.");
ColumnSchema[] columns = [.. schema.Columns.Where(column => column.Features.Count > 0)];
var example = new JsonObject(columns.Select(column => KeyValuePair.Create(column.Name, Example(column))));

WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args[1..] });
builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
builder.Services.AddOpenApi(options => options.AddDocumentTransformer((document, _, _) =>
{
    document.Info.Title = $"Predicts {string.Join(", ", pipeline.TargetNames)}";
    document.Info.Description = pipeline.ToString();
    return Task.CompletedTask;
}));
WebApplication app = builder.Build();
app.UseExceptionHandler(handler => handler.Run(context => Problem(500, "The server failed. Its log says why.").ExecuteAsync(context)));
app.MapOpenApi("/openapi.json");
app.MapGet("/", (HttpRequest request) => Results.Content(Page($"{request.Scheme}://{request.Host}/predict"), "text/html; charset=utf-8")).ExcludeFromDescription();
app.MapGet("/health", () => Results.Json(new { status = "ok", model = pipeline.ToString() })).WithSummary("Says that the server runs, and which model it serves");
app.MapPost("/predict", Predict)
    .WithSummary("Predicts a row, or each row of an array")
    .Produces<JsonObject>(200).ProducesProblem(400)
    .AddOpenApiOperationTransformer((operation, _, _) =>
    {
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Description = $"A row, or an array of 1 to {MostRows} rows; at most {MostBytes} bytes.",
            Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = RowSchema(), Example = example.DeepClone() } },
        };
        return Task.CompletedTask;
    });
app.Run();
return 0;

int Refuse(string why)
{
    Console.Error.WriteLine(why);
    return 2;
}

async Task<IResult> Predict(HttpRequest request)
{
    JsonDocument body;
    try
    {
        ReadResult read = await request.BodyReader.ReadAtLeastAsync(MostBytes + 1, request.HttpContext.RequestAborted);
        byte[]? bytes = read.Buffer.Length > MostBytes ? null : read.Buffer.ToArray();
        request.BodyReader.AdvanceTo(read.Buffer.End);
        // The server reads the rest of a body that is too long, up to its own limit of 30 MB: a client that is cut off while it sends does not
        // see the answer.
        if (bytes is null) return TooLong();
        body = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MostDepth, AllowDuplicateProperties = false });
    }
    catch (JsonException e)
    {
        return Problem(400, $"The body is not valid JSON: {e.Message} Send an object with a value for each column, or an array of them.");
    }
    catch (BadHttpRequestException e)
    {
        return e.StatusCode == 413 ? TooLong() : Problem(400, $"The request cannot be read: {e.Message}");
    }
    using (body)
        try
        {
            bool several = body.RootElement.ValueKind == JsonValueKind.Array;
            Dictionary<string, object?>[] rows = several
                ? [.. body.RootElement.EnumerateArray().Select(Row)]
                : [Row(body.RootElement, 0)];
            if (rows.Length is 0 or > MostRows) return Problem(400, $"The body has {rows.Length} rows; expected 1 to {MostRows}.");
            Predictions predictions = pipeline.PredictAll(rows);
            JsonObject[] answers = [.. predictions.Select(Answer)];
            if (predictions.Warnings.Count > 0) answers[0]["warnings"] = new JsonArray([.. predictions.Warnings.Select(text => JsonValue.Create(text))]);
            return Results.Json(several ? new JsonArray([.. answers]) : answers[0]);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException)
        {
            return Problem(400, e is ArgumentException { ParamName: { } parameter } ? e.Message.Replace($" (Parameter '{parameter}')", "") : e.Message);
        }
}

static IResult TooLong() => Problem(400, $"The body has more than {MostBytes} bytes. Send fewer rows at once.");

static IResult Problem(int status, string sentence) => Results.Problem(title: status == 400 ? "The request cannot be answered" : "Error", detail: sentence, statusCode: status);

static Dictionary<string, object?> Row(JsonElement row, int index)
{
    if (row.ValueKind != JsonValueKind.Object)
        throw new ArgumentException($"Row {index} is {Kind(row)}; expected an object with a value for each column, such as {{\"column\": 1.5}}.");
    return row.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.ValueKind switch
    {
        JsonValueKind.Null => (object?)null,
        JsonValueKind.String => property.Value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => property.Value.GetDouble(),
        _ => throw new ArgumentException($"Row {index}: a value is {Kind(property.Value)}; expected a number, a text, true, false or null."),
    });
}

static string Kind(JsonElement value) => value.ValueKind switch
{
    JsonValueKind.Array => "an array",
    JsonValueKind.Object => "an object",
    JsonValueKind.String => "a text",
    JsonValueKind.Number => "a number",
    _ => $"{value}".ToLowerInvariant() is { Length: > 0 } text ? text : "null",
};

JsonObject Answer(Prediction prediction)
{
    IReadOnlyList<string> names = pipeline.IsClassification ? pipeline.ClassNames : pipeline.TargetNames;
    var numbers = new JsonObject(names.Zip(prediction.Outputs, (name, number) => KeyValuePair.Create(name, (JsonNode?)JsonValue.Create(number))));
    if (pipeline.IsClassification) return new JsonObject { ["label"] = prediction.Class, ["probabilities"] = numbers };
    return names.Count == 1 ? new JsonObject { ["value"] = prediction.Value } : new JsonObject { ["values"] = numbers };
}

// A value that the column may have.
static JsonNode? Example(ColumnSchema column) => column.Kind switch
{
    ColumnKind.Category => column.Categories.FirstOrDefault(),
    ColumnKind.Date when column.Dates is { } dates => dates.Format.StartsWith("unix", StringComparison.Ordinal)
        ? JsonValue.Create((dates.Origin - DateTime.UnixEpoch).TotalSeconds * (dates.Format == "unix seconds" ? 1 : 1000))
        : dates.Origin.ToString(dates.Format, CultureInfo.InvariantCulture),
    _ => JsonValue.Create(1.5),
};

// Another category is not an error: it is answered with a warning.
static string Describe(ColumnSchema column) => column.Kind switch
{
    ColumnKind.Number => "number",
    ColumnKind.Date => $"date, {column.Dates}",
    _ => $"category: {string.Join(", ", column.Categories.Take(20))}{(column.Categories.Count > 20 ? ", …" : "")}",
};

OpenApiSchema RowSchema()
{
    var row = new OpenApiSchema
    {
        Type = JsonSchemaType.Object,
        Properties = columns.ToDictionary(column => column.Name, column => (IOpenApiSchema)new OpenApiSchema
        {
            Type = JsonSchemaType.Null | (column.Kind == ColumnKind.Number ? JsonSchemaType.Number : JsonSchemaType.String),
            Description = Describe(column),
        }),
        Required = columns.Select(column => column.Name).ToHashSet(),
    };
    return new OpenApiSchema { OneOf = [row, new OpenApiSchema { Type = JsonSchemaType.Array, MinItems = 1, MaxItems = MostRows, Items = row }] };
}

string Page(string address)
{
    var rows = new StringBuilder();
    foreach (ColumnSchema column in columns)
        rows.Append(CultureInfo.InvariantCulture,
            $"<tr><th scope=\"row\"><code>{Html(column.Name)}</code></th><td>{Html(Describe(column))}</td></tr>");
    string json = example.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    string targets = string.Join(", ", pipeline.TargetNames);
    return $$"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Predicts {{Html(targets)}}</title>
        <style>
        :root { color-scheme: light dark }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
        pre { padding: 1rem; border: 1px solid; overflow-x: auto }
        th, td { text-align: left; padding: .25rem 1rem .25rem 0; vertical-align: top; overflow-wrap: anywhere }
        </style>
        </head>
        <body>
        <main>
        <h1>Predicts {{Html(targets)}}</h1>
        <p>{{Html(pipeline.ToString())}}</p>
        <h2>Ask for a prediction</h2>
        <p>Send a row to <code>POST /predict</code> as JSON, or an array of at most {{MostRows}} rows. A value that is not known is <code>null</code>.</p>
        <pre tabindex="0">curl -H "Content-Type: application/json" -d @- {{Html(address)}} &lt;&lt; 'END'
        {{Html(json)}}
        END</pre>
        <p>The answer has {{(pipeline.IsClassification ? "the <code>label</code> and the <code>probabilities</code> of the classes" : "the predicted <code>value</code>")}}.
        What cannot be read is answered with status 400 and a sentence in <code>detail</code>.</p>
        <h2>Columns</h2>
        <table><thead><tr><th scope="col">column</th><th scope="col">value</th></tr></thead><tbody>{{rows}}</tbody></table>
        <p><a href="/openapi.json">OpenAPI description</a>, <a href="/health">health</a></p>
        </main>
        </body>
        </html>
        """;
}

static string Html(string text) => WebUtility.HtmlEncode(text);
