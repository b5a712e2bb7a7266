using System.Reflection;
using System.Runtime.CompilerServices;
using MyTorch.Grader.Grading;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>A method, constructor or getter that code in the handout can call, with its type parameters chosen.</summary>
sealed class ReachableMember
{
    readonly bool _isBlock;
    Func<object?[], object?>? _call;

    ReachableMember(MethodBase method, bool isBlock)
    {
        Method = method;
        _isBlock = isBlock;
        Types = Stub.ParametersOf(method);
        Parameters = method.GetParameters();
        HasInstance = Types.Length > Parameters.Length;
        Result = Stub.ResultOf(method)!;
        Text = Describe();
    }

    public MethodBase Method { get; }

    /// <summary>
    /// Whether it is a building block: the assignment's cheat sheet names it, it is an operator of a tensor, it reads an auto-property, or
    /// the student wrote it.
    /// </summary>
    public bool IsBlock => _isBlock || IsAnswered;

    /// <summary>Whether it is a member of a question that the searched one depends on, or what such a member overrides.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>The types of what it is called with, the instance first.</summary>
    public Type[] Types { get; }

    /// <summary>The parameters in parentheses.</summary>
    public ParameterInfo[] Parameters { get; }

    public bool HasInstance { get; }

    public Type Result { get; }

    /// <summary>"SoftmaxKernels.Softmax&lt;Double&gt;(ReadOnlySpan&lt;Double&gt;, Span&lt;Double&gt;)"</summary>
    public string Text { get; }

    /// <summary>Its line among all members.</summary>
    public int Number { get; set; }

    /// <summary>Whether it was found to throw whatever it is called with, since it calls what the handout does not have.</summary>
    public bool IsUnwritten { get; set; }

    /// <summary>How long calls of it took in the search for one member to write.</summary>
    public TimeSpan Spent { get; set; }

    public ParameterInfo? ParameterAt(int at) => HasInstance ? at == 0 ? null : Parameters[at - 1] : Parameters[at];

    public object? Call(object?[] arguments) => (_call ??= Stub.Compile(Method))(arguments);

    /// <summary>A call as C#.</summary>
    public string Write(IReadOnlyList<string> arguments)
    {
        string[] written = [.. arguments.Skip(HasInstance ? 1 : 0)];
        string target = HasInstance ? Grouped(arguments[0]) : Name(Method.DeclaringType!);
        if (Method is ConstructorInfo) return $"new {Name(Method.DeclaringType!)}({string.Join(", ", written)})";
        if (Method.IsSpecialName && Method.Name.StartsWith("op_", StringComparison.Ordinal))
            return Operator(Method.Name) is { } sign
                ? written.Length == 1 ? sign + Grouped(written[0]) : $"{Grouped(written[0])} {sign} {Grouped(written[1])}"
                : $"({Name(Result)}){Grouped(written[0])}";
        if (Method.IsSpecialName && Method.Name.StartsWith("get_", StringComparison.Ordinal))
            return written.Length > 0 ? $"{target}[{string.Join(", ", written)}]" : $"{target}.{Method.Name[4..]}";
        string types = Method.IsGenericMethod ? $"<{string.Join(", ", Method.GetGenericArguments().Select(Name))}>" : "";
        if (Method.IsDefined(typeof(ExtensionAttribute)) && written.Length > 0)
            return $"{Grouped(written[0])}.{Method.Name}{types}({string.Join(", ", written[1..])})";
        return $"{target}.{Method.Name}{types}({string.Join(", ", written)})";
    }

    static string Grouped(string text)
    {
        // An operator outside of parentheses has spaces around it.
        int depth = 0;
        foreach (char one in text)
        {
            if (one is '(' or '[') depth++;
            if (one is ')' or ']') depth--;
            if (one == ' ' && depth == 0 && !text.StartsWith("new ", StringComparison.Ordinal)) return $"({text})";
        }
        return text.StartsWith("new ", StringComparison.Ordinal) || text.StartsWith('-') ? $"({text})" : text;
    }

    static string? Operator(string name) => name switch
    {
        "op_Addition" => "+",
        "op_Subtraction" => "-",
        "op_Multiply" => "*",
        "op_Division" => "/",
        "op_UnaryNegation" => "-",
        "op_GreaterThan" => ">",
        "op_LessThan" => "<",
        "op_GreaterThanOrEqual" => ">=",
        "op_LessThanOrEqual" => "<=",
        "op_Equality" => "==",
        "op_Inequality" => "!=",
        "op_BitwiseAnd" => "&",
        "op_BitwiseOr" => "|",
        "op_LogicalNot" => "!",
        _ => null,
    };

