using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace MyTorch.Nn;

// How the tensors and modules that a module holds are found and named, and how those that would be missed are refused.
public abstract partial class Module
{
    // A property is read by its backing field; the property itself is kept for its attributes.
    const DynamicallyAccessedMemberTypes StateMembers = DynamicallyAccessedMemberTypes.AllFields | DynamicallyAccessedMemberTypes.AllProperties;

    const string ReadToRefuse = "Fields of other classes are read only to refuse layers that nothing would train; a field that was trimmed away holds none.";

    /// <summary>Every tensor and module below this one, depth first, with its path; each module once, so that shared layers do not repeat.</summary>
    /// <exception cref="InvalidOperationException">A layer or parameter is held where it would never be found, or two have one name.</exception>
    List<Member> Members() => new MemberSearch(this).Run();

    /// <summary>A tensor or module that was found.</summary>
    /// <param name="Path">Its name, as in PyTorch: <c>layers.0.weight</c>.</param>
    /// <param name="Value">The tensor or module.</param>
    /// <param name="Field">The field that holds it, perhaps in a collection.</param>
    /// <param name="Key">The key if it is held in a dictionary.</param>
    readonly record struct Member(string Path, object Value, MemberField Field, object? Key)
    {
        internal bool IsBuffer => Field.IsBuffer && Value is Tensor;

        /// <summary>Whether it has a name that files and summaries show: any module, and any tensor that is learned or a buffer.</summary>
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

        /// <summary>Whether it is declared as a sequence of tensors or modules, so that even a query in it is read.</summary>
        internal bool DeclaresSequence { get; }

        internal Type Declaring => _field.DeclaringType!;

        internal object? ValueOf(Module module) => _field.GetValue(_field.IsStatic ? null : module);

        internal string Describe() => (_property.Length > 0 ? $"the property {_property}" : $"the field {PlainName(_field.Name)}") + $" of {TypeName(Declaring)}";

        /// <summary>The fields of a module's class, those of its base classes first, in the order of their declaration.</summary>
        internal static MemberField[] Of([DynamicallyAccessedMembers(StateMembers)] Type type)
        {
            if (s_ofType.TryGetValue(type, out MemberField[]? known)) return known;
            MemberField[] fields = [.. Read(type)];
            s_ofType.AddOrUpdate(type, fields);
            return fields;
        }

        [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "All fields and properties of a type include those of its base types; the analyzer does not follow BaseType.")]
        static IEnumerable<MemberField> Read([DynamicallyAccessedMembers(StateMembers)] Type type)
        {
            const BindingFlags Own = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            if (type == typeof(Module)) yield break;
            foreach (MemberField field in Read(type.BaseType!)) yield return field;
            foreach (FieldInfo field in type.GetFields(Own))
            {
                if (field.IsLiteral || !Holders.MayHold(field.FieldType)) continue;
                PropertyInfo? property = field.Name.EndsWith(">k__BackingField", StringComparison.Ordinal) ? type.GetProperty(PlainName(field.Name), Own) : null;
                if (!field.IsDefined(typeof(NotRegisteredAttribute)) && property?.IsDefined(typeof(NotRegisteredAttribute)) != true)
                    yield return new MemberField(field, property);
            }
        }

