using System.Reflection;
using System.Runtime.CompilerServices;
using MyTorch.Grader.Grading;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>
/// What code in the handout can call, with its type parameters chosen: a method, constructor or getter; a static field, which is read; a
/// function that something returned.
/// </summary>
sealed class ReachableMember
{
    readonly bool _isBlock;
    Func<object?[], object?>? _call;

    ReachableMember(MemberInfo member, bool isBlock)
    {
        Member = member;
        Method = member as MethodBase;
        _isBlock = isBlock;
        Types = Method is null ? [] : Stub.ParametersOf(Method);
        Parameters = Method?.GetParameters() ?? [];
        HasInstance = Types.Length > Parameters.Length;
        Result = Method is null ? ((FieldInfo)member).FieldType : Stub.ResultOf(Method)!;
        Text = Describe();
    }

    /// <summary>The declaration.</summary>
    public MemberInfo Member { get; }

    /// <summary>It, unless it is a field.</summary>
    public MethodBase? Method { get; }

    /// <summary>Whether the assignment says that handed-in code may not use it: the grader reports each use.</summary>
    public bool IsForbidden { get; private init; }

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

    /// <summary>Whether it was found to start threads, which stay.</summary>
    public bool StartsThreads { get; set; }

    /// <summary>How long calls of it took in the search for one member to write.</summary>
    public TimeSpan Spent { get; set; }

    public ParameterInfo? ParameterAt(int at) => HasInstance ? at == 0 ? null : Parameters[at - 1] : Parameters[at];

    public object? Call(object?[] arguments) => (_call ??= Method is null ? Read((FieldInfo)Member) : Stub.Compile(Method))(arguments);

    static Func<object?[], object?> Read(FieldInfo field) => _ => field.GetValue(null);

    /// <summary>A call as C#.</summary>
    public string Write(IReadOnlyList<string> arguments)
    {
        string[] written = [.. arguments.Skip(HasInstance ? 1 : 0)];
        string target = HasInstance ? Grouped(arguments[0]) : Name(Member.DeclaringType!);
        if (Method is null) return $"{target}.{Member.Name}";
        if (IsFunction) return $"{target}({string.Join(", ", written)})";
        if (Method is ConstructorInfo) return $"new {Name(Method.DeclaringType!)}({string.Join(", ", written)})";
        if (Method.IsSpecialName && Method.Name.StartsWith("op_", StringComparison.Ordinal))
            return Operator(Method.Name) is { } sign
                ? written.Length == 1 ? sign + Grouped(written[0]) : $"{Grouped(written[0])} {sign} {Grouped(written[1])}"
                : $"({Name(Result)}){Grouped(written[0])}";
        if (Method.IsSpecialName && Method.Name.StartsWith("get_", StringComparison.Ordinal))
            return written.Length > 0 ? $"{target}[{string.Join(", ", written)}]" : $"{target}.{Method.Name[4..]}";
        if (Method.IsSpecialName && Method.Name.StartsWith("set_", StringComparison.Ordinal))
            return written.Length > 1 ? $"{target}[{string.Join(", ", written[..^1])}] = {written[^1]}"
                : $"{target}.{Method.Name[4..]} = {written[0]}";
        string types = Method.IsGenericMethod ? $"<{string.Join(", ", Method.GetGenericArguments().Select(Name))}>" : "";
        if (Method.IsDefined(typeof(ExtensionAttribute)) && written.Length > 0)
            return $"{Grouped(written[0])}.{Method.Name}{types}({string.Join(", ", written[1..])})";
        return $"{target}.{Method.Name}{types}({string.Join(", ", written)})";
    }

    /// <summary>Whether it is the call of a value that is a function.</summary>
    public bool IsFunction => typeof(Delegate).IsAssignableFrom(Member.DeclaringType);

    /// <summary>An expression, in parentheses where it must stand in them before a dot.</summary>
    public static string Grouped(string text)
    {
        // An operator outside of parentheses has spaces around it.
        int depth = 0;
        foreach (char one in text)
        {
            if (one is '(' or '[') depth++;
            if (one is ')' or ']') depth--;
            if (one is ' ' && depth == 0 && !text.StartsWith("new ", StringComparison.Ordinal)) return $"({text})";
        }
        return text.StartsWith("new ", StringComparison.Ordinal) || text.StartsWith('-') ? $"({text})" : text;
    }

    static string? Operator(string name) => name switch
    {
        "op_Addition" or "op_UnaryPlus" => "+",
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
        "op_ExclusiveOr" => "^",
        "op_Modulus" => "%",
        "op_OnesComplement" => "~",
        "op_LeftShift" => "<<",
        "op_RightShift" => ">>",
        _ => null,
    };

