using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks.Whisper;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Tests.Whisper;

/// <summary>Damaged Whisper folders: each is rejected when loaded, naming file and place.</summary>
public sealed class WhisperModelReaderTests
{
    [Theory]
    [InlineData("config.json", "d_model", "0", "$.d_model")]
    [InlineData("config.json", "decoder_attention_heads", "5", "$.d_model")]
    [InlineData("config.json", "activation_function", "\"tanh\"", "$.activation_function")]
    [InlineData("config.json", "is_encoder_decoder", "false", "$.is_encoder_decoder")]
    [InlineData("config.json", "decoder_layers", "3", "model.safetensors, tensor \"model.decoder.layers.2.")]
    [InlineData("config.json", "vocab_size", "160", "model.safetensors, tensor \"model.decoder.embed_tokens.weight\", shape")]
    [InlineData("generation_config.json", "eos_token_id", "999", "$.eos_token_id")]
    [InlineData("generation_config.json", "suppress_tokens", "[1, \"a\"]", "$.suppress_tokens[1]")]
    [InlineData("generation_config.json", "alignment_heads", "[[9, 0]]", "$.alignment_heads")]
    [InlineData("generation_config.json", "lang_to_id", "{\"en\": 55}", "$.lang_to_id")]
    [InlineData("generation_config.json", "repetition_penalty", "2", "$.repetition_penalty")]
    [InlineData("preprocessor_config.json", "n_fft", "512", "$.n_fft")]
    [InlineData("preprocessor_config.json", "chunk_length", "30", "$.chunk_length")]
    [InlineData("vocab.json", "b", "0", "same id 0")]
    [InlineData("added_tokens.json", "<|en|>", "3", "<|en|>")]
    public void A_field_is_refused_by_file_and_place(string file, string name, string value, string place)
    {
        using var tiny = new TinyWhisper(change: folder => TinyWhisper.Edit(folder, file, json => json[name] = JsonNode.Parse(value)));
        Refused(tiny, place.StartsWith("model.", StringComparison.Ordinal) || file == "added_tokens.json" ? "" : file, place);
    }

    [Theory]
    [InlineData("model.safetensors", "header")]
    [InlineData("generation_config.json", "line ")]
    [InlineData("preprocessor_config.json", "line ")]
    [InlineData("vocab.json", "JSON")]
    public void A_file_that_is_cut_is_refused(string file, string place)
    {
        using var tiny = new TinyWhisper(change: folder =>
        {
            var path = Path.Combine(folder, file);
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..40]);
        });
        Refused(tiny, file, place);
    }

    private static void Refused(TinyWhisper tiny, string file, string place)
    {
        var error = Record.Exception(() => LoadedWhisper.Load(tiny.Folder).Dispose());
        Assert.True(error is CheckpointException or ConfigException or TokenizerFileException, $"{error?.GetType().Name ?? "accepted"}: {error?.Message}");
        Assert.Contains(file, error!.Message, StringComparison.Ordinal);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }
}
