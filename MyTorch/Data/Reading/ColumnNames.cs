namespace MyTorch.Data;

/// <summary>What the name of a column says about it.</summary>
static class ColumnNames
{
    static readonly string[] s_ids =
        ["id", "ids", "key", "index", "idx", "nr", "no", "number", "num", "rownum", "rownames", "rowid", "row", "uid", "uuid", "guid", "pk", "serial", "obs", "case", "record", "unnamed"];

    static readonly string[] s_times =
        ["time", "timestamp", "timestamps", "datetime", "date", "epoch", "unix", "unixtime", "ts", "created", "updated", "modified"];

    /// <summary>Whether it is a usual name of the numbers of rows: id, PassengerId, customer_no, Unnamed: 0, #.</summary>
    internal static bool IsId(string name)
    {
        List<string> words = Words(name);
        if (words.Count == 0) return name is "#" or "\u2116";
        if (words[0] is "unnamed" || words is ["row", "names"] or ["row", "name"] or ["x"] && name == "X") return true;
        return s_ids.Contains(words[^1]) && (words.Count < 4) || words[0] == "id";
    }

    /// <summary>Whether it says that numbers are times: timestamp, created_at, EventTime.</summary>
    internal static bool IsTime(string name)
    {
        List<string> words = Words(name);
        return words.Any(word => s_times.Contains(word));
    }

    /// <summary>The words of camelCase, snake_case and Title Case, in lower case.</summary>
    static List<string> Words(string name)
    {
        var words = new List<string>();
        int start = -1;
        for (int i = 0; i <= name.Length && i < 200; i++)
        {
            bool letter = i < name.Length && char.IsLetter(name[i]);
            bool begins = letter && start >= 0 && char.IsUpper(name[i])
                && (char.IsLower(name[i - 1]) || i + 1 < name.Length && char.IsLower(name[i + 1]));
            if (start >= 0 && (!letter || begins))
            {
                words.Add(name[start..i].ToLowerInvariant());
                start = -1;
            }
            if (letter && start < 0) start = i;
        }
        if (start >= 0) words.Add(name[start..].ToLowerInvariant());
        return words;
    }
}