    /// <summary>The name of a method as an assignment has it: "Backward", "operator+".</summary>
    public static string WrittenName(MethodBase method) =>
        method.IsSpecialName && Operator(method.Name) is { } sign ? "operator" + sign : method.Name;

    string Describe()
    {
        if (Method is null) return $"{Name(Member.DeclaringType!)}.{Member.Name}";
        string name = Method is ConstructorInfo ? $"new {Name(Member.DeclaringType!)}"
            : $"{Name(Member.DeclaringType!)}.{Method.Name}" +
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
        var choice = new TypeChoice(library);
        var members = new List<ReachableMember>();
        foreach (Type open in library.Assembly.GetTypes().Where(type => IsReachable(type) && type != library.Hook))
            // What is forbidden in a class may be called by way of an interface.
            if (!open.IsInterface || job.Forbidden.Count > 0)
                foreach (Type type in choice.Close(open))
                    foreach (MemberInfo member in Declared(type).Where(member => IsCallable(member) && declared.Contains(KeyOf(member))))
                        Add(open, member);
        foreach (Type function in members.SelectMany(one => FunctionsIn(one.Result)).Distinct().ToArray())
            members.Add(new ReachableMember(function.GetMethod("Invoke")!, isBlock: true));
        for (int i = 0; i < members.Count; i++) members[i].Number = i + 1;
        return members;

        void Add(Type open, MemberInfo member)
        {
            string owner = open.FullName!.Replace('+', '.'), name = $"{owner}.{NameOf(member)}";
            bool isBlock = open == library.Tensor && member.Name.StartsWith("op_", StringComparison.Ordinal)
                || named.Contains(name)
                // It computes nothing: what an auto-property of an object holds is at hand, and what a constructor stores.
                || member is MethodInfo { IsStatic: false } && member.Name.StartsWith("get_", StringComparison.Ordinal)
                    && member.IsDefined(typeof(CompilerGeneratedAttribute))
                || member is ConstructorInfo && job.Stores.Contains(owner);
            IEnumerable<MemberInfo> closed = member is MethodInfo { IsGenericMethodDefinition: true } generic
                ? choice.Close(generic) : [member];
            members.AddRange(closed.Select(one => new ReachableMember(one, isBlock)
            {
                IsForbidden = ForbiddenScan.IsNamed(job.Forbidden, name, owner) || NamesForbidden(one),
            }));
        }

        bool NamesForbidden(MemberInfo member) => TypesChosen(member).Concat(member.DeclaringType!.GetGenericArguments())
            .Where(type => type.Assembly == library.Assembly).Select(type => type.FullName!.Replace('+', '.'))
            .Any(name => ForbiddenScan.IsNamed(job.Forbidden, name, name));
    }

    static Type[] TypesChosen(MemberInfo member) =>
        member is MethodInfo { IsGenericMethod: true } method ? method.GetGenericArguments() : [];

    // The function types in a type: in Dictionary<string, Func<Tensor, Tensor>> too.
    static IEnumerable<Type> FunctionsIn(Type type)
    {
        if (type.ContainsGenericParameters || type.IsByRefLike) return [];
        if (typeof(Delegate).IsAssignableFrom(type))
            return type.GetMethod("Invoke") is { } invoke && !invoke.GetParameters().Any(one => one.ParameterType.IsByRef) ? [type] : [];
        IEnumerable<Type> inner = type.HasElementType ? [type.GetElementType()!] : type.GetGenericArguments();
        return inner.SelectMany(FunctionsIn);
    }

    static string NameOf(MemberInfo member) => member is ConstructorInfo ? member.DeclaringType!.Name
        : member.Name is "get_Item" or "set_Item" ? "this[]"
        : member is MethodInfo { IsSpecialName: true } && member.Name.Split('_')[0] is "get" or "set" ? member.Name[4..]
        : member is MethodInfo { IsSpecialName: true } method ? WrittenName(method)
        : member.Name;

    static IEnumerable<MemberInfo> Declared(Type type)
    {
        const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic |
            BindingFlags.DeclaredOnly;
        return type.GetMethods(All).Concat<MemberInfo>(type.GetConstructors(All & ~BindingFlags.Static))
            .Concat(type.GetFields(All & ~BindingFlags.Instance));
    }

    // The same in both compilations.
    static string KeyOf(MemberInfo member)
    {
        Type type = member.DeclaringType!;
        if (type.IsGenericType)
        {
            type = type.GetGenericTypeDefinition();
            member = Declared(type).First(other => other.MetadataToken == member.MetadataToken);
        }
        return $"{type.FullName}|{member}";
    }

