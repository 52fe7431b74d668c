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
        using var pool = new WorkerPool();
        var report = ParityRun.Of(Fixtures.Locate(folder), pool);
        foreach (var result in report.Results) output.WriteLine($"{result.Tensor,-24} {result.Difference:e1} of {result.Bound:e0} ({result.Compared})");
        Assert.Empty(report.NotCompared);
        Assert.All(report.Results, result => Assert.True(result.Ok, result.ToString()));
        Assert.True(report.Ok);
        Assert.Null(report.FirstDifference);
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

    /// <summary>A temporary copy of another folder.</summary>
    private sealed class FolderCopy : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public FolderCopy(string? source)
        {
            if (source is null) return;
            foreach (var file in Directory.EnumerateFiles(source))
                System.IO.File.WriteAllBytes(System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)), System.IO.File.ReadAllBytes(file));
        }

        public string Path => _folder;

        /// <summary>Inverts the sign of a half-precision tensor's first values.</summary>
        public void ChangeTensor(string name)
        {
            var path = System.IO.Path.Combine(Path, "model.safetensors");
            long offset;
            using (var file = SafetensorsFile.Open(path)) offset = file.Tensors[name].ByteOffset;
            using var stream = System.IO.File.Open(path, FileMode.Open);
            var bytes = new byte[2000];
            stream.Position = offset;
            stream.ReadExactly(bytes);
            for (var i = 1; i < bytes.Length; i += 2) bytes[i] ^= 0x80;
            stream.Position = offset;
            stream.Write(bytes);
        }

        public void Dispose() => _folder.Dispose();
    }
}
