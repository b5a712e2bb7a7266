using System.Reflection;
using System.Reflection.Emit;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>
/// An array for a parameter that is a span, with unused elements around it: a kernel that is called wrongly may read or write beyond.
/// </summary>
interface IBuffer
{
    /// <summary>Whether it was written to since it was made.</summary>
    bool IsChanged { get; }

    /// <summary>Writes what it held at first.</summary>
    void Reset();
}

/// <inheritdoc cref="IBuffer"/>
sealed class Buffer<T> : IBuffer
{
    const int Room = 1 << 12;

    readonly T[] _array;
    readonly T[] _first;

    Buffer(ReadOnlySpan<T> values)
    {
        _first = values.ToArray();
        _array = new T[values.Length + 2 * Room];
        Reset();
    }

    public Span<T> Span => _array.AsSpan(Room, _first.Length);

    public Memory<T> Memory => _array.AsMemory(Room, _first.Length);

    public bool IsChanged => !Span.SequenceEqual(_first);

    public static Buffer<T> Of(ReadOnlySpan<T> values) => new(values);

    public void Reset() => _first.CopyTo(Span);
}

/// <summary>Calls of any method or constructor with boxed arguments, the instance first; spans are made from buffers and arrays.</summary>
static class Stub
{
    /// <summary>The parameters of a call: the instance, then what is written in parentheses.</summary>
    public static Type[] ParametersOf(MethodBase method)
    {
        IEnumerable<Type> written = method.GetParameters().Select(parameter => parameter.ParameterType);
        return [.. method.IsStatic || method is ConstructorInfo ? written : written.Prepend(method.DeclaringType!)];
    }

    public static Type? ResultOf(MethodBase method) => method is ConstructorInfo ? method.DeclaringType : ((MethodInfo)method).ReturnType;

    /// <summary>A call. The values of out parameters are written back into the arguments.</summary>
    public static Func<object?[], object?> Compile(MethodBase method)
    {
        var call = new DynamicMethod(method.Name, typeof(object), [typeof(object[])], typeof(Stub).Module, skipVisibility: true);
        ILGenerator il = call.GetILGenerator();
        Type[] types = ParametersOf(method);
        var outs = new List<(int At, LocalBuilder Local)>();
        for (int i = 0; i < types.Length; i++)
        {
            Type type = types[i];
            bool isThis = i == 0 && !method.IsStatic && method is not ConstructorInfo;
            if (type.IsByRef)
            {
                Type element = type.GetElementType()!;
                LocalBuilder local = il.DeclareLocal(element);
                Load(il, i);
                if (element.IsValueType)
                {
                    Label given = il.DefineLabel(), done = il.DefineLabel();
                    il.Emit(OpCodes.Brtrue, given);
                    il.Emit(OpCodes.Br, done);
                    il.MarkLabel(given);
                    Load(il, i);
                    il.Emit(OpCodes.Unbox_Any, element);
                    il.Emit(OpCodes.Stloc, local);
                    il.MarkLabel(done);
                }
                else
                {
                    il.Emit(OpCodes.Castclass, element);
                    il.Emit(OpCodes.Stloc, local);
                }
                il.Emit(OpCodes.Ldloca, local);
                outs.Add((i, local));
                continue;
            }
            Load(il, i);
            if (Maker(type) is { } maker) il.Emit(OpCodes.Call, maker);
            else if (isThis && type.IsValueType) il.Emit(OpCodes.Unbox, type);
            else il.Emit(OpCodes.Unbox_Any, type);
        }
        if (method is ConstructorInfo constructor) il.Emit(OpCodes.Newobj, constructor);
        else il.Emit(method.IsVirtual && !method.DeclaringType!.IsValueType ? OpCodes.Callvirt : OpCodes.Call, (MethodInfo)method);
        Type result = ResultOf(method)!;
        if (result == typeof(void)) il.Emit(OpCodes.Ldnull);
        else
        {
            if (result.IsByRef) il.Emit(OpCodes.Ldobj, result = result.GetElementType()!);
            if (Reader(result) is { } reader) il.Emit(OpCodes.Call, reader);
            else if (result.IsValueType) il.Emit(OpCodes.Box, result);
        }
        LocalBuilder answer = il.DeclareLocal(typeof(object));
        il.Emit(OpCodes.Stloc, answer);
        foreach ((int at, LocalBuilder local) in outs)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldc_I4, at);
            il.Emit(OpCodes.Ldloc, local);
            if (local.LocalType.IsValueType) il.Emit(OpCodes.Box, local.LocalType);
            il.Emit(OpCodes.Stelem_Ref);
        }
        il.Emit(OpCodes.Ldloc, answer);
        il.Emit(OpCodes.Ret);
        return call.CreateDelegate<Func<object?[], object?>>();
    }

    static void Load(ILGenerator il, int at)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4, at);
        il.Emit(OpCodes.Ldelem_Ref);
    }

    /// <summary>The element type of a span or memory; null of other types.</summary>
    public static Type? ElementOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is var open
        && (open == typeof(Span<>) || open == typeof(ReadOnlySpan<>) || open == typeof(Memory<>) || open == typeof(ReadOnlyMemory<>))
        ? type.GetGenericArguments()[0] : null;

    public static bool IsWritten(Type type) => type.IsGenericType
        && (type.GetGenericTypeDefinition() == typeof(Span<>) || type.GetGenericTypeDefinition() == typeof(Memory<>));

    /// <summary>Whether a call with a parameter or result of this type can be made at all.</summary>
    public static bool CanPass(Type type, bool isOut = false) => type.IsByRef
        // Code may read on behind a reference to a number, as if it were an array's.
        ? CanPass(type.GetElementType()!) && (isOut || !type.GetElementType()!.IsPrimitive)
        : !type.IsPointer && !type.IsFunctionPointer && (!type.IsByRefLike || ElementOf(type) is not null);

    static MethodInfo? Maker(Type type) => ElementOf(type) is { } element
        ? typeof(Stub).GetMethod("To" + type.Name.Split('`')[0], BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(element)
        : null;

    static MethodInfo? Reader(Type type) => ElementOf(type) is { } element
        ? typeof(Stub).GetMethod("From" + type.Name.Split('`')[0], BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(element)
        : null;

    static Span<T> ToSpan<T>(object? value) => value is Buffer<T> buffer ? buffer.Span : (T[]?)value;

    static ReadOnlySpan<T> ToReadOnlySpan<T>(object? value) => ToSpan<T>(value);

    static Memory<T> ToMemory<T>(object? value) => value is Buffer<T> buffer ? buffer.Memory : (T[]?)value;

    static ReadOnlyMemory<T> ToReadOnlyMemory<T>(object? value) => ToMemory<T>(value);

    static object FromSpan<T>(Span<T> span) => span.ToArray();

    static object FromReadOnlySpan<T>(ReadOnlySpan<T> span) => span.ToArray();

    static object FromMemory<T>(Memory<T> memory) => memory.ToArray();

    static object FromReadOnlyMemory<T>(ReadOnlyMemory<T> memory) => memory.ToArray();
}
