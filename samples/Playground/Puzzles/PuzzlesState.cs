using MyTorch.Teaching;

namespace Playground.Puzzles;

/// <summary>What the page of puzzles shows.</summary>
public enum Exercise
{
    /// <summary>Rules to find.</summary>
    Puzzle,

    /// <summary>Values, tangents and adjoints of a random function.</summary>
    Derivatives,

    /// <summary>What a random network costs.</summary>
    Costs,
}

/// <summary>What the page of puzzles and drills shows: the address holds all but what was typed.</summary>
public sealed class PuzzlesState
{
    const string Random = "random-";

    readonly Dictionary<string, string[]> _answers = [];
    readonly HashSet<string> _solved = [];

    /// <summary>The first puzzle.</summary>
    public PuzzlesState() => StartDrill();

    /// <summary>What is shown.</summary>
    public Exercise Shows { get; set; }

    /// <summary>The puzzle.</summary>
    public FormulaPuzzle Puzzle { get; private set; } = FormulaPuzzle.All[0];

    /// <summary>The seed of the puzzle's numbers.</summary>
    public int Numbers { get; private set; } = 1;

    /// <summary>The formulas that were typed.</summary>
    public string[] Answer
    {
        get
        {
            if (!_answers.TryGetValue(Puzzle.Id, out string[]? answer))
                _answers.Add(Puzzle.Id, answer = [.. Puzzle.Parts.Select(_ => "")]);
            return answer;
        }
    }

    /// <summary>What was found out about them; null if nothing was checked.</summary>
    public FormulaVerdict? Verdict { get; private set; }

    /// <summary>What cannot be read, for each part; null where it can.</summary>
    public string?[] Problems { get; private set; } = [];

    /// <summary>Whether the answer was asked for.</summary>
    public bool IsTold { get; private set; }

    /// <summary>Whether a puzzle was solved.</summary>
    public bool IsSolved(FormulaPuzzle puzzle) => _solved.Contains(puzzle.Id);

    /// <summary>The number of puzzles that were solved.</summary>
    public int Solved => FormulaPuzzle.All.Count(IsSolved);

    /// <summary>The number of solved puzzles that were made at random.</summary>
    public int SolvedAtRandom => _solved.Count - Solved;

    /// <summary>The seed of the last puzzle that was made at random; 0 before the first.</summary>
    public int LastRandom { get; private set; }

    /// <summary>Takes another puzzle.</summary>
    public void Choose(FormulaPuzzle puzzle, int numbers = 1)
    {
        LastRandom = puzzle.Seed ?? LastRandom;
        (Puzzle, Numbers, Shows) = (puzzle, numbers, Exercise.Puzzle);
        (Verdict, Problems, IsTold) = (null, [], false);
        Look();
    }

    /// <summary>What the formulas mean, before they are checked; null where one cannot be read.</summary>
    public FormulaVerdict? Preview { get; private set; }

    /// <summary>Takes what is being typed.</summary>
    public void Type(int part, string text)
    {
        Answer[part] = text;
        (Verdict, Problems, IsTold) = (null, [], false);
        Look();
    }

    void Look()
    {
        bool isWhole = Answer.All(text => text.Trim().Length > 0 && Puzzle.Problem(text) is null);
        Preview = isWhole ? Puzzle.Grade(Answer, Numbers) : null;
    }

    /// <summary>Draws other numbers for the Jacobian.</summary>
    public void Renumber()
    {
        Numbers++;
        Look();
        if (Verdict is not null) Check();
    }

    /// <summary>Grades what was typed.</summary>
    public void Check()
    {
        Verdict = null;
        Problems = [.. Answer.Select(text => text.Trim().Length == 0 ? "Type a formula." : Puzzle.Problem(text))];
        if (Problems.Any(problem => problem is not null)) return;
        Verdict = Preview = Puzzle.Grade(Answer, Numbers);
        if (Verdict.IsRight && !IsTold) _solved.Add(Puzzle.Id);
    }

    /// <summary>Puts the answer into the fields.</summary>
    public void Tell()
    {
        IsTold = true;
        for (int i = 0; i < Answer.Length; i++) Answer[i] = Puzzle.Answer[i];
        Check();
    }

    /// <summary>The level of the drill, 1 to 3.</summary>
    public int Level { get; private set; } = 1;

    /// <summary>The seed of the drill.</summary>
    public int Seed { get; private set; } = 1;

    /// <summary>The drill about derivatives; null in one about costs.</summary>
    public Drill? Drill { get; private set; }

    /// <summary>The drill about costs; null in one about derivatives.</summary>
    public CostDrill? Costs { get; private set; }

    /// <summary>The questions of the drill with what was answered.</summary>
    public IReadOnlyList<DrillItem> Items { get; private set; } = [];

    /// <summary>The question that is to be answered now; null when all are.</summary>
    public DrillItem? Open => Items.FirstOrDefault(item => !item.IsDone);

    /// <summary>The number of answers in a row that were right at once.</summary>
    public int Streak { get; private set; }

    /// <summary>The longest streak so far.</summary>
    public int BestStreak { get; private set; }

    /// <summary>The mistakes that were made in this drill, by their kind.</summary>
    public IEnumerable<IGrouping<string, string>> Mistakes =>
        Items.SelectMany(item => item.Mistakes).GroupBy(kind => kind).OrderByDescending(same => same.Count());

