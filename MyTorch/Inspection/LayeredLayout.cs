namespace MyTorch.Inspection;

/// <summary>
/// A layered graph layout: each box is below all it depends on; boxes are ordered and shifted for few edge crossings and straight edges.
/// </summary>
/// <remarks>
/// The method of Sugiyama, Tagawa and Toda, 1981: layers by longest path, dummy nodes for edges over several layers, orders by barycentres.
/// Within a layer the positions closest to the desired ones, in order and without overlap, are an isotonic regression, computed exactly by
/// pooling adjacent violators. The layout is deterministic.
/// </remarks>
/// <param name="gapsHoldText">Whether edges have a text, for which the gaps between layers are wider.</param>
/// <param name="textGap">How wide they then are.</param>
sealed class LayeredLayout(bool gapsHoldText = false, double textGap = 64)
{
    readonly double _layerGap = gapsHoldText ? textGap : 40, _borderGap = gapsHoldText ? 40 : 16;
    const double BoxGap = 26;
    const double WireGap = 12;
    const double WireWidth = 4;
    const int OrderingSweeps = 12;
    const int PlacingSweeps = 10;
    const int MostWires = 400_000;

    readonly List<Place> _places = [];
    readonly List<(int From, int To)> _segments = [];
    readonly List<Wire> _edges = [];
    readonly List<(int From, int To)> _orders = [];
    readonly List<int[]> _layers = [];
    List<(int Neighbour, double Offset, double Weight)>[] _above = [], _below = [];

    /// <summary>A box, or a dummy node of an edge.</summary>
    sealed class Place
    {
        internal double Width, Height, X, Y;
        internal int Layer;
        internal PlaceKind Kind;
    }

    internal enum PlaceKind
    {
        Box,
        /// <summary>The point where edges enter from above; before all boxes.</summary>
        Entry,
        /// <summary>The point where edges leave below; after all boxes.</summary>
        Exit,
        Wire,
    }

    /// <summary>
    /// An edge. Edges that leave an item at the same point share their path, which is drawn once, as long as it is the same.
    /// </summary>
    sealed record Wire(int From, int To)
    {
        internal double FromOffset { get; set; }

        internal double ToOffset { get; set; }

        internal List<int> Chain { get; set; } = [];

        /// <summary>The number of dummy nodes of the edge.</summary>
        internal int Through { get; set; }

        /// <summary>The number of these that an earlier edge uses already.</summary>
        internal int Shared { get; set; }
    }

    internal double Width { get; private set; }

    internal double Height { get; private set; }

    /// <summary>Adds a box; boxes are added in an order in which every edge leads to a later one.</summary>
    internal int AddBox(double width, double height) => Add(new Place { Width = width, Height = height });

    /// <summary>Adds a point at the upper or lower border.</summary>
    internal int AddPort(PlaceKind kind) => Add(new Place { Width = WireWidth, Kind = kind });

    int Add(Place item)
    {
        _places.Add(item);
        return _places.Count - 1;
    }

    /// <summary>Adds an edge from the lower side of an item to the upper side of a later one, at distances from their middles.</summary>
    internal int AddEdge(int from, int to, double fromOffset = 0, double toOffset = 0)
    {
        _edges.Add(new Wire(from, to) { FromOffset = fromOffset, ToOffset = toOffset });
        return _edges.Count - 1;
    }

    /// <summary>Puts a box below an earlier item, without an edge between them.</summary>
    internal void PutBelow(int box, int item) => _orders.Add((item, box));

    /// <summary>The middle of an item.</summary>
    internal (double X, double Y) this[int item] => (_places[item].X, _places[item].Y);

    internal void Run()
    {
        AssignLayers();
        AddWires(areSeparate: false);
        Connect();
        Order();
        Arrange();
    }

    /// <summary>
    /// Runs with the edges of a box side by side: at each side in the order of where they go to or come from, at equal distances of at most
    /// <paramref name="widest"/>. No two share a path.
    /// </summary>
    internal void RunSideBySide(double widest)
    {
        AssignLayers();
        AddWires(areSeparate: true);
        Connect();
        Order();
        // The order of the boxes and wires does not depend on the distances, so that the ends are known before anything has a position.
        int[] index = new int[_places.Count];
        foreach (int[] layer in _layers)
            for (int i = 0; i < layer.Length; i++) index[layer[i]] = i;
        Spread(edge => edge.From, edge => edge.Through > 0 ? edge.Chain[0] : edge.To, (edge, offset) => edge.FromOffset = offset);
        Spread(edge => edge.To, edge => edge.Through > 0 ? edge.Chain[edge.Through - 1] : edge.From,
            (edge, offset) => edge.ToOffset = offset);
        Connect();
        Arrange();

        void Spread(Func<Wire, int> box, Func<Wire, int> towards, Action<Wire, double> put)
        {
            const double Margin = 16;
            foreach (IGrouping<int, Wire> side in _edges.GroupBy(box))
            {
                // Sorting is stable: edges from or to the same box stay in their order.
                Wire[] ordered = [.. side.OrderBy(edge => index[towards(edge)])];
                double gap = Math.Min(widest, (_places[side.Key].Width - Margin) / ordered.Length);
                for (int k = 0; k < ordered.Length; k++) put(ordered[k], (k - (ordered.Length - 1) / 2.0) * gap);
            }
        }
    }

