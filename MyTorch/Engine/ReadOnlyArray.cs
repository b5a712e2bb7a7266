using System.Collections;

namespace MyTorch;

/// <summary>A view of an array through which it can be read and not written: an array handed out as a list would be the array after a cast.</summary>
sealed class ReadOnlyArray<T>(T[] items) : IReadOnlyList<T>
{
    public int Count => items.Length;

    public T this[int index] => items[index];

    public IEnumerator<T> GetEnumerator()
    {
        foreach (T item in items) yield return item;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
