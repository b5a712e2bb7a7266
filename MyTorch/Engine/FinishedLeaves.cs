namespace MyTorch;

/// <summary>A sweep that hands out the gradient of each leaf right after its last contribution, instead of all at the end.</summary>
static class FinishedLeaves
{
    /// <param name="scope">The scope that is swept.</param>
    /// <param name="adjoints">The adjoints of the sweep. The leaves that are handed out are removed from them.</param>
    /// <param name="listener">Called for each leaf after its gradient was added to <see cref="Tensor.Grad"/>.</param>
    internal static void Announce(Autograd scope, Adjoints adjoints, Action<Tensor> listener)
    {
        IReadOnlyList<Operation> tape = scope.Operations;
        int finished = adjoints.Last - scope.Start + 1;
        Dictionary<Tensor, int> firstReader = FirstReaders(tape, finished);
        foreach (Operation operation in scope.Steps(adjoints)) HandOut(operation.Index - scope.Start);
        HandOut(0);

        // The sweep visits the tape backwards: when the first reader of a leaf has been visited or skipped, nothing more arrives.
        void HandOut(int reached)
        {
            while (finished > reached)
            {
                finished--;
                foreach (Tensor input in tape[finished].InputArray)
                {
                    if (firstReader.GetValueOrDefault(input, -1) != finished || adjoints.Remove(input) is not { } gradient) continue;
                    input.AddToGrad(gradient, adjoints.CreateGraph);
                    listener(input);
                }
            }
        }
    }

    static Dictionary<Tensor, int> FirstReaders(IReadOnlyList<Operation> tape, int count)
    {
        var readers = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < count; i++)
            foreach (Tensor input in tape[i].InputArray)
                if (input.RequiresGrad && input.IsLeaf) readers.TryAdd(input, i);
        return readers;
    }
}
