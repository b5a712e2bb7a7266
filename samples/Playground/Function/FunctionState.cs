using System.Globalization;
using MyTorch.Teaching;

namespace Playground.Function;

/// <summary>What the page about a function shows: the address holds all of it.</summary>
public sealed class FunctionState
{
    readonly Dictionary<string, double> _values = [], _tangents = [], _adjoints = [];
    const double UsualDigits = 0;
    const int UsualN = 3;

    readonly List<int> _path = [1];
    int? _step;
    int[]? _order;
    bool _isChosen;

    /// <summary>Changes with everything but the choices of the parts that are folded or further below: ways, growth, extension.</summary>
    public int Version { get; private set; }

    /// <summary>Changes when the operations have another order.</summary>
    public IReadOnlyList<int>? Order => _order;

    /// <summary>The text in the field.</summary>
    public string Text { get; private set; } = "";

    /// <summary>What is wrong with it; null if it is a function. The page then keeps showing the last one that was.</summary>
    public FunctionTextException? Error { get; private set; }

    /// <summary>Up to which slice the page shows another function: the step and its numbers at once, the graph, which is arranged
    /// first, from the next frame on, then the rest.</summary>
    public int Slice { get; private set; } = LastSlice;

    /// <summary>The slice with which all is shown.</summary>
    public const int LastSlice = 5;

    /// <summary>Shows another function slice by slice, or the next slice.</summary>
    public void SetSlice(int slice) => Slice = slice;

    /// <summary>Whether the learner has chosen the row whose formulas are written out.</summary>
    public bool IsChosen => _isChosen;

    /// <summary>The row that is marked in graph and table: the one that is asked for, or whose turn it is; 0 for none.</summary>
    public int Now => Asked is { } cell ? cell.Index : Current is { Edge: null } step ? step.Row : 0;

    /// <summary>The function at the chosen point.</summary>
    public FunctionTrace Trace { get; private set; } = null!;

    /// <summary>The chosen sweep.</summary>
    public Walkthrough Walk { get; private set; } = null!;

    /// <summary>Which sweep is stepped through.</summary>
    public Sweep Sweep { get; private set; } = Sweep.Adjoints;

    /// <summary>Whether partial adjoints overwrite each other.</summary>
    public bool Overwrite { get; private set; }

    /// <summary>The row whose formulas are written out.</summary>
    public int Selected => _path[^1];

    /// <summary>The rows through which the learner came to it: each but the first is a user of the one before.</summary>
    public IReadOnlyList<int> Path => _path.AsReadOnly();

    /// <summary>The variable of the four ways; null if none was chosen.</summary>
    public int? By { get; private set; }

    /// <summary>The step h of the differences is 10 to the power of minus this.</summary>
    public double Digits { get; private set; } = UsualDigits;

    /// <summary>Whether the differences are computed in Float32.</summary>
    public bool Single { get; private set; }

    /// <summary>The family whose formulas grow; null if that part of the page is closed.</summary>
    public GrowingFunction? Growth { get; private set; }

    /// <summary>Its n.</summary>
    public int GrowthN { get; private set; } = UsualN;

    /// <summary>Whether the extended graph is open.</summary>
    public bool ShowsExtension { get; private set; }

    /// <summary>The last step done; −1 before the first.</summary>
    public int Step => Math.Min(_step ?? int.MaxValue, Walk.Steps.Count - 1);

    /// <summary>Whether every number of the sweep is shown.</summary>
    public bool IsAtEnd => Step == Walk.Steps.Count - 1;

    /// <summary>The step that was done last; null before the first.</summary>
    public WalkthroughStep? Current => Step < 0 ? null : Walk.Steps[Step];

    /// <summary>The first function of the gallery.</summary>
    public FunctionState() => Show(FunctionGallery.All[0]);

    /// <summary>Takes another text; values of variables that keep their names stay.</summary>
    public void Type(string text)
    {
        Text = text;
        Version++;
        if (!FunctionText.TryParse(text, out FunctionText? function, out FunctionTextException? error))
        {
            Error = error;
            return;
        }
        Error = null;
        (_order, Refused) = (null, null);
        bool isOther = Trace is null || !function.Variables.SequenceEqual(Trace.Function.Variables);
        foreach (string name in function.Variables) _values.TryAdd(name, 1);
        if (isOther) Forget();
        _step = null;
        Run(function);
        if (isOther || _path.Max() > Trace!.Rows.Count) Choose(MostUsed());
        else ShortenPath();
    }

