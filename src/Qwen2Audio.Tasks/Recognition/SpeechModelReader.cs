using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Reads the settings of a small model.</summary>
internal static class SpeechModelReader
{
    /// <summary>preprocessor_config.json.</summary>
    /// <exception cref="ConfigException">Fields have the wrong type, length or range.</exception>
    public static FeatureSettings Features(ConfigObject preprocessor, int bins) =>
        preprocessor.Build(json =>
        {
            var (mean, std) = (Floats(json, "mel_mean", bins), Floats(json, "mel_std", bins));
            if (std.Any(value => !(value > 0))) json.AddProblem("mel_std", "a number ≤ 0", "numbers > 0");
            if (json.IntOr("feature_size", bins) is var size && size != bins)
                json.AddProblem("feature_size", $"{size}", $"num_mel_bins of config.json ({bins})");
            json.IntOr("n_fft", 400, 400, 400);
            return new FeatureSettings
            {
                SamplingRate = json.IntOr("sampling_rate", 16_000, 16_000, 16_000),
                HopLength = json.IntOr("hop_length", 160, 160, 160),
                Peak = (float)json.NumberOr("peak", 0.5, 1e-6, 1e6),
                MelMean = mean,
                MelStd = std,
                ShortClipSeconds = json.NumberOr("short_clip_seconds", ClipLogMel.ShortClipSeconds, 0, 60),
                ShortClipPadding = json.NumberOr("short_clip_padding", ClipLogMel.ShortClipPadding, 0, 10),
            };
        });

    /// <summary>Reads label_sets of config.json and the optional generation_config.json.</summary>
    /// <param name="lexicon">Whether words are looked for in the phones, which decides the language model's default weight and bonus.</param>
    /// <exception cref="ConfigException">Fields have the wrong type or range.</exception>
    public static SpeechSettings Settings(ConfigObject config, ConfigObject? generation, int endToken, int vocabulary, bool lexicon)
    {
        var labels = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (config.ObjectOrNull("label_sets") is { } sets)
        {
            foreach (var name in sets.Names)
            {
                labels[name] = sets.StringListOr(name, []);
                if (labels[name].Count == 0) sets.AddProblem(name, "no labels", "at least one label");
                else if (labels[name].Any(string.IsNullOrWhiteSpace)) sets.AddProblem(name, "a label without text", "labels with text");
                else if (labels[name].GroupBy(LabelSet.Spelled, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
                    sets.AddProblem(name, $"\"{twice.Key}\" {twice.Count()} times", "every label once");
                else if (name == LabelSet.Speech && labels[name][0] != LabelSet.Speech)
                    sets.AddProblem(name, $"\"{labels[name][0]}\" first", "\"speech\" first, then other kinds of audio");
            }
        }

        config.ThrowIfBad();
        var settings = new SpeechSettings { LabelSets = labels, EndToken = endToken };
        if (lexicon) settings = settings with { LanguageModelWeight = SpeechSettings.LexiconLanguageWeight, WordBonus = 0 };
        return generation is null ? settings : generation.Build(json => settings with
        {
            EndToken = EndToken(json, endToken, vocabulary),
            CtcBeam = json.IntOr("ctc_beam", settings.CtcBeam, 1, 1024),
            CtcWeight = json.NumberOr("ctc_weight", settings.CtcWeight, 0, 1),
            LabelCtcWeight = json.NumberOr("label_ctc_weight", settings.LabelCtcWeight, 0, 1),
            LanguageModelWeight = json.NumberOr("language_model_weight", settings.LanguageModelWeight, 0, 100),
            WordBonus = json.NumberOr("word_bonus", settings.WordBonus, -100, 100),
            LexiconWidth = json.IntOr("lexicon_width", settings.LexiconWidth, 1, 1_000_000),
            PhonePriorWeight = json.NumberOr("phone_prior_weight", settings.PhonePriorWeight, 0, 1),
            WordPosteriorScale = json.NumberOr("word_posterior_scale", settings.WordPosteriorScale, 0.01, 10),
            LexiconBeam = json.NumberOr("lexicon_beam", settings.LexiconBeam, 0.1, 1000),
            RescoringTexts = json.IntOr("rescoring_texts", settings.RescoringTexts, 1, 100),
            RescoringWeight = json.NumberOr("rescoring_weight", settings.RescoringWeight, 0, 100),
            RescoringNGramShare = json.NumberOr("rescoring_ngram_share", settings.RescoringNGramShare, 0, 10),
            SpeechThreshold = json.NumberOr("speech_threshold", settings.SpeechThreshold, 0, 1),
        });
    }

    private static int EndToken(ConfigObject json, int endToken, int vocabulary)
    {
        var tokens = json.IntOrListOr("eos_token_id", [endToken], min: 0);
        if (tokens.Count == 1 && tokens[0] < vocabulary) return tokens[0];
        json.AddProblem("eos_token_id", string.Join(", ", tokens), $"one token below {vocabulary}");
        return endToken;
    }

    private static float[] Floats(ConfigObject json, string name, int count)
    {
        var values = json.NumberListOr(name, []);
        if (values.Count != count) json.AddProblem(name, $"{values.Count} numbers", $"{count}, one per mel bin");
        if (values.Any(value => !float.IsFinite((float)value))) json.AddProblem(name, "a number beyond single precision", "finite numbers");
        return [.. values.Select(value => (float)value)];
    }
}