    /// <summary>Takes a drill from its start.</summary>
    public void SetDrill(Exercise kind, int level, int seed)
    {
        (Shows, Level, Seed) = (kind, Math.Clamp(level, 1, MyTorch.Teaching.Drill.Levels), seed);
        StartDrill();
    }

    void StartDrill()
    {
        Drill = Shows == Exercise.Costs ? null : MyTorch.Teaching.Drill.Create(Seed, Level);
        Costs = Shows == Exercise.Costs ? CostDrill.Create(Seed, Level) : null;
        Items = [.. (Costs is null ? DrillQuestion.Of(Drill!) : DrillQuestion.Of(Costs)).Select(question => new DrillItem(question))];
    }

    /// <summary>Answers a question.</summary>
    public void Reply(DrillItem item, string text)
    {
        bool wasFirst = item.Misses == 0;
        item.Reply(text);
        if (item.Problem is not null) return;
        if (item.IsRight && wasFirst) BestStreak = Math.Max(BestStreak, ++Streak);
        else Streak = 0;
    }

    /// <summary>Gives a hint for a question: first the formula, then the answer.</summary>
    public void Help(DrillItem item)
    {
        item.Help();
        Streak = 0;
    }

    /// <summary>The state as an address.</summary>
    public Address ToAddress()
    {
        Address address = new Address().Add("page", "puzzles");
        if (Shows == Exercise.Puzzle)
        {
            address.Add("puzzle", Puzzle.Id).Add("numbers", Numbers);
            // A checked answer can be sent to others; one that was asked for is not given away.
            for (int i = 0; i < Answer.Length && Verdict is not null && !IsTold; i++) address.Add($"answer{i + 1}", Answer[i]);
            return address;
        }
        return address.Add("drill", Shows.ToString().ToLowerInvariant()).Add("level", Level).Add("seed", Seed);
    }

    static FormulaPuzzle? Find(string id) =>
        id.StartsWith(Random, StringComparison.Ordinal) && int.TryParse(id.AsSpan(Random.Length), out int seed)
            ? FormulaPuzzle.Create(seed)
            : FormulaPuzzle.All.FirstOrDefault(one => one.Id == id);

    /// <summary>Takes the state of an address of this page; another's changes nothing.</summary>
    public void FromAddress(Address address)
    {
        if (address.Page != "puzzles") return;
        if (address.Word<Exercise>("drill") is { } kind and (Exercise.Derivatives or Exercise.Costs))
        {
            (int level, int seed) = (address.Count("level", 1, MyTorch.Teaching.Drill.Levels) ?? Level, address.Count("seed") ?? Seed);
            if (kind != Shows || level != Level || seed != Seed) SetDrill(kind, level, seed);
        }
        else if (address["puzzle"] is { } id)
        {
            if (Find(id) is not { } puzzle)
            {
                address.Refuse("puzzle", id, $"one of {string.Join(", ", FormulaPuzzle.All.Select(one => one.Id))}, {Random}1, {Random}2, …");
                return;
            }

            Choose(puzzle, address.Count("numbers") ?? 1);
            for (int i = 0; i < Answer.Length && address["answer1"] is not null; i++) Answer[i] = address[$"answer{i + 1}"] ?? "";
            if (address["answer1"] is not null) Check();
        }
    }
}

/// <summary>A question of a drill and what was answered.</summary>
public sealed class DrillItem(DrillQuestion question)
{
    const int FormulaAfter = 2, ToldAfter = 3;

    readonly List<string> _mistakes = [];

    /// <summary>The question.</summary>
    public DrillQuestion Question => question;

    /// <summary>What was typed last.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Whether the last answer is right.</summary>
    public bool IsRight { get; private set; }

    /// <summary>Whether the answer was given away.</summary>
    public bool IsTold => Misses >= ToldAfter && !IsRight;

    /// <summary>Whether there is nothing more to answer.</summary>
    public bool IsDone => IsRight || IsTold;

    /// <summary>Wrong answers and hints.</summary>
    public int Misses { get; private set; }

    /// <summary>Whether its formula is to be seen.</summary>
    public bool ShowsFormula => Misses >= FormulaAfter;

    /// <summary>Why the last answer cannot be read; null if it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>What the last answer got wrong; null without one.</summary>
    public string? Remark { get; private set; }

    /// <summary>The kinds of mistakes that were made.</summary>
    public IReadOnlyList<string> Mistakes => _mistakes;

    /// <summary>Reads an answer.</summary>
    public void Reply(string text)
    {
        Text = text.Trim();
        DrillReply reply = question.Reply(Text);
        (Problem, Remark) = (reply.Problem, null);
        if (reply.Problem is not null) return;
        IsRight = reply.IsRight;
        if (IsRight) return;
        Misses++;
        Remark = reply.Remarks.Count > 0 ? reply.Remarks[0].Explanation : "Not right, and none of the usual mistakes.";
        _mistakes.AddRange(reply.Remarks.Take(1).Select(remark => remark.Kind));
    }

    /// <summary>Counts a hint.</summary>
    public void Help()
    {
        (Misses, Problem, Remark) = (Misses + 1 < FormulaAfter ? FormulaAfter : Misses + 1, null, null);
    }
}