    /// <summary>Takes a function of the gallery with its values.</summary>
    public void Show(GalleryFunction one)
    {
        FunctionText function = FunctionText.Parse(one.Text);
        for (int i = 0; i < function.Variables.Count; i++) _values[function.Variables[i]] = one.At[i];
        Forget();
        Overwrite = false;
        (Text, Error, _step) = (one.Text, null, null);
        Run(function);
        Choose(MostUsed());
    }

    void Forget()
    {
        _order = null;
        Refused = null;
        _tangents.Clear();
        _adjoints.Clear();
    }

    // Where a sum is to be seen: the variable, or else the value, with the most users.
    int MostUsed() => Enumerable.Range(1, Trace.Rows.Count).OrderByDescending(row => Trace.Users[row - 1].Count)
        .ThenByDescending(row => row <= Trace.Function.Variables.Count ? row : -row).First();

    /// <summary>The value of a variable.</summary>
    public double Value(string variable) => _values[variable];

    /// <summary>Sets the value of a variable.</summary>
    public void SetValue(string variable, double value)
    {
        _values[variable] = value;
        Run(Trace.Function);
    }

    /// <summary>Sets the tangent of a variable.</summary>
    public void SetTangent(string variable, double value)
    {
        _tangents[variable] = value;
        Run(Trace.Function);
    }

    /// <summary>Sets the adjoint of a result.</summary>
    public void SetAdjoint(string output, double value)
    {
        _adjoints[output] = value;
        Run(Trace.Function);
    }

    /// <summary>Lets partial adjoints overwrite each other, or add up again.</summary>
    public void SetOverwrite(bool overwrite)
    {
        Overwrite = overwrite;
        Sweep = Sweep.Adjoints;
        Run(Trace.Function);
    }

    /// <summary>The derivatives that are wrong because partial adjoints were overwritten, with the right ones.</summary>
    public IEnumerable<(string Name, double Wrong, double Right)> Wrong()
    {
        for (int i = 0; i < Trace.Function.Variables.Count; i++)
        {
            double wrong = Trace.Rows[i].Adjoint?.Item() ?? 0, expected = Trace.Right.Rows[i].Adjoint?.Item() ?? 0;
            if (wrong != expected) yield return (Trace.Function.Variables[i], wrong, expected);
        }
    }

    /// <summary>Chooses another sweep, from its beginning.</summary>
    public void Choose(Sweep sweep)
    {
        Version++;
        Sweep = sweep;
        _step = -1;
        Walk = Walkthrough.Of(Trace, sweep);
    }

    /// <summary>Goes to a step.</summary>
    public void GoTo(int step)
    {
        _step = Math.Clamp(step, -1, Walk.Steps.Count - 1);
        if (_step == Walk.Steps.Count - 1) _step = null;
        Follow();
    }

    /// <summary>One step on. Where the next number is to be predicted, on to that number.</summary>
    public void Forth()
    {
        int next = Step + 1;
        while (Predict && next < Walk.Steps.Count - 1 && Walk.Steps[next].Edge is not null) next++;
        GoTo(next);
    }

    /// <summary>One step back.</summary>
    public void Back()
    {
        int next = Step - 1;
        while (Predict && next >= 0 && Walk.Steps[next].Edge is not null) next--;
        GoTo(next);
    }

    /// <summary>Whether the next number is asked before it is shown.</summary>
    public bool Predict { get; private set; }

    /// <summary>Asks for numbers, from the start of the sweep, or shows them at once.</summary>
    public void SetPredict(bool predict)
    {
        Version++;
        Predict = predict;
        if (predict && IsAtEnd) GoTo(-1);
    }

    /// <summary>The number that comes next, if it is to be predicted.</summary>
    public DrillCell? Asked
    {
        get
        {
            if (!Predict || IsAtEnd || Overwrite) return null;
            WalkthroughStep next = Walk.Steps.Skip(Step + 1).First(step => step.Edge is null);
            if (next.Row == 0) return null;
            bool isGiven = Sweep == Sweep.Adjoints
                ? Trace.Rows[next.Row - 1].Adjoint is null || (Trace.SeedOf(next.Row) is not null && Trace.Users[next.Row - 1].Count == 0)
                : Trace.Rows[next.Row - 1].Operation is null;
            return isGiven ? null : Trace.Question(next.Row, (DrillColumn)Sweep);
        }
    }

