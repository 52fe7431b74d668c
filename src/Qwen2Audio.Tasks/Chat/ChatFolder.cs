using System.Globalization;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Model;
using Qwen2Audio.Tasks.Hearing;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks;

/// <summary>Checks that the files of a chat model's folder fit each other, so that no later call meets what a file got wrong.</summary>
internal static class ChatFolder
{
    /// <summary>Checks control tokens, ids of generation_config.json and, where there is an encoder, placeholder and features.</summary>
    /// <exception cref="TokenizerFileException">The tokenizer lacks a control token that conversations are written with.</exception>
    /// <exception cref="ConfigException">An id that the model does not have, another placeholder than the tokenizer's, or other features.</exception>
    public static void Check(string folder, int vocabulary, Qwen2AudioConfig? audio, BytePairTokenizer tokenizer, GenerationConfig generation)
    {
        RequireControls(folder, audio is null ? [ControlNames.TurnStart, ControlNames.TurnEnd]
            : [ControlNames.TurnStart, ControlNames.TurnEnd, ControlNames.Audio, ControlNames.AudioStart, ControlNames.AudioEnd], tokenizer);
        CheckIds(Path.Combine(folder, GenerationConfigReader.FileName), vocabulary, generation);
        if (audio is null) return;
        if (tokenizer.ControlId(ControlNames.Audio) is var placeholder && placeholder != audio.AudioTokenIndex)
        {
            throw new ConfigException(Path.Combine(folder, "config.json"), "$.audio_token_index", Text(audio.AudioTokenIndex),
                $"{Text(placeholder)}, the id of {ControlNames.Audio} in the tokenizer's files");
        }

        PreprocessorFile.Check(folder, audio.AudioConfig);
    }

    private static void RequireControls(string folder, string[] names, BytePairTokenizer tokenizer)
    {
        var missing = names.Where(name => !tokenizer.ControlTokens.ContainsKey(name)).ToList();
        if (missing.Count > 0)
            throw new TokenizerFileException(folder, "control tokens of the tokenizer", $"no {string.Join(", ", missing)}", $"{string.Join(", ", names)}, which conversations are written with");
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