    string Describe()
    {
        string name = Method is ConstructorInfo ? $"new {Name(Method.DeclaringType!)}"
            : $"{Name(Method.DeclaringType!)}.{Method.Name}" +
                (Method.IsGenericMethod ? $"<{string.Join(", ", Method.GetGenericArguments().Select(Name))}>" : "");
        return $"{name}({string.Join(", ", Parameters.Select(parameter => Name(parameter.ParameterType)))})";
    }

    /// <summary>A type as C# has it, without namespaces.</summary>
    public static string Name(Type type)
    {
        if (type == typeof(double)) return "double";
        if (type == typeof(int)) return "int";
        if (type == typeof(long)) return "long";
        if (type == typeof(bool)) return "bool";
        if (type == typeof(float)) return "float";
        if (type == typeof(string)) return "string";
        if (type == typeof(object)) return "object";
        if (type == typeof(void)) return "void";
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.IsByRef) return "ref " + Name(type.GetElementType()!);
        string name = type.Name.Split('`')[0];
        if (type.IsNested && !type.IsGenericParameter) name = $"{type.DeclaringType!.Name.Split('`')[0]}.{name}";
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }

    /// <summary>Everything that the handout declares and code in it can call.</summary>
    /// <param name="library">The searched library.</param>
    /// <param name="handout">The handout, compiled by itself.</param>
    /// <param name="job">What are building blocks, and what is forbidden, by full name.</param>
    public static List<ReachableMember> All(SearchedLibrary library, Assembly handout, LeakJob job)
    {
        var declared = handout.GetTypes().SelectMany(type => Declared(type).Select(KeyOf)).ToHashSet(StringComparer.Ordinal);
        HashSet<string> named = [.. job.Blocks.Select(name => name.Split('(')[0])];
        var members = new List<ReachableMember>();
        foreach (Type open in library.Assembly.GetTypes().Where(type => IsReachable(type) && type != library.Hook))
            foreach (Type type in new TypeChoice(library.Assembly).Close(open))
                foreach (MethodBase method in Declared(type).Where(method => IsCallable(method) && declared.Contains(KeyOf(method))))
                {
                    string owner = open.FullName!.Replace('+', '.');
                    if (ForbiddenScan.IsNamed(job.Forbidden, $"{owner}.{NameOf(method)}", owner)) continue;
                    bool isBlock = open == library.Tensor && method.Name.StartsWith("op_", StringComparison.Ordinal)
                        || named.Contains($"{owner}.{NameOf(method)}")
                        // It computes nothing: what an auto-property holds is at hand.
                        || method.Name.StartsWith("get_", StringComparison.Ordinal) && method.IsDefined(typeof(CompilerGeneratedAttribute));
                    IEnumerable<MethodBase> closed = method is MethodInfo { IsGenericMethodDefinition: true } generic
                        ? new TypeChoice(library.Assembly).Close(generic)
                        : [method];
                    members.AddRange(closed.Select(one => new ReachableMember(one, isBlock)));
                }
        for (int i = 0; i < members.Count; i++) members[i].Number = i + 1;
        return members;
    }

    static string NameOf(MethodBase method) => method is ConstructorInfo ? method.DeclaringType!.Name
        : method.Name == "get_Item" ? "this[]"
        : method.IsSpecialName && method.Name.StartsWith("get_", StringComparison.Ordinal) ? method.Name[4..] : method.Name;

    static IEnumerable<MethodBase> Declared(Type type)
    {
        const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic |
            BindingFlags.DeclaredOnly;
        return type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All & ~BindingFlags.Static));
    }

    // The same in both compilations.
    static string KeyOf(MethodBase method)
    {
        Type type = method.DeclaringType!;
        if (type.IsGenericType)
        {
            type = type.GetGenericTypeDefinition();
            method = Declared(type).First(other => other.MetadataToken == method.MetadataToken);
        }
        return $"{type.FullName}|{method}";
    }

    static bool IsReachable(Type type) => !type.IsInterface && !type.IsEnum && !typeof(Delegate).IsAssignableFrom(type)
        && !type.Name.Contains('<', StringComparison.Ordinal) && !type.IsDefined(typeof(CompilerGeneratedAttribute))
        && type.DeclaringType is not { IsNestedPrivate: true };

    static bool IsCallable(MethodBase method) =>
        !method.Name.Contains('<', StringComparison.Ordinal)
        && method.Name is not ("Equals" or "GetHashCode" or "ToString" or "GetEnumerator" or "Dispose" or "Finalize" or "Deconstruct")
        && !(method.IsSpecialName && method.Name.Split('_')[0] is "set" or "add" or "remove")
        && !(method is ConstructorInfo && method.DeclaringType!.IsAbstract);

    /// <summary>Whether a body of a class can call it: what is private, its own class can.</summary>
    public bool IsReachableFrom(Type type)
    {
        Type declaring = Open(Method.DeclaringType!);
        for (Type? around = type; around is not null; around = around.DeclaringType)
            if (Open(around) == declaring) return true;
        if (Method.IsPrivate && !Method.Name.Contains('.', StringComparison.Ordinal)) return false;
        return !declaring.IsNestedPrivate;
    }

    static Type Open(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
}

