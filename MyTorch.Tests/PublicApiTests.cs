using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace MyTorch.Tests;

/// <summary>
/// What a user can call is written down in PublicApi.approved.txt: a change of it is seen in review, never made by accident.
/// </summary>
public sealed class PublicApiTests
{
    const string Accept = "MYTORCH_ACCEPT_API";
    const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    static readonly Assembly s_library = typeof(Tensor).Assembly;
    static readonly NullabilityInfoContext s_nullability = new();

    [Test]
    public void ThePublicApiIsTheApprovedOne()
    {
        string file = ApprovedFile(), now = Listing();
        if (Environment.GetEnvironmentVariable(Accept) == "1") File.WriteAllText(file, now);
        string[] approved = File.ReadAllText(file).ReplaceLineEndings("\n").Split('\n'), actual = now.Split('\n');
        string difference = string.Join('\n', [.. approved.Except(actual).Select(line => "- " + line), .. actual.Except(approved).Select(line => "+ " + line)]);
        Assert.That(difference, Is.Empty, $"The public API differs from MyTorch.Tests/PublicApi.approved.txt. If it should, run this test once with {Accept}=1 and commit the file.");
        Assert.That(actual, Is.EqualTo(approved), $"The order differs; run this test once with {Accept}=1.");
    }

    /// <summary>A file may import any of the library's namespaces together.</summary>
    [Test]
    public void NoTwoPublicTypesShareAName()
    {
        Type[] types = [.. s_library.GetExportedTypes().Where(type => !type.IsNested)];
        Assert.That(types, Has.Length.GreaterThan(100), "the types were read");
        Assert.That(types.GroupBy(type => type.Name).Where(group => group.Count() > 1).SelectMany(group => group), Is.Empty);
    }

    static string ApprovedFile([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "PublicApi.approved.txt");

    static string Listing()
    {
        var text = new StringBuilder();
        foreach (Type type in s_library.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (string member in type.GetMembers(Declared).Select(Signature).OfType<string>().Order(StringComparer.Ordinal)) text.Append("    ").Append(member).Append('\n');
        }
        return text.ToString();
    }

    static string Header(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type.IsAbstract && type.IsSealed ? "static class"
            : (type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + "class";
        Type[] bases = [.. new[] { type.BaseType }.OfType<Type>().Where(b => b != typeof(object) && b != typeof(ValueType) && b != typeof(Enum))];
        return $"{kind} {type.FullName}{(bases.Length > 0 ? " : " + Name(bases[0]) : "")}";
    }

    /// <summary>
    /// A member as C# would declare it, without its body; null for accessors and for members that are not visible outside.
    /// </summary>
    static string? Signature(MemberInfo member) => member switch
    {
        _ when member.Name.StartsWith('<') => null,
        FieldInfo { DeclaringType.IsEnum: true, IsLiteral: true } constant => $"{constant.Name} = {Convert.ToInt64(constant.GetRawConstantValue(), CultureInfo.InvariantCulture)}",
        FieldInfo field when field.IsPublic || IsProtected(field.IsFamily, field.IsFamilyOrAssembly) => $"{(field.IsStatic ? "static " : "")}{Name(field.FieldType, s_nullability.Create(field))} {field.Name}",
        ConstructorInfo constructor when IsVisible(constructor) && !constructor.IsStatic => $"{Access(constructor)}{Plain(member.DeclaringType!.Name)}({Parameters(constructor)})",
        PropertyInfo property when property.GetAccessors(nonPublic: true).Where(IsVisible).ToArray() is { Length: > 0 } accessors =>
            $"{Access(accessors[0])}{Name(property.PropertyType, s_nullability.Create(property))} {property.Name}"
            + (property.GetIndexParameters() is { Length: > 0 } index ? $"[{string.Join(", ", index.Select(Parameter))}]" : "")
            + $" {{ {string.Join(" ", accessors.Select(Accessor))} }}",
        MethodInfo method when IsVisible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) =>
            $"{Access(method)}{Name(method.ReturnType, s_nullability.Create(method.ReturnParameter))} {method.Name}"
            + (method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "") + $"({Parameters(method)})",
        _ => null,
    };

    static bool IsVisible(MethodBase method) => method.IsPublic || IsProtected(method.IsFamily, method.IsFamilyOrAssembly);

    static bool IsProtected(bool family, bool familyOrAssembly) => family || familyOrAssembly;

    static string Accessor(MethodInfo accessor) => accessor.Name.StartsWith("get_", StringComparison.Ordinal) ? "get;"
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init;" : "set;";

    static string Access(MethodBase method) => (method.IsPublic ? "" : "protected ")
        + (method.IsStatic ? "static " : "")
        + (method is not MethodInfo { IsVirtual: true, IsFinal: false } overridable ? "" : overridable.GetBaseDefinition() != overridable ? "override " : overridable.IsAbstract ? "abstract " : "virtual ");

    static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    static string Parameter(ParameterInfo parameter)
    {
        bool isParams = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute));
        string value = !parameter.HasDefaultValue ? "" : " = " + parameter.DefaultValue switch
        {
            null => parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null",
            string text => $"\"{text}\"",
            bool flag => flag ? "true" : "false",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            var other => other.ToString(),
        };
        return $"{(parameter.IsDefined(typeof(ExtensionAttribute)) ? "this " : "")}{(isParams ? "params " : "")}{(parameter.IsOut ? "out " : "")}{Name(parameter.ParameterType, s_nullability.Create(parameter))} {parameter.Name}{value}";
    }

    static string Name(Type type, NullabilityInfo? nullability = null)
    {
        if (type.IsByRef) type = type.GetElementType()!;
        string mark = nullability is { ReadState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        if (type.IsArray) return Name(type.GetElementType()!, nullability?.ElementType) + (type.GetArrayRank() == 1 ? "[]" : $"[{new string(',', type.GetArrayRank() - 1)}]") + mark;
        if (!type.IsGenericType) return Plain(type.Name) + mark;
        Type[] arguments = type.GetGenericArguments();
        NullabilityInfo[] inside = nullability?.GenericTypeArguments ?? [];
        return $"{Plain(type.Name)}<{string.Join(", ", arguments.Select((argument, i) => Name(argument, i < inside.Length ? inside[i] : null)))}>{mark}";
    }

    static string Plain(string name) => name.Split('`')[0] switch
    {
        "Double" => "double",
        "Single" => "float",
        "Int32" => "int",
        "Int64" => "long",
        "Boolean" => "bool",
        "String" => "string",
        "Object" => "object",
        "Void" => "void",
        "Char" => "char",
        var other => other,
    };
}
