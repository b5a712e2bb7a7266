using System.Reflection;
using System.Reflection.Emit;
using MyTorch.Kernels;

namespace MyTorch.Tests.Kernels;

/// <summary>
/// .NET compiles a method quickly at first, and in the background again when it has been called often. In the quick form an operation on
/// vectors is a call, 20 times slower, and on one core the second form comes after seconds. So the kernels ask for it at once.
/// </summary>
public class FirstCallTests
{
    const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    // What names a vector without working on one.
    static readonly string[] s_constants = ["get_IsSupported", "get_IsHardwareAccelerated", "get_Count", "get_Width", "get_TileRows", "get_Zero", "CpuId"];

    [Test]
    public void AKernelIsFullyCompiledBeforeItsFirstCall()
    {
        MethodInfo[] methods = [.. typeof(MicroKernel).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(MicroKernel).Namespace && !IsLanes(type)).SelectMany(type => type.GetMethods(Declared))];
        MethodInfo[] vectors = [.. methods.Where(WorksOnVectors)];
        Assert.That(vectors, Has.Length.GreaterThan(30).And.Length.LessThan(methods.Length));
        const MethodImplAttributes full = MethodImplAttributes.AggressiveOptimization | MethodImplAttributes.AggressiveInlining;
        Assert.That(
            vectors.Where(method => (method.MethodImplementationFlags & full) == 0).Select(method => $"{method.DeclaringType!.Name}.{method.Name}"),
            Is.Empty, "Give it [MethodImpl(MethodImplOptions.AggressiveOptimization)] if it has a loop, else AggressiveInlining.");
    }

    [Test]
    public void NoKernelChoosesItsVectorsPastTheSwitch()
    {
        MethodInfo[] methods = [.. typeof(MicroKernel).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(MicroKernel).Namespace && type != typeof(VectorPath) && !IsLanes(type))
            .SelectMany(type => type.GetMethods(Declared))];
        Assert.That(
            methods.Where(method => Called(method).Any(IsPastTheSwitch)).Select(method => $"{method.DeclaringType!.Name}.{method.Name}"),
            Is.Empty, $"Take the width from VectorPath.Current, which {VectorPath.Variable} sets.");

        static bool IsPastTheSwitch(MethodBase called) => called.Name == "get_IsHardwareAccelerated"
            || called.DeclaringType is { Namespace: "System.Numerics", Name: "Vector" or "Vector`1" };
    }

    static bool IsLanes(Type type) => type.Name == typeof(ILanes<,>).Name
        || type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(ILanes<,>));

    static bool WorksOnVectors(MethodInfo method) => Called(method).Any(called =>
        !s_constants.Contains(called.Name) && called.DeclaringType is { } type && IsVector(type));

    static bool IsVector(Type type) => type.Name == typeof(ILanes<,>).Name
        || type.Namespace?.StartsWith("System.Runtime.Intrinsics", StringComparison.Ordinal) is true
        || (type.Namespace == "System.Numerics" && type.Name.StartsWith("Vector", StringComparison.Ordinal));

    /// <summary>The methods that a method calls, from its instructions.</summary>
    static IEnumerable<MethodBase> Called(MethodInfo method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code) yield break;
        Type[] ofType = method.DeclaringType!.GetGenericArguments(), ofMethod = method.GetGenericArguments();
        for (int at = 0; at < code.Length;)
        {
            short value = code[at++];
            if (value == 0xFE) value = (short)(0xFE00 | code[at++]);
            OpCode instruction = s_codes[value];
            if (instruction.OperandType == OperandType.InlineMethod)
                yield return method.Module.ResolveMethod(BitConverter.ToInt32(code, at), ofType, ofMethod)!;
            at += instruction.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }
}
