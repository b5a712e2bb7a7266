using MyTorch;
using MyTorch.Teaching;

namespace Playground.Shapes;

/// <summary>A function z = g(x) that the learner chooses, and x.</summary>
public sealed class FunctionChoice
{
    /// <summary>What can be chosen, and how it is written.</summary>
    public static IReadOnlyList<(string Name, string Title)> Names { get; } =
        [("own", "your formula"), ("tanh", "tanh x"), ("softmax", "softmax x"), ("product", "Wx"), ("layer", "tanh(Wx)")];

    readonly string _prefix, _firstName, _firstText;
    readonly double[] _firstAt;
    readonly Func<int, int, Tensor> _weight;
    readonly double[] _at;
    FunctionText _own;

    /// <summary>A choice, and what is chosen at first.</summary>
    public FunctionChoice(string prefix, string name, string text, int size, double[] at, Func<int, int, Tensor> weight)
    {
        (_prefix, _firstName, _firstText, _firstAt, _weight) = (prefix, name, text, at, weight);
        (Name, Text, Size, _at, FirstSize) = (name, text, size, [.. at], size);
        _own = FunctionText.Parse(text);
    }

    int FirstSize { get; }

    /// <summary>Which of <see cref="Names"/>.</summary>
    public string Name { get; private set; }

    /// <summary>The typed formula.</summary>
    public string Text { get; private set; }

    /// <summary>What is wrong with the formula; the last one that was right stays.</summary>
    public string? Error { get; private set; }

    /// <summary>Where it is wrong, if it cannot be read.</summary>
    public FunctionTextException? Where { get; private set; }

    /// <summary>D where the formula does not say it.</summary>
    public int Size { get; private set; }

    /// <summary>K of Wx.</summary>
    public int Outputs { get; private set; } = 2;

    /// <summary>The names of the elements of x.</summary>
    public IReadOnlyList<string> Inputs => Name == "own" ? _own.Variables : [.. Enumerable.Range(1, Size).Select(i => $"x{i}")];

    /// <summary>The function.</summary>
    public VectorFunction Function => Name switch
    {
        "tanh" => VectorFunction.Tanh(Size),
        "softmax" => VectorFunction.Softmax(Size),
        "product" => VectorFunction.Product(_weight(Outputs, Size)),
        "layer" => VectorFunction.Layer(_weight(Outputs, Size)),
        _ => VectorFunction.Of(_own),
    };

    /// <summary>x.</summary>
    public Tensor At => Tensor.From(_at[..Inputs.Count], DType.Float64);

    /// <summary>Chooses a function.</summary>
    public void Choose(string name)
    {
        if (Names.Any(one => one.Name == name)) Name = name;
    }

    /// <summary>Takes another formula.</summary>
    public void Type(string text)
    {
        Text = text;
        if (!FunctionText.TryParse(text, out FunctionText? function, out FunctionTextException? error))
        {
            (Error, Where) = (error.Message, error);
            return;
        }
        if (function.Variables.Count is 0 or > ShapesState.Most || function.Outputs.Count > ShapesState.Most)
        {
            (Error, Where) = ($"Up to {ShapesState.Most} variables and results are drawn here, and at least one variable; this has {function.Variables.Count} and {function.Outputs.Count}.", null);
            return;
        }
        (Error, Where, _own, Name) = (null, null, function, "own");
    }

    /// <summary>Sets D, from 1 to 5.</summary>
    public void SetSize(int size) => Size = Math.Clamp(size, 1, ShapesState.Most);

    /// <summary>Sets K of Wx, from 1 to 5.</summary>
    public void SetOutputs(int outputs) => Outputs = Math.Clamp(outputs, 1, ShapesState.Most);

    /// <summary>Sets an element of x.</summary>
    public void Set(int index, double value) => _at[index] = value;

    /// <summary>Adds what is not as at first to an address.</summary>
    public void ToAddress(Address address)
    {
        if (Name != _firstName) address.Add($"{_prefix}.g", Name);
        if (Text != _firstText && Error is null) address.Add($"{_prefix}.own", Text);
        if (Size != FirstSize) address.Add($"{_prefix}.d", Size);
        if (Outputs != 2) address.Add($"{_prefix}.k", Outputs);
        if (!_at.SequenceEqual(_firstAt)) address.Add($"{_prefix}.x", ShapesState.List(_at));
    }

    /// <summary>Takes what an address says, and what is not there as at first.</summary>
    public void FromAddress(Address address)
    {
        Type(address[$"{_prefix}.own"] ?? _firstText);
        if (Error is not null) Type(_firstText);
        Name = _firstName;
        Choose(address.Choice($"{_prefix}.g", Names.Select(one => one.Name)) ?? _firstName);
        SetSize(address.Count($"{_prefix}.d", 1, ShapesState.Most) ?? FirstSize);
        SetOutputs(address.Count($"{_prefix}.k", 1, ShapesState.Most) ?? 2);
        ShapesState.Take(address.Numbers($"{_prefix}.x", -Numbers.Most, Numbers.Most), _firstAt, _at);
    }
}
