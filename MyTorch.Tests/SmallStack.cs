using System.Runtime.ExceptionServices;

namespace MyTorch.Tests;

/// <summary>A stack on which recursion over thousands of levels ends the process, so that few levels prove that there is none.</summary>
static class SmallStack
{
    const int Bytes = 256 * 1024;

    /// <summary>Runs a test on a thread with this stack.</summary>
    internal static void Run(Action test)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try { test(); }
            catch (Exception exception) { failure = exception; }
        }, Bytes);
        thread.Start();
        thread.Join();
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }
}