        static bool IsSequenceOfHolders(Type type) =>
            type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type) && type.GetGenericArguments().Any(Holders.MayHold);

        /// <summary>The name in the source: &lt;Weight&gt;k__BackingField → Weight, and &lt;layers&gt;P of a primary constructor → layers.</summary>
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

    /// <summary>One walk through a module and all below it.</summary>
    sealed class MemberSearch(Module root)
    {
        readonly List<Member> _found = [];
        readonly Dictionary<string, Member> _names = [];

        // Modules, collections and named tensors that were met. A list that holds itself, or is held twice, is read once.
        readonly HashSet<object> _met = new(ReferenceEqualityComparer.Instance) { root };

        // What is no collection of layers but may hold some: it is looked into when all that is found is known.
        readonly List<(Module Owner, MemberField Field, object Value)> _others = [];

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
            if (member.Value is Module && !_met.Add(member.Value)) return;
            if (member.IsNamed && !_names.TryAdd(member.Path, member) && _names[member.Path] is var other && !ReferenceEquals(other.Value, member.Value))
                throw new InvalidOperationException(
                    $"{TypeName(root.GetType())}: two members are named '{member.Path}': {other.Holder()} and {member.Holder()}. Parameters are saved by name, so rename one.");
            _met.Add(member.Value);
            _found.Add(member);
            if (member.Value is Module inner) Visit(member.Path, inner);
        }

        static string Join(string path, object part) =>
            string.Create(CultureInfo.InvariantCulture, $"{path}{(path.Length > 0 && part is not "" ? "." : "")}{part}");

        // A query such as sizes.Select(n => new Linear(n, n)) makes new layers whenever it is read: they would never train.
        void RequireLasting(IEnumerable items, string path)
        {
            if (Holders.IsMaterialised(items)) return;
            if (!SameLayers(items.Cast<object?>().FirstOrDefault(), items.Cast<object?>().FirstOrDefault()))
                throw new InvalidOperationException(
                    $"{TypeName(root.GetType())}: {path} makes new layers each time it is read, so none of them would ever train. Keep them: add .ToArray().");

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
                : $"{field.Describe()} holds the {what} {(value is Module or Tensor ? "as a key" : $"in {Article(TypeName(value.GetType()))}")}";
            if (field.IsStatic) held = $"{field.Describe()}, which is static, holds the {what}";
            string better = value switch
            {
                _ when field.IsStatic => "Hold it in a field that is not static",
                Delegate => $"Hold the layer itself too, in a field, an array or a list of {name}",
                _ when Holders.ComesLater(value.GetType()) => $"Make it in the constructor, and hold it in a field, an array, a list or a dictionary of {name}",
                _ when value is Module or Tensor || Holders.IsFramework(value.GetType()) =>
                    $"Hold it in a field, an array, a list, a dictionary or a tuple of {name}",
                _ => $"Derive {TypeName(value.GetType())} from Module, or hold the layer in a field, an array, a list, a dictionary or a tuple of {name}",
            };
            throw new InvalidOperationException(
                $"{TypeName(root.GetType())}: {held}, where it is not found: it would not be trained, saved or put into evaluation mode. {better}. " +
                "If it is not meant to be a part of the model, mark the field or property with [NotRegistered].");
        }

        // A module that holds this one is no part of it: a delegate or a plain object may refer back to what uses it.
        bool IsKnown(object found) => _met.Contains(found) || found is Module module
            && (Holders.HasNoState(module) || new MemberSearch(module).Run(refuse: false).Exists(member => ReferenceEquals(member.Value, root)));

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

    /// <summary>What may hold layers, and what it holds.</summary>
    static class Holders
    {
        // No model has as many objects that are neither modules nor collections; a graph of other things is not searched for ever.
        const int MostObjects = 100_000;

        static readonly ConditionalWeakTable<Type, object> s_mayHold = [];
        static readonly ConditionalWeakTable<Type, FieldInfo[]> s_fields = [];

        /// <summary>Whether a value of this type may hold tensors or modules, so that it is worth reading. Types that hold other things, such as a long list of numbers, are left alone.</summary>
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
            if (typeof(Tensor).IsAssignableFrom(type) || typeof(Module).IsAssignableFrom(type) || type == typeof(object) || typeof(Delegate).IsAssignableFrom(type)) return true;
            if (IsFramework(type))
                return type.IsGenericType
                    ? type.GetGenericArguments().Any(argument => MayHold(argument, above))
                    : type.IsInterface || typeof(IEnumerable).IsAssignableFrom(type) || typeof(ITuple).IsAssignableFrom(type) || type == typeof(WeakReference) || type == typeof(ValueType);
            // The library's own classes hold tensors of data, or parameters that a module holds; a class derived from one, such as a loss, may hold more.
            if (type.Assembly == typeof(Module).Assembly && type.Namespace?.StartsWith("MyTorch", StringComparison.Ordinal) == true)
                return type is { IsSealed: false, IsValueType: false };
            // Of a class that may be derived from, the value may hold more than the class declares.
            if (type is { IsSealed: false, IsValueType: false }) return true;
            return above.Add(type) && Fields(type).Any(field => MayHold(field.FieldType, above));
        }

        internal static bool IsFramework(Type type) =>
            type.Namespace is { } space && (space == "System" || space.StartsWith("System.", StringComparison.Ordinal) || space.StartsWith("Microsoft.", StringComparison.Ordinal));

        /// <summary>Whether it is a collection to be read item by item, not some other object that can also be enumerated.</summary>
        internal static bool IsCollection(IEnumerable items) =>
            items is ICollection or IReadOnlyCollection<object> or IEnumerable<Module> or IEnumerable<Tensor> || IsFramework(items.GetType());

        /// <summary>Whether reading it twice gives the same items.</summary>
        internal static bool IsMaterialised(IEnumerable items) =>
            items is ICollection or IReadOnlyCollection<object> || items.GetType().Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) == true;

        /// <summary>The items. A default ImmutableArray or ArraySegment, which cannot be enumerated, has none.</summary>
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

        /// <summary>Whether the type is one of those whose value is made later or held weakly, so that it cannot be read now.</summary>
        internal static bool ComesLater(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is var generic
            && (generic == typeof(Lazy<>) || generic == typeof(ThreadLocal<>) || generic == typeof(AsyncLocal<>) || generic == typeof(Task<>)
                || generic == typeof(ValueTask<>) || generic == typeof(WeakReference<>) || generic == typeof(ConditionalWeakTable<,>));

        /// <summary>
        /// The first module or parameter that can be reached from a value and is not known; null if there is none. For a
        /// <see cref="Lazy{T}"/> of layers and the like it is their type, as they may not exist yet.
        /// </summary>
        /// <param name="value">What is held.</param>
        /// <param name="isKnown">Whether a module or tensor was found otherwise.</param>
        /// <param name="throughClasses">Whether to look into objects and delegates, or into collections only.</param>
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
                    case IEnumerable items when IsCollection(items) && IsMaterialised(items):
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

        /// <summary>Whether a module computes a function without parameters, buffers or modes, such as <see cref="ReLU"/>.</summary>
        internal static bool HasNoState(Module module) =>
            module is not Dropout && module.GetType().Assembly == typeof(Module).Assembly && MemberField.Of(module.GetType()).Length == 0;

        /// <summary>The fields of any object that may hold layers.</summary>
        static FieldInfo[] Fields(Type type)
        {
            if (s_fields.TryGetValue(type, out FieldInfo[]? known)) return known;
            var fields = new List<FieldInfo>();
            for (Type? at = type; at is not null && at != typeof(object); at = at.BaseType)
                fields.AddRange(Declared(at).Where(field => (field.FieldType == type || MayHoldUnlessSealed(field.FieldType)) && !field.IsDefined(typeof(NotRegisteredAttribute))));
            FieldInfo[] all = [.. fields];
            s_fields.AddOrUpdate(type, all);
            return all;
        }

        // Types that hold each other would ask each other for ever; what they hold is decided when a value is there.
        static bool MayHoldUnlessSealed(Type type) => !(type.IsPrimitive || type.IsEnum || type.IsPointer || type == typeof(string));

        [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = ReadToRefuse)]
        static FieldInfo[] Declared(Type type) => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
    }
}
