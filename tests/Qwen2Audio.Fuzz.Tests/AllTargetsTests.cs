using Qwen2Audio.Fuzz.Running;
using Qwen2Audio.Fuzz.Targets;

namespace Qwen2Audio.Fuzz.Tests;

/// <summary>
/// A few hundred mutated inputs for every reader, the same each time: each is read, or rejected with the declared exception and a message for
/// users, in bounded time and memory. Long runs: bench/README.md.
/// </summary>
public sealed class AllTargetsTests
{
    private const int Inputs = 200;

    public static TheoryData<string> Readers() => [.. AllTargets.List.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Readers))]
    public void Are_read_or_refused(string reader)
    {
        var target = AllTargets.Named(reader);
        Assert.SkipWhen(target.Missing is not null, target.Missing ?? "");
        var run = new FuzzRun(target, seed: 7);
        Assert.Empty(run.Run(0, Inputs, () => true).Select(finding => $"input {finding.Number}: {finding.Fault}"));
        Assert.Equal(Inputs, run.Tried);
        if (target.Declared.Count > 0) Assert.InRange(run.Behaviours, 2, int.MaxValue);
    }
}
