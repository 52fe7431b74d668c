using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>A neural language model in the folder language_model of a small model judges the texts found through the lexicon.</summary>
public sealed class NeuralLanguageModelTests : IDisposable
{
    private const string Arpa = "\\data\\\nngram 1=5\n\n\\1-grams:\n-99\t<s>\n-1\t</s>\n-0.5\tone\n-0.6\ttwo\n-2\t<unk>\n\\end\\\n";

    private readonly TinyModel _tiny = new(phones: true);
    private readonly TinyChat _neural = new(acceptsAudio: false);

    public NeuralLanguageModelTests()
    {
        File.WriteAllText(Path.Combine(_tiny.Folder, "x.arpa"), Arpa);
        File.WriteAllBytes(Path.Combine(_tiny.Folder, LexiconFile.FileName),
            LexiconFile.ToBytes(new Lexicon(["one", "two", "odd"], [.. Enumerable.Range(1, PhoneSet.Count - 1).Select(phone => new Pronunciation(phone % 3, [(byte)phone]))])));
    }

    [Fact]
    public void Texts_differ_as_much_as_their_probabilities()
    {
        using var pool = new WorkerPool(2);
        using var ops = new InferenceOps(pool);
        using var model = NeuralLanguageModel.Load(_neural.Folder, ops);
        using var loaded = LoadedModel.Open(_neural.Folder);
        foreach (var texts in (string[][])[["one two odd", "one two", "one two three of them", "one two odd"], ["one", "two", ""]])
        {
            var (scores, whole) = (model.Score(texts), Array.ConvertAll(texts, Whole));
            for (var i = 0; i < texts.Length; i++) Assert.Equal(whole[i] - whole[0], scores[i] - scores[0], 1e-3);
        }

        Assert.Empty(model.Score([]));

        double Whole(string text)
        {
            var end = model.Tokenizer.ControlId("<|endoftext|>");
            int[] ids = [end, .. model.Tokenizer.Encode(text), end];
            ops.Reset();
            var logits = loaded.Decoder.Logits(ops, loaded.Decoder.Hidden(ops, loaded.Decoder.Embed(ops, ids.AsSpan(..^1)), Layout.Of(ids.Length - 1)));
            return Enumerable.Range(0, ids.Length - 1).Sum(row => logits.Row(row)[ids[row + 1]] - LogSumExp.Of(logits.Row(row)));
        }
    }

    [Theory]
    [InlineData(Decoding.Combined)]
    [InlineData(Decoding.CtcOnly)]
    public void It_changes_nothing_without_weight_and_decides_with_much(Decoding decoding)
    {
        var without = Transcribe(decoding);
        Install();
        Weights(0, 1);
        var same = Transcribe(decoding);
        Assert.NotEmpty(without.Words);
        Assert.Equal(without.Text, same.Text);
        Assert.Equal(without.Words.Select(word => word.Start), same.Words.Select(word => word.Start));
        Weights(100, 0);
        var changed = Transcribe(decoding).Text;
        using var pool = new WorkerPool(1);
        using var ops = new InferenceOps(pool);
        using var model = NeuralLanguageModel.Load(_neural.Folder, ops);
        var scores = model.Score([without.Text, changed]);
        Assert.True(changed != without.Text && scores[1] > scores[0], $"{without.Text} {scores[0]}, {changed} {scores[1]}");
    }

    [Fact]
    public void What_it_needs_is_named_with_its_file()
    {
        Install();
        Assert.Contains("0.25 · neural language model", Weights(0.25, 1).Decoding, StringComparison.Ordinal);
        var config = Path.Combine(_tiny.Folder, NeuralLanguageModel.FolderName, "config.json");
        var text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("qwen2", "whisper", StringComparison.Ordinal));
        Assert.Contains($"{config}", Assert.Throws<ConfigException>(Load).Message, StringComparison.Ordinal);
        File.WriteAllText(config, text);
        var weights = Path.Combine(_tiny.Folder, NeuralLanguageModel.FolderName, "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, bytes[..^100]);
        Assert.Contains(weights, Assert.Throws<CheckpointException>(Load).Message, StringComparison.Ordinal);
        File.WriteAllBytes(weights, bytes);
        var tokens = Path.Combine(_tiny.Folder, NeuralLanguageModel.FolderName, "tokenizer_config.json");
        var settings = File.ReadAllText(tokens);
        File.WriteAllText(tokens, settings.Replace("endoftext", "end", StringComparison.Ordinal));
        Assert.Contains("no <|endoftext|>", Assert.Throws<TokenizerFileException>(Load).Message, StringComparison.Ordinal);
        File.WriteAllText(tokens, settings);
        File.Delete(Path.Combine(_tiny.Folder, LexiconFile.FileName));
        var alone = Assert.Throws<CheckpointException>(Load).Message;
        Assert.Contains("a neural language model without a lexicon", alone, StringComparison.Ordinal);
        Assert.Contains(NeuralLanguageModel.FolderName, alone, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _tiny.Dispose();
        _neural.Dispose();
    }

    private void Install()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_tiny.Folder, NeuralLanguageModel.FolderName)).FullName;
        foreach (var file in Directory.GetFiles(_neural.Folder)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    private SpeechModelInfo Weights(double weight, double share)
    {
        var path = Path.Combine(_tiny.Folder, "generation_config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        (json["rescoring_weight"], json["rescoring_ngram_share"]) = (weight, share);
        File.WriteAllText(path, json.ToJsonString());
        using var model = SpeechModel.Load(_tiny.Folder, Options);
        return model.Info;
    }

    private ModelLoadOptions Options => new() { LanguageModel = Path.Combine(_tiny.Folder, "x.arpa"), LanguageModelWeight = 0.1, WordBonus = 2 };

    private void Load() => SpeechModel.Load(_tiny.Folder, Options).Dispose();

    private Transcription Transcribe(Decoding decoding)
    {
        using var model = SpeechModel.Load(_tiny.Folder, Options);
        var samples = new float[16_000];
        for (var i = 0; i < samples.Length; i++) samples[i] = 0.2f * MathF.Sin(i * (0.1f + i * 1e-6f));
        return new Transcriber(model, new TranscriberOptions { Decoding = decoding, SpeechGate = false }).Transcribe(Sounds.Clip(samples));
    }
}
