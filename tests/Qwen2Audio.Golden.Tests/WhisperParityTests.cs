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
        var report = ParityTests.Reproduced(folder, output);
        Assert.All(report.Results, result => Assert.True(result.Compared > 0, result.ToString()));
        Assert.Contains(report.Results, result => result.Tensor == "generated_ids");
        Assert.Equal("whisper", report.Kind);
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
            using var copy = new FolderCopy(Fixtures.Locate(folder));
            copy.ChangeTensor(tensor);
            Assert.Equal(part, ParityRun.Of(copy.Path, pool).FirstDifference?.Part);
        }
    }

    private static bool IsWhisper(string folder) => File.Exists(Fixtures.Locate(folder, "config.json"))
        && ConfigObject.Read(Fixtures.Locate(folder, "config.json"), config => config.StringOr("model_type", "") == "whisper");
}
