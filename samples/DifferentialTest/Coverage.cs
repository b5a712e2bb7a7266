using System.Reflection;
using System.Text.RegularExpressions;
using MyTorch;
using M = MyTorch.Tensor;

namespace DifferentialTest;

/// <summary>Finds by reflection what the library offers and no program uses: a new operation is either tried or excluded here with a reason.</summary>
static class Coverage
{
    // The reason is for readers of this list.
    static readonly Dictionary<string, string> s_excluded = new()
    {
        ["Tensor.ToString"] = "no number",
        ["Tensor.ToMatrix"] = "conversion to another library",
        ["Tensor.FromMatrix"] = "conversion to another library",
        ["Tensor.From"] = "makes every input",
        ["Tensor.Zeros"] = "a constant", ["Tensor.Ones"] = "a constant", ["Tensor.Full"] = "a constant", ["Tensor.ZerosLike"] = "a constant", ["Tensor.OnesLike"] = "a constant",
        ["Tensor.Eye"] = "a constant", ["Tensor.Arange"] = "a constant", ["Tensor.Linspace"] = "a constant",
        ["Tensor.Rand"] = "random by another generator than PyTorch's", ["Tensor.Randn"] = "random by another generator than PyTorch's",
        ["Tensor.RandInt"] = "random by another generator than PyTorch's", ["Tensor.RandPerm"] = "random by another generator than PyTorch's",
        ["Tensor.RetainGrad"] = "part of longer programs", ["Tensor.ZeroGrad"] = "part of training", ["Tensor.Backward"] = "Autograd.Backward, which every program calls",
        ["Tensor.ToArray"] = "reads every result", ["Tensor.ToFloatArray"] = "as ToArray", ["Tensor.ToInt64Array"] = "the family integers", ["Tensor.ToBoolArray"] = "the family integers",
        ["Tensor.Item"] = "the family integers", ["Tensor.ItemInt64"] = "the family integers", ["Tensor.AllClose"] = "the family integers", ["Tensor.Fill"] = "changes what was handed over", ["Tensor.CopyFrom"] = "sets parameters in training",
        ["Tensor.Indices"] = "makes index tensors", ["Tensor.Mask"] = "makes masks", ["Tensor.GetEnumerator"] = "the operation Rows",
        ["Tensor.GetHashCode"] = "no number", ["Tensor.Equals"] = "no number",
        ["Tensor.OneHot"] = "of Int64: no gradient, one line; the library's own tests",
        ["Module.MLP"] = "a Sequential of the layers that are tried",
        ["Operation.BinaryCrossEntropy"] = "through BCELoss",
    };

    /// <summary>What is neither used by a program nor excluded, by name.</summary>
    internal static IReadOnlyList<string> Missing()
    {
        string code = string.Join('\n', Ops.All.Select(op => op.Code + "\n" + op.ConstructCode));
        string layers = string.Join('\n', Layer.Activations.Concat(["Linear", "BatchNorm1d", "LayerNorm", "Residual", "Embedding"]).Select(name => new Layer(name, [1, 1]).Code("")));
        HashSet<string> operations = [.. RecordedOperations()];
        var missing = new List<string>();
        // Operations that a module applies are internal.
        foreach (Type type in typeof(Operation).Assembly.GetTypes().Where(type => !type.IsAbstract && (type.IsPublic || type.Namespace == "MyTorch.Operations")))
        {
            if (type.IsSubclassOf(typeof(Operation)) && !operations.Contains(type.Name) && !code.Contains($"new {type.Name}(", StringComparison.Ordinal)) missing.Add("Operation." + type.Name);
            if (type.IsSubclassOf(typeof(MyTorch.Nn.Module)) && !(layers + "new Nn.Sequential(").Contains($"new Nn.{type.Name}(", StringComparison.Ordinal)) missing.Add("Module." + type.Name);
            if (type.IsSubclassOf(typeof(MyTorch.Nn.Loss)) && !code.Contains($"new Nn.{type.Name}(", StringComparison.Ordinal)) missing.Add("Loss." + type.Name);
            if (type.IsSubclassOf(typeof(Operation)) && NeedsOwnership(type) && !code.Contains("h.", StringComparison.Ordinal)) missing.Add("Ownership." + type.Name);
        }
        foreach (MethodInfo method in typeof(M).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            if (!method.IsSpecialName && !Regex.IsMatch(code, $@"\.{method.Name}\(")) missing.Add("Tensor." + method.Name);
        return [.. missing.Distinct().Where(name => !s_excluded.ContainsKey(name)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Operations whose constructors are handed arrays that they might keep.</summary>
    static bool NeedsOwnership(Type type) =>
        type.GetConstructors().Any(constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType.IsArray));

    /// <summary>The classes that a few programs of each operation put on the tape, backward rules included.</summary>
    static IEnumerable<string> RecordedOperations()
    {
        foreach (Op op in Ops.All)
            for (int seed = 0; seed < 8; seed++)
            {
                using var drawing = new Drawing(Generator.Seeded(seed), Profile.Ordinary, single: false);
                if (!drawing.Append(op)) continue;
                TensorProgram program = drawing.Finish(0, "");
                M[] leaves = Array.ConvertAll(program.Leaves, leaf => M.From(leaf.Values, leaf.Shape, DType.Float64));
                foreach (M leaf in leaves) leaf.RequiresGrad = true;
                using var autograd = new Autograd();
                string[] names;
                try
                {
                    M output = OurSide.Forward(program, leaves, out _)[^1];
                    if (output.RequiresGrad) autograd.Gradients(output, leaves, M.Ones(output.Shape, output.DType), createGraph: true);
                    names = [.. autograd.Operations.Select(operation => operation.GetType().Name)];
                }
                catch (Exception e) when (e is InvalidOperationException or ArgumentException)
                {
                    continue;
                }
                foreach (string name in names) yield return name;
            }
    }
}
