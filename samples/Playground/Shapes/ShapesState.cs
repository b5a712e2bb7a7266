using System.Globalization;
using MyTorch;
using MyTorch.Teaching;

namespace Playground.Shapes;

/// <summary>What the page about shapes shows: the address holds all of it.</summary>
public sealed class ShapesState
{
    /// <summary>The largest size.</summary>
    public const int Most = 5;

    // Small numbers, so that a sum can be checked in the head.
    static readonly double[] s_x = [1, 2, 0, -1, 1, -1, 0.5, 2, 1, -2, 0, 1, -1, 2, 1, 2, -1, 1, 0, 1, 1, 0, 3, -1, 2];
    static readonly double[] s_w = [1, -0.5, 2, 1, 0, 0.5, 1, -1, 0, 2, -1, 2, 0.5, 1, 1, 0, 1, 1, -2, 0.5, 2, 0, -1, 1, 1];
    static readonly double[] s_b = [0.5, -1, 0, 1, -0.5];
    static readonly double[] s_dy = [1, -1, 0, 2, 1, 0.5, 2, 1, -1, 0, -2, 1, 1, 0, -1, 1, 0.5, -1, 1, 2, 0, -1, 2, 1, 1];
    static readonly double[] s_change = [0.5, 0.4, -0.3, 0.2, 0.1];
    static readonly double[] s_upstream = [1, -2, 0.5, 1, 2, 0.5, 1, -1, 0, 1, 2, 0, 1, -1, 1, -1, 1, 0, 2, 0.5];
    static readonly double[] s_point = [0.5, -1, 1];

    readonly double[] _x = [.. s_x], _w = [.. s_w], _b = [.. s_b], _dy = [.. s_dy], _change = [.. s_change], _upstream = [.. s_upstream],
        _point = [.. s_point];
    LinearTrace? _layer;
    LayerWalk? _walk;

    /// <summary>The parts of the page: their names in an address, and their titles.</summary>
    public static IReadOnlyList<(string Name, string Title)> Parts { get; } =
    [
        ("layer", "A layer"), ("batch", "A batch is a sum"), ("layouts", "Two layouts"), ("backward", "Neuron by neuron"), ("change", "Drag Δx"),
        ("chain", "Jacobians"), ("branches", "Branches"), ("mistakes", "Mistakes"),
    ];

    /// <summary>The branches of a sum, and how they are written.</summary>
    public static IReadOnlyList<(string Name, string Title)> BranchNames { get; } =
        [("skip", "x, the skip connection"), ("layer", "tanh(Wx), a layer"), ("sin", "sin x"), ("softmax", "softmax x")];

    /// <summary>The part that is shown.</summary>
    public string Part { get; set; } = "layer";

    /// <summary>N, the number of examples.</summary>
    public int N { get; private set; } = 4;

    /// <summary>D, the number of inputs.</summary>
    public int D { get; private set; } = 3;

    /// <summary>K, the number of outputs.</summary>
    public int K { get; private set; } = 2;

    /// <summary>The chosen element.</summary>
    public LinearMatrix Matrix { get; private set; } = LinearMatrix.DW;

    /// <summary>Its row; 0 in a vector.</summary>
    public int Row { get; private set; } = 1;

    /// <summary>Its column.</summary>
    public int Column { get; private set; } = 2;

    /// <summary>How many examples have been added.</summary>
    public int Added { get; private set; } = 2;

    /// <summary>The example that is shown in both layouts.</summary>
    public int Example { get; private set; }

    /// <summary>The step of the backward pass, from 0 before the first.</summary>
    public int Step { get; private set; }

    /// <summary>The function whose input changes.</summary>
    public FunctionChoice Changing { get; }

    /// <summary>The function of the chain rule.</summary>
    public FunctionChoice Chained { get; }

    /// <summary>M, the number of results L.</summary>
    public int M { get; private set; } = 2;

    /// <summary>The chosen element of ∇ₓL.</summary>
    public (int Row, int Column) Product { get; private set; }