/// <summary>
/// Chooses type parameters: a struct or class of the library where a constraint names one of its interfaces, double everywhere else.
/// </summary>
sealed class TypeChoice(Assembly library)
{
    const int MostChoices = 24;

    public IEnumerable<Type> Close(Type open) => !open.IsGenericTypeDefinition ? [open]
        : Choices(open.GetGenericArguments()).Select(types => Try(() => open.MakeGenericType(types))).OfType<Type>().Take(MostChoices);

    public IEnumerable<MethodInfo> Close(MethodInfo open) =>
        Choices(open.GetGenericArguments()).Select(types => Try(() => open.MakeGenericMethod(types))).OfType<MethodInfo>()
            .Take(MostChoices);

    static T? Try<T>(Func<T> make) where T : class
    {
        try
        {
            return make();
        }
        // A constraint that the choice does not meet.
        catch (Exception e) when (e is ArgumentException or TypeLoadException or NotSupportedException)
        {
            return null;
        }
    }

    IEnumerable<Type[]> Choices(Type[] parameters)
    {
        var chosen = new List<Dictionary<Type, Type>> { new() };
        // Those that a library's interface constrains decide about others: L : ILanes<T, V>.
        foreach (Type parameter in parameters.OrderBy(one => Interface(one) is null))
            chosen = [.. chosen.SelectMany(choice => Extend(choice, parameter)).Take(200)];
        return chosen.Select(choice => parameters.Select(parameter => choice[parameter]).ToArray());
    }

    Type? Interface(Type parameter) =>
        parameter.GetGenericParameterConstraints().FirstOrDefault(one => one.IsInterface && one.Assembly == library);

    IEnumerable<Dictionary<Type, Type>> Extend(Dictionary<Type, Type> choice, Type parameter)
    {
        if (choice.ContainsKey(parameter)) return [choice];
        if (Interface(parameter) is not { } wanted) return [new(choice) { [parameter] = typeof(double) }];
        return library.GetTypes().Where(type => !type.IsInterface && !type.IsAbstract).SelectMany(OfDoubles)
            .SelectMany(type => type.GetInterfaces().Select(one => (type, one)))
            .Where(pair => pair.one.Name == wanted.Name && pair.one.Assembly == library)
            .Select(pair => (Choice: Unified(choice, wanted, pair.one), pair.type)).Where(pair => pair.Choice is not null)
            .Select(pair => new Dictionary<Type, Type>(pair.Choice!) { [parameter] = pair.type });
    }

    static IEnumerable<Type> OfDoubles(Type type) => !type.IsGenericTypeDefinition ? [type]
        : Try(() => type.MakeGenericType([.. type.GetGenericArguments().Select(_ => typeof(double))])) is { } closed ? [closed] : [];

    static Dictionary<Type, Type>? Unified(Dictionary<Type, Type> choice, Type wanted, Type given)
    {
        var result = new Dictionary<Type, Type>(choice);
        if (!wanted.IsGenericType) return result;
        foreach ((Type left, Type right) in wanted.GetGenericArguments().Zip(given.GetGenericArguments()))
        {
            if (!left.IsGenericParameter) { if (left != right) return null; }
            else if (result.TryGetValue(left, out Type? known)) { if (known != right) return null; }
            else result[left] = right;
        }
        return result;
    }
}
