using Microsoft.ML.OnnxRuntime;
using MyTorch;

namespace Interop;

/// <summary>An ONNX model in ONNX Runtime, with tensors of MyTorch in and out.</summary>
internal sealed class Runtime(byte[] model) : IDisposable
{
    // Its errors are exceptions; it would also write them on the terminal.
    readonly InferenceSession _session = new(model, new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL });
    readonly RunOptions _options = new();

    /// <summary>The outputs of the model by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Run(Tensor input)
    {
        long[] shape = [.. input.Shape.Select(size => (long)size)];
        using OrtValue value = input.DType switch
        {
            DType.Float32 => OrtValue.CreateTensorValueFromMemory(input.ToFloatArray(), shape),
            DType.Float64 => OrtValue.CreateTensorValueFromMemory(input.ToArray(), shape),
            _ => OrtValue.CreateTensorValueFromMemory(input.ToInt64Array(), shape),
        };
        using var outputs = _session.Run(_options, [_session.InputNames[0]], [value], _session.OutputNames);
        return _session.OutputNames.Zip(outputs).ToDictionary(output => output.First, output => Read(output.Second));
    }

    static Tensor Read(OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        Shape shape = [.. info.Shape.Select(size => (int)size)];
        return info.ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => Tensor.From(value.GetTensorDataAsSpan<float>(), shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double => Tensor.From(value.GetTensorDataAsSpan<double>(), shape, DType.Float64),
            _ => Tensor.Indices(value.GetTensorDataAsSpan<long>(), shape),
        };
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }
}