    /// <summary>The branches that are switched on.</summary>
    public IReadOnlyList<string> Branches { get; private set; } = ["skip", "layer"];

    /// <summary>How often a block of branches is repeated.</summary>
    public int Depth { get; private set; } = 10;

    /// <summary>What the weights of the branch tanh(Wx) are multiplied by.</summary>
    public double Scale { get; private set; } = 0.3;

    /// <summary>The chosen element of the summed derivative.</summary>
    public (int Row, int Column) Summed { get; private set; }

    /// <summary>The mistake that is made, from 0.</summary>
    public int Mistake { get; private set; }

    /// <summary>The lecture's layer at first.</summary>
    public ShapesState()
    {
        Changing = new("change", "own", "x1^2 + x1*x2", 2, [1, 0.5, -1, 0.5, 1], Weight);
        Chained = new("chain", "softmax", "x1*x2, sin(x2)", 3, [0.5, -1, 1, 0, 2], Weight);
    }

    /// <summary>The layer with its gradients.</summary>
    public LinearTrace Layer => _layer ??= LinearTrace.Of(Cut(_x, N, D), Cut(_w, K, D), Tensor.From(_b[..K], DType.Float64), Cut(_dy, N, K));

    /// <summary>The network of the backward pass, 2-3-2.</summary>
    public LayerWalk Walk => _walk ??= LayerWalk.Of(
        [Tensor.From([0.5, -1, 1, 0.5, -0.5, 1], [3, 2], DType.Float64), Tensor.From([1, -0.5, 0.5, -1, 0.5, 1], [2, 3], DType.Float64)],
        [Tensor.From([0.1, -0.2, 0.4], DType.Float64), Tensor.From([0, 0.3], DType.Float64)],
        Tensor.From([1, 0.5], DType.Float64), Tensor.From([1, -1], DType.Float64));

    /// <summary>Δx, as long as x.</summary>
    public Tensor Change => Tensor.From(_change[..Changing.Inputs.Count], DType.Float64);

    /// <summary>∇_zL of the chain rule.</summary>
    public Tensor Upstream => Cut(_upstream, M, Chained.Function.Outputs);

    /// <summary>x of the branches.</summary>
    public Tensor Point => Tensor.From(_point, DType.Float64);

    /// <summary>The branches that are switched on, as functions.</summary>
    public IReadOnlyList<VectorFunction> BranchFunctions => [.. Branches.Select(BranchFunction)];

    /// <summary>A branch as a function.</summary>
    public VectorFunction BranchFunction(string name) => name switch
    {
        "skip" => VectorFunction.Identity(_point.Length),
        "layer" => VectorFunction.Layer(Weight(_point.Length, _point.Length) * Scale),
        "sin" => VectorFunction.Sin(_point.Length),
        _ => VectorFunction.Softmax(_point.Length),
    };

    /// <summary>Sets the sizes of the layer.</summary>
    public void SetSizes(int n, int d, int k)
    {
        (N, D, K) = (Math.Clamp(n, 1, Most), Math.Clamp(d, 1, Most), Math.Clamp(k, 1, Most));
        _layer = null;
        Added = Math.Min(Added, N);
        Example = Math.Min(Example, N - 1);
        Select(Matrix, Row, Column);
    }

    /// <summary>Chooses an element of the layer; what lies outside is moved inside.</summary>
    public void Select(LinearMatrix matrix, int row, int column)
    {
        Shape shape = Layer[matrix].Shape;
        (Matrix, Row, Column) = (matrix, shape.Rank == 1 ? 0 : Math.Clamp(row, 0, shape[0] - 1), Math.Clamp(column, 0, shape[^1] - 1));
    }

    /// <summary>Changes a number of X, W, b or dY.</summary>
    public void Set(LinearMatrix matrix, int row, int column, double value)
    {
        double[] numbers = matrix switch { LinearMatrix.X => _x, LinearMatrix.W => _w, LinearMatrix.B => _b, _ => _dy };
        numbers[row * Most + column] = value;
        _layer = null;
    }

