using System.Runtime.ExceptionServices;

namespace MyTorch.Tests;

/// <summary>
/// A stack so small that a recursion of some thousand levels ends the process. A test that passes on it shows that there is no recursion.
/// </summary>
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
