namespace Qwen2Audio.Inference.Generation.Rules;

/// <summary>
/// The rules of <see cref="GenerationOptions"/> for which tokens are allowed, in the order of transformers' generate. Used by greedy
/// decoding, sampling and beam search. For one generation at a time.
/// </summary>
internal sealed class LogitsRules : ILogitsRule
{
    private readonly ILogitsRule[] _rules;

    public LogitsRules(GenerationOptions options)
    {
        int[] ends = [.. options.EndTokens];
        int[][] words = [.. options.BadWords.Where(word => !(word.Count == 1 && ends.Contains(word[0]))).Select(word => (int[])[.. word])];
        var rules = new List<ILogitsRule>();
        if (options.VocabularyInUse is { } used) rules.Add(new UnusedRowsRule(used));
        if (options.RepetitionPenalty != 1) rules.Add(new RepetitionPenaltyRule((float)options.RepetitionPenalty));
        if (options.NoRepeatNgramSize > 0) rules.Add(new RepeatedNgramRule(options.NoRepeatNgramSize));
        if (words.Length > 0) rules.Add(new BadWordsRule(words));
        if (options.MinNewTokens > 0 && ends.Length > 0) rules.Add(new SuppressionRule(ends, options.MinNewTokens));
        if (options.SuppressedTokens.Count > 0) rules.Add(new SuppressionRule([.. options.SuppressedTokens], int.MaxValue));
        if (options.BeginSuppressedTokens.Count > 0) rules.Add(new SuppressionRule([.. options.BeginSuppressedTokens], 1));
        _rules = [.. rules];
    }

    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        foreach (var rule in _rules) rule.Apply(logits, ids, promptLength);
    }
}