    /// <summary>The chosen number.</summary>
    public double Chosen => ValueOf(Layer[Matrix], Row, Column);

    /// <summary>A number of a matrix, or of a vector, whose row is 0.</summary>
    public static double ValueOf(Tensor matrix, int row, int column) => matrix.Rank == 1 ? matrix.Item(column) : matrix.Item(row, column);

    /// <summary>Shows the first examples added up.</summary>
    public void Add(int count) => Added = Math.Clamp(count, 0, N);

    /// <summary>Shows an example in both layouts.</summary>
    public void ShowExample(int example) => Example = Math.Clamp(example, 0, N - 1);

    /// <summary>Goes to a step of the backward pass.</summary>
    public void GoTo(int step) => Step = Math.Clamp(step, 0, Walk.Steps.Count);

    /// <summary>Sets an element of Δx.</summary>
    public void SetChange(int index, double value) => _change[index] = value;

    /// <summary>Sets M, from 1 to 4.</summary>
    public void SetM(int m) => M = Math.Clamp(m, 1, 4);

    /// <summary>Sets an element of ∇_zL.</summary>
    public void SetUpstream(int row, int column, double value) => _upstream[row * Most + column] = value;

    /// <summary>Chooses an element of ∇ₓL.</summary>
    public void SelectProduct(int row, int column) => Product = (row, column);

    /// <summary>The chosen element of ∇ₓL, inside the matrix.</summary>
    public (int Row, int Column) ProductAt => (Math.Min(Product.Row, M - 1), Math.Min(Product.Column, Chained.Inputs.Count - 1));

    /// <summary>Switches a branch on or off; the last one stays.</summary>
    public void Switch(string branch, bool on)
    {
        string[] now = [.. BranchNames.Select(one => one.Name).Where(name => name == branch ? on : Branches.Contains(name))];
        if (now.Length > 0) Branches = now;
    }

    /// <summary>Sets how often the block is repeated, from 1 to 30.</summary>
    public void SetDepth(int depth) => Depth = Math.Clamp(depth, 1, 30);

    /// <summary>Sets the factor of the weights, from 0 to 3.</summary>
    public void SetScale(double scale) => Scale = Math.Clamp(scale, 0, 3);

    /// <summary>Sets an element of the branches' x.</summary>
    public void SetPoint(int index, double value) => _point[index] = value;

    /// <summary>Chooses an element of the summed derivative.</summary>
    public void SelectSummed(int row, int column) => Summed = (row, column);

    /// <summary>Makes another mistake.</summary>
    public void MakeMistake(int index) => Mistake = Math.Clamp(index, 0, ShapeMistake.All.Count - 1);

    /// <summary>The state as an address: what is as at first is left out.</summary>
    public Address ToAddress()
    {
        Address address = new Address().Add("page", "shapes").Add("part", Part);
        if ((N, D, K) != (4, 3, 2)) address.Add("n", N).Add("d", D).Add("k", K);
        foreach ((string name, double[] numbers, double[] first) in Numbers())
            if (!numbers.SequenceEqual(first)) address.Add(name, List(numbers));
        if ((Matrix, Row, Column) != (LinearMatrix.DW, 1, 2)) address.Add("at", string.Create(CultureInfo.InvariantCulture, $"{LinearTrace.NameOf(Matrix)},{Row},{Column}"));
        if (Added != 2) address.Add("added", Added);
        if (Example != 0) address.Add("example", Example);
        if (Step != 0) address.Add("step", Step);
        Changing.ToAddress(address);
        Chained.ToAddress(address);
        if (M != 2) address.Add("m", M);
        if (Product != (0, 0)) address.Add("product", List([Product.Row, Product.Column]));
        if (!Branches.SequenceEqual(["skip", "layer"])) address.Add("branches", string.Join(",", Branches));
        if (Depth != 10) address.Add("depth", Depth);
        if (Scale != 0.3) address.Add("scale", Scale);
        if (Summed != (0, 0)) address.Add("summed", List([Summed.Row, Summed.Column]));
        if (Mistake != 0) address.Add("mistake", Mistake);
        return address;
    }

