using Qwen2Audio.Inference.Generation.Sampling;

namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// Draws a token from the softmax of its logits after temperature, top-k, top-p and min-p. The draw of a sequence is a function of
/// seed, sequence number and step (Philox4x32-10 with the seed as the key and step and sequence as the counter): it does not depend on
/// what else is in the batch, nor on threads. For one generation at a time; allocates nothing after its first token.
/// </summary>
public sealed class SamplingChooser : ITokenChooser
{
    private readonly SamplingFilter _filter;
    private readonly ulong _seed;
    private readonly int _firstSequence;

    /// <summary>Draws as the options say.</summary>
    /// <param name="options">Seed, Temperature, TopK, TopP, MinP.</param>
    /// <param name="firstSequence">Number of the batch's first sequence, when a larger batch was cut into several.</param>
    public SamplingChooser(GenerationOptions options, int firstSequence = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstSequence);
        _filter = new SamplingFilter(options);
        (_seed, _firstSequence) = (options.Seed, firstSequence);
    }

    /// <summary>Whether every sequence draws what the first one would: each prompt of a batch then gives what it gives alone.</summary>
    public bool DrawsAlike { get; init; }

    /// <inheritdoc/>
    public int Choose(Span<float> logits, in TokenContext context)
    {
        var most = _filter.Apply(logits);
        if (!float.IsFinite(most))
        {
            throw new InvalidOperationException(
                $"Sequence {context.Sequence}, step {context.Made}: the largest logit is {most}; nothing can be drawn.");
        }

        return SamplingFilter.Draw(logits, most, Philox.Uniform(_seed, _firstSequence + (DrawsAlike ? 0 : context.Sequence), context.Made));
    }
}