    void AssignLayers()
    {
        int boxes = _places.Count;
        bool[] hasInput = new bool[boxes];
        int[] firstUser = new int[boxes];
        Array.Fill(firstUser, int.MaxValue);
        int bottom = 0;
        for (int i = 0; i < boxes; i++) _places[i].Layer = _places[i].Kind == PlaceKind.Entry ? 0 : 1;
        foreach ((int from, int to) in _edges.Select(edge => (edge.From, edge.To)).Concat(_orders).OrderBy(pair => pair.From))
        {
            _places[to].Layer = Math.Max(_places[to].Layer, _places[from].Layer + 1);
            hasInput[to] = true;
        }
        foreach (Wire edge in _edges)
        {
            int layer = _places[edge.To].Kind == PlaceKind.Exit ? int.MaxValue : _places[edge.To].Layer;
            firstUser[edge.From] = Math.Min(firstUser[edge.From], layer);
        }
        for (int i = 0; i < boxes; i++)
        {
            // An item without inputs is placed just above its first user.
            if (!hasInput[i] && _places[i].Kind == PlaceKind.Box && firstUser[i] < int.MaxValue) _places[i].Layer = firstUser[i] - 1;
            if (_places[i].Kind == PlaceKind.Box) bottom = Math.Max(bottom, _places[i].Layer);
        }
        foreach (Place item in _places)
            if (item.Kind == PlaceKind.Exit) item.Layer = bottom + 1;
    }

    /// <summary>Adds dummy nodes for edges over several layers; edges that leave an item at the same point share them, unless all are
    /// separate.</summary>
    void AddWires(bool areSeparate)
    {
        var shared = new Dictionary<(int From, double Offset), (List<int> Chain, int Passed)>();
        foreach (Wire edge in _edges.OrderBy(edge => edge.From).ThenBy(edge => _places[edge.To].Layer).ThenBy(edge => edge.To))
        {
            int between = _places[edge.To].Layer - _places[edge.From].Layer - 1;
            (List<int> chain, int passed) = !areSeparate && shared.TryGetValue((edge.From, edge.FromOffset), out var known)
                ? known
                : ([], 0);
            // With too many dummy nodes, long edges are drawn straight behind the boxes between.
            if (_places.Count + between - chain.Count > MostWires) between = Math.Min(between, chain.Count);
            while (chain.Count < between)
                chain.Add(Add(new Place { Width = WireWidth, Kind = PlaceKind.Wire, Layer = _places[edge.From].Layer + chain.Count + 1 }));
            (edge.Chain, edge.Through, edge.Shared) = (chain, between, passed);
            shared[(edge.From, edge.FromOffset)] = (chain, Math.Max(passed, between));
        }
    }

    /// <summary>Notes for each item what is above and below it, and how far from its middle.</summary>
    void Connect()
    {
        _segments.Clear();
        _above = [.. _places.Select(_ => new List<(int, double, double)>())];
        _below = [.. _places.Select(_ => new List<(int, double, double)>())];
        var hasInput = _edges.Select(edge => edge.To).ToHashSet();
        foreach (Wire edge in _edges)
        {
            (int from, double offset) = edge.Shared > 0 ? (edge.Chain[edge.Shared - 1], 0) : (edge.From, edge.FromOffset);
            for (int i = edge.Shared; i < edge.Through; i++)
            {
                Join(from, edge.Chain[i], offset, 0);
                (from, offset) = (edge.Chain[i], 0);
            }
            Join(from, edge.To, offset, edge.ToOffset);
        }

        void Join(int from, int to, double fromOffset, double toOffset)
        {
            // An edge through a box should be straight; one that only starts at a box may be beside it.
            bool begins = _places[from].Kind == PlaceKind.Box && !hasInput.Contains(from);
            double weight = begins ? 0.2 : (IsPoint(from), IsPoint(to)) switch { (true, true) => 6, (false, false) => 3, _ => 1.5 };
            _segments.Add((from, to));
            _above[to].Add((from, fromOffset - toOffset, weight));
            _below[from].Add((to, toOffset - fromOffset, weight));
        }
    }

