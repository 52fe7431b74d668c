using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>What holds for every loss: its gradient is right, adds up, and depends on no thread.</summary>
public sealed class LossesContractTests
{
    private const float Coefficient = 1.7f;

    public static TheoryData<string> Every => [.. LossesUnderTest.All.Keys];

    [Theory, MemberData(nameof(Every))]
    public void TheGradientIsTheSlope(string name)
    {
        var loss = LossesUnderTest.All[name];
        var values = LossesUnderTest.Input(loss);
        using var pool = new WorkerPool(2);
        using var ops = new TrainingOps(pool);
        var (_, gradient) = Run(ops, loss, values, times: 1);
        FiniteDifferences.Check(name, gradient, values, () => Coefficient * Run(ops, loss, values, times: 1).Loss);
    }

    [Theory, MemberData(nameof(Every))]
    public void TheNumberOfThreadsChangesNothing(string name)
    {
        var loss = LossesUnderTest.All[name];
        var values = LossesUnderTest.Input(loss);
        using var one = new WorkerPool(1);
        using var three = new WorkerPool(3);
        using var alone = new TrainingOps(one);
        using var shared = new TrainingOps(three);
        var (expected, found) = (Run(alone, loss, values, times: 1), Run(shared, loss, values, times: 1));
        Assert.Equal(expected.Loss, found.Loss);
        Assert.Equal(expected.Gradient, found.Gradient);
    }

    [Theory, MemberData(nameof(Every))]
    public void GradientsOfTwoLossesAddUp(string name)
    {
        var loss = LossesUnderTest.All[name];
        var values = LossesUnderTest.Input(loss);
        using var pool = new WorkerPool(2);
        using var ops = new TrainingOps(pool);
        var once = Run(ops, loss, values, times: 1).Gradient;
        var twice = Run(ops, loss, values, times: 2).Gradient;
        for (var i = 0; i < once.Length; i++) Assert.Equal(2 * once[i], twice[i], Math.Abs(once[i]) * 1e-5f + 1e-9f);
    }

    private static (double Loss, float[] Gradient) Run(TrainingOps ops, LossUnderTest loss, float[] values, int times)
    {
        ops.Begin();
        var x = ops.InputWithGradient(values, loss.Rows, loss.Columns);
        var result = 0.0;
        for (var i = 0; i < times; i++) result = loss.Add(ops, x, Coefficient);
        ops.Backward();
        return (result, x.Gradient.Span.ToArray());
    }
}
