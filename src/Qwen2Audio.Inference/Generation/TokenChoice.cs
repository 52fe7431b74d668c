using Qwen2Audio.Inference.Generation.Processors;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Inference.Generation;

/// <summary>Turns logits into a token: applies the logits processors, computes log probabilities and calls the sampler.</summary>
internal sealed class TokenChoice
{
    private readonly ILogitsProcessor _processor;
    private readonly ITokenSampler _sampler;
    private readonly int[] _endTokens;
    private float[] _scratch = [];

    public TokenChoice(GenerationOptions options, ITokenSampler? sampler, ILogitsProcessor? processor = null)
    {
        _processor = processor ?? new LogitsProcessors(options);
        _sampler = sampler ?? (options.Sample ? new RandomSampler(options) : new GreedySampler());
        _endTokens = [.. options.EndTokens];
    }

    public bool Ends(int token) => _endTokens.AsSpan().Contains(token);

    /// <summary>Chooses a token and returns it with its log probability; the logits are overwritten.</summary>
    public (int Token, float LogProbability) Choose(Span<float> logits, in TokenContext context)
    {
        _processor.Apply(logits, context.Ids, context.PromptLength);
        var sum = LogSumExp.Of(logits);
        if (!double.IsFinite(sum))
        {
            NonFiniteOutputException.ThrowIfAny(logits);
            throw new NoTokenLeftException(context.Made);
        }

        var token = _sampler.Choose(_sampler is GreedySampler ? logits : Copy(logits), context);
        if ((uint)token >= (uint)logits.Length || float.IsNegativeInfinity(logits[token]))
            throw new InvalidOperationException($"Sequence {context.Sequence}, step {context.Made}: the sampler returned token {token}, which the logits processors do not allow.");
        return (token, (float)(logits[token] - sum));
    }

    private Span<float> Copy(ReadOnlySpan<float> logits)
    {
        if (_scratch.Length < logits.Length) _scratch = new float[logits.Length];
        var copy = _scratch.AsSpan(0, logits.Length);
        logits.CopyTo(copy);
        return copy;
    }
}
