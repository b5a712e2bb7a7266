using System.Linq.Expressions;
using System.Reflection;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>
/// Values for parameters that are functions: methods of fitting signature, and the value to be differentiated as a function of one of its
/// tensors, by itself and multiplied by the upstream gradient. With these a numerical difference or a forward mode gives a gradient.
/// </summary>
sealed class Functions(SearchedLibrary library, IReadOnlyList<ReachableMember> members, Type? own, CallAtHand call, Pool pool)
{
    const int MostMethods = 40;

    /// <summary>A function of a tensor, made in any call.</summary>
    /// <param name="Text">It as C#, with x for its parameter.</param>
    /// <param name="Of">The tensor in whose place x stands.</param>
    /// <param name="Make">It, in a call.</param>
    sealed record Forward(string Text, PoolValue? Of, Func<CallAtHand, Func<object, object?>> Make);

    const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    List<Forward>? _forwards;

    public IEnumerable<PoolValue> Of(Type type)
    {
        MethodInfo invoke = type.GetMethod("Invoke")!;
        Type[] parameters = [.. invoke.GetParameters().Select(one => one.ParameterType)];
        IEnumerable<PoolValue> differentiated = parameters is [var given] && IsNumbers(given) && IsNumbers(invoke.ReturnType)
            ? Differentiated(type, given, invoke.ReturnType) : [];
        return differentiated.Concat(MethodGroups(type, invoke.ReturnType, parameters));
    }

    bool IsNumbers(Type type) => type == library.Tensor || type == typeof(double) || type == typeof(double[]);

    IEnumerable<PoolValue> MethodGroups(Type type, Type result, Type[] parameters) => members
        .Where(one => one.Method is MethodInfo { IsStatic: true } && !one.IsForbidden && one.Result == result
            && one.Types.AsSpan().SequenceEqual(parameters))
        .Take(MostMethods)
        .Select(one => ((MethodInfo)one.Member).CreateDelegate(type) is var made
            ? new PoolValue($"{ReachableMember.Name(one.Member.DeclaringType!)}.{one.Member.Name}", made, _ => made) : null!);

    IEnumerable<PoolValue> Differentiated(Type type, Type given, Type result)
    {
        foreach (Forward forward in _forwards ??= [.. Forwards()])
        {
            if (result != typeof(double)) yield return Wrap(type, given, result, $"x => {forward.Text}", forward, upstream: null);
            foreach (PoolValue upstream in Upstreams(forward))
            {
                string sum = result == typeof(double) ? "Sum().Item()" : "Sum()";
                yield return Wrap(type, given, result, $"x => ({forward.Text} * {upstream.Text}).{sum}", forward, upstream);
            }
        }
    }

    // The arguments of the value's shape.
    IEnumerable<PoolValue> Upstreams(Forward forward)
    {
        object? value = null;
        try
        {
            value = forward.Of?.Value is { } x ? forward.Make(call)(x) : null;
        }
        catch (Exception e) when (e is not OutOfMemoryException) { }
        return value is null ? [] : pool.Tensors.Where(one => call.Arguments.Contains(one.Value)
            && library.Sizes(one.Value!).AsSpan().SequenceEqual(library.Sizes(value)));
    }

    PoolValue Wrap(Type type, Type given, Type result, string text, Forward forward, PoolValue? upstream)
    {
        return new PoolValue(text, Made(call), Made);

        Delegate Made(CallAtHand at)
        {
            Func<object, object?> function = forward.Make(at);
            object? shape = forward.Of?.Read(at) is { } like ? library.ShapeOf(like) : Activator.CreateInstance(library.Shape);
            double[]? weights = upstream is null ? null : library.NumbersOf(upstream.Read(at));
            Func<object, object?> converted = x =>
            {
                object tensor = x is double number ? library.From([number], Activator.CreateInstance(library.Shape)!)
                    : x is double[] numbers ? library.From(numbers, shape!) : x;
                object? value = function(tensor);
                if (weights is not null)
                {
                    double[] each = library.NumbersOf(value)!;
                    double sum = each.Select((one, i) => one * weights[i]).Sum();
                    value = result == typeof(double) ? sum : library.From([sum], Activator.CreateInstance(library.Shape)!);
                }
                return result == typeof(double) ? value is double ? value : library.NumbersOf(value)![0]
                    : result == typeof(double[]) ? library.NumbersOf(value) : value;
            };
            ParameterExpression parameter = Expression.Parameter(given, "x");
            Expression called = Expression.Invoke(Expression.Constant(converted), Expression.Convert(parameter, typeof(object)));
            return Expression.Lambda(type, Expression.Convert(called, result), parameter).Compile();
        }
    }

    IEnumerable<Forward> Forwards()
    {
        if (own is null || call.Self is null) yield break;
        // A new operation of the class, applied: x => new Multiply(x, Inputs[1]).Apply()
        if (own.GetMethod("Apply", Type.EmptyTypes) is { } apply && apply.ReturnType == library.Tensor)
            foreach (ConstructorInfo constructor in own.GetConstructors(Instance))
            {
                ParameterInfo[] parameters = constructor.GetParameters();
                PoolValue?[] given = [.. parameters.Select(Named)];
                if (Array.IndexOf(given, null) >= 0) continue;
                for (int k = 0; k < parameters.Length; k++)
                {
                    if (parameters[k].ParameterType != library.Tensor) continue;
                    int at = k;
                    string written = string.Join(", ", given.Select((one, i) => i == at ? "x" : one!.Text));
                    yield return new Forward($"new {ReachableMember.Name(own)}({written}).Apply()", given[k], other =>
                    {
                        object?[] values = [.. given.Select(one => one!.Read(other))];
                        return x =>
                        {
                            object?[] now = [.. values];
                            now[at] = x;
                            return apply.Invoke(constructor.Invoke(now), null);
                        };
                    });
                }
            }
        // The value of a layer: x => Forward(x)
        foreach (MethodInfo method in own.GetMethods(Instance)
            .Where(one => one.ReturnType == library.Tensor && one.GetParameters() is [{ ParameterType: var only }] && only == library.Tensor
                && library.IsOwn(one.DeclaringType!) && !one.Name.Contains("LeakAnswer", StringComparison.Ordinal)))
            foreach (PoolValue tensor in pool.Tensors.Take(4))
                yield return new Forward($"{method.Name}(x)", tensor, other => x => method.Invoke(other.Self, [x]));
    }

    PoolValue? Named(ParameterInfo parameter) =>
        pool.Values.FirstOrDefault(one => one.Text == parameter.Name && parameter.ParameterType.IsInstanceOfType(one.Value))
        ?? (parameter.ParameterType == library.Tensor
            ? pool.Values.FirstOrDefault(one => library.IsTensor(one.Value) && IsInput(one, parameter.Position)) : null)
        ?? (parameter.HasDefaultValue ? new PoolValue("default", parameter.DefaultValue, _ => parameter.DefaultValue) : null);

    // The first input is X too, and of two operands A and B.
    bool IsInput(PoolValue one, int position) => pool.Values.FirstOrDefault(list => list.Text == "Inputs") is { } inputs
        && library.ItemsOf(inputs.Value) is { } items && position < items.Count && ReferenceEquals(items[position], one.Value);
}
