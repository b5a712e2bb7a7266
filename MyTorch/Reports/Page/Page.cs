using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace MyTorch.Reports;

/// <summary>
/// The frame of a report: one file that loads nothing, whose scripts are named by their hashes, so that no other script can run in it.
/// </summary>
static class Page
{
    internal static string Of(string title, string main)
    {
        string plots = Resource("uPlot/uPlot.iife.min.js"), script = Resource("report.js");
        string policy = $"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '{Hash(plots)}' '{Hash(script)}'; " +
            "base-uri 'none'; form-action 'none'";
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="{policy}">
            <title>{Html.Text(title, 120)}</title>
            <style>
            {Resource("uPlot/uPlot.min.css")}
            {Resource("style.css")}{Resource("report.css")}
            </style>
            </head>
            <body>
            <main>
            {main}</main>
            <!-- The plots are drawn by uPlot.
            {Resource("uPlot/LICENSE").TrimEnd()} -->
            <script>{plots}</script>
            <script>{script}</script>
            </body>
            </html>

            """;
    }

    /// <summary>A text that is part of the library: a file of this folder.</summary>
    internal static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("MyTorch.Page/" + name)
            ?? throw new InvalidOperationException($"The library has no resource {name}; build it again.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    static string Hash(string script) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
}
