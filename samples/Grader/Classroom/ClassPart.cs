using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// One of several parts of a class, each graded by its own process. A handin's part follows from its name alone: it stays the same
/// when others hand in.
/// </summary>
/// <param name="Number">Which part: 1 … <paramref name="Count"/>.</param>
/// <param name="Count">How many parts the class has.</param>
sealed record ClassPart(int Number, int Count)
{
    const int Most = 10_000;

    /// <summary>Reads "3/10".</summary>
    /// <exception cref="SourceException">The text is not such a part.</exception>
    public static ClassPart Parse(string text)
    {
        static bool Read(string digits, out int number) =>
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        return text.Split('/') is [{ } first, { } second] && Read(first, out int number) && Read(second, out int count)
            && number >= 1 && number <= count && count <= Most ? new(number, count)
            : throw new SourceException(FormattableString.Invariant(
                $"\"{text}\" is not a part of a class. Expected NUMBER/COUNT, such as --part 3/10, with COUNT at most {Most}."));
    }

    /// <summary>The number of the part that a handin belongs to.</summary>
    public static int Of(ClassroomHandin handin, int count)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(handin.Entry.Split('/')[0]));
        return 1 + (int)(BinaryPrimitives.ReadUInt64LittleEndian(hash) % (ulong)count);
    }

    /// <summary>Whether a handin belongs to this part.</summary>
    public bool Holds(ClassroomHandin handin) => Of(handin, Count) == Number;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Count}");
}
