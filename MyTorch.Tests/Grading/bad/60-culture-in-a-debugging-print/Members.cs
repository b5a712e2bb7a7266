using System.Globalization;

namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Console.WriteLine(gradient.ToArray()[0].ToString(CultureInfo.GetCultureInfo("en-US")) + new CultureInfo("de-DE").NumberFormat.NumberDecimalSeparator);
        return [gradient * B, gradient * A];
    }
}
