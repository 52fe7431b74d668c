using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Model;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Chat;

/// <summary>Reads a chat model's settings and checks that its parts match each other, so that no later call fails because of them.</summary>
internal static class ChatModelReader
{
    /// <summary>Checks control tokens, ids of generation_config.json and, for audio models, placeholder and features.</summary>
    /// <exception cref="TokenizerFileException">The tokenizer lacks a control token of the chat template.</exception>
    /// <exception cref="ConfigException">An id is outside the vocabulary, or placeholder or features do not match.</exception>
    public static void Check(ModelSource source, int vocabulary, Qwen2AudioConfig? audio, BytePairTokenizer tokenizer, GenerationConfig generation)
    {
        RequireControls(source, audio is not null, tokenizer);
        CheckIds(source.FileOf(GenerationConfigReader.FileName), vocabulary, generation);
        CheckChoice(source.FileOf(GenerationConfigReader.FileName), Math.Min(vocabulary, tokenizer.Size), generation, tokenizer);
        if (audio is null) return;
        ModelCheck.RequirePlaceholder(source, audio, tokenizer);
        PreprocessorCheck.Require(source.ReadPreprocessor(), audio.AudioConfig);
    }

    /// <summary>
    /// generation_config.json, with the eos_token_id of config.json if it has none, without ids outside the vocabulary.
    /// The end tokens of an adapter's folder are added.
    /// </summary>
    /// <exception cref="ConfigException">One of the files is damaged or uses unsupported settings.</exception>
    public static GenerationConfig Generation(ModelSource source, int vocabulary, string? adapter = null)
    {
        var generation = source.ReadGeneration()?.Build(json => GenerationConfigReader.Read(json)) ?? new GenerationConfig();
        if (generation.EndTokens.Count == 0) generation = generation with { EndTokens = [.. ModelConfigReader.EndTokens(source.Config).Where(id => id < vocabulary)] };
        return adapter is null ? generation
            : generation with { EndTokens = [.. generation.EndTokens.Union(EndTokens.OfAdapter(adapter).Where(id => id < vocabulary))] };
    }

    /// <summary>
    /// Default maximum tokens of an answer, and which limit sets it: max_new_tokens, otherwise the rest of max_length, otherwise the
    /// default; never more than the context has room for.
    /// </summary>
    /// <exception cref="ContextLengthException">The prompt alone reaches max_length.</exception>
    public static (int Tokens, string Limit) NewTokens(GenerationConfig generation, int prompt, int context)
    {
        var room = context - prompt;
        if (generation.MaxNewTokens is null && generation.MaxLength is { } length)
        {
            if (length < context)
                return length > prompt ? (length - prompt, $"max_length of generation_config.json is {Text(length)}, the conversation included") : throw new ContextLengthException(prompt, length);
        }
        else if (generation.MaxNewTokens is { } most && most <= room) return (most, $"max_new_tokens of generation_config.json is {Text(most)}");
        else if (generation.MaxNewTokens is null && AnswerOptions.DefaultNewTokens <= room)
            return (AnswerOptions.DefaultNewTokens, $"{Text(AnswerOptions.DefaultNewTokens)} is the default limit, since neither caller nor generation_config.json sets one");
        return (room, $"the model's context of {Text(context)} is full");
    }

    /// <summary>Control tokens of the chat template that a tokenizer lacks.</summary>
    public static IReadOnlyList<string> MissingControls(BytePairTokenizer tokenizer, bool acceptsAudio) =>
        [.. ControlNames.OfConversations(acceptsAudio).Where(name => !tokenizer.ControlTokens.ContainsKey(name))];

    // Checks that suppressed tokens leave a token to choose at the first step.
    private static void CheckChoice(string file, int size, GenerationConfig generation, BytePairTokenizer tokenizer)
    {
        if (generation.MaxNewTokens == 0) throw new ConfigException(file, "$.max_new_tokens", "0", "1 or more");
        HashSet<int> forbidden = [.. generation.SuppressTokens, .. generation.BeginSuppressTokens, .. generation.BadWords.Where(word => word.Count == 1).Select(word => word[0]), .. tokenizer.UnusedIds(size)];
        if (forbidden.Count(id => id < size) == size)
            throw new ConfigException(file, generation.SuppressTokens.Count > 0 ? "$.suppress_tokens" : "$.begin_suppress_tokens", "all tokens", "at least one token left");
    }

    private static void RequireControls(ModelSource source, bool acceptsAudio, BytePairTokenizer tokenizer)
    {
        if (MissingControls(tokenizer, acceptsAudio) is { Count: > 0 } missing)
            throw new TokenizerFileException(source.Path, "control tokens of the tokenizer", $"no {string.Join(", ", missing)}",
                $"{string.Join(", ", ControlNames.OfConversations(acceptsAudio))}, the control tokens of the chat template; the model's tokenizer_config.json (added_tokens_decoder) or tokenizer.json (added_tokens) lists them");
    }

    private static void CheckIds(string file, int vocabulary, GenerationConfig generation)
    {
        Below("eos_token_id", generation.EndTokens);
        Below("suppress_tokens", generation.SuppressTokens);
        Below("begin_suppress_tokens", generation.BeginSuppressTokens);
        for (var i = 0; i < generation.BadWords.Count; i++) Below($"bad_words_ids[{i}]", generation.BadWords[i]);

        void Below(string name, IReadOnlyList<int> ids)
        {
            for (var i = 0; i < ids.Count; i++)
                if (ids[i] >= vocabulary) throw new ConfigException(file, $"$.{name}[{i}]", Text(ids[i]), $"ids below vocab_size of config.json ({Text(vocabulary)})");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
