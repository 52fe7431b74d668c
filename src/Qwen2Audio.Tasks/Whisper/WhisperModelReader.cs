using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>Reads a Whisper model's settings and checks that its parts match each other.</summary>
internal static class WhisperModelReader
{
    private const int EnglishVocabulary = 51_864; // of the published English-only models, whose tokenizers nevertheless list languages

    /// <summary>generation_config.json or, if there is no such file, the same fields of config.json.</summary>
    /// <exception cref="ConfigException">Fields have the wrong type, or ids are outside the vocabulary.</exception>
    public static WhisperGenerationConfig Generation(ConfigObject? settings, ConfigObject config, WhisperConfig model)
    {
        if (settings is null) return WhisperGenerationConfigReader.Read(config, model);
        var generation = WhisperGenerationConfigReader.Read(settings, model);
        // falls back to the fields of config.json, as the reference does
        return generation.ForcedDecoderIds.Count > 0 ? generation : generation with { ForcedDecoderIds = WhisperGenerationConfigReader.Forced(config, model) };
    }

    /// <summary>Language and task that the settings name.</summary>
    /// <exception cref="ConfigException">The model does not have the language or the task.</exception>
    public static WhisperStart Start(ModelSource source, WhisperGenerationConfig generation, WhisperTokens tokens)
    {
        var file = source.FileOf(GenerationConfigReader.FileName);
        IReadOnlyCollection<string> languages = tokens.IsMultilingual ? [.. tokens.Languages.Keys] : ["en"];
        IReadOnlyCollection<string> tasks = tokens.IsMultilingual ? [.. tokens.Tasks.Keys] : ["transcribe"];
        string? language = null;
        if (generation.Language is { } name)
            language = SpokenLanguage.Find(name, languages.Contains) ?? throw new ConfigException(file, "$.language", $"\"{name}\"", $"a language of the model: {string.Join(", ", languages.Order(StringComparer.Ordinal))}");
        if (generation.Task is { } task && !tasks.Contains(task))
            throw new ConfigException(file, "$.task", $"\"{task}\"", $"a task of the model: {string.Join(", ", tasks.Order(StringComparer.Ordinal))}");
        var (forcedLanguage, forcedTask) = Forced(file, generation, tokens);
        return new WhisperStart
        {
            Language = language,
            Translate = generation.Task is { } asked ? asked == "translate" : null,
            ForcedLanguage = forcedLanguage,
            ForcedTranslate = forcedTask == "translate",
        };
    }

    /// <summary>forced_decoder_ids: a language (null: detected), a task and &lt;|notimestamps|&gt;, in this order. Whether there are timestamps is the caller's choice.</summary>
    private static (string? Language, string? Task) Forced(string file, WhisperGenerationConfig generation, WhisperTokens tokens)
    {
        var (language, task) = ((string?)null, (string?)null);
        var next = 1;
        foreach (var (position, token) in generation.ForcedDecoderIds)
        {
            if (position != next++) throw Wrong("consecutive positions from 1");
            if (token is null || token == tokens.NoTimestamps) continue;
            if (position == 1 && tokens.Languages.FirstOrDefault(known => known.Value == token) is { Key: { } code }) language = code;
            else if (position <= 2 && tokens.Tasks.FirstOrDefault(known => known.Value == token) is { Key: { } known }) task = known;
            else throw Wrong(tokens.IsMultilingual ? "a language of the model, then a task, then <|notimestamps|>" : "<|notimestamps|>");
        }

        return (language, task);

        ConfigException Wrong(string allowed) => new(file, "$.forced_decoder_ids", $"[{string.Join(", ", generation.ForcedDecoderIds.Select(forced => $"[{forced.Position}, {forced.Token?.ToString(CultureInfo.InvariantCulture) ?? "null"}]"))}]", allowed);
    }

    /// <summary>The control tokens: ids of generation_config.json, otherwise looked up by name in the tokenizer.</summary>
    /// <exception cref="ConfigException">A token that decoding needs is missing, or its id is outside the vocabulary.</exception>
    public static WhisperTokens Tokens(ModelSource source, WhisperConfig model, WhisperGenerationConfig generation, BytePairTokenizer tokenizer)
    {
        int? Named(string name) => tokenizer.ControlTokens.TryGetValue(name, out var id) ? id : null;
        int Needed(int? id, string field, string name) => id ?? throw new ConfigException(
            source.FileOf(GenerationConfigReader.FileName), $"$.{field}", "nothing", $"an id, or a token {name} in the tokenizer's files");
        var noTimestamps = Needed(generation.NoTimestampsTokenId ?? Named("<|notimestamps|>"), "no_timestamps_token_id", "<|notimestamps|>");
        if (noTimestamps + 1 >= model.VocabSize || tokenizer.Vocabulary.Size > model.VocabSize)
        {
            throw new ConfigException(source.Config.File, "$.vocab_size", model.VocabSize.ToString(CultureInfo.InvariantCulture),
                $"more than the {Math.Max(noTimestamps + 1, tokenizer.Vocabulary.Size)} tokens of the tokenizer's files");
        }

        RequireNames(source.FileOf(GenerationConfigReader.FileName), generation, tokenizer);
        var multilingual = generation.IsMultilingual
            ?? (generation.LangToId.Count > 0 || (model.VocabSize != EnglishVocabulary && Languages(generation, tokenizer).Count > 1));
        var tokens = new WhisperTokens
        {
            Start = generation.DecoderStartTokenId ?? model.DecoderStartTokenId,
            End = Needed(generation.EosTokenId.Count > 0 ? generation.EosTokenId[0] : Named("<|endoftext|>"), "eos_token_id", "<|endoftext|>"),
            NoTimestamps = noTimestamps,
            NoSpeech = Named("<|nospeech|>") ?? Named("<|nocaptions|>") ?? Math.Max(0, noTimestamps - 1),
            StartOfPrevious = generation.PrevSotTokenId ?? Named("<|startofprev|>"),
            Languages = multilingual ? Languages(generation, tokenizer) : WithoutEntries,
            Tasks = multilingual ? Tasks(generation, tokenizer) : WithoutEntries,
            Suppressed = [.. generation.SuppressTokens, .. tokenizer.UnusedIds(model.VocabSize)],
            SuppressedFirst = generation.BeginSuppressTokens,
            MaxInitialTimestamp = generation.MaxInitialTimestampIndex,
            MaxLength = generation.MaxLength,
            MaxNewTokens = generation.MaxNewTokens,
        };
        foreach (var (token, field) in tokens.Languages.Values.Select(id => (id, "lang_to_id")).Concat(tokens.Tasks.Values.Select(id => (id, "task_to_id")))
            .Append((tokens.NoSpeech, "no_timestamps_token_id")).Append((tokens.StartOfPrevious ?? 0, "prev_sot_token_id")))
        {
            if (token >= model.VocabSize)
                throw new ConfigException(source.Config.File, "$.vocab_size", model.VocabSize.ToString(CultureInfo.InvariantCulture), $"more than token {token} ({field})");
        }

        RequireChoice(source, model, tokens, generation, tokenizer);
        return tokens;
    }

