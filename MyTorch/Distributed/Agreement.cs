using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MyTorch.Distributed;

/// <summary>Compares what the ranks have, data and settings, before anything is computed from it.</summary>
static class Agreement
{
    // Of a longer text a message shows a piece that begins shortly before the first difference.
    const int MostShown = 160, Before = 30;

    /// <summary>Throws on every rank, with the same message, unless all have the same texts.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="items">What is compared, by name, in the same order on every rank.</param>
    /// <exception cref="RanksDifferException">A rank differs. The message says which, in what, and what it has instead.</exception>
    internal static void Require(ICommunicator communicator, params IReadOnlyList<(string Name, string Value)> items)
    {
        if (communicator.Size == 1) return;
        // The items themselves first: where ranks run different programs, the spans below would have different lengths.
        double[][] names = Gather(communicator, [items.Count, Hash(string.Join('\n', items.Select(item => item.Name)))]);
        if ((Differing(names, 0) ?? Differing(names, 1)) is var (different, _))
            throw new RanksDifferException(
                $"{Ranks(different)} from the other ranks in the program. Start the same program, in the same version, on all ranks.");

        double[][] hashes = Gather(communicator, [.. items.Select(item => Hash(item.Value))]);
        for (int i = 0; i < items.Count; i++)
            if (Differing(hashes, i) is var (ranks, usual))
            {
                string theirs = Broadcast(communicator, items[i].Value, ranks[0]), others = Broadcast(communicator, items[i].Value, usual);
                (theirs, others) = (Shown(theirs, others), Shown(others, theirs));
                throw new RanksDifferException(
                    $"{Ranks(ranks)} from the other ranks in {items[i].Name}: {theirs} instead of {others}. " +
                    "All ranks must train on the same rows with the same settings. Nothing was trained.");
            }
    }

    /// <summary>A short text for the values of a tensor, which differs if they do.</summary>
    internal static string Fingerprint(Tensor tensor) => Convert.ToHexStringLower(SHA256.HashData(Bytes(tensor)).AsSpan(0, 8));

    /// <summary>The elements as bytes, in the memory of the tensor.</summary>
    internal static Span<byte> Bytes(Tensor tensor) => tensor.DType switch
    {
        DType.Float32 => MemoryMarshal.AsBytes(tensor.Write<float>()),
        DType.Float64 => MemoryMarshal.AsBytes(tensor.Write<double>()),
        DType.Int64 => MemoryMarshal.AsBytes(tensor.Write<long>()),
        _ => MemoryMarshal.AsBytes(tensor.Write<bool>()),
    };

    /// <summary>The numbers of every rank, [rank][index]: each adds its own to zeros.</summary>
    static double[][] Gather(ICommunicator communicator, double[] values)
    {
        double[] all = new double[communicator.Size * values.Length];
        values.CopyTo(all, communicator.Rank * values.Length);
        communicator.AllReduce(all);
        return [.. all.Chunk(values.Length)];
    }

    /// <summary>The ranks whose number is not the most frequent one, and the first rank that has that one; null if all are equal.</summary>
    static (int[] Ranks, int Usual)? Differing(double[][] all, int index)
    {
        double usual = all.GroupBy(of => of[index]).MaxBy(group => group.Count())!.Key;
        int[] ranks = [.. Enumerable.Range(0, all.Length).Where(rank => all[rank][index] != usual)];
        return ranks.Length == 0 ? null : (ranks, Array.FindIndex(all, of => of[index] == usual));
    }

    static string Broadcast(ICommunicator communicator, string text, int root)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text), length = BitConverter.GetBytes(bytes.Length);
        communicator.Broadcast(length, root);
        if (communicator.Rank != root) bytes = new byte[BitConverter.ToInt32(length)];
        communicator.Broadcast(bytes, root);
        return Encoding.UTF8.GetString(bytes);
    }

    // 48 bits, which a double holds exactly.
    static double Hash(string text)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return BitConverter.ToUInt32(hash) * 65536.0 + BitConverter.ToUInt16(hash, 4);
    }

    static string Ranks(int[] ranks) => ranks is [var one]
        ? string.Create(CultureInfo.InvariantCulture, $"Rank {one} differs")
        : $"Ranks {string.Join(", ", ranks.Select(rank => rank.ToString(CultureInfo.InvariantCulture)))} differ";

    static string Shown(string text, string other)
    {
        int same = text.AsSpan().CommonPrefixLength(other);
        bool whole = Math.Max(text.Length, other.Length) <= MostShown || same < Before;
        return $"'{(whole ? "" : "…")}{Cited.Text(whole ? text : text[(same - Before)..], MostShown)}'";
    }
}
