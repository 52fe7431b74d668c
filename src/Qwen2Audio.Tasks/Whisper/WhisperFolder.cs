using System.Globalization;
using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>Reads what a Whisper folder says beside weights and sizes, and checks that its files fit each other.</summary>
internal static class WhisperFolder
{
    private const int PublishedVocabulary = 51_865; // of the smallest multilingual model; English-only ones have fewer tokens

    /// <summary>
    /// preprocessor_config.json: it must describe the features that are computed here and fit the encoder. A folder without the file has
    /// the reference's settings.
    /// </summary>
    /// <exception cref="ConfigException">Fields of the wrong type, or features that are not supported.</exception>
    public static void CheckFeatures(string folder, WhisperConfig model)
    {
        var path = Path.Combine(folder, "preprocessor_config.json");
        if (!File.Exists(path)) return;
        var frames = WindowFrames(model);
        ConfigObject.Read(path, json =>
        {
            Fixed(json, "feature_size", 80, model.Encoder.NumMelBins, "num_mel_bins of config.json");
            Fixed(json, "sampling_rate", LogMel.SampleRate, LogMel.SampleRate, "samples a second");
            Fixed(json, "hop_length", AudioLengths.Hop, AudioLengths.Hop, "samples");
            Fixed(json, "n_fft", 400, 400, "samples");
            var seconds = json.IntOr("chunk_length", 30, min: 1, max: 3600);
            if (seconds * LogMel.SampleRate != frames * AudioLengths.Hop)
            {
                json.Refuse("chunk_length", seconds.ToString(CultureInfo.InvariantCulture),
                    string.Create(CultureInfo.InvariantCulture, $"the {frames / 100.0:0.##} s that max_source_positions of config.json stands for"));
            }

            Fixed(json, "n_samples", frames * AudioLengths.Hop, frames * AudioLengths.Hop, "chunk_length × sampling_rate");
            Fixed(json, "nb_max_frames", frames, frames, "n_samples / hop_length");
            if (json.NumberOr("padding_value", 0) is var padding && padding != 0)
                json.Refuse("padding_value", padding.ToString(CultureInfo.InvariantCulture), "0");
            if (json.NumberOr("dither", 0) is var dither && dither != 0) json.Refuse("dither", dither.ToString(CultureInfo.InvariantCulture), "0");
            if (json.BoolOr("do_normalize", false)) json.Refuse("do_normalize", "true", "false");
            return true;
        });
    }

    /// <summary>generation_config.json, or the same fields of config.json where there is no such file.</summary>
    /// <exception cref="ConfigException">Fields of the wrong type, or ids that the model does not have.</exception>
    public static WhisperGenerationConfig Generation(string folder, ConfigObject config, WhisperConfig model)
    {
        var path = Path.Combine(folder, WhisperGenerationConfig.FileName);
        return WhisperGenerationConfigReader.Read(File.Exists(path) ? ConfigObject.Open(path) : config, model);
    }

    /// <summary>The control tokens, by generation_config.json and, where it is silent, by their names.</summary>
    /// <exception cref="ConfigException">A token that decoding needs is nowhere, or beyond the vocabulary.</exception>
    public static WhisperTokens Tokens(string folder, WhisperConfig model, WhisperGenerationConfig generation, BytePairTokenizer tokenizer)
    {
        int? Named(string name) => tokenizer.ControlTokens.TryGetValue(name, out var id) ? id : null;
        int Needed(int? id, string field, string name) => id ?? throw new ConfigException(
            Path.Combine(folder, WhisperGenerationConfig.FileName), $"$.{field}", "nothing", $"an id, or a token {name} in the tokenizer's files");
        var noTimestamps = Needed(generation.NoTimestampsTokenId ?? Named("<|notimestamps|>"), "no_timestamps_token_id", "<|notimestamps|>");
        if (noTimestamps + 1 >= model.VocabSize || tokenizer.Vocabulary.Size > model.VocabSize)
        {
            throw new ConfigException(Path.Combine(folder, "config.json"), "$.vocab_size", model.VocabSize.ToString(CultureInfo.InvariantCulture),
                $"more than the {Math.Max(noTimestamps + 1, tokenizer.Vocabulary.Size)} tokens of the tokenizer's files");
        }

        var multilingual = generation.IsMultilingual ?? (generation.LangToId.Count > 0 || model.VocabSize >= PublishedVocabulary);
        var tokens = new WhisperTokens
        {
            Start = generation.DecoderStartTokenId ?? model.DecoderStartTokenId,
            End = Needed(generation.EosTokenId.Count > 0 ? generation.EosTokenId[0] : Named("<|endoftext|>"), "eos_token_id", "<|endoftext|>"),
            NoTimestamps = noTimestamps,
            NoSpeech = Named("<|nospeech|>") ?? Named("<|nocaptions|>") ?? Math.Max(0, noTimestamps - 1),
            StartOfPrevious = generation.PrevSotTokenId ?? Named("<|startofprev|>"),
            Languages = multilingual ? Languages(generation, tokenizer) : WithoutEntries,
            Tasks = multilingual ? Tasks(generation, tokenizer) : WithoutEntries,
            Suppressed = [.. generation.SuppressTokens, .. Enumerable.Range(tokenizer.Size, Math.Max(0, model.VocabSize - tokenizer.Size))],
            SuppressedFirst = generation.BeginSuppressTokens,
            MaxInitialTimestamp = generation.MaxInitialTimestampIndex,
            MaxLength = generation.MaxLength,
        };
        foreach (var (token, field) in tokens.Languages.Values.Select(id => (id, "lang_to_id")).Concat(tokens.Tasks.Values.Select(id => (id, "task_to_id")))
            .Append((tokens.NoSpeech, "no_timestamps_token_id")).Append((tokens.StartOfPrevious ?? 0, "prev_sot_token_id")))
        {
            if (token >= model.VocabSize)
                throw new ConfigException(Path.Combine(folder, "config.json"), "$.vocab_size", model.VocabSize.ToString(CultureInfo.InvariantCulture), $"more than token {token} ({field})");
        }

        return tokens;
    }

    /// <summary>Mel frames that the encoder takes.</summary>
    public static int WindowFrames(WhisperConfig model) => model.Encoder.MaxSourcePositions * model.Encoder.Conv1Stride * model.Encoder.Conv2Stride;

    private static readonly Dictionary<string, int> WithoutEntries = new(StringComparer.Ordinal);

    private static IReadOnlyDictionary<string, int> Languages(WhisperGenerationConfig generation, BytePairTokenizer tokenizer) =>
        generation.LangToId.Count > 0 ? generation.LangToId : tokenizer.ControlTokens
            .Where(control => control.Key.Length is 6 or 7 && control.Key[2..^2].All(char.IsAsciiLetterLower))
            .ToDictionary(control => control.Key[2..^2], control => control.Value, StringComparer.Ordinal);

    private static IReadOnlyDictionary<string, int> Tasks(WhisperGenerationConfig generation, BytePairTokenizer tokenizer) =>
        generation.TaskToId.Count > 0 ? generation.TaskToId : new[] { "transcribe", "translate" }
            .Where(task => tokenizer.ControlTokens.ContainsKey($"<|{task}|>"))
            .ToDictionary(task => task, task => tokenizer.ControlTokens[$"<|{task}|>"], StringComparer.Ordinal);

    private static void Fixed(ConfigObject json, string name, int otherwise, int allowed, string what)
    {
        if (json.IntOr(name, json.Has(name) ? otherwise : allowed) is var value && value != allowed)
            json.Refuse(name, value.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"{allowed} ({what})"));
    }
}