    /// <summary>Checks that ids of generation_config.json agree with the tokenizer's files.</summary>
    private static void RequireNames(string file, WhisperGenerationConfig generation, BytePairTokenizer tokenizer)
    {
        Same("no_timestamps_token_id", generation.NoTimestampsTokenId, "<|notimestamps|>");
        Same("decoder_start_token_id", generation.DecoderStartTokenId, "<|startoftranscript|>");
        Same("prev_sot_token_id", generation.PrevSotTokenId, "<|startofprev|>");
        foreach (var (task, id) in generation.TaskToId) Same($"task_to_id.{task}", id, $"<|{task}|>");
        foreach (var (language, id) in generation.LangToId) Same($"lang_to_id.<|{language}|>", id, $"<|{language}|>");

        void Same(string field, int? given, string name)
        {
            if (given is { } id && tokenizer.ControlTokens.TryGetValue(name, out var known) && known != id)
                throw new ConfigException(file, $"$.{field}", id.ToString(CultureInfo.InvariantCulture), $"{known}, the id of {name} in the tokenizer's files");
        }
    }

    /// <summary>Checks that every text can begin, has a timestamp for each position of the window, and can end.</summary>
    private static void RequireChoice(ModelSource source, WhisperConfig model, WhisperTokens tokens, WhisperGenerationConfig generation, BytePairTokenizer tokenizer)
    {
        var unused = tokenizer.UnusedIds(model.VocabSize).ToHashSet();
        if (unused.Contains(tokens.End) || unused.Contains(tokens.Start) || unused.Contains(tokens.NoTimestamps))
        {
            throw new TokenizerFileException(source.Path, "control tokens of the tokenizer", "no token for " + string.Join(", ", new[] { tokens.Start, tokens.End, tokens.NoTimestamps }.Where(unused.Contains)),
                "the ids of generation_config.json; the model's tokenizer_config.json (added_tokens_decoder), added_tokens.json or tokenizer.json lists them");
        }

        var (times, needed) = (Enumerable.Range(tokens.FirstTimestamp, model.VocabSize - tokens.FirstTimestamp).TakeWhile(id => !unused.Contains(id)).Count(),
            model.Encoder.MaxSourcePositions + 1);
        if (times < needed)
            throw new TokenizerFileException(source.Path, "timestamps of the tokenizer", $"{times} tokens after <|notimestamps|>", $"{needed}: one for each 0.02 s of the window, which max_source_positions of config.json sets");
        var file = source.FileOf(GenerationConfigReader.FileName);
        var forbidden = generation.SuppressTokens.ToHashSet();
        if (forbidden.Contains(tokens.End)) throw new ConfigException(file, "$.suppress_tokens", $"{tokens.End}, the end of a text", "other tokens");
        forbidden.UnionWith(generation.BeginSuppressTokens);
        forbidden.UnionWith(unused);
        if (Enumerable.Range(0, tokens.End).All(forbidden.Contains) || Enumerable.Range(tokens.FirstTimestamp, times).All(forbidden.Contains))
            throw new ConfigException(file, "$.suppress_tokens", "all words or all timestamps", "some of them");
    }

    private static readonly Dictionary<string, int> WithoutEntries = new(StringComparer.Ordinal);

    private static IReadOnlyDictionary<string, int> Languages(WhisperGenerationConfig generation, BytePairTokenizer tokenizer) =>
        generation.LangToId.Count > 0 ? generation.LangToId : tokenizer.ControlTokens
            .Where(control => control.Key.Length is 6 or 7 && control.Key[2..^2].All(char.IsAsciiLetterLower))
            .ToDictionary(control => control.Key[2..^2], control => control.Value, StringComparer.Ordinal);

    private static IReadOnlyDictionary<string, int> Tasks(WhisperGenerationConfig generation, BytePairTokenizer tokenizer) =>
        generation.TaskToId.Count > 0 ? generation.TaskToId : new[] { "transcribe", "translate" }
            .Where(task => tokenizer.ControlTokens.ContainsKey($"<|{task}|>"))
            .ToDictionary(task => task, task => tokenizer.ControlTokens[$"<|{task}|>"], StringComparer.Ordinal);
}
