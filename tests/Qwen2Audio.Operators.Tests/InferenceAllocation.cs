namespace Qwen2Audio.Operators.Tests;

/// <summary>Managed memory that this thread allocates.</summary>
internal static class Allocation
{
    private const int Rounds = 5;

    /// <summary>
    /// Repeats an action. One-time allocations of the runtime (when it recompiles a method) may fall into one of the rounds, so one
    /// round without allocation is required; an action that allocates does so in each.
    /// </summary>
    public static void AssertNone(int times, Action action)
    {
        var allocated = new long[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < times; i++) action();
            allocated[round] = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.True(allocated.Contains(0), $"Bytes allocated in rounds of {times}: {string.Join(", ", allocated)}.");
    }
}
