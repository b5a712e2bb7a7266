using System.Reflection;
using System.Reflection.Emit;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>
/// The fields of objects and what they lead to, and the elements of arrays, as they were: a call that is tried may change them.
/// </summary>
sealed class SavedState
{
    const int MostObjects = 600, LongestArray = 4096;

    static readonly Dictionary<Type, Fields> s_fields = [];
    readonly SearchedLibrary _library;
    readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    readonly List<(object Object, Fields Fields, object?[] Values)> _objects = [];
    readonly List<(Array Array, Array Copy)> _arrays = [];
    readonly List<(FieldInfo Field, object? Value)> _statics = [];

    public SavedState(SearchedLibrary library, IEnumerable<object?> roots, IEnumerable<FieldInfo>? statics = null)
    {
        _library = library;
        var waiting = new Queue<object>();
        foreach (FieldInfo field in statics ?? [])
        {
            object? value = field.GetValue(null);
            _statics.Add((field, value));
            Add(value, waiting);
        }
        foreach (object? root in roots) Add(root, waiting);
        while (waiting.TryDequeue(out object? one) && _seen.Count < MostObjects) Save(one, waiting);
    }

    void Add(object? value, Queue<object> waiting)
    {
        if (value is null or string or Delegate or Type || value.GetType() is var type && !IsFollowed(type)) return;
        if (_seen.Add(value)) waiting.Enqueue(value);
    }

    bool IsFollowed(Type type) => type.IsArray || (_library.IsOwn(type) && !type.IsEnum)
        || type.Namespace == "System.Collections.Generic";

    void Save(object one, Queue<object> waiting)
    {
        if (one is Array array)
        {
            if (array.Length > LongestArray || array.Rank > 1) return;
            _arrays.Add((array, (Array)array.Clone()));
            Type element = array.GetType().GetElementType()!;
            if (element.IsPrimitive || element.IsEnum) return;
            foreach (object? item in array)
                if (item is not null && element.IsValueType) Inside(item, waiting);
                else Add(item, waiting);
            return;
        }
        if (one.GetType().IsValueType)
        {
            Inside(one, waiting);
            return;
        }
        Fields fields = FieldsOf(one.GetType());
        object?[] values = fields.Save(one);
        _objects.Add((one, fields, values));
        foreach (object? value in values)
            if (value is not null && value.GetType().IsValueType) Inside(value, waiting);
            else Add(value, waiting);
    }

    // What a struct leads to: it is saved with what it lies in.
    void Inside(object boxed, Queue<object> waiting)
    {
        Type type = boxed.GetType();
        if (type.IsPrimitive || type.IsEnum || type.Namespace is "System" or "System.Threading") return;
        foreach (FieldInfo field in FieldsOf(type).All)
            if (!field.FieldType.IsPrimitive) Add(field.GetValue(boxed), waiting);
    }

    static Fields FieldsOf(Type type) => s_fields.TryGetValue(type, out Fields? known) ? known : s_fields[type] = new Fields(type);

    /// <summary>Sets everything back.</summary>
    public void Restore()
    {
        foreach ((object one, Fields fields, object?[] values) in _objects) fields.Restore(one, values);
        foreach ((Array array, Array copy) in _arrays) Array.Copy(copy, array, copy.Length);
        foreach ((FieldInfo field, object? value) in _statics)
            if (!ReferenceEquals(field.GetValue(null), value)) field.SetValue(null, value);
    }

    /// <summary>Reads and writes all fields of a type; compiled, since it is done after every call.</summary>
    sealed class Fields
    {
        const BindingFlags Declared =
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

        readonly Action<object, object?[]> _restore, _save;

        public Fields(Type type)
        {
            var all = new List<FieldInfo>();
            for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
                all.AddRange(level.GetFields(Declared)
                    .Where(field => !field.FieldType.IsPointer && !field.FieldType.IsByRefLike));
            All = [.. all];
            (_restore, _save) = type.IsValueType ? ((_, _) => { }, (_, _) => { }
            )
                : (Compile(type, write: true), Compile(type, write: false));
        }

        public FieldInfo[] All { get; }

        public object?[] Save(object one)
        {
            var values = new object?[All.Length];
            _save(one, values);
            return values;
        }

        public void Restore(object one, object?[] values) => _restore(one, values);

        Action<object, object?[]> Compile(Type type, bool write)
        {
            var method = new DynamicMethod("Fields", null, [typeof(object), typeof(object[])], typeof(Stub).Module, skipVisibility: true);
            ILGenerator il = method.GetILGenerator();
            for (int i = 0; i < All.Length; i++)
            {
                FieldInfo field = All[i];
                if (!write)
                {
                    il.Emit(OpCodes.Ldarg_1);
                    il.Emit(OpCodes.Ldc_I4, i);
                }
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Castclass, type);
                if (write)
                {
                    il.Emit(OpCodes.Ldarg_1);
                    il.Emit(OpCodes.Ldc_I4, i);
                    il.Emit(OpCodes.Ldelem_Ref);
                    il.Emit(OpCodes.Unbox_Any, field.FieldType);
                    il.Emit(OpCodes.Stfld, field);
                }
                else
                {
                    il.Emit(OpCodes.Ldfld, field);
                    if (field.FieldType.IsValueType) il.Emit(OpCodes.Box, field.FieldType);
                    il.Emit(OpCodes.Stelem_Ref);
                }
            }
            il.Emit(OpCodes.Ret);
            return method.CreateDelegate<Action<object, object?[]>>();
        }
    }
}