    /// <summary>Takes the state of an address. One that names only the part changes nothing else.</summary>
    public void FromAddress(Address address)
    {
        if (address.Page != "shapes") return;
        Part = address.Choice("part", Parts.Select(one => one.Name)) ?? Part;
        if (address.Entries.All(entry => entry.Key is "page" or "part" || entry.Key.StartsWith("view.", StringComparison.Ordinal))) return;
        foreach ((string name, double[] numbers, double[] first) in Numbers()) Take(address.Numbers(name, -Shapes.Numbers.Most, Shapes.Numbers.Most), first, numbers);
        (Added, Example, Matrix, Row, Column) = (2, 0, LinearMatrix.DW, 1, 2);
        SetSizes(address.Count("n", 1, Most) ?? 4, address.Count("d", 1, Most) ?? 3, address.Count("k", 1, Most) ?? 2);
        if (address["at"] is { } at) SelectAt(address, at);
        Add(address.Count("added") ?? 2);
        ShowExample(address.Count("example") ?? 0);
        GoTo(address.Count("step") ?? 0);
        Changing.FromAddress(address);
        Chained.FromAddress(address);
        SetM(address.Count("m", 1, 4) ?? 2);
        Product = Pair(address.Numbers("product"));
        string[] branches = address["branches"]?.Split(',') ?? ["skip", "layer"];
        Branches = [.. BranchNames.Select(one => one.Name).Where(branches.Contains)];
        if (Branches.Count == 0) Branches = ["skip", "layer"];
        SetDepth(address.Count("depth", 1, 30) ?? 10);
        SetScale(address.Number("scale", 0, 3) ?? 0.3);
        (int summedRow, int summedColumn) = Pair(address.Numbers("summed"));
        Summed = (Math.Min(summedRow, 2), Math.Min(summedColumn, 2));
        MakeMistake(address.Count("mistake", 0, ShapeMistake.All.Count - 1) ?? 0);
    }

    // "dW,1,2"
    void SelectAt(Address address, string at)
    {
        if (at.Split(',') is [string matrix, string row, string column]
            && int.TryParse(row, NumberStyles.None, CultureInfo.InvariantCulture, out int r)
            && int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int c))
            foreach (LinearMatrix one in Enum.GetValues<LinearMatrix>())
            {
                Shape shape = Layer[one].Shape;
                if (LinearTrace.NameOf(one) != matrix || r >= (shape.Rank == 1 ? 1 : shape[0]) || c >= shape[^1]) continue;
                Select(one, r, c);
                return;
            }
        address.Refuse("at", at, "a matrix, a row and a column of it, counted from 0, as dW,1,2");
    }

    IEnumerable<(string Name, double[] Numbers, double[] First)> Numbers() =>
        [("X", _x, s_x), ("W", _w, s_w), ("b", _b, s_b), ("dY", _dy, s_dy), ("dx", _change, s_change), ("up", _upstream, s_upstream), ("point", _point, s_point)];

    /// <summary>Numbers with commas between.</summary>
    public static string List(IEnumerable<double> numbers) => string.Join(",", numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>Takes numbers; where there are none, the first ones.</summary>
    public static void Take(double[]? numbers, double[] first, double[] into)
    {
        for (int i = 0; i < into.Length; i++) into[i] = i < numbers?.Length ? numbers[i] : first[i];
    }

    static (int, int) Pair(double[]? numbers)
    {
        double[] two = [0, 0];
        Take(numbers, [0, 0], two);
        return ((int)Math.Clamp(two[0], 0, Most - 1), (int)Math.Clamp(two[1], 0, Most - 1));
    }

    Tensor Weight(int rows, int columns) => Cut(_w, rows, columns);

    static Tensor Cut(double[] numbers, int rows, int columns)
    {
        double[] cut = [.. Enumerable.Range(0, rows * columns).Select(i => numbers[i / columns * Most + i % columns])];
        return Tensor.From(cut, [rows, columns], DType.Float64);
    }
}
