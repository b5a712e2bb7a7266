namespace MyTorch;

static class Own
{
    public static string Select<T, R>(this IEnumerable<T> all, Func<T, R> one) => "";
}
