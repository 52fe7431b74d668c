namespace Qwen2Audio.Inference.Generation.Processors;

/// <summary>
/// The logits processors that <see cref="GenerationOptions"/> asks for, in the order of transformers' generate. Used by greedy
/// decoding, sampling and beam search. For one generation at a time.
/// </summary>
internal sealed class LogitsProcessors : ILogitsProcessor
{
    private readonly ILogitsProcessor[] _processors;

    public LogitsProcessors(GenerationOptions options)
    {
        int[] ends = [.. options.EndTokens];
        int[][] words = [.. options.BadWords.Where(word => !(word.Count == 1 && ends.Contains(word[0]))).Select(word => (int[])[.. word])];
        var processors = new List<ILogitsProcessor>();
        if (options.VocabularyInUse is { } used) processors.Add(new UnusedRowsProcessor(used));
        if (options.RepetitionPenalty != 1) processors.Add(new RepetitionPenaltyProcessor((float)options.RepetitionPenalty));
        if (options.NoRepeatNgramSize > 0) processors.Add(new NoRepeatNgramProcessor(options.NoRepeatNgramSize));
        if (words.Length > 0) processors.Add(new BadWordsProcessor(words));
        if (options.MinNewTokens > 0 && ends.Length > 0) processors.Add(new SuppressionProcessor(ends, options.MinNewTokens));
        if (options.SuppressedTokens.Count > 0) processors.Add(new SuppressionProcessor([.. options.SuppressedTokens], int.MaxValue));
        if (options.BeginSuppressedTokens.Count > 0) processors.Add(new SuppressionProcessor([.. options.BeginSuppressedTokens], 1));
        _processors = [.. processors];
    }

    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        foreach (var processor in _processors) processor.Apply(logits, ids, promptLength);
    }
}
