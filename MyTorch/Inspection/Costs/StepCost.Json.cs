using System.Text;
using System.Text.Json;

namespace MyTorch.Inspection;

// The account as JSON.
public sealed partial class StepCost
{
    /// <summary>
    /// The account as JSON: <c>operations</c>, <c>modules</c>, <c>memory</c>, <c>multiplyAdds</c>, <c>time</c>, <c>notCounted</c>. Bytes,
    /// multiply-adds and microseconds have the names of the properties; what is not known is null.
    /// </summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" })) Write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("operations");
        foreach (OperationCost cost in Operations) Write(json, cost);
        json.WriteEndArray();
        json.WriteStartArray("modules");
        foreach (ModuleCost module in Modules) Write(json, module);
        json.WriteEndArray();
        WriteMemory(json);
        json.WriteStartObject("multiplyAdds");
        Write(json, "forward", ForwardMultiplyAdds);
        Write(json, "backward", BackwardMultiplyAdds);
        json.WriteEndObject();
        json.WriteStartObject("time");
        Write(json, "microseconds", Microseconds);
        Write(json, "multiplyAddsPerSecond", MultiplyAddsPerSecond);
        Write(json, "shareOfLimit", ShareOfLimit);
        json.WriteEndObject();
        json.WriteStartArray("notCounted");
        foreach (string name in NotCounted) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, OperationCost cost)
    {
        json.WriteStartObject();
        json.WriteNumber("index", cost.Index);
        json.WriteString("value", cost.Value);
        json.WriteString("name", cost.Name);
        json.WriteString("call", cost.Call);
        json.WriteString("module", cost.Module);
        json.WriteBoolean("isReached", cost.IsReached);
        json.WriteNumber("resultBytes", cost.ResultBytes);
        Write(json, "savedBytes", cost.SavedBytes);
        if (cost.Saved is null) json.WriteNull("saved");
        else
        {
            json.WriteStartArray("saved");
            foreach (SavedArray array in cost.Saved)
            {
                json.WriteStartObject();
                json.WriteString("value", array.Value);
                json.WriteString("kind", array.Kind switch
                {
                    StepTensorKind.Parameter => "parameter",
                    StepTensorKind.Result => "result",
                    _ => "given",
                });
                json.WriteNumber("bytes", array.Bytes);
                json.WriteString("countedAt", array.CountedAt);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteNumber("gradientBytes", cost.GradientBytes);
        Write(json, "forwardMultiplyAdds", cost.ForwardMultiplyAdds);
        Write(json, "backwardMultiplyAdds", cost.BackwardMultiplyAdds);
        Write(json, "forwardMicroseconds", cost.ForwardMicroseconds);
        Write(json, "backwardMicroseconds", cost.BackwardMicroseconds);
        Write(json, "shareOfLimit", cost.ShareOfLimit);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, ModuleCost module)
    {
        json.WriteStartObject();
        json.WriteString("path", module.Path);
        json.WriteNumber("operations", module.Operations);
        json.WriteNumber("parameters", module.Parameters);
        json.WriteNumber("resultBytes", module.ResultBytes);
        Write(json, "savedBytes", module.SavedBytes);
        json.WriteNumber("gradientBytes", module.GradientBytes);
        Write(json, "forwardMultiplyAdds", module.ForwardMultiplyAdds);
        Write(json, "backwardMultiplyAdds", module.BackwardMultiplyAdds);
        Write(json, "microseconds", module.Microseconds);
        json.WriteEndObject();
    }

    void WriteMemory(Utf8JsonWriter json)
    {
        json.WriteStartObject("memory");
        Write(json, "parameters", Parameters);
        Write(json, "gradients", Gradients);
        Write(json, "results", Results);
        Write(json, "given", Given);
        Write(json, "activations", Activations);
        Write(json, "saved", Saved);
        if (OptimizerState is null) json.WriteNull("optimizer");
        else
        {
            json.WriteStartObject("optimizer");
            foreach ((string name, StepMemory memory) in OptimizerState) Write(json, name, memory);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, string name, StepMemory? memory)
    {
        if (memory is null)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        json.WriteNumber("arrays", memory.Tensors);
        json.WriteNumber("numbers", memory.Numbers);
        json.WriteNumber("bytes", memory.Bytes);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } known) json.WriteNumber(name, known);
        else json.WriteNull(name);
    }

    // JSON has no infinity: a time too short for the clock has no share.
    static void Write(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } known && double.IsFinite(known)) json.WriteNumber(name, known);
        else json.WriteNull(name);
    }
}
