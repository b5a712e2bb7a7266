using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace MyTorch.Nn;

// Registration: finds and names the parameters, buffers and submodules of a module, and throws for layers that it cannot register.
public abstract partial class Module
{
    // A property is read through its backing field; the property is needed for its attributes.
    const DynamicallyAccessedMemberTypes StateMembers =
        DynamicallyAccessedMemberTypes.AllFields | DynamicallyAccessedMemberTypes.AllProperties;

    const string ReadToRefuse =
        "Fields of other classes are read only to report layers that would not be trained; a trimmed field holds none.";

    /// <summary>All tensors and submodules, depth first, with their paths. A shared module appears once.</summary>
    /// <exception cref="InvalidOperationException">
    /// A layer or parameter is held where it cannot be registered, or two have the same name.
    /// </exception>
    List<Member> Members() => new MemberSearch(this).Run();

    /// <summary>A registered tensor or module.</summary>
    /// <param name="Path">Its name, as in PyTorch: <c>layers.0.weight</c>.</param>
    /// <param name="Value">The tensor or module.</param>
    /// <param name="Field">The field that holds it, directly or in a collection.</param>
    /// <param name="Key">The key, if it is in a dictionary.</param>
    readonly record struct Member(string Path, object Value, MemberField Field, object? Key)
    {
        internal bool IsBuffer => Field.IsBuffer && Value is Tensor;

        /// <summary>Whether its name is public: every module, parameter and buffer has one.</summary>
        internal bool IsNamed => IsBuffer || Value is Module or Parameter or Tensor { RequiresGrad: true, IsLeaf: true };

        internal string Holder() => Key is null ? Field.Describe() : string.Create(CultureInfo.InvariantCulture,
            $"{Field.Describe()} at the key {(Key is string ? $"\"{Key}\"" : Key)}");
    }

    /// <summary>A field of a module's class that may hold tensors or modules.</summary>
    sealed class MemberField
    {
        static readonly ConditionalWeakTable<Type, MemberField[]> s_ofType = [];

        readonly FieldInfo _field;
        readonly string _property;

        MemberField(FieldInfo field, PropertyInfo? property)
        {
            _field = field;
            _property = property?.Name ?? "";
            // PyTorch names the modules of a Sequential by their index alone: net.0.weight.
            Name = field.DeclaringType == typeof(Sequential) ? "" : SnakeCase(field.Name);
            IsBuffer = field.IsDefined(typeof(BufferAttribute)) || property?.IsDefined(typeof(BufferAttribute)) == true;
            DeclaresSequence = IsSequenceOfHolders(field.FieldType);
        }

        internal string Name { get; }
        internal bool IsBuffer { get; }
        internal bool IsStatic => _field.IsStatic;

        /// <summary>Whether its declared type is a sequence of tensors or modules; then even a LINQ query is enumerated.</summary>
        internal bool DeclaresSequence { get; }

        internal Type Declaring => _field.DeclaringType!;

        internal object? ValueOf(Module module) => _field.GetValue(_field.IsStatic ? null : module);

        internal string Describe() =>
            (_property.Length > 0 ? $"the property {_property}" : $"the field {PlainName(_field.Name)}") + $" of {TypeName(Declaring)}";

        /// <summary>The fields of a module's class in the order of declaration, base classes first.</summary>
        internal static MemberField[] Of([DynamicallyAccessedMembers(StateMembers)] Type type)
        {
            if (s_ofType.TryGetValue(type, out MemberField[]? known)) return known;
            MemberField[] fields = [.. Read(type)];
            s_ofType.AddOrUpdate(type, fields);
            return fields;
        }

        [UnconditionalSuppressMessage("Trimming", "IL2072",
            Justification = "All fields and properties of a type include those of its base types; the analyzer does not follow BaseType.")]
        static IEnumerable<MemberField> Read([DynamicallyAccessedMembers(StateMembers)] Type type)
        {
            const BindingFlags Own = BindingFlags.Instance | BindingFlags.Static
                | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            if (type == typeof(Module)) yield break;
            foreach (MemberField field in Read(type.BaseType!)) yield return field;
            foreach (FieldInfo field in type.GetFields(Own))
            {
                if (field.IsLiteral || !Holders.MayHold(field.FieldType)) continue;
                PropertyInfo? property = field.Name.EndsWith(">k__BackingField", StringComparison.Ordinal)
                    ? type.GetProperty(PlainName(field.Name), Own)
                    : null;
                if (!field.IsDefined(typeof(NotRegisteredAttribute)) && property?.IsDefined(typeof(NotRegisteredAttribute)) != true)
                    yield return new MemberField(field, property);
            }
        }

        static bool IsSequenceOfHolders(Type type) =>
            type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type) && type.GetGenericArguments().Any(Holders.MayHold);

        /// <summary>
        /// The name in the source: &lt;Weight&gt;k__BackingField → Weight, and &lt;layers&gt;P of a primary constructor → layers.
        /// </summary>
        static string PlainName(string field) => field.StartsWith('<') ? field[1..field.IndexOf('>', StringComparison.Ordinal)] : field;

        /// <summary>The name of a field as PyTorch would write it: _layers → layers, RunningMean → running_mean.</summary>
        static string SnakeCase(string field)
        {
            field = PlainName(field).TrimStart('_');
            var name = new StringBuilder();
            for (int i = 0; i < field.Length; i++)
            {
                if (char.IsUpper(field[i]) && i > 0 && !char.IsUpper(field[i - 1]) && field[i - 1] != '_') name.Append('_');
                name.Append(char.ToLowerInvariant(field[i]));
            }
            return name.ToString();
        }
    }

    /// <summary>One traversal of a module and its submodules.</summary>
    sealed class MemberSearch(Module root)
    {
        readonly List<Member> _found = [];
        readonly Dictionary<string, Member> _names = [];

        // Visited modules, collections and named tensors. A list that contains itself, or is held twice, is enumerated once.
        readonly HashSet<object> _met = new(ReferenceEqualityComparer.Instance) { root };

        // Objects that are not collections of layers but may hold some. They are checked at the end, when all registered members are known.
        readonly List<(Module Owner, MemberField Field, object Value)> _others = [];

        /// <summary>The further paths of modules that are held more than once.</summary>
        internal List<(string Path, Module Module)> Repeated { get; } = [];

        internal List<Member> Run(bool refuse = true)
        {
            Visit("", root);
            if (refuse)
                foreach (var (owner, field, value) in _others) RefuseHidden(owner, field, value);
            return _found;
        }

        void Visit(string prefix, Module module)
        {
            foreach (MemberField field in MemberField.Of(module.GetType()))
            {
                if (field.ValueOf(module) is not { } value) continue;
                if (field.IsStatic) _others.Add((module, field, value));
                else Spread(Join(prefix, field.Name), value, module, field, null);
            }
        }

        void Spread(string path, object? value, Module owner, MemberField field, object? key)
        {
            switch (value)
            {
                case Tensor or Module:
                    Register(new Member(path, value, field, key));
                    break;
                case null or string or Delegate:
                    if (value is Delegate) _others.Add((owner, field, value));
                    break;
                case IDictionary map:
                    if (!_met.Add(map)) break;
                    foreach (DictionaryEntry entry in map) Entry(entry.Key, entry.Value);
                    break;
                case IEnumerable<KeyValuePair<string, object?>> map:
                    if (!_met.Add(map)) break;
                    foreach ((string name, object? item) in map) Entry(name, item);
                    break;
                case ITuple tuple:
                    for (int i = 0; i < tuple.Length; i++) Spread(Join(path, i), tuple[i], owner, field, key);
                    break;
                case IEnumerable items when Holders.MayHold(items.GetType()) && (Holders.IsCollection(items) || field.DeclaresSequence):
                    if (!_met.Add(items)) break;
                    RequireLasting(items, path);
                    int index = 0;
                    foreach (object? item in Holders.Items(items)) Spread(Join(path, index++), item, owner, field, key);
                    break;
                default:
                    if (Holders.Pair(value) is var (first, second)) Entry(first, second);
                    else if (Holders.MayHold(value.GetType())) _others.Add((owner, field, value));
                    break;
            }

            void Entry(object? name, object? item)
            {
                if (name is not (null or string) && Holders.MayHold(name.GetType())) _others.Add((owner, field, name));
                Spread(Join(path, name ?? ""), item, owner, field, name);
            }
        }

        void Register(Member member)
        {
            if (member.Value is Module shared && !_met.Add(shared))
            {
                Repeated.Add((member.Path, shared));
                return;
            }
            if (member.IsNamed && !_names.TryAdd(member.Path, member) && _names[member.Path] is var other
                && !ReferenceEquals(other.Value, member.Value))
                throw new InvalidOperationException(
                    $"{TypeName(root.GetType())}: two members have the name '{member.Path}': {other.Holder()} and {member.Holder()}. " +
                    $"Parameters are saved by name; rename one.");
            _met.Add(member.Value);
            _found.Add(member);
            if (member.Value is Module inner) Visit(member.Path, inner);
        }

        static string Join(string path, object part) =>
            string.Create(CultureInfo.InvariantCulture, $"{path}{(path.Length > 0 && part is not "" ? "." : "")}{part}");

        // A query such as sizes.Select(n => new Linear(n, n)) creates new layers each time it is enumerated: they would never be trained.
        void RequireLasting(IEnumerable items, string path)
        {
            if (Holders.IsMaterialized(items)) return;
            if (!SameLayers(items.Cast<object?>().FirstOrDefault(), items.Cast<object?>().FirstOrDefault()))
                throw new InvalidOperationException(
                    $"{TypeName(root.GetType())}: {path} creates new layers each time it is enumerated, so none of them would be " +
                    $"trained. Store them: add .ToArray().");

            static bool SameLayers(object? first, object? again)
            {
                if (first is ITuple a && again is ITuple b)
                    return a.Length == b.Length && Enumerable.Range(0, a.Length).All(i => SameLayers(a[i], b[i]));
                return first is not (Module or Parameter) || ReferenceEquals(first, again);
            }
        }

        void RefuseHidden(Module owner, MemberField field, object value)
        {
            if (Holders.FirstHidden(value, IsKnown, throughClasses: !field.IsStatic) is not { } hidden) return;
            if (field.IsStatic && field.Declaring.IsInstanceOfType(hidden)) return;
            string name = TypeName(owner.GetType()), what = hidden switch
            {
                Module module => module.Describe(),
                Tensor tensor => $"parameter ({tensor.Describe()})",
                _ => "layers",
            };
            string held = value is Delegate
                ? $"{field.Describe()} holds a delegate that uses the {what}"
                : $"{field.Describe()} holds the {what} " +
                    (value is Module or Tensor ? "as a key" : $"in {Article(TypeName(value.GetType()))}");
            if (field.IsStatic) held = $"{field.Describe()}, which is static, holds the {what}";
            string better = value switch
            {
                _ when field.IsStatic => "Hold it in a field that is not static",
                Delegate => $"Hold the layer itself too, in a field, an array or a list of {name}",
                _ when Holders.ComesLater(value.GetType()) =>
                    $"Make it in the constructor, and hold it in a field, an array, a list or a dictionary of {name}",
                _ when value is Module or Tensor || Holders.IsFramework(value.GetType()) =>
                    $"Hold it in a field, an array, a list, a dictionary or a tuple of {name}",
                _ => $"Derive {TypeName(value.GetType())} from Module, " +
                    $"or hold the layer in a field, an array, a list, a dictionary or a tuple of {name}",
            };
            throw new InvalidOperationException(
                $"{TypeName(root.GetType())}: {held}, where it cannot be registered: it would not be trained, saved or put into " +
                $"evaluation mode. {better}. " +
                "If it does not belong to the model, mark the field or property with [NotRegistered].");
        }

        // A module that contains this module is not a submodule: a delegate or plain object may refer to its container.
        bool IsKnown(object found) => _met.Contains(found) || found is Module module
            && (Holders.HasNoState(module)
                || new MemberSearch(module).Run(refuse: false).Exists(member => ReferenceEquals(member.Value, root)));

        static string Article(string noun) => ("AEIOU".Contains(noun[0], StringComparison.Ordinal) ? "an " : "a ") + noun;
    }

    /// <summary>A type as it is written in C#: <c>List&lt;Linear&gt;</c>.</summary>
    static string TypeName(Type type)
    {
        if (type.IsArray) return TypeName(type.GetElementType()!) + "[]";
        string name = type.Name;
        if (!type.IsGenericType || name.IndexOf('`', StringComparison.Ordinal) is var end && end < 0) return name;
        return $"{name[..end]}<{string.Join(", ", type.GetGenericArguments().Select(TypeName))}>";
    }

    /// <summary>Which types may hold layers, and the layers an object holds.</summary>
    static class Holders
    {
        // A limit for the search through objects that are neither modules nor collections.
        const int MostObjects = 100_000;

        static readonly ConditionalWeakTable<Type, object> s_mayHold = [];
        static readonly ConditionalWeakTable<Type, FieldInfo[]> s_fields = [];

        /// <summary>
        /// Whether a value of this type may hold tensors or modules. Other types, such as a long list of numbers, are not enumerated.
        /// </summary>
        internal static bool MayHold(Type type)
        {
            if (s_mayHold.TryGetValue(type, out object? known)) return (bool)known;
            bool may = MayHold(type, []);
            s_mayHold.AddOrUpdate(type, may);
            return may;
        }

        static bool MayHold(Type type, HashSet<Type> above)
        {
            if (type.IsPrimitive || type.IsEnum || type.IsPointer || type == typeof(string)) return false;
            if (type.IsArray) return MayHold(type.GetElementType()!, above);
            if (type == typeof(object) || typeof(Tensor).IsAssignableFrom(type) || typeof(Module).IsAssignableFrom(type)
                || typeof(Delegate).IsAssignableFrom(type)) return true;
            if (IsFramework(type))
                return type.IsGenericType
                    ? type.GetGenericArguments().Any(argument => MayHold(argument, above))
                    : type.IsInterface || typeof(IEnumerable).IsAssignableFrom(type) || typeof(ITuple).IsAssignableFrom(type)
                        || type == typeof(WeakReference) || type == typeof(ValueType);
            // The library's classes hold data, or parameters of some module; a class derived from one, such as a loss, may hold layers.
            if (type.Assembly == typeof(Module).Assembly && type.Namespace?.StartsWith("MyTorch", StringComparison.Ordinal) == true)
                return type is { IsSealed: false, IsValueType: false };
            // The value may be of a derived class, with fields that this class does not declare.
            if (type is { IsSealed: false, IsValueType: false }) return true;
            return above.Add(type) && Fields(type).Any(field => MayHold(field.FieldType, above));
        }

        internal static bool IsFramework(Type type) =>
            type.Namespace is { } name && (name == "System"
                || name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal));

        /// <summary>Whether it is a collection, not another object that can also be enumerated.</summary>
        internal static bool IsCollection(IEnumerable items) =>
            items is ICollection or IReadOnlyCollection<object> or IEnumerable<Module> or IEnumerable<Tensor>
                || IsFramework(items.GetType());

        /// <summary>Whether enumerating it twice gives the same items.</summary>
        internal static bool IsMaterialized(IEnumerable items) =>
            items is ICollection or IReadOnlyCollection<object>
                || items.GetType().Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) == true;

        /// <summary>The items; none for a default ImmutableArray or ArraySegment, which throw when enumerated.</summary>
        internal static IEnumerable<object?> Items(IEnumerable items)
        {
            IEnumerator each;
            try
            {
                each = items.GetEnumerator();
            }
            catch (InvalidOperationException) when (items is ValueType)
            {
                yield break;
            }
            using var disposed = each as IDisposable;
            while (each.MoveNext()) yield return each.Current;
        }

        /// <summary>The key and value of a key-value pair; null for anything else.</summary>
        [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, typeof(KeyValuePair<,>))]
        internal static (object? Key, object? Value)? Pair(object value)
        {
            Type type = value.GetType();
            if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(KeyValuePair<,>)) return null;
            FieldInfo[] fields = Declared(type);
            return (fields.First(f => f.Name == "key").GetValue(value), fields.First(f => f.Name == "value").GetValue(value));
        }

        /// <summary>Whether values of this type are created later or held weakly, so that they cannot be read now.</summary>
        internal static bool ComesLater(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is var generic
            && (generic == typeof(Lazy<>) || generic == typeof(ThreadLocal<>) || generic == typeof(AsyncLocal<>)
                || generic == typeof(Task<>)
                || generic == typeof(ValueTask<>) || generic == typeof(WeakReference<>) || generic == typeof(ConditionalWeakTable<,>));

        /// <summary>
        /// The first module or parameter that can be reached from a value and is not registered, or null. For a <see cref="Lazy{T}"/> of
        /// layers and the like it is the type, because the layers may not exist yet.
        /// </summary>
        /// <param name="value">The value of a field.</param>
        /// <param name="isKnown">Whether a module or tensor is registered.</param>
        /// <param name="throughClasses">Whether to search objects and delegates too, or only collections.</param>
        internal static object? FirstHidden(object value, Predicate<object> isKnown, bool throughClasses)
        {
            var met = new HashSet<object>(ReferenceEqualityComparer.Instance);
            var waiting = new Stack<object>([value]);
            while (waiting.TryPop(out object? next) && met.Count < MostObjects)
            {
                if (next is Module or Parameter or Tensor { RequiresGrad: true, IsLeaf: true })
                {
                    if (!isKnown(next)) return next;
                    continue;
                }
                Type type = next.GetType();
                if (next is Tensor || !MayHold(type) || (!type.IsValueType && !met.Add(next))) continue;
                switch (next)
                {
                    case IDictionary map:
                        foreach (DictionaryEntry entry in map)
                        {
                            Push(entry.Key);
                            Push(entry.Value);
                        }
                        break;
                    case ITuple tuple:
                        for (int i = 0; i < tuple.Length; i++) Push(tuple[i]);
                        break;
                    case IEnumerable items when IsCollection(items) && IsMaterialized(items):
                        foreach (object? item in Items(items)) Push(item);
                        break;
                    case var _ when !throughClasses:
                        break;
                    case Delegate several:
                        foreach (Delegate one in several.GetInvocationList()) Push(one.Target);
                        break;
                    case WeakReference weak:
                        Push(weak.Target);
                        break;
                    case WeakReference<Module> weak:
                        if (weak.TryGetTarget(out Module? target)) Push(target);
                        break;
                    case var _ when ComesLater(type) && type.GetGenericArguments().Any(IsLayers):
                        return type;
                    default:
                        foreach (FieldInfo field in Fields(type)) Push(field.GetValue(next));
                        break;
                }
            }
            return null;

            void Push(object? item)
            {
                if (item is not null) waiting.Push(item);
            }
        }

        static bool IsLayers(Type type) =>
            typeof(Module).IsAssignableFrom(type) || typeof(Parameter).IsAssignableFrom(type)
            || (type.IsArray && IsLayers(type.GetElementType()!)) || (type.IsGenericType && type.GetGenericArguments().Any(IsLayers));

        /// <summary>Whether a module has no parameters, buffers or mode, such as <see cref="ReLU"/>.</summary>
        internal static bool HasNoState(Module module) =>
            module is not Dropout && module.GetType().Assembly == typeof(Module).Assembly && MemberField.Of(module.GetType()).Length == 0;

        /// <summary>The fields of a class that may hold layers.</summary>
        static FieldInfo[] Fields(Type type)
        {
            if (s_fields.TryGetValue(type, out FieldInfo[]? known)) return known;
            var fields = new List<FieldInfo>();
            for (Type? at = type; at is not null && at != typeof(object); at = at.BaseType)
                fields.AddRange(Declared(at).Where(field =>
                    (field.FieldType == type || MayHoldUnlessSealed(field.FieldType)) && !field.IsDefined(typeof(NotRegisteredAttribute))));
            FieldInfo[] all = [.. fields];
            s_fields.AddOrUpdate(type, all);
            return all;
        }

        // Types that refer to each other would recurse without end, so their fields are checked by value.
        static bool MayHoldUnlessSealed(Type type) => !(type.IsPrimitive || type.IsEnum || type.IsPointer || type == typeof(string));

        [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = ReadToRefuse)]
        static FieldInfo[] Declared(Type type) =>
            type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
    }
}
