using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Inference.Parity;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Every recorded tensor of every model folder, within the bounds of float32 arithmetic.</summary>
public sealed class ParityTests(ITestOutputHelper output)
{
    private static readonly string[] Kinds = ["qwen2", "qwen2_moe", "qwen2_audio"];

    public static TheoryData<string> Models => new(Folders());

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Models))]
    public void EveryRecordedTensorIsReproduced(string folder)
    {
        Assert.Null(Reproduced(folder, output).FirstDifference);
    }

    /// <summary>The report on a folder all of whose recorded tensors are within their bounds.</summary>
    internal static ParityReport Reproduced(string folder, ITestOutputHelper output)
    {
        using var pool = new WorkerPool();
        var report = ParityRun.Of(Fixtures.Locate(folder), pool);
        foreach (var result in report.Results)
            output.WriteLine($"{result.Tensor,-36} {result.Difference:e1} of {result.Bound:e0} ({result.Compared}) {result.Part}");
        Assert.Empty(report.NotCompared);
        Assert.All(report.Results, result => Assert.True(result.Ok, result.ToString()));
        Assert.True(report.Ok);
        return report;
    }

    [Theory]
    [InlineData("longrope")]
    [InlineData("dynamic")]
    public void UnknownScalingOfPositionsIsRefused(string type)
    {
        const string source = "qwen2-dense-yarn";
        Assert.SkipUnless(Fixtures.Has(source), Fixtures.MissingReason(source));
        using var copy = new FolderCopy(Fixtures.Locate(source));
        var config = Path.Combine(copy.Path, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"yarn\"", $"\"{type}\"", StringComparison.Ordinal));
        using var pool = new WorkerPool(1);
        var error = Assert.Throws<ConfigException>(() => ParityRun.Of(copy.Path, pool));
        Assert.Contains("rope_type", error.Message, StringComparison.Ordinal);
        Assert.Contains(config, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AChangedWeightIsFoundInItsLayer()
    {
        const string folder = "qwen2-dense-f16";
        Assert.SkipUnless(Fixtures.Has(folder), Fixtures.MissingReason(folder));
        using var copy = new FolderCopy(Fixtures.Locate(folder));
        copy.ChangeTensor("model.layers.2.mlp.up_proj.weight");
        using var pool = new WorkerPool(2);
        var report = ParityRun.Of(copy.Path, pool);
        Assert.False(report.Ok);
        Assert.Equal("decoder layer 2", report.FirstDifference!.Part);
        Assert.Equal("hidden_states.3", report.FirstDifference.Tensor);
    }

    [Fact]
    public void AFolderWithoutRecordingsSaysSo()
    {
        using var folder = new FolderCopy(null);
        using var pool = new WorkerPool(1);
        var error = Assert.Throws<CheckpointException>(() => ParityRun.Of(folder.Path, pool));
        Assert.Contains("expected.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, error.Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => ParityRun.Of(folder.Path + "-missing", pool));
    }

    private static IEnumerable<string> Folders() => Fixtures.Folders("qwen2-", "expected.safetensors").Where(folder =>
        ConfigObject.Read(Fixtures.Locate(folder, "config.json"), config => Kinds.Contains(config.StringOr("model_type", ""))));
}
