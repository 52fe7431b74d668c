namespace Qwen2Audio.Operators.Tests;

/// <summary>Tests of inference: two workers, and weights that depend only on their names.</summary>
public abstract class InferenceTest : IDisposable
{
    private protected InferenceTest() => Ops = new InferenceOps(Pool);

    private protected WorkerPool Pool { get; } = new(2);

    private protected InferenceWeights Weights { get; } = new();

    private protected InferenceOps Ops { get; }

    public void Dispose()
    {
        Ops.Dispose();
        Weights.Dispose();
        Pool.Dispose();
        GC.SuppressFinalize(this);
    }
}
