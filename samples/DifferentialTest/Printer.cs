using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace DifferentialTest;

/// <summary>Prints a program as C# against MyTorch's public interface.</summary>
static partial class Printer
{
    internal static string Print(TensorProgram program, Difference difference)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"// {difference.What}: {difference.Details}\n");
        foreach (Leaf leaf in program.Leaves)
            text.Append(CultureInfo.InvariantCulture, $"Tensor {leaf.Name} = {Values(leaf, program.Single)};\n{leaf.Name}.RequiresGrad = true;\n");
        text.Append("using var autograd = new Autograd();\n");
        if (program.Nested) text.Append("using var inner = new Autograd();\n");
        for (int i = 0; i < program.Steps.Length; i++) text.Append(Line(program, i));
        string output = program.NameOf(program.ValueCount - 1);
        if (difference.Kind is "gradient" or "exception")
        {
            text.Append(CultureInfo.InvariantCulture, $"Tensor upstream = {Pattern(output, "(i * 5 % 8 - 3.5) / 4")};\n");
            for (int i = 0; i < program.Backwards; i++) text.Append(CultureInfo.InvariantCulture, $"{(program.Nested ? "inner" : "autograd")}.Backward({output}, upstream);\n");
        }
        else if (difference.Kind is "recorded" or "second")
        {
            string leaves = string.Join(", ", program.Leaves.Select(leaf => leaf.Name));
            text.Append(CultureInfo.InvariantCulture, $"Tensor upstream = {Pattern(output, "(i * 5 % 8 - 3.5) / 4")};\n");
            text.Append(CultureInfo.InvariantCulture, $"Tensor?[] gradients = autograd.Gradients({output}, [{leaves}], upstream, createGraph: true);\n");
            if (difference.Kind == "second")
                text.Append(CultureInfo.InvariantCulture, $"Tensor product = {string.Join(" + ", program.Leaves.Select((leaf, i) => $"(gradients[{i}]! * {Pattern(leaf.Name, "((i * 3 + 1) % 8 - 3.5) / 2")}).Sum()"))};\nTensor?[] second = autograd.Gradients(product, [{leaves}]);\n");
        }
        else if (difference.Kind == "tangent")
        {
            string seeds = string.Join(", ", program.Leaves.Select(leaf => $"[{leaf.Name}] = {Pattern(leaf.Name, "((i * 3 + 1) % 8 - 3.5) / 2")}"));
            text.Append(CultureInfo.InvariantCulture, $"Tensor? tangent = ForwardMode.Run(autograd, new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) {{ {seeds} }}).Of({output});\n");
        }
        return text.ToString();
    }

    static string Line(TensorProgram program, int i)
    {
        Step step = program.Steps[i];
        string name = program.NameOf(program.Leaves.Length + i), type = "Tensor ";
        string[] operands = Array.ConvertAll(step.Operands, program.NameOf);
        string line;
        if (step.HandedOver)
        {
            (string code, string[] before, string[] after) = Construction(step, operands, name);
            line = string.Concat(before.Select(b => b + "\n")) + $"{type}{name} = ({code}).Apply();\n" + string.Concat(after.Select(a => a + "\n"));
        }
        else
        {
            string code = Filled(step.Op.Code, step.Settings, operands);
            line = step.Paused ? $"{type}{name};\nusing (Autograd.Pause()) {name} = {code};\n" : $"{type}{name} = {code};\n";
        }
        return step.Retained ? line + $"if ({name}.RequiresGrad) {name}.RetainGrad();\n" : line;
    }

    static (string Code, string[] Before, string[] After) Construction(Step step, string[] operands, string name)
    {
        var before = new List<string>();
        var after = new List<string>();
        string code = HandedPattern().Replace(step.Op.ConstructCode, match =>
        {
            string variable = $"{name}{(char)('A' + before.Count)}", given = Filled("=> " + match.Groups[2].Value, step.Settings, operands);
            string kind = match.Groups[1].Value;
            before.Add($"{(kind switch { "Ints" => "int[]", "Tensors" => "Tensor[]", _ => "Tensor" })} {variable} = {given};");
            after.Add(kind switch
            {
                "Ints" => $"if ({variable}.Length > 1 && {variable}[0] != {variable}[^1]) Array.Reverse({variable}); else for (int i = 0; i < {variable}.Length; i++) {variable}[i] = {variable}[i] == 0 ? 1 : {variable}[i] - 1;",
                "Tensors" => $"Array.Fill({variable}, Tensor.Ones({operands[0]}.Shape, {operands[0]}.DType));",
                "Choices" => $"{variable}.CopyFrom({variable}.Not());",
                "Numbers" => $"{variable}.Fill(7);",
                _ => $"{variable}.Fill(0);",
            });
            return variable;
        });
        return (Filled(code, step.Settings, operands), [.. before], [.. after]);
    }

    /// <summary>The call with names in place of operands and literals in place of settings.</summary>
    internal static string Filled(string code, Settings settings, string[] operands)
    {
        code = code[(code.IndexOf("=>", StringComparison.Ordinal) + 2)..].Trim();
        code = OperandPattern().Replace(code, match => operands[int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)]);
        code = AllOperandsPattern().Replace(code, $"[{string.Join(", ", operands)}]");
        code = LikePattern().Replace(code, match => settings.Numbers.Length == 0
            ? match.Groups[1].Value == "WeightLike" ? "null" : $"Tensor.Ones([], {match.Groups[2].Value}.DType)"
            : $"Tensor.From({settings.Literal(nameof(Settings.Numbers))}, [{settings.Numbers.Length}], {match.Groups[2].Value}.DType)");
        code = LibraryTensorPattern().Replace(code, "Tensor.");
        return SettingPattern().Replace(code, match => settings.Literal(match.Groups[1].Value)).Replace("Nn.Nn.", "Nn.", StringComparison.Ordinal);
    }

    static string Values(Leaf leaf, bool single)
    {
        string type = single ? "DType.Float32" : "DType.Float64", shape = Settings.List(leaf.Shape);
        if (leaf.Values.Length > 1 && Array.TrueForAll(leaf.Values, value => value.Equals(leaf.Values[0]))) return $"Tensor.Full({shape}, {Settings.Number(leaf.Values[0])}, {type})";
        string values = leaf.Pattern is { } p
            ? string.Create(CultureInfo.InvariantCulture, $"[.. Enumerable.Range(0, {leaf.Values.Length}).Select(i => {Settings.Number(p.Base)} + {Settings.Number(p.Spread)} * (i * 7919L % 1009) / 1009)]")
            : $"[{string.Join(", ", leaf.Values.Select(Settings.Number))}]";
        return $"Tensor.From({values}, {shape}, {type})";
    }

    static string Pattern(string like, string formula) => $"Tensor.From([.. Enumerable.Range(0, {like}.ElementCount).Select(i => {formula})], {like}.Shape, {like}.DType)";

    [GeneratedRegex(@"\bx\[(\d)\]")]
    private static partial Regex OperandPattern();

    [GeneratedRegex(@"(?<=[(, ])x(?=[,)])")]
    private static partial Regex AllOperandsPattern();

    [GeneratedRegex(@"s\.(WeightLike|NumbersLike)\((\w+)\)")]
    private static partial Regex LikePattern();

    [GeneratedRegex(@"\bM\.(?=[A-Z])")]
    private static partial Regex LibraryTensorPattern();

    [GeneratedRegex(@"\bs\.(\w+)")]
    private static partial Regex SettingPattern();

    [GeneratedRegex(@"h\.(\w+)\(((?:[^()]|\([^()]*\))*)\)")]
    private static partial Regex HandedPattern();
}
