namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>Tests of a run's folder and of the warnings about it.</summary>
public abstract class RunTest : TestInFolder
{
    protected string RunPath => Path.Combine(Folder, "run");

    private protected List<string> Warnings { get; } = [];
}
