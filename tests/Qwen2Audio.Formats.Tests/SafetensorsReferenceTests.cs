using Qwen2Audio.Formats.Checkpoints;

namespace Qwen2Audio.Formats.Tests;

/// <summary>Files that the reference implementation wrote.</summary>
public sealed class SafetensorsReferenceTests
{
    public static IReadOnlyList<string> Checkpoints() => Fixtures.Folders("", "config.json");

    [Fact]
    public void Every_recorded_checkpoint_folder_opens_and_all_its_numbers_are_finite()
    {
        var folders = Checkpoints().Where(folder => Directory.EnumerateFiles(Fixtures.Locate(folder), "model*.safetensors").Any()).ToArray();
        Assert.SkipWhen(folders.Length == 0, Fixtures.MissingReason("*", "model.safetensors"));
        foreach (var folder in folders)
        {
            using var checkpoint = CheckpointFolder.Open(Fixtures.Locate(folder));
            Assert.NotEmpty(checkpoint.Tensors);
            WeightScan.RequireFinite(checkpoint);
        }
    }
}
