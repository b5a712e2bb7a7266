using System.Diagnostics;
using System.Text;
using Microsoft.JSInterop;

namespace Playground.Lessons;

/// <summary>How far a lesson has run.</summary>
public enum LessonPhase
{
    /// <summary>It has not run yet.</summary>
    Ready,

    /// <summary>Its engine starts.</summary>
    Starting,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It has run to its end.</summary>
    Done,

    /// <summary>The learner ended it.</summary>
    Stopped,

    /// <summary>It has failed.</summary>
    Failed,
}

/// <summary>The last run of a lesson.</summary>
public sealed class LessonRun
{
    internal StringBuilder Text { get; } = new();

    internal List<(string File, string Svg)> PictureList { get; } = [];

    internal Stopwatch Clock { get; } = new();

    /// <summary>How far it is.</summary>
    public LessonPhase Phase { get; internal set; }

    /// <summary>What it printed so far.</summary>
    public string Printed => Text.ToString();

    /// <summary>The pictures that it wrote: file name and SVG.</summary>
    public IReadOnlyList<(string File, string Svg)> Pictures => PictureList.AsReadOnly();

    /// <summary>The time since its first statement.</summary>
    public double Seconds => Clock.Elapsed.TotalSeconds;

    /// <summary>Why it failed.</summary>
    public string Error { get; internal set; } = "";
}

/// <summary>The state of the page of lessons: which one is open, and what each has printed.</summary>
public sealed class LessonsState : IDisposable
{
    const string AllLessons = "all";

    readonly IJSInProcessRuntime _js;
    readonly DotNetObjectReference<LessonsState> _this;
    readonly Dictionary<string, LessonRun> _runs = [];
    readonly Dictionary<string, string> _sources = [];
    Lesson? _running;

    /// <summary>Has run nothing yet.</summary>
    public LessonsState(IJSRuntime runtime)
    {
        _js = (IJSInProcessRuntime)runtime;
        _this = DotNetObjectReference.Create(this);
    }

    /// <summary>A lesson has printed something, or its phase has changed.</summary>
    public event Action? Changed;

    /// <summary>The lesson that is open; null for the list.</summary>
    public Lesson? Open { get; private set; }

    /// <summary>The last run of the lesson that is open.</summary>
    public LessonRun Run => Open is not null && _runs.TryGetValue(Open.Name, out LessonRun? run) ? run : new();

    /// <summary>The code of the lesson that is open; null while it is loaded.</summary>
    public string? Source => Open is not null && _sources.TryGetValue(Open.Name, out string? source) ? source : null;

    /// <summary>Takes an address; a page that is opened without a lesson is as it was left.</summary>
    public void FromAddress(Address address)
    {
        if (address.Page != "lessons" || address["lesson"] is not { } key) return;
        Open = Lesson.Find(key);
        if (Open is null && key != AllLessons) address.Refuse("lesson", key, $"one of {AllLessons}, {string.Join(", ", Lesson.All.Select(one => one.Key))}");
    }

    /// <summary>The address of the lesson that is open, or of the list.</summary>
    public Address ToAddress() => new Address().Add("page", "lessons").Add("lesson", Open?.Key ?? AllLessons);

    /// <summary>Loads the code of the lesson that is open.</summary>
    public async Task Load()
    {
        if (Open is not { } lesson || _sources.ContainsKey(lesson.Name)) return;
        try
        {
            _sources[lesson.Name] = await _js.InvokeAsync<string>("lessons.source", lesson.Name);
        }
        catch (JSException e)
        {
            _sources[lesson.Name] = $"// The code could not be loaded: {e.Message}. It is in samples/lessons/{lesson.Name}.cs.";
        }
        Changed?.Invoke();
    }

    /// <summary>Runs the lesson that is open, in a worker; one that still runs is ended.</summary>
    public void Start()
    {
        if (Open is not { } lesson) return;
        Stop();
        _runs[lesson.Name] = new LessonRun { Phase = LessonPhase.Starting };
        _running = lesson;
        _js.InvokeVoid("lessons.run", lesson.Name, _this);
        Changed?.Invoke();
    }

    /// <summary>Ends the run.</summary>
    public void Stop()
    {
        if (_running is null) return;
        _js.InvokeVoid("lessons.stop");
        End(LessonPhase.Stopped);
    }

    /// <summary>Called by the script.</summary>
    [JSInvokable]
    public void OnLesson(string kind, string text, string? file)
    {
        if (_running is null) return;
        LessonRun run = _runs[_running.Name];
        switch (kind)
        {
            case "running":
                run.Phase = LessonPhase.Running;
                run.Clock.Start();
                break;
            case "printed":
                run.Text.Append(text);
                break;
            case "picture":
                run.PictureList.Add((file ?? "", text));
                break;
            case "done":
                End(LessonPhase.Done);
                return;
            default:
                run.Error = text;
                End(LessonPhase.Failed);
                return;
        }
        Changed?.Invoke();
    }

    void End(LessonPhase phase)
    {
        LessonRun run = _runs[_running!.Name];
        run.Clock.Stop();
        run.Phase = phase;
        _running = null;
        Changed?.Invoke();
    }

    /// <inheritdoc/>
    public void Dispose() => _this.Dispose();
}
