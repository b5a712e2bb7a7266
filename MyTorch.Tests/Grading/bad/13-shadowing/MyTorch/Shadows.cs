namespace MyTorch
{
    public static class Assert { public static void That(object? a, object? b) { } }

    public static class Is { public static object EqualTo(object? a) => new(); }
}

namespace NUnit.Framework
{
    public static class Assert { public static void That(object? a, object? b) { } }
}

namespace MyTorch.Probes
{
    public sealed class Probe { public void Return(string name, object? value) { } }

    public static class ProbeHost { public static int Start(string[] args) => 0; }

    public static class Comparison { public static object? Compare(object? a, object? b, object? c) => null; }
}

namespace MyTorch.Tests
{
    public static class BadHandinTests { }
}
