using System.Reflection;
using System.Xml.Linq;

namespace MyTorch.Tests;

/// <summary>What a user sees of the library: every public member is documented, and every operation is complete in one class.</summary>
public sealed class PublicFaceTests
{
    const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    static readonly Assembly s_library = typeof(Tensor).Assembly;

    [Test]
    public void EveryPublicTypeAndMemberIsDocumented()
    {
        XElement[] entries = [.. XDocument.Load(Path.ChangeExtension(s_library.Location, ".xml")).Descendants("member")];
        var documented = entries.Where(IsDocumented).Select(e => e.Attribute("name")!.Value).ToHashSet();
        var parameters = entries.ToDictionary(
            e => e.Attribute("name")!.Value, e => e.Elements("param").Select(p => p.Attribute("name")!.Value).ToHashSet());

        var missing = new List<string>();
        foreach (Type type in s_library.GetExportedTypes())
        {
            if (!documented.Contains("T:" + NameOf(type))) missing.Add(NameOf(type));
            foreach (MemberInfo member in type.GetMembers(Declared).Where(m => IsVisible(m, type)))
                if (!documented.Contains(IdOf(member)) && !IsPrimaryConstructor(member, type)) missing.Add(IdOf(member));
        }
        Assert.That(documented, Has.Count.GreaterThan(300), "the file was read");
        Assert.That(missing, Is.Empty);

        // The parameters of a primary constructor are described at the type, or inherited there.
        bool IsPrimaryConstructor(MemberInfo member, Type type) =>
            member is ConstructorInfo constructor
            && (constructor.GetParameters().All(p => parameters["T:" + NameOf(type)].Contains(p.Name!)) || Inherits(entries, "T:" + NameOf(type)));
    }

    /// <summary>
    /// Where one overload can be called with the required arguments of another, leaving a default argument out means the one and writing it
    /// out the other.
    /// </summary>
    [Test]
    public void WritingOutADefaultArgumentPicksNoOtherOverload()
    {
        var pairs = new List<string>();
        int withDefaults = 0;
        foreach (Type type in s_library.GetExportedTypes())
            foreach (var overloads in type.GetMembers(Declared).OfType<MethodBase>().Where(m => m.IsPublic || m.IsFamily).GroupBy(m => m.Name))
                foreach (MethodBase method in overloads.Where(m => m.GetParameters().Any(p => p.IsOptional)))
                {
                    withDefaults++;
                    Type[] required = [.. method.GetParameters().Where(p => !p.IsOptional).Select(p => p.ParameterType)];
                    pairs.AddRange(overloads.Where(other => other != method && MayBeCalledWith(other.GetParameters(), required)).Select(other => $"{type.Name}: {method} and {other}"));
                }
        Assert.That(withDefaults, Is.GreaterThan(50), "the members were read");
        Assert.That(pairs, Is.Empty);

        static bool MayBeCalledWith(ParameterInfo[] parameters, Type[] arguments) =>
            parameters.Length >= arguments.Length
            && parameters.Skip(arguments.Length).All(p => p.IsOptional)
            && arguments.SequenceEqual(parameters.Take(arguments.Length).Select(p => p.ParameterType));
    }

    static bool IsDocumented(XElement entry) =>
        entry.Element("inheritdoc") is not null || entry.Elements("summary").Any(s => s.Value.Trim().Length > 0) || entry.Element("param") is not null;

    static bool Inherits(XElement[] entries, string id) => entries.Single(e => e.Attribute("name")!.Value == id).Element("inheritdoc") is not null;

    // What can be used from outside, without what the compiler writes and what a property or delegate consists of.
    static bool IsVisible(MemberInfo member, Type type) => member switch
    {
        Type => false,
        FieldInfo field => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName,
        MethodBase method => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)
            && !(method.IsSpecialName && (method.Name.StartsWith("get_", StringComparison.Ordinal) || method.Name.StartsWith("set_", StringComparison.Ordinal)))
            && !(type.IsValueType && method.Name == "<Clone>$") && type.BaseType != typeof(MulticastDelegate)
            && !(method is ConstructorInfo && (method.GetParameters().Length == 0 || IsWrittenByTheCompiler(method)))
            && !IsWrittenByTheCompiler(method),
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(a => a.IsPublic || a.IsFamily || a.IsFamilyOrAssembly) && !IsWrittenByTheCompiler(property),
        _ => true,
    };

    static bool IsWrittenByTheCompiler(MemberInfo member) =>
        member.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), inherit: false);

    /// <summary>The identifier under which the compiler files a member's documentation.</summary>
    static string IdOf(MemberInfo member)
    {
        string owner = NameOf(member.DeclaringType!);
        return member switch
        {
            FieldInfo => $"F:{owner}.{member.Name}",
            EventInfo => $"E:{owner}.{member.Name}",
            PropertyInfo property => $"P:{owner}.{member.Name}{Arguments(property.GetIndexParameters())}",
            ConstructorInfo constructor => $"M:{owner}.#ctor{Arguments(constructor.GetParameters())}",
            MethodInfo method => $"M:{owner}.{method.Name.Replace('.', '#')}{(method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "")}{Arguments(method.GetParameters())}"
                + (method.Name is "op_Implicit" or "op_Explicit" ? "~" + NameOf(method.ReturnType) : ""),
            _ => throw new NotSupportedException(member.ToString()),
        };
    }

    static string Arguments(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(",", parameters.Select(p => NameOf(p.ParameterType)))})";

    static string NameOf(Type type)
    {
        if (type.IsByRef) return NameOf(type.GetElementType()!) + "@";
        if (type.IsArray)
            return NameOf(type.GetElementType()!) + (type.GetArrayRank() == 1 ? "[]" : $"[{string.Join(",", Enumerable.Repeat("0:", type.GetArrayRank()))}]");
        if (type.IsGenericParameter) return (type.DeclaringMethod is null ? "`" : "``") + type.GenericParameterPosition;
        string prefix = type.IsNested ? NameOf(type.DeclaringType!) : type.Namespace!;
        if (!type.IsGenericType || type.IsGenericTypeDefinition) return $"{prefix}.{type.Name}";
        return $"{prefix}.{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}{{{string.Join(",", type.GetGenericArguments().Select(NameOf))}}}";
    }

    static IEnumerable<Type> Operations() => s_library.GetTypes().Where(t => t.Namespace == "MyTorch.Operations" && t.IsSubclassOf(typeof(Operation)) && !t.IsAbstract);

    [TestCaseSource(nameof(Operations))]
    public void AnOperationIsSealedAndHoldsItsForwardAndItsDerivative(Type operation)
    {
        string[] own = [.. operation.GetMethods(Declared).Select(m => m.Name)];
        // Where a module has the operation's name, the name is the module's.
        bool isAModule = s_library.GetType("MyTorch.Nn." + operation.Name) is not null;
        Assert.That(operation.IsSealed);
        Assert.That(operation.IsPublic, Is.Not.EqualTo(isAModule));
        // The abstract classes between ask for a fold instead of the whole value, a local derivative or a gate instead of the whole rule.
        Assert.That(own.Intersect(["Forward", "Reduce"]).Count(), Is.EqualTo(1), "the value");
        Assert.That(own.Intersect(["Backward", "Derivative", "Passes"]).Count(), Is.EqualTo(1), "the derivative");
    }

    [Test]
    public void ThereAreOperationsToLookAt() => Assert.That(Operations().Count(), Is.GreaterThan(50));
}
