using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>
/// A folder with a small model of the shipped kind, which also speaks in <c>books</c> codebooks if there are any, with random weights and more vocabulary rows than text units;
/// removed when it is disposed of.
/// </summary>
internal sealed class TinyModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyModel(int seed = 1, Action<string>? change = null, EncoderChunks? chunks = null, bool phones = false, int books = 0, bool dense = false, double guidance = 1, double temperature = 0.7, bool takesRecordings = false)
    {
        var config = Sizes(TinyText.Tokenizer.Size + 5);
        if (chunks is { } c) config = config with { AudioConfig = config.AudioConfig with { ChunkRows = c.Rows, LeftChunks = c.Left } };
        if (phones) config = config with { AudioConfig = config.AudioConfig with { PhoneVocabSize = PhoneSet.Count, PhoneLayers = 2 } };
        if (dense) config = config with { TextConfig = config.TextConfig with { Moe = null } };
        if (books > 0) config = TinySpeaker.Speaking(config, books, guidance, temperature, takesRecordings);
        var json = ModelConfigWriter.Write(config, ModelKinds.Qwen2AudioCtc);
        json["label_sets"] = JsonSerializer.SerializeToNode(new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["digit"] = ["one", "two", "three"],
            ["keyword"] = ["bed", "cat"],
            ["sound"] = ["dog bark", "rain"],
            ["speech"] = ["speech", "other sound"],
        });
        Put("config.json", json.ToJsonString());
        Put("preprocessor_config.json", new JsonObject
        {
            ["sampling_rate"] = 16_000,
            ["feature_size"] = 80,
            ["n_fft"] = 400,
            ["hop_length"] = 160,
            ["peak"] = 0.5,
            ["mel_mean"] = new JsonArray([.. Enumerable.Repeat(-4.0, 80).Select(value => (JsonNode)value)]),
            ["mel_std"] = new JsonArray([.. Enumerable.Repeat(1.5, 80).Select(value => (JsonNode)value)]),
        }.ToJsonString());
        Put("generation_config.json", """{"eos_token_id": 1, "ctc_beam": 6, "ctc_weight": 0.7}""");
        foreach (var (name, text) in TokenizerFiles.Texts(TinyText.Tokenizer)) Put(name, text);
        TinySpeaker.Write(Folder, config, seed);
        change?.Invoke(Folder);
    }

    public string Folder => _folder;

    public void Dispose() => _folder.Dispose();

    private static Qwen2AudioConfig Sizes(int vocabulary) => new()
    {
        AudioTokenIndex = 2,
        AudioConfig = new AudioEncoderConfig
        {
            NumMelBins = 80,
            DModel = 32,
            EncoderLayers = 2,
            EncoderAttentionHeads = 2,
            EncoderFfnDim = 64,
            MaxSourcePositions = 750,
            Conv1Stride = 2,
            ConvLayerNorm = true,
            TimeKernelSize = 9,
            RotaryPositions = true,
            CtcVocabSize = vocabulary,
        },
        TextConfig = TinyConfigs.Text with
        {
            VocabSize = vocabulary,
            HiddenSize = 32,
            IntermediateSize = 64,
            NumHiddenLayers = 2,
            MaxPositionEmbeddings = 1024,
            Moe = TinyConfigs.Experts with { MoeIntermediateSize = 16, SharedExpertIntermediateSize = 32 },
        },
    };

    private void Put(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);
}
