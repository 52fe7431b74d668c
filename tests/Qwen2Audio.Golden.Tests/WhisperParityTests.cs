using Qwen2Audio.Formats.Json;
using Qwen2Audio.Inference.Parity;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Every recorded tensor of every Whisper folder, within the bounds of float32 arithmetic.</summary>
public sealed class WhisperParityTests(ITestOutputHelper output)
{
    public static TheoryData<string> Models => new(Fixtures.Folders("", "expected.safetensors").Where(IsWhisper));

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Models))]
    public void EveryRecordedTensorIsReproduced(string folder)
    {
        using var pool = new WorkerPool();
        var report = ParityRun.Of(Fixtures.Locate(folder), pool);
        foreach (var result in report.Results)
            output.WriteLine($"{result.Tensor,-36} {result.Difference:e1} of {result.Bound:e0} ({result.Compared}) {result.Part}");
        Assert.Empty(report.NotCompared);
        Assert.All(report.Results, result => Assert.True(result.Ok && result.Compared > 0, result.ToString()));
        Assert.Contains(report.Results, result => result.Tensor == "generated_ids");
        Assert.Equal("whisper", report.Kind);
        Assert.True(report.Ok);
        Assert.Null(report.FirstDifference);
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Models))]
    public void AChangedWeightIsFoundInItsLayer(string folder)
    {
        (string Tensor, string Part)[] changes =
        [
            ("model.encoder.layers.1.fc1.weight", "encoder layer 1"),
            ("model.decoder.layers.0.encoder_attn.v_proj.weight", "decoder layer 0"),
            ("model.decoder.embed_positions.weight", "decoder embedding"),
        ];
        using var pool = new WorkerPool(2);
        foreach (var (tensor, part) in changes)
        {
            using var copy = new TemporaryFolder();
            foreach (var file in Directory.EnumerateFiles(Fixtures.Locate(folder)))
                File.WriteAllBytes(Path.Combine(copy, Path.GetFileName(file)), File.ReadAllBytes(file));
            Change(Path.Combine(copy, "model.safetensors"), tensor);
            Assert.Equal(part, ParityRun.Of(copy, pool).FirstDifference?.Part);
        }
    }

    /// <summary>Inverts the sign of a float32 tensor's first values.</summary>
    private static void Change(string path, string name)
    {
        long offset;
        using (var file = SafetensorsFile.Open(path)) offset = file.Tensors[name].ByteOffset;
        using var stream = File.Open(path, FileMode.Open);
        var bytes = new byte[2000];
        stream.Position = offset;
        stream.ReadExactly(bytes);
        for (var i = 3; i < bytes.Length; i += 4) bytes[i] ^= 0x80;
        stream.Position = offset;
        stream.Write(bytes);
    }

    private static bool IsWhisper(string folder) => File.Exists(Fixtures.Locate(folder, "config.json"))
        && ConfigObject.Read(Fixtures.Locate(folder, "config.json"), config => config.StringOr("model_type", "") == "whisper");
}
