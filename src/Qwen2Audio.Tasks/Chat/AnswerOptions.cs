using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Tasks.Generation;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Chat;

/// <summary>How an answer is made; what is null is taken from the folder's generation_config.json.</summary>
public sealed record AnswerOptions
{
    /// <summary>Tokens of an answer where neither options nor the folder say how many.</summary>
    public const int DefaultNewTokens = 512;

    /// <summary>Tokens of the answer at most.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>True: tokens are drawn at random; false: always the most probable one.</summary>
    public bool? Sample { get; init; }

    /// <summary>Of the draws: the same seed gives the same answer.</summary>
    public ulong Seed { get; init; }

    /// <summary>Logits are divided by this before drawing.</summary>
    public double? Temperature { get; init; }

    /// <summary>Top-k: draws from this many of the most probable tokens; 0: all.</summary>
    public int? TopK { get; init; }

    /// <summary>Only the most probable tokens with this much of the probability together are drawn from.</summary>
    public double? TopP { get; init; }

    /// <summary>Only tokens with at least this share of the largest probability are drawn from.</summary>
    public double? MinP { get; init; }

    /// <summary>Logits of tokens that occurred are divided by this; 1 is off.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>No n-gram of this length, conversation included, occurs twice; 0 is off.</summary>
    public int? NoRepeatNgramSize { get; init; }

    /// <summary>
    /// Continuations that are followed at the same time, of which the best is the answer; for whole answers without stop strings only.
    /// 1 where it is null, whatever the folder says: text that is read as it comes has no beams.
    /// </summary>
    public int? Beams { get; init; }

    /// <summary>Beams are compared by Σ log probability / tokens ^ this.</summary>
    public double? LengthPenalty { get; init; }

    /// <summary>Texts that end the answer and are not part of it.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <exception cref="OptionException">A choice is out of range.</exception>
    internal TextGenerationOptions ToGeneration(GenerationConfig folder, int maxNewTokens, IReadOnlyList<int> endTokens)
    {
        // a folder that does not sample may say how to, should it be asked for
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

    // the folder's ids were checked when it was loaded, so what is wrong is a number or a text
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
