using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using static System.FormattableString;

namespace MyTorch.Training;

/// <summary>
/// Everything besides a checkpoint's numbers that decides how a training goes on: data, model, settings, version. A run resumes only where
/// all of it is as before, because only then it ends like one that was not interrupted.
/// </summary>
static class TrainingIdentity
{
    /// <summary>Name and text of each part.</summary>
    internal static Dictionary<string, string> Of(
        Module model, Dataset train, Dataset? validation, TrainerOptions options, Evaluator evaluator, Optimizer optimizer,
        LearningRateSchedule? schedule)
    {
        var parts = new Dictionary<string, string>
        {
            ["MyTorch"] = typeof(Tensor).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            ["training rows"] = Text(train),
            ["layers"] = string.Join(", ", model.NamedModules().Select(named => named.Module)
                .Where(module => !module.NamedModules().Skip(1).Any()).Select(module => module.Describe())),
            ["batch size"] = Invariant($"{options.BatchSize}"),
            ["seed"] = Invariant($"{options.Seed}"),
            ["loss"] = evaluator.Criterion.GetType().Name,
            ["optimizer"] = Text(optimizer),
        };
        if (validation is not null)
        {
            parts["validation rows"] = Text(validation);
            parts["restores the best epoch"] = options.RestoreBest ? "yes" : "no";
        }
        if (options.Patience is { } patience) parts["patience"] = Invariant($"{patience}");
        if (options.DropLast is { } drop) parts["drops the last batch"] = drop ? "yes" : "no";
        if (options.MaxGradientNorm is { } norm) parts["largest norm of the gradients"] = Number(norm);
        if (options.MaxGradientValue is { } value) parts["largest value of a gradient"] = Number(value);
        if (options.BalanceClasses) parts["class weights"] = "balanced";
        else if (options.ClassWeights is { } weights) parts["class weights"] = string.Join(' ', weights.Select(Number));
        if (schedule is not null)
        {
            // The rates tell two schedules of a kind apart. They usually depend on the number of epochs, which may be raised without them.
            var rates = new[] { 0, options.Epochs / 2, options.Epochs - 1 }.Distinct().Select(epoch => schedule.RateAt(epoch, schedule.BaseRates[0]));
            parts["schedule"] = $"{schedule.GetType().Name} with the rates {string.Join(' ', rates.Select(Number))}"
                + string.Concat(schedule.AllSettings().Select(setting => $", {setting.Name} {Number(setting.Value)}"));
            parts["epochs"] = Invariant($"{options.Epochs}");
        }
        foreach ((string name, string text) in options.CheckpointNotes)
            if (!parts.TryAdd(name, text))
                throw new ArgumentException(
                    $"Trainer: a checkpoint has a text '{Cited.Text(name)}' already; give the note of {nameof(options.CheckpointNotes)} another name.");
        return parts;
    }

    /// <summary>All differences in one text; null if there is none.</summary>
    internal static string? Difference(IReadOnlyDictionary<string, string> then, IReadOnlyDictionary<string, string> now)
    {
        string[] parts = [.. now.Keys.Union(then.Keys).Where(name => then.GetValueOrDefault(name) != now.GetValueOrDefault(name))
            .Select(name => $"{Cited.Text(name)}: {Shown(then, name)}, now {Shown(now, name)}")];
        return parts.Length == 0 ? null : string.Join("; ", parts);

        static string Shown(IReadOnlyDictionary<string, string> texts, string name) => Cited.Text(texts.GetValueOrDefault(name, "none"), 300);
    }

    static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    static string Text(Optimizer optimizer)
    {
        var groups = optimizer.ParameterGroups
            .Select(group => string.Join(' ', group.Options.Select(option => $"{option.Name} {Number(option.Value)}")));
        return $"{optimizer.GetType().Name}, {string.Join("; ", groups)}";
    }

    // The size says most; equal sizes with other numbers or names are told apart by a hash.
    static string Text(Dataset rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Tensor? tensor in new[] { rows.Inputs, rows.InputsRest, rows.Target, rows.TargetRest })
            if (tensor is not null) hash.AppendData(Bytes(tensor));
        foreach (string name in (string[])[.. rows.FeatureNames, .. rows.ClassNames, .. rows.TargetNames])
            hash.AppendData(Encoding.UTF8.GetBytes(name + "\n"));
        string what = rows.IsClassification ? Invariant($"{rows.ClassCount} classes") : Invariant($"{rows.OutputCount} target(s)");
        ulong first = BinaryPrimitives.ReadUInt64BigEndian(hash.GetHashAndReset());
        return Invariant($"{rows.Count} of {rows.FeatureCount} features and {what}, hash {first:x16}");
    }

    static ReadOnlySpan<byte> Bytes(Tensor tensor) => tensor.DType switch
    {
        DType.Float32 => MemoryMarshal.AsBytes(tensor.Read<float>()),
        DType.Float64 => MemoryMarshal.AsBytes(tensor.Read<double>()),
        DType.Int64 => MemoryMarshal.AsBytes(tensor.Read<long>()),
        _ => MemoryMarshal.AsBytes(tensor.Read<bool>()),
    };
}
