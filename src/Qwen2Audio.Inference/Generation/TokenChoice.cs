using Qwen2Audio.Inference.Generation.Rules;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Inference.Generation;

/// <summary>Turns logits into a token: applies the rules, computes log probabilities and calls the chooser.</summary>
internal sealed class TokenChoice
{
    private readonly ILogitsRule _rules;
    private readonly ITokenChooser _chooser;
    private readonly int[] _endTokens;
    private float[] _scratch = [];

    public TokenChoice(GenerationOptions options, ITokenChooser? chooser, ILogitsRule? rules = null)
    {
        _rules = rules ?? new LogitsRules(options);
        _chooser = chooser ?? (options.Sample ? new SamplingChooser(options) : new GreedyChooser());
        _endTokens = [.. options.EndTokens];
    }

    public bool Ends(int token) => _endTokens.AsSpan().Contains(token);

    /// <summary>Chooses a token and returns it with its log probability; the logits are overwritten.</summary>
    public (int Token, float LogProbability) Choose(Span<float> logits, in TokenContext context)
    {
        _rules.Apply(logits, context.Ids, context.PromptLength);
        var sum = LogSumExp.Of(logits);
        if (!double.IsFinite(sum))
        {
            NonFiniteOutputException.ThrowIfAny(logits);
            throw new NoTokenLeftException(context.Made);
        }

        var token = _chooser.Choose(_chooser is GreedyChooser ? logits : Copy(logits), context);
        if ((uint)token >= (uint)logits.Length || float.IsNegativeInfinity(logits[token]))
            throw new InvalidOperationException($"Sequence {context.Sequence}, step {context.Made}: the chooser returned token {token}, which the rules do not allow.");
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