    /// <summary>The rows of an operation and of a value that it uses, where a row was to be moved before what it uses; null
    /// otherwise.</summary>
    public (int User, int Input)? Refused { get; private set; }

    /// <summary>Moves an operation to another row, if the order stays topological.</summary>
    public void Move(int row, int to)
    {
        int first = Trace.Function.Variables.Count + 1, last = Trace.Rows.Count;
        Version++;
        Refused = null;
        to = Math.Clamp(to, first, last);
        if (row < first || row == to) return;
        List<int> order = [.. _order ?? Enumerable.Range(0, Trace.Function.OperationCount)];
        int[] before = [.. order];
        int moved = order[row - first];
        order.RemoveAt(row - first);
        order.Insert(to - first, moved);
        if (Trace.Function.Violations(order) is [(int user, int input), ..])
        {
            Refused = (Array.IndexOf(before, user) + first, Array.IndexOf(before, input) + first);
            return;
        }
        _order = [.. order];
        Run(Trace.Function);
        Follow();
    }

    // What is written out is the value whose turn it is, or which receives something.
    void Follow() => Choose(Current is { Row: > 0 } step ? step.Edge?.Input ?? step.Row : MostUsed());

    void Choose(int row)
    {
        Version++;
        _isChosen = false;
        _path.Clear();
        _path.Add(row);
    }

    /// <summary>Selects a row.</summary>
    public void Select(int row)
    {
        // Until the next frame a table may still show the function before.
        if (row > Trace.Rows.Count) return;
        Choose(row);
        _isChosen = true;
    }

    /// <summary>Goes on to a user of the selected value, whose adjoint is one of its terms.</summary>
    public void Expand(int user)
    {
        Version++;
        if (Trace.Users[Selected - 1].Any(edge => edge.User == user)) _path.Add(user);
        _isChosen = true;
    }

    /// <summary>Goes back along the path, to a row of it.</summary>
    /// <param name="count">How many rows of the path stay, at least one.</param>
    public void Up(int count)
    {
        Version++;
        int stay = Math.Clamp(count, 1, _path.Count);
        _path.RemoveRange(stay, _path.Count - stay);
    }

    // Another text may have other edges.
    void ShortenPath()
    {
        int fits = 1;
        while (fits < _path.Count && Trace.Users[_path[fits - 1] - 1].Any(edge => edge.User == _path[fits])) fits++;
        Up(fits);
    }

    /// <summary>Chooses variable, step and type of the four ways.</summary>
    public void SetWays(int? by, double digits, bool single) => (By, Digits, Single) = (by, Math.Clamp(digits, 0, 15), single);

    /// <summary>Chooses the family whose formulas grow, and its n; null closes that part.</summary>
    public void SetGrowth(GrowingFunction? family, int n) => (Growth, GrowthN) = (family, Math.Clamp(n, 1, 50));

    /// <summary>Opens or closes the extended graph.</summary>
    public void SetExtension(bool shows) => ShowsExtension = shows;

    void Run(FunctionText function)
    {
        Version++;
        double[] tangents = [.. function.Variables.Select((name, i) => _tangents.GetValueOrDefault(name, i == 0 ? 1 : 0))];
        double[] adjoints = [.. function.Outputs.Select((name, i) => _adjoints.GetValueOrDefault(name, i == 0 ? 1 : 0))];
        Trace = FunctionTrace.Of(function, [.. function.Variables.Select(name => _values[name])],
            new FunctionTraceOptions { Tangents = tangents, Adjoints = adjoints, Overwrite = Overwrite, Order = _order });
        Walk = Walkthrough.Of(Trace, Sweep);
    }

    /// <summary>Whether the value of a row is to be seen after the current step.</summary>
    public bool ShowsValue(int row) => Sweep != Sweep.Values || Walk.IsKnown(row, Step);

    /// <summary>Whether the tangent of a row is to be seen.</summary>
    public bool ShowsTangent(int row) => Sweep == Sweep.Adjoints || (Sweep == Sweep.Tangents && Walk.IsKnown(row, Step));

    /// <summary>Whether the adjoint of a row is to be seen.</summary>
    public bool ShowsAdjoint(int row) => Sweep == Sweep.Adjoints && Walk.IsKnown(row, Step);

