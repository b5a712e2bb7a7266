using System.Globalization;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Serialization;

/// <summary>
/// Everything a training needs to go on: a run that is killed at any moment and resumed from its last checkpoint ends with the same bits as
/// one that was not interrupted.
/// </summary>
/// <remarks>
/// <code>
/// var checkpoint = new Checkpoint(model, optimizer) { Loader = batches, Schedule = schedule };
/// checkpoint.Resume("run.safetensors");
/// while (checkpoint.Epoch &lt; 20)
/// {
///     foreach (Batch batch in batches)
///     {
///         TrainOn(batch);
///         if (++step % 1000 == 0) checkpoint.Save("run.safetensors");
///     }
///     schedule.Step();
///     checkpoint.Epoch++;
///     checkpoint.Save("run.safetensors");
/// }
/// </code>
/// <para>The file is a model file, which <see cref="Module.Load"/> and PyTorch open, with further tensors:
/// <c>optimizer.N.NAME</c>, <c>schedule.NAME</c>, <c>generator</c> (the thread's default generator), <c>generator.N</c> (those of the
/// model's Dropout layers, then <see cref="Generators"/>), <c>loader</c>, <c>position</c> and <c>extra.NAME</c>.</para>
/// Build model, optimizer, loader and schedule as in the first run, with the same settings, before resuming. The number of rows and the
/// batch size are compared; other settings that are not part of the state, such as the rows themselves, must be the same too.
/// </remarks>
public sealed class Checkpoint
{
    const string OptimizerKey = "optimizer", ScheduleKey = "schedule", GeneratorKey = "generator", LoaderKey = "loader",
        PositionKey = "position", ExtraKey = "extra";

    /// <summary>What the metadata's keys of <see cref="Notes"/> begin with.</summary>
    internal const string NotePrefix = "mytorch.note.";

    // A flag in the metadata, with the version of what follows.
    const string Version = "1";

    readonly Optimizer[] _optimizers;

