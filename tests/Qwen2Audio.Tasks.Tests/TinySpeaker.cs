using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Synthesis;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>A folder with a small model that speaks, with random weights, the voices ann and bea, and a lexicon of three words: one, a, two.</summary>
internal sealed class TinySpeaker : IDisposable
{
    public static readonly Lexicon Words = new(["one", "a", "two"], [new(0, [36, 3, 23]), new(1, [3]), new(2, [31, 34])]);

    private readonly TemporaryFolder _folder = new();

    public TinySpeaker(int books = 2)
    {
        using var codec = new RandomCodec(RandomCodec.Ours);
        Directory.CreateDirectory(_folder["codec"]);
        foreach (var file in (string[])["config.json", "model.safetensors"]) File.Copy(Path.Combine(codec.Path, file), Path.Combine(_folder["codec"], file));
        var config = new SynthesisConfig
        {
            Decoder = TinyConfigs.Text with { VocabSize = SynthesisConfig.VocabularyOf(PhoneSet.Count, 2), TieWordEmbeddings = true, Moe = TinyConfigs.Experts },
            Phones = PhoneSet.Count,
            Voices = 2,
            Books = books,
            Entries = 16,
            Dimension = 6,
            HeadWidth = 12,
            DurationWidth = 8,
        };
        File.WriteAllText(_folder["config.json"], SynthesisConfigFile.Write(config, ["ann", "bea"]).ToJsonString());
        var weights = new RequestedWeights(hasOptional: true);
        _ = new SynthesisModel(config, weights);
        SafetensorsWriter.Write(_folder["model.safetensors"], weights.Random(4, (name, numbers) =>
        {
            if (name == "durations.out.bias") numbers[0] = 1.6f; // phones of about 5 frames
        }));
        LexiconFile.Write(_folder[LexiconFile.FileName], Words);
    }

    public string Folder => _folder;

    public void Dispose() => _folder.Dispose();
}
