namespace MyTorch.Optim;

/// <summary>Checks of a schedule's settings, for its field initializers.</summary>
static class Require
{
    internal static int Positive(int value, string name, string kind) =>
        value > 0 ? value : throw Invalid.Setting(name, value, $"{kind}: {name} must be 1 or more.");

    internal static double Factor(double value, string name, string kind) =>
        value > 0 && double.IsFinite(value)
            ? value : throw Invalid.Setting(name, value, $"{kind}: {name} must be a finite number greater than 0.");

    internal static double NotNegative(double value, string name, string kind) =>
        value >= 0 && double.IsFinite(value)
            ? value : throw Invalid.Setting(name, value, $"{kind}: {name} must be a finite number, 0 or more.");

    internal static int[] Rising(IEnumerable<int> milestones, string name, string kind, bool strictly)
    {
        int[] all = [.. milestones ?? throw new ArgumentNullException(name)];
        for (int i = 0; i < all.Length; i++)
        {
            if (all[i] < (strictly ? 1 : 0))
                throw Invalid.Setting(name, all[i], $"{kind}: a milestone is an epoch, {(strictly ? "1" : "0")} or more.");
            if (i > 0 && (strictly ? all[i] <= all[i - 1] : all[i] < all[i - 1]))
                throw Invalid.Argument(name, $"{kind}: the milestones must rise, but {all[i]} follows {all[i - 1]}; sort them.");
        }
        return all;
    }
}