    static bool IsReachable(Type type) => !type.IsEnum && !typeof(Delegate).IsAssignableFrom(type)
        && !type.Name.Contains('<', StringComparison.Ordinal) && !type.IsDefined(typeof(CompilerGeneratedAttribute))
        && type.DeclaringType is not { IsNestedPrivate: true };

    static bool IsCallable(MemberInfo member) =>
        !member.Name.Contains('<', StringComparison.Ordinal)
        && member switch
        {
            FieldInfo field => !field.IsLiteral && !field.FieldType.IsByRefLike && !field.FieldType.IsPointer,
            MethodBase method => method.Name is not ("Equals" or "GetHashCode" or "ToString" or "GetEnumerator" or "Dispose" or "Finalize")
                && !(method.IsSpecialName && method.Name.Split('_')[0] is "add" or "remove")
                // A setting of the library.
                && !(method.IsSpecialName && method.IsStatic && method.Name.StartsWith("set_", StringComparison.Ordinal))
                && !(method is ConstructorInfo && method.DeclaringType!.IsAbstract)
                && !(method.DeclaringType!.IsInterface && method.IsStatic),
            _ => false,
        };

    /// <summary>Whether a body of a class can call it: what is private, its own class can.</summary>
    public bool IsReachableFrom(Type type)
    {
        if (IsFunction) return true;
        Type declaring = Open(Member.DeclaringType!);
        for (Type? around = type; around is not null; around = around.DeclaringType)
            if (Open(around) == declaring || declaring.IsNestedPrivate && Open(around) == declaring.DeclaringType)
                return Open(around) == declaring || !IsPrivate;
        return !IsPrivate && !declaring.IsNestedPrivate;
    }

    // An explicit implementation of an interface can be called by way of it.
    bool IsPrivate => (Method?.IsPrivate ?? ((FieldInfo)Member).IsPrivate) && !Member.Name.Contains('.', StringComparison.Ordinal);

    static Type Open(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
}

/// <summary>
/// Chooses type parameters: a struct or class of the library where a constraint names one of its interfaces, the class that a constraint
/// names, double and tensors everywhere else.
/// </summary>
sealed class TypeChoice(SearchedLibrary library)
{
    const int MostChoices = 24;

    readonly Type[] _any = [typeof(double), .. library.Main];

    public IEnumerable<Type> Close(Type open) => !open.IsGenericTypeDefinition ? [open]
        : Choices(open.GetGenericArguments()).Select(types => Try(() => open.MakeGenericType(types))).OfType<Type>().Take(MostChoices);

    public IEnumerable<MethodInfo> Close(MethodInfo open) =>
        Choices(open.GetGenericArguments()).Where(types => !HasSpans(open) || types.All(type => !library.Main.Contains(type)))
            .Select(types => Try(() => open.MakeGenericMethod(types))).OfType<MethodInfo>().Take(MostChoices);

    // It moves numbers, whatever they are.
    static bool HasSpans(MethodInfo method) => method.GetParameters().Any(one => one.ParameterType.IsByRefLike);

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
        parameter.GetGenericParameterConstraints().FirstOrDefault(one => one.IsInterface && one.Assembly == library.Assembly);

    IEnumerable<Dictionary<Type, Type>> Extend(Dictionary<Type, Type> choice, Type parameter)
    {
        if (choice.ContainsKey(parameter)) return [choice];
        if (Interface(parameter) is not { } wanted)
        {
            Type? named = parameter.GetGenericParameterConstraints().FirstOrDefault(one => one.IsClass && one != typeof(ValueType));
            IEnumerable<Type> any = named is null ? _any : [named];
            return any.Where(type => Meets(type, parameter)).Select(type => new Dictionary<Type, Type>(choice) { [parameter] = type });
        }
        return library.Assembly.GetTypes().Where(type => !type.IsInterface && !type.IsAbstract && library.IsGiven(type))
            .SelectMany(OfDoubles)
            .SelectMany(type => type.GetInterfaces().Select(one => (type, one)))
            .Where(pair => pair.one.Name == wanted.Name && pair.one.Assembly == library.Assembly)
            .Select(pair => (Choice: Unified(choice, wanted, pair.one), pair.type)).Where(pair => pair.Choice is not null)
            .Select(pair => new Dictionary<Type, Type>(pair.Choice!) { [parameter] = pair.type });
    }

    // What need not be tried: numbers and structs for which a tensor cannot stand.
    static bool Meets(Type type, Type parameter) => type.IsValueType
        ? !parameter.GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)
        : !parameter.GenericParameterAttributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint)
            && !parameter.GetGenericParameterConstraints().Any(one => one.Namespace == "System.Numerics");

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
