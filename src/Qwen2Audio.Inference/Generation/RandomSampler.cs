using Qwen2Audio.Inference.Generation.Sampling;

namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// Samples from the softmax of the logits after temperature, top-k, top-p and min-p. The draw is a function of
/// seed, sequence number and step (Philox4x32-10 with the seed as the key and step and sequence as the counter): it does not depend on
/// the rest of the batch or on threads. For one generation at a time; allocates nothing after the first token.
/// </summary>
public sealed class RandomSampler : ITokenSampler
{
    private readonly SamplingFilter _filter;
    private readonly ulong _seed;
    private readonly int _firstSequence;

    /// <summary>Creates a sampler.</summary>
    /// <param name="options">Seed, Temperature, TopK, TopP, MinP.</param>
    /// <param name="firstSequence">Number of the first sequence, if a larger batch was split.</param>
    public RandomSampler(GenerationOptions options, int firstSequence = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstSequence);
        _filter = new SamplingFilter(options);
        (_seed, _firstSequence) = (options.Seed, firstSequence);
    }

    /// <summary>Whether every sequence uses the random numbers of the first one. Each prompt of a batch then gives the text that it gives alone.</summary>
    public bool DrawsAlike { get; init; }

    public int Choose(Span<float> logits, in TokenContext context)
    {
        var most = _filter.Apply(logits);
        if (!float.IsFinite(most))
        {
            throw new InvalidOperationException(
                $"Sequence {context.Sequence}, step {context.Made}: the largest logit is {most}; no token can be sampled.");
        }

        return SamplingFilter.Draw(logits, most, Philox.Uniform(_seed, _firstSequence + (DrawsAlike ? 0 : context.Sequence), context.Made));
    }
}