    /// <summary>A checkpoint of a model and its optimizers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="optimizers">The optimizers, none or more, in the same order in every run.</param>
    public Checkpoint(Module model, params IReadOnlyList<Optimizer> optimizers)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizers);
        (Model, _optimizers) = (model, [.. optimizers]);
        foreach (Optimizer optimizer in _optimizers) ArgumentNullException.ThrowIfNull(optimizer, nameof(optimizers));
    }

    /// <summary>The model.</summary>
    public Module Model { get; }

    /// <summary>The optimizers.</summary>
    public IReadOnlyList<Optimizer> Optimizers => _optimizers.AsReadOnly();

    /// <summary>The schedule of the learning rate; null if there is none.</summary>
    public LearningRateSchedule? Schedule { get; init; }

    /// <summary>
    /// The loader of the batches; null if there is none. Its shuffling and the batches of the current epoch that were returned are part of
    /// the checkpoint: after <see cref="Load"/> its next enumeration returns the batches that are left.
    /// </summary>
    public DataLoader? Loader { get; init; }

    /// <summary>
    /// Further generators that the training uses, such as one for noise. The thread's default generator and those of the model's Dropout
    /// layers are part of the checkpoint anyway.
    /// </summary>
    public IReadOnlyList<Generator> Generators { get; init; } = [];

    /// <summary>The number of finished epochs. The program counts it.</summary>
    public int Epoch { get; set; }

    /// <summary>Tensors of the program, such as the losses so far; saved and loaded with the rest.</summary>
    public IDictionary<string, Tensor> Extra { get; } = new Dictionary<string, Tensor>();

    /// <summary>Texts of the program, such as its settings; saved and loaded with the rest.</summary>
    public IDictionary<string, string> Notes { get; } = new Dictionary<string, string>();

    /// <summary>Writes the checkpoint. An existing one is replaced when the new one is complete and on the disk.</summary>
    /// <param name="path">The file, usually with the extension .safetensors.</param>
    /// <exception cref="ArgumentException">A parameter has a name that the checkpoint uses, such as <c>position</c>.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public void Save(string path)
    {
        ModuleState state = Model.State();
        if (state.Tensors.Keys.FirstOrDefault(IsOurs) is { } taken)
            throw new ArgumentException(
                $"Checkpoint.Save: the model has a tensor with the name '{Cited.Text(taken)}', which a checkpoint uses itself. Rename the field that holds it.", nameof(path));
        Dictionary<string, Tensor> all = State();
        foreach ((string name, Tensor tensor) in state.Tensors) all[name] = tensor;
        Dictionary<string, string> metadata = state.Metadata(Model);
        metadata[ModelFile.CheckpointKey] = Version;
        foreach ((string key, string text) in Notes) metadata[NotePrefix + key] = text;
        Safetensors.Save(path, all, metadata);
    }

    /// <summary><see cref="Load"/> if the file exists; otherwise nothing, for the first run.</summary>
    /// <returns>Whether there was a checkpoint.</returns>
    /// <exception cref="ModelFileException">The file is damaged or does not fit; nothing has changed.</exception>
    public bool Resume(string path)
    {
        if (!File.Exists(path)) return false;
        Load(path);
        return true;
    }

    /// <summary>Takes over all state of a checkpoint. After an error nothing has changed.</summary>
    /// <exception cref="ModelFileException">
    /// The file is damaged, is not a checkpoint, or was saved from another model, optimizer, schedule or data. The message lists the
    /// differences.
    /// </exception>
    public void Load(string path)
    {
        SafetensorsFile file = Safetensors.Load(path);
        ModelFile.RequireFormat(file.Metadata, path);
        if (!file.Metadata.TryGetValue(ModelFile.CheckpointKey, out string? version))
            throw new ModelFileException(path,
                "this is not a checkpoint: it has no state of an optimizer. To load the weights alone, use model.Load(path).");
        if (version != Version)
            throw new ModelFileException(path,
                $"the checkpoint has the version '{Cited.Text(version)}'; this version of MyTorch reads {Version}. Use the version " +
                $"that wrote it, or a newer one.");
        var weights = new Dictionary<string, Tensor>();
        var rest = new Dictionary<string, Tensor>();
        foreach ((string name, Tensor tensor) in file.Tensors) (IsOurs(name) ? rest : weights)[name] = tensor;

        ModuleState state = Model.State();
        if (state.Mismatch(weights) is { } mismatch) throw new ModelFileException(path, $"the checkpoint is of another model: {mismatch}");
        Dictionary<string, Tensor> before = State();
        try
        {
            Take(rest);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            Take(before);
            throw new ModelFileException(path, $"the checkpoint does not fit: {Cited.Text(e.Message, 2000)}", e);
        }
        state.CopyFrom(weights);
        Notes.Clear();
        foreach ((string key, string text) in file.Metadata)
            if (key.StartsWith(NotePrefix, StringComparison.Ordinal)) Notes[key[NotePrefix.Length..]] = text;
    }

    /// <summary>The name in the file of a tensor of <see cref="Extra"/>.</summary>
    internal static string ExtraName(string name) => $"{ExtraKey}.{name}";

    /// <summary>
    /// Whether a tensor of a checkpoint is not the model's. A model may have modules named generator or position: their tensors have longer
    /// names.
    /// </summary>
    internal static bool IsOurs(string name) => name.Split('.') switch
    {
        [GeneratorKey or LoaderKey or PositionKey] => true,
        [GeneratorKey, var number] => number.All(char.IsAsciiDigit),
        [OptimizerKey, var number, _, ..] => number.All(char.IsAsciiDigit),
        [ScheduleKey or ExtraKey, _, ..] => true,
        _ => false,
    };

    Dictionary<string, Tensor> State()
    {
        var state = new Dictionary<string, Tensor> { [GeneratorKey] = Generator.Default.GetState() };
        for (int i = 0; i < _optimizers.Length; i++)
            foreach ((string name, Tensor tensor) in _optimizers[i].StateDict()) state[Key(OptimizerKey, i, name)] = tensor;
        if (Schedule is not null)
            foreach ((string name, Tensor tensor) in Schedule.StateDict()) state[$"{ScheduleKey}.{name}"] = tensor;
        Generator[] generators = AllGenerators();
        for (int i = 0; i < generators.Length; i++) state[Key(GeneratorKey, i)] = generators[i].GetState();
        (Tensor? shuffling, int returned) = Loader?.Position ?? default;
        if (shuffling is not null) state[LoaderKey] = shuffling;
        state[PositionKey] = Tensor.Indices(Epoch, returned, Loader?.Dataset.Count ?? 0, Loader?.BatchSize ?? 0);
        foreach ((string name, Tensor tensor) in Extra) state[ExtraName(name)] = tensor;
        return state;
    }

    // The order is that of errors too: what can fail comes first, and a failed part has changed nothing in itself.
    void Take(Dictionary<string, Tensor> state)
    {
        var unread = new HashSet<string>(state.Keys);
        Generator[] generators = AllGenerators();
        Tensor position = Taken(PositionKey);
        if (position.DType != DType.Int64 || position.Shape != new[] { 4 }
            || position.ToInt64Array() is not [var epoch, var returned, var rows, var batchSize]
            || epoch is < 0 or > int.MaxValue || returned < 0)
            throw Invalid.Argument(nameof(state),
                $"'{PositionKey}' is {Cited.Text(position.ToString())}; expected epoch, batches, rows and batch size. Save it again.");
        if (rows != (Loader?.Dataset.Count ?? 0) || batchSize != (Loader?.BatchSize ?? 0) || returned > (Loader?.BatchCount ?? 0))
            throw Invalid.Argument(nameof(state),
                $"it was saved from a run on {rows} rows in batches of {batchSize}; this one has {Loader?.Dataset.Count ?? 0} rows in batches of {Loader?.BatchSize ?? 0}. Use the same data and batch size.");
        for (int i = 0; i < _optimizers.Length; i++) _optimizers[i].LoadStateDict(Part(Key(OptimizerKey, i)));
        Schedule?.LoadStateDict(Part(ScheduleKey));
        Tensor? shuffling = Loader?.Position.Generator is null ? null : Taken(LoaderKey);
        Tensor[] states = [Taken(GeneratorKey), .. Enumerable.Range(0, generators.Length).Select(i => Taken(Key(GeneratorKey, i)))];
        Dictionary<string, Tensor> extra = Part(ExtraKey);
        if (unread.Count > 0)
            throw new ArgumentException(
                $"it has {Cited.List([.. unread.Order(StringComparer.Ordinal)])}, for which this run has no optimizer, schedule, shuffling loader or generator. Make the same as in the run that saved it.");
        for (int i = 0; i < states.Length; i++) (i == 0 ? Generator.Default : generators[i - 1]).SetState(states[i]);
        if (Loader is not null) Loader.Position = (shuffling, (int)returned);
        Epoch = (int)epoch;
        Extra.Clear();
        foreach ((string name, Tensor tensor) in extra) Extra[name] = tensor;

        Tensor Taken(string name) => unread.Remove(name)
            ? state[name]
            : throw new ArgumentException(
                $"'{name}' is missing. Was it saved from a run without this optimizer, schedule, shuffling loader or generator?");

        Dictionary<string, Tensor> Part(string prefix)
        {
            var part = new Dictionary<string, Tensor>();
            foreach (string name in unread.Where(name => name.StartsWith(prefix + ".", StringComparison.Ordinal)).ToArray())
                part[name[(prefix.Length + 1)..]] = Taken(name);
            return part;
        }
    }

    Generator[] AllGenerators() =>
    [
        .. Model.NamedModules().Select(named => named.Module).OfType<Dropout>().Select(layer => layer.Generator).OfType<Generator>()
            .Concat(Generators).Distinct(ReferenceEqualityComparer.Instance).Cast<Generator>(),
    ];

    static string Key(string kind, int index, string name) => $"{Key(kind, index)}.{name}";

    static string Key(string kind, int index) => string.Create(CultureInfo.InvariantCulture, $"{kind}.{index}");
}