    bool IsPoint(int item) => _places[item].Kind != PlaceKind.Box;

    void Order()
    {
        int layers = _places.Count == 0 ? 0 : _places.Max(item => item.Layer) + 1;
        var members = new List<int>[layers];
        for (int l = 0; l < layers; l++) members[l] = [];
        for (int i = 0; i < _places.Count; i++) members[_places[i].Layer].Add(i);
        _layers.AddRange(members.Select(list => list.ToArray()));

        double[] position = new double[_places.Count];
        foreach (int[] layer in _layers) Number(layer);
        int[][] best = [.. _layers.Select(layer => layer.ToArray())];
        long fewest = Crossings(position);
        for (int sweep = 0; sweep < OrderingSweeps && fewest > 0; sweep++)
        {
            bool down = sweep % 2 == 0;
            for (int k = 0; k < layers; k++)
            {
                int[] layer = _layers[down ? k : layers - 1 - k];
                double[] wish = [.. layer.Select(item => Barycentre(item, down ? _above[item] : _below[item]))];
                // Sorting must be stable, so that equal items keep their order.
                int[] sorted = [.. layer.Select((item, i) => (item, i)).OrderBy(entry => wish[entry.i]).Select(entry => entry.item)];
                sorted.CopyTo(layer, 0);
                Number(layer);
            }
            long crossings = Crossings(position);
            if (crossings >= fewest) continue;
            fewest = crossings;
            best = [.. _layers.Select(layer => layer.ToArray())];
        }
        for (int l = 0; l < layers; l++) best[l].CopyTo(_layers[l], 0);

        void Number(int[] layer)
        {
            // As fractions of the layer, so that positions in layers of different sizes are comparable.
            for (int i = 0; i < layer.Length; i++) position[layer[i]] = (i + 0.5) / layer.Length;
        }

        double Barycentre(int item, List<(int Neighbour, double, double)> neighbours) =>
            neighbours.Count == 0 ? position[item] : neighbours.Average(edge => position[edge.Neighbour]);
    }

    /// <summary>The number of crossings of segments between adjacent layers: inversions, counted with a binary indexed tree.</summary>
    long Crossings(double[] position)
    {
        long crossings = 0;
        foreach (var between in _segments
                     .Where(segment => _places[segment.To].Layer == _places[segment.From].Layer + 1)
                     .GroupBy(segment => _places[segment.From].Layer))
        {
            int width = _layers[between.Key + 1].Length;
            int[] tree = new int[width + 1];
            int seen = 0;
            foreach ((int from, int to) in between.OrderBy(segment => position[segment.From]).ThenBy(segment => position[segment.To]))
            {
                int place = (int)(position[to] * width) + 1;
                int notRight = 0;
                for (int i = place; i > 0; i -= i & -i) notRight += tree[i];
                crossings += seen - notRight;
                for (int i = place; i <= width; i += i & -i) tree[i]++;
                seen++;
            }
        }
        return crossings;
    }

    void Arrange()
    {
        foreach (int[] layer in _layers)
        {
            double x = 0;
            for (int i = 0; i < layer.Length; i++)
            {
                if (i > 0) x += Separation(layer[i - 1], layer[i]);
                _places[layer[i]].X = x;
            }
            foreach (int item in layer) _places[item].X -= x / 2;
        }
        for (int sweep = 0; sweep < PlacingSweeps; sweep++)
        {
            bool last = sweep >= PlacingSweeps - 2;
            for (int k = 0; k < _layers.Count; k++) Settle(_layers[k], above: true, below: last);
            for (int k = _layers.Count - 1; k >= 0; k--) Settle(_layers[k], above: last, below: true);
        }

        double left = _places.Select(item => item.X - item.Width / 2).DefaultIfEmpty(0).Min();
        foreach (Place item in _places) item.X -= left;
        Width = _places.Select(item => item.X + item.Width / 2).DefaultIfEmpty(0).Max();

        double y = 0;
        for (int l = 0; l < _layers.Count; l++)
        {
            int[] layer = _layers[l];
            double height = layer.Select(item => _places[item].Height).DefaultIfEmpty(0).Max();
            // Next to a tall box, a small box is placed near its inputs.
            foreach (int item in layer) _places[item].Y = y + (_places[item].Height < height / 2 ? _places[item].Height : height) / 2;
            _tops.Add(y);
            _bottoms.Add(y + height);
            bool atBorder = (l == 0 && height == 0)
                || (l == _layers.Count - 2 && _layers[^1].All(item => _places[item].Kind == PlaceKind.Exit));
            if (layer.Length > 0) y += height + (atBorder ? _borderGap : _layerGap);
        }
        int end = _layers.FindLastIndex(layer => layer.Length > 0);
        Height = end < 0 ? 0 : _bottoms[end];
    }

