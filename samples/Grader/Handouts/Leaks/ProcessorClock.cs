namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>The processor time of this process since it was made: other programs do not count.</summary>
sealed class ProcessorClock
{
    readonly TimeSpan _start = Environment.CpuUsage.TotalTime;

    public TimeSpan Elapsed => Environment.CpuUsage.TotalTime - _start;
}
