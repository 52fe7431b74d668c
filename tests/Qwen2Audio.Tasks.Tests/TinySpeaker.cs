using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Synthesis;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>A folder with a small model that speaks, with random weights, the voices ann and bea, and a lexicon of three words: one, a, two.</summary>
internal sealed class TinySpeaker : IDisposable
{
    public static readonly Lexicon Words = new(["one", "a", "two"], [new(0, [36, 3, 23]), new(1, [3]), new(2, [31, 34])]);

    private readonly TinyModel _model;

    public TinySpeaker(int books = 2, double guidance = 1, double temperature = 0.7, bool takesRecordings = false)
    {
        _model = new TinyModel(seed: 4, books: books, guidance: guidance, temperature: temperature, takesRecordings: takesRecordings);
        LexiconFile.Write(Path.Combine(Folder, LexiconFile.FileName), Words);
    }

    public string Folder => _model.Folder;

    /// <summary>The sizes of a model that also speaks with two voices, in the codebooks of <see cref="RandomCodec.Ours"/>, and like recordings if it takes these.</summary>
    public static Qwen2AudioConfig Speaking(Qwen2AudioConfig config, int books, double guidance, double temperature, bool takesRecordings)
    {
        var synthesis = new SynthesisConfig
        {
            FirstToken = config.AudioConfig.CtcVocabSize,
            Phones = PhoneSet.Count,
            Voices = ["ann", "bea"],
            Books = books,
            Entries = 16,
            Dimension = 6,
            HeadWidth = 12,
            DurationWidth = 8,
            Guidance = guidance,
            Temperature = temperature,
            SpeakerWidth = takesRecordings ? 12 : 0,
        };
        return config with { Synthesis = synthesis, TextConfig = config.TextConfig with { VocabSize = synthesis.Vocabulary } };
    }

    /// <summary>Writes random weights and, for a model that speaks, the codec.</summary>
    public static void Write(string folder, Qwen2AudioConfig config, int seed)
    {
        var weights = new RequestedWeights(hasOptional: true);
        _ = new Qwen2AudioModel(config, weights);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), weights.Random(seed, (name, numbers) =>
        {
            if (name == "synthesis.durations.out.bias") numbers[0] = 1.6f; // phones of about 5 frames
        }));
        if (config.Synthesis is null) return;
        using var codec = new RandomCodec(RandomCodec.Ours);
        Directory.CreateDirectory(Path.Combine(folder, "codec"));
        foreach (var file in (string[])["config.json", "model.safetensors"]) File.Copy(Path.Combine(codec.Path, file), Path.Combine(folder, "codec", file));
    }

    public void Dispose() => _model.Dispose();
}
