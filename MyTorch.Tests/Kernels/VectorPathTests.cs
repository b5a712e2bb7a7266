using MyTorch.Kernels;

namespace MyTorch.Tests;

/// <summary>Which vectors the kernels use, and what MYTORCH_VECTOR may say about it.</summary>
public class VectorPathTests
{
    static readonly VectorWidth[] s_all = [VectorWidth.Bits512, VectorWidth.Bits256, VectorWidth.Bits128, VectorWidth.Scalar];

    [Test]
    public void WithoutTheVariableTheWidestVectorsAreUsed([Values(null, "")] string? value)
    {
        Assert.That(VectorPath.Choose(value), Is.EqualTo(VectorPath.Available.First()));
        Assert.That(VectorPath.Available.Last(), Is.EqualTo(VectorWidth.Scalar));
    }

    [Test]
    public void TheVariableNamesVectorsThatTheProcessorHas()
    {
        foreach (VectorWidth width in s_all)
        {
            string word = VectorPath.Word(width);
            if (VectorPath.Available.Contains(width)) Assert.That(VectorPath.Choose(word), Is.EqualTo(width), word);
            else
                Assert.That(() => VectorPath.Choose(word), Throws.InvalidOperationException.With.Message.Contains($"MYTORCH_VECTOR is {word}")
                    .And.Message.Contains("scalar").And.Message.Contains("Unset it"), word);
        }
    }

    [Test]
    public void AnotherWordIsAnError([Values("1024", "avx2", "Scalar", " 256", "0")] string value) =>
        Assert.That(() => VectorPath.Choose(value), Throws.InvalidOperationException
            .With.Message.EqualTo($"MYTORCH_VECTOR is '{value}'; it must be 512, 256, 128 or scalar. Unset it for the widest vectors of this processor."));
}
