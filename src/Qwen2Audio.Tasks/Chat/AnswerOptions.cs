using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Tasks.Generation;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Chat;

/// <summary>How an answer is generated. Null settings come from the folder's generation_config.json.</summary>
public sealed record AnswerOptions
{
    /// <summary>Maximum tokens of an answer when neither the options nor the folder set it.</summary>
    public const int DefaultNewTokens = 512;

    /// <summary>Maximum tokens of the answer.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>True: sample tokens; false: always take the most probable one.</summary>
    public bool? Sample { get; init; }

    /// <summary>Sampling seed: the same seed gives the same answer.</summary>
    public ulong Seed { get; init; }

    /// <summary>Divides the logits before sampling.</summary>
    public double? Temperature { get; init; }

    /// <summary>Top-k: samples from the k most probable tokens; 0: all.</summary>
    public int? TopK { get; init; }

    /// <summary>Top-p: samples from the most probable tokens whose probabilities sum to p.</summary>
    public double? TopP { get; init; }

    /// <summary>Min-p: samples from tokens with at least this fraction of the largest probability.</summary>
    public double? MinP { get; init; }

    /// <summary>Divides positive logits, and multiplies negative ones, of tokens that occurred before; 1 is off.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>No n-gram of this length occurs twice, conversation included; 0 is off.</summary>
    public int? NoRepeatNgramSize { get; init; }

    /// <summary>
    /// Beam width, for whole answers without stop strings. Null: 1, even if the folder sets more, since streamed text cannot use beam
    /// search.
    /// </summary>
    public int? Beams { get; init; }

    /// <summary>Exponent of the length in a beam's score: Σ log probability / tokens ^ penalty.</summary>
    public double? LengthPenalty { get; init; }

    /// <summary>Texts that end the answer and are left out of it.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <exception cref="OptionException">An option is out of range.</exception>
    internal TextGenerationOptions ToGeneration(GenerationConfig folder, int maxNewTokens, IReadOnlyList<int> endTokens)
    {
        // a folder with sampling turned off may still have sampling settings
        var tokens = GenerationOptions.Of(folder with { DoSample = Sample ?? folder.DoSample }, maxNewTokens, Seed);
        var generation = new TextGenerationOptions
        {
            Tokens = tokens with
            {
                EndTokens = endTokens,
                Beams = Beams ?? 1,
                LengthPenalty = LengthPenalty ?? tokens.LengthPenalty,
                NoRepeatNgramSize = NoRepeatNgramSize ?? tokens.NoRepeatNgramSize,
                Temperature = Temperature ?? tokens.Temperature,
                TopK = TopK ?? tokens.TopK,
                TopP = TopP ?? tokens.TopP,
                MinP = MinP ?? tokens.MinP,
                RepetitionPenalty = RepetitionPenalty ?? tokens.RepetitionPenalty,
            },
            StopStrings = [.. folder.StopStrings, .. StopStrings],
        };
        Check(generation);
        return generation;
    }

    // the folder's ids were checked at loading, so only the options can be wrong
    private static void Check(TextGenerationOptions options)
    {
        try
        {
            options.Tokens.Check(int.MaxValue);
            _ = new StopStrings(options.StopStrings);
            if (options.Tokens.Beams > 1 && options.StopStrings.Count > 0)
                throw new ArgumentException($"{options.StopStrings.Count} stop strings with {options.Tokens.Beams} beams; allowed: none.");
        }
        catch (ArgumentException exception)
        {
            throw new OptionException(MessageText.Reason(exception));
        }
    }
}
