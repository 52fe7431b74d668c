namespace Qwen2Audio.Numerics.Tests;

/// <summary>Tests of kernels: two workers, and memory that is released after each test.</summary>
public abstract class KernelTest(int seed = 0) : IDisposable
{
    private protected WorkerPool Pool { get; } = new(2);

    private protected Sample Sample { get; } = new(seed);

    private protected NativeArena Memory => Sample.Memory;

    public void Dispose()
    {
        Pool.Dispose();
        Sample.Dispose();
        GC.SuppressFinalize(this);
    }
}
