namespace Qwen2Audio.Inference.Generation;

/// <summary>A sequence being generated, with memory for all its tokens allocated at the start.</summary>
internal sealed class RunningSequence
{
    private readonly int[] _ids;
    private readonly float[] _logProbabilities;
    private readonly int _promptLength;
    private readonly double _lengthPenalty;
    private readonly int _most;
    private int _made;
    private int? _endToken;
    private double _sum;

    public RunningSequence(int index, ReadOnlySpan<int> prompt, GenerationOptions options)
    {
        Index = index;
        _promptLength = prompt.Length;
        _most = options.MaxNewTokens;
        _lengthPenalty = options.LengthPenalty;
        _ids = new int[prompt.Length + _most];
        _logProbabilities = new float[_most];
        prompt.CopyTo(_ids);
        Ended = _most == 0 ? FinishReason.Length : FinishReason.None;
    }

    public int Index { get; }

    public FinishReason Ended { get; private set; }

    /// <summary>Number of tokens generated.</summary>
    public int Made => _made;

    public int Last => _ids[_promptLength + _made - 1];

    public GeneratedSequence Result
    {
        get
        {
            var shown = _endToken is null ? _made : _made - 1;
            return new GeneratedSequence(
                _ids.AsSpan(_promptLength, shown).ToArray(), _logProbabilities.AsSpan(0, shown).ToArray(), _endToken,
                _endToken is null ? 0 : _logProbabilities[shown], Ended, _made == 0 ? 0 : _sum / Math.Pow(_made, _lengthPenalty));
        }
    }

    /// <summary>Chooses and adds the next token.</summary>
    /// <param name="logits">Logits of the sequence's last row; overwritten.</param>
    /// <param name="choice">How tokens are chosen.</param>
    public GeneratedToken Add(Span<float> logits, TokenChoice choice)
    {
        var context = new TokenContext(Index, _ids.AsSpan(0, _promptLength + _made), _promptLength);
        var (token, logProbability) = choice.Choose(logits, context);
        _ids[_promptLength + _made] = token;
        _logProbabilities[_made++] = logProbability;
        _sum += logProbability;
        if (choice.Ends(token)) (_endToken, Ended) = (token, FinishReason.EndToken);
        else if (_made == _most) Ended = FinishReason.Length;
        return new GeneratedToken(Index, token, logProbability, Ended);
    }

    /// <summary>Ends the sequence from outside. Replaces only an end by length, since the last token may also complete a stop string.</summary>
    public void End(FinishReason reason)
    {
        if (Ended is FinishReason.None or FinishReason.Length) Ended = reason;
    }
}
