using System.Globalization;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Tests.Data;

public class DecimalParserTests
{
    // As the second of three fields: what follows is found, whatever the field is.
    static double? Parsed(string text)
    {
        byte[] row = Encoding.UTF8.GetBytes($"12;{text};x");
        int at = 0;
        Assert.That(DecimalParser.TryParse(row, (byte)';', ref at, out double first), Is.True);
        Assert.That((first, at), Is.EqualTo((12.0, 3)));
        bool parsed = DecimalParser.TryParse(row, (byte)';', ref at, out double value);
        Assert.That(row[at], Is.EqualTo((byte)'x'));

        int alone = 0;
        Assert.That(DecimalParser.TryParse(Encoding.UTF8.GetBytes(text), (byte)';', ref alone, out double same), Is.EqualTo(parsed));
        Assert.That(same, Is.EqualTo(value));
        return parsed ? value : null;
    }

    // .NET's parser rounds correctly, so every bit must be equal.
    [Test]
    public void What_is_parsed_is_rounded_correctly()
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            int digits = random.Next(1, 16), after = random.Next(digits);
            var text = new StringBuilder(random.Next(2) == 0 ? "-" : "");
            for (int d = 0; d < digits; d++) text.Append(d > 0 && d == digits - after ? "." : "").Append(random.Next(10));
            double expected = double.Parse(text.ToString(), CultureInfo.InvariantCulture);
            Assert.That(BitConverter.DoubleToInt64Bits(Parsed(text.ToString())!.Value), Is.EqualTo(BitConverter.DoubleToInt64Bits(expected)), text.ToString());
        }
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase(".")]
    [TestCase("-.5")]
    [TestCase("5.")]
    [TestCase("1.2.3")]
    [TestCase("1e5")]
    [TestCase("+1")]
    [TestCase("--1")]
    [TestCase("1,5")]
    [TestCase("12345678901234567890123")]
    [TestCase("1\0")]
    [TestCase("1 ")]
    [TestCase("1234567890123456")]
    [TestCase("0.1234567890123456")]
    [TestCase("\u0661")]
    public void Anything_else_is_left_to_another_parser(string text) => Assert.That(Parsed(text), Is.Null);
}
