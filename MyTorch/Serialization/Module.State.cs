using MyTorch.Serialization;

namespace MyTorch.Nn;

// Saving and loading: parameters and buffers by name, as state_dict and load_state_dict of PyTorch.
public abstract partial class Module
{
    /// <summary>
    /// All parameters and buffers as copies, under PyTorch's names: <c>layers.0.weight</c>, <c>norm.running_mean</c>. A tensor that the
    /// module holds more than once is listed once, under its first name.
    /// </summary>
    public Dictionary<string, Tensor> StateDict() => State().Tensors.ToDictionary(named => named.Key, named => named.Value.Clone());

    /// <summary>Copies saved values into the parameters and buffers. After an error nothing has changed.</summary>
    /// <param name="saved">
    /// Every parameter and buffer by name, of the same shape and type. A shared one may be given under any of its names, or under several
    /// with the same values.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The message lists all names that are missing or unknown, and all tensors of another shape or type.
    /// </exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        ModuleState state = State();
        if (state.Mismatch(saved) is { } mismatch) throw new ArgumentException($"{GetType().Name}.LoadStateDict: {mismatch}",
            nameof(saved));
        state.CopyFrom(saved);
    }

    /// <summary>
    /// Writes parameters and buffers to a safetensors file, which <c>safetensors.torch.load_model</c> opens too, with the model's
    /// architecture. An existing file is replaced when the new one is complete.
    /// </summary>
    /// <param name="path">The file, usually with the extension .safetensors.</param>
    /// <remarks>
    /// <para>The format does not allow shared memory, so a shared weight is written once, under its first name. The metadata names the
    /// others, as <c>safetensors.torch.save_model</c> does.</para>
    /// <para>The modes and generators of the modules are not part of the file; see <see cref="Checkpoint"/> to go on with a
    /// training.</para>
    /// </remarks>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public void Save(string path)
    {
        ModuleState state = State();
        Safetensors.Save(path, state.Tensors, state.Metadata(this));
    }

    /// <summary>
    /// Reads the parameters and buffers of this model from a safetensors file that <see cref="Save"/>, a <see cref="Checkpoint"/>, a
    /// pipeline or PyTorch wrote. After an error nothing has changed.
    /// </summary>
    /// <exception cref="ModelFileException">
    /// The file is damaged or does not fit: the message lists all names that are missing or unknown, and all tensors of another shape or
    /// type.
    /// </exception>
    public void Load(string path) => ModelFile.LoadInto(this, Safetensors.Load(path), path);

    /// <summary>
    /// Restores a model of this library's own layers from a file alone, in evaluation mode. Call <see cref="Train"/> to train it further.
    /// </summary>
    /// <param name="path">A file that <see cref="Save"/>, a <see cref="Checkpoint"/> or a pipeline wrote.</param>
    /// <exception cref="ModelFileException">
    /// The file is damaged, does not describe a model, or contains a module class of your program: build that model and use
    /// <see cref="Load"/>.
    /// </exception>
    public static Module FromFile(string path) => ModelFile.Model(Safetensors.Load(path), path);

    internal ModuleState State()
    {
        var search = new MemberSearch(this);
        List<Member> members = search.Run();
        var first = new Dictionary<object, string>(ReferenceEqualityComparer.Instance) { [this] = "" };
        var state = new ModuleState();
        foreach (Member member in members)
        {
            if (member.Value is Module) first.TryAdd(member.Value, member.Path);
            if (!member.IsNamed || member.Value is not Tensor tensor) continue;
            if (first.TryAdd(tensor, member.Path)) state.Add(member.Path, tensor);
            else state.AddName(member.Path, first[tensor]);
        }
        foreach ((string path, Module module) in search.Repeated)
        {
            string prefix = first[module] is { Length: > 0 } name ? name + "." : "";
            foreach (string known in state.Tensors.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
                state.AddName($"{path}.{known[prefix.Length..]}", known);
        }
        return state;
    }
}
