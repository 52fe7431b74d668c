using Qwen2Audio.Checkpoints;

namespace Qwen2Audio.Inference.Generation;

public sealed partial record GenerationOptions
{
    /// <summary>Maximum of <see cref="Beams"/>.</summary>
    public const int MaxBeams = 256;

    private const double Most = 100;
    private const double MinTemperature = 1e-6;

    /// <summary>The settings of a checkpoint's generation_config.json. Sampling settings are neutral unless the file enables sampling.</summary>
    /// <param name="config">The file's content.</param>
    /// <param name="maxNewTokens">Maximum number of new tokens; overrides the file and is needed when the file has none.</param>
    /// <param name="seed">Seed for sampling.</param>
    public static GenerationOptions Of(GenerationConfig config, int? maxNewTokens = null, ulong seed = 0) => new()
    {
        MaxNewTokens = maxNewTokens ?? config.MaxNewTokens ?? throw new ArgumentException(
            "max_new_tokens is not in generation_config.json, and no number of tokens was given.", nameof(maxNewTokens)),
        MinNewTokens = Math.Min(config.MinNewTokens, maxNewTokens ?? config.MinNewTokens),
        EndTokens = config.EndTokens,
        SuppressedTokens = config.SuppressTokens,
        BeginSuppressedTokens = config.BeginSuppressTokens,
        BadWords = config.BadWords,
        RepetitionPenalty = config.RepetitionPenalty,
        NoRepeatNgramSize = config.NoRepeatNgramSize,
        Sample = config.DoSample,
        Seed = seed,
        Temperature = config.DoSample ? config.Temperature : 1,
        TopK = config.DoSample ? config.TopK : 0,
        TopP = config.DoSample ? config.TopP : 1,
        MinP = config.DoSample ? config.MinP : 0,
        Beams = config.NumBeams,
        LengthPenalty = config.LengthPenalty,
        EarlyStopping = config.EarlyStopping,
    };

    /// <summary>Checks every setting against a vocabulary of <paramref name="vocabulary"/> tokens.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; names the setting, its value and the allowed range.</exception>
    public void Check(int vocabulary)
    {
        Require(MaxNewTokens >= 0, nameof(MaxNewTokens), MaxNewTokens, "0 or more");
        Require(MinNewTokens >= 0 && MinNewTokens <= MaxNewTokens, nameof(MinNewTokens), MinNewTokens, $"0 to MaxNewTokens ({MaxNewTokens})");
        Require(RepetitionPenalty is > 0 and <= Most, nameof(RepetitionPenalty), RepetitionPenalty, $"above 0 up to {Most}");
        Require(NoRepeatNgramSize >= 0, nameof(NoRepeatNgramSize), NoRepeatNgramSize, "0 (off) or more");
        Require(Temperature is >= MinTemperature and <= Most, nameof(Temperature), Temperature,
            $"0.000001 to {Most} (to take the most probable token, turn sampling off)");
        Require(TopK >= 0, nameof(TopK), TopK, "0 (off) or more");
        Require(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 up to 1");
        Require(MinP is >= 0 and <= 1, nameof(MinP), MinP, "0 to 1");
        Require(Beams is >= 1 and <= MaxBeams, nameof(Beams), Beams, $"1 to {MaxBeams}");
        Require(Beams == 1 || !Sample, nameof(Beams), Beams, $"1 where {nameof(Sample)} is set");
        Require(LengthPenalty is >= -Most and <= Most, nameof(LengthPenalty), LengthPenalty, $"{-Most} to {Most}");
        Require(Enum.IsDefined(EarlyStopping), nameof(EarlyStopping), (int)EarlyStopping, string.Join(", ", Enum.GetNames<EarlyStopping>()));
        Require(VocabularyInUse is not { } used || (used >= 1 && used <= vocabulary), nameof(VocabularyInUse), VocabularyInUse ?? 0,
            $"1 to the {vocabulary} of the model");
        RequireTokens(EndTokens, nameof(EndTokens), vocabulary);
        RequireTokens(SuppressedTokens, nameof(SuppressedTokens), vocabulary);
        RequireTokens(BeginSuppressedTokens, nameof(BeginSuppressedTokens), vocabulary);
        for (var i = 0; i < BadWords.Count; i++)
        {
            Require(BadWords[i].Count > 0, $"{nameof(BadWords)}[{i}]", 0, "at least one token");
            RequireTokens(BadWords[i], $"{nameof(BadWords)}[{i}]", vocabulary);
        }
    }

    private static void RequireTokens(IReadOnlyList<int> tokens, string name, int vocabulary)
    {
        for (var i = 0; i < tokens.Count; i++)
            Require(tokens[i] >= 0 && tokens[i] < vocabulary, $"{name}[{i}]", tokens[i], $"tokens 0 to {vocabulary - 1}");
    }

    private static void Require(bool holds, string name, IFormattable found, string allowed)
    {
        if (!holds) throw new ArgumentException($"{name} is {found.ToString(null, CultureInfo.InvariantCulture)}; allowed: {allowed}.");
    }
}