    readonly List<double> _tops = [], _bottoms = [];

    double Separation(int left, int right) =>
        (_places[left].Width + _places[right].Width) / 2 + (IsPoint(left) || IsPoint(right) ? WireGap : BoxGap);

    void Settle(int[] layer, bool above, bool below)
    {
        // Blocks of adjacent items: the centre of a block is the weighted mean of the desired positions of its items.
        var blocks = new List<(double Mean, double Weight, int Count)>();
        double[] shift = new double[layer.Length];
        for (int i = 0; i < layer.Length; i++)
        {
            int item = layer[i];
            if (i > 0) shift[i] = shift[i - 1] + Separation(layer[i - 1], item);
            double sum = 0, weight = 0;
            if (above)
                foreach (var edge in _above[item])
                    (sum, weight) = (sum + edge.Weight * (_places[edge.Neighbour].X + edge.Offset), weight + edge.Weight);
            if (below)
                foreach (var edge in _below[item])
                    (sum, weight) = (sum + edge.Weight * (_places[edge.Neighbour].X + edge.Offset), weight + edge.Weight);
            (double wish, double strength) = weight > 0 ? (sum / weight, weight) : (_places[item].X, 0.01);
            blocks.Add((wish - shift[i], strength, 1));
            while (blocks.Count > 1 && blocks[^2].Mean > blocks[^1].Mean)
            {
                var (a, b) = (blocks[^2], blocks[^1]);
                blocks.RemoveAt(blocks.Count - 1);
                blocks[^1] = ((a.Mean * a.Weight + b.Mean * b.Weight) / (a.Weight + b.Weight), a.Weight + b.Weight, a.Count + b.Count);
            }
        }
        int next = 0;
        foreach (var (mean, _, count) in blocks)
            for (int i = 0; i < count; i++, next++) _places[layer[next]].X = mean + shift[next];
    }

    static readonly double[] s_alongTheBend = [0.5, 0.3, 0.7, 0.15, 0.85, 0.05, 0.95, 0.4, 0.6, 0.22, 0.78, 0.1, 0.9];

    /// <summary>Where the text of an edge may be drawn, the best first: on its bend in the gap before the layer in which it ends.</summary>
    internal static IEnumerable<(double X, double Y)> TextPositions(List<(double X, double Y)> course)
    {
        ((double fromX, double fromY), (double toX, double toY)) = (course[^3], course[^2]);
        foreach (double t in s_alongTheBend)
        {
            // The cubic curve whose two control points lie at half the height.
            double x = (1 - t) * (1 - t) * (1 + 2 * t), y = (1 - t) * (1 - t) * (1 + 0.5 * t) + 1.5 * (1 - t) * t * t;
            yield return (x * fromX + (1 - x) * toX, y * fromY + (1 - y) * toY);
        }
    }

    /// <summary>
    /// The path of an edge: from the lower side of an item down to the upper side of another, straight through the layers between.
    /// </summary>
    /// <returns>Points. Between the second and third, fourth and fifth, … is a gap between layers, where the path bends.</returns>
    internal List<(double X, double Y)> Course(int edge)
    {
        Wire wire = _edges[edge];
        Place from = wire.Shared > 0 ? _places[wire.Chain[wire.Shared - 1]] : _places[wire.From], to = _places[wire.To];
        double start = from.X + (wire.Shared > 0 ? 0 : wire.FromOffset);
        double top = wire.Shared > 0 ? _bottoms[from.Layer] : from.Y + from.Height / 2;
        var points = new List<(double, double)> { (start, top), (start, _bottoms[from.Layer]) };
        for (int i = wire.Shared; i < wire.Through; i++)
        {
            Place through = _places[wire.Chain[i]];
            points.Add((through.X, _tops[through.Layer]));
            points.Add((through.X, _bottoms[through.Layer]));
        }
        points.Add((to.X + wire.ToOffset, _tops[to.Layer]));
        points.Add((to.X + wire.ToOffset, to.Y - to.Height / 2));
        return points;
    }
}