    /// <summary>Whether the partial adjoint of an edge is to be seen.</summary>
    public bool ShowsPartial(FunctionEdge edge) =>
        Sweep == Sweep.Adjoints && edge.Partial is not null && (!Predict || Walk.IsKnown(edge.Input, Step)) && Walk.HasArrived(edge, Step);

    /// <summary>The list node_to_grad of a row as it is to be seen; null if it does not exist yet, or its sum is to be predicted.</summary>
    public IReadOnlyList<double>? List(int row) => Predict && !Walk.IsKnown(row, Step) ? null : Walk.NodeToGrad(row, Step);

    /// <summary>The state as an address.</summary>
    public Address ToAddress()
    {
        Address address = new Address().Add("f", Text);
        foreach (string name in Trace.Function.Variables) address.Add(name, _values[name]);
        foreach ((string name, double value) in _tangents) address.Add($"tangent.{name}", value);
        foreach ((string name, double value) in _adjoints) address.Add($"adjoint.{name}", value);
        if (Sweep != Sweep.Adjoints) address.Add("view.sweep", Sweep.ToString().ToLowerInvariant());
        if (_step is { } step) address.Add("view.step", step + 1);
        if (Overwrite) address.Add("view.mistake", "overwrite");
        if (_order is not null) address.Add("view.order", string.Join(",", _order));
        if (_isChosen || _path.Count > 1) address.Add("view.row", string.Join(",", _path));
        if (By is { } by) address.Add("view.by", Trace.Function.Variables[Math.Min(by, Trace.Function.Variables.Count - 1)]);
        if (Digits != UsualDigits) address.Add("view.h", Digits);
        if (Single) address.Add("view.type", "Float32");
        if (Growth is { } growth) address.Add("view.growth", growth.ToString().ToLowerInvariant());
        if (Growth is not null && GrowthN != UsualN) address.Add("view.n", GrowthN);
        if (ShowsExtension) address.Add("view.open", "extension");
        return address;
    }

    /// <summary>Takes the state of an address. Without a function in it, everything stays as it is.</summary>
    public void FromAddress(Address address)
    {
        if (address["f"] is not { } text) return;
        Forget();
        foreach ((string key, _) in address.Entries)
        {
            if (key is "f" or "page" || key.StartsWith("view.", StringComparison.Ordinal) || address.Number(key) is not { } number) continue;
            if (key.StartsWith("tangent.", StringComparison.Ordinal)) _tangents[key[8..]] = number;
            else if (key.StartsWith("adjoint.", StringComparison.Ordinal)) _adjoints[key[8..]] = number;
            else if (!key.Contains('.')) _values[key] = number;
        }
        Overwrite = address["view.mistake"] == "overwrite";
        Sweep = address.Word<Sweep>("view.sweep") ?? Sweep.Adjoints;
        (Dictionary<string, double> tangents, Dictionary<string, double> adjoints) = (new(_tangents), new(_adjoints));
        Type(text);
        if (Error is not null)
        {
            // The function before stays, in the sweep that the address names.
            Run(Trace.Function);
            return;
        }
        if (address["view.order"] is { } order) TakeOrder(order);
        foreach ((string name, double value) in tangents) _tangents[name] = value;
        foreach ((string name, double value) in adjoints) _adjoints[name] = value;
        Run(Trace.Function);
        Follow();
        if (address.Count("view.step") is { } step) GoTo(step - 1);
        if (address["view.row"] is { } path) TakePath(path);
        int by = address["view.by"] is { } chosen ? Trace.Function.Variables.ToList().IndexOf(chosen) : -1;
        SetWays(by < 0 ? null : by, address.Number("view.h", 0, 15) ?? UsualDigits, address["view.type"] == "Float32");
        SetGrowth(address.Word<GrowingFunction>("view.growth"), address.Count("view.n", 1, 50) ?? UsualN);
        ShowsExtension = address["view.open"] == "extension";
    }

    void TakePath(string text)
    {
        int[] rows = [.. text.Split(',').Select(
            one => int.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out int row) ? row : 0)];
        if (rows[0] < 1 || rows[0] > Trace.Rows.Count) return;
        Select(rows[0]);
        foreach (int row in rows[1..]) Expand(row);
    }

    void TakeOrder(string text)
    {
        int[] order = [.. text.Split(',').Select(
            one => int.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        bool isOrder = order.Order().SequenceEqual(Enumerable.Range(0, Trace.Function.OperationCount));
        if (isOrder && Trace.Function.Violations(order).Count == 0) _order = order;
    }
}
