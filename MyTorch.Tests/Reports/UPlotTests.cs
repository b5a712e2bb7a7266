using System.Security.Cryptography;
using MyTorch.Reports;

namespace MyTorch.Tests.Reports;

/// <summary>The plots' library is the published one: its bytes have the hashes that are written beside it.</summary>
public sealed class UPlotTests
{
    [TestCase("uPlot.iife.min.js")]
    [TestCase("uPlot.min.css")]
    public void IsUnchanged(string file)
    {
        string text = Page.Resource("uPlot/" + file),
            hash = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
        string readme = File.ReadAllText(Path.Combine(GeneratedFile.Repository, "MyTorch", "Reports", "Page", "uPlot", "README.md"));
        Assert.That(readme, Does.Contain($"| {file} | `{hash}` |"));
    }

    [Test]
    public void HasItsLicence() => Assert.That(Page.Resource("uPlot/LICENSE"), Does.Contain("MIT License").And.Contain("Copyright (c)"));
}
