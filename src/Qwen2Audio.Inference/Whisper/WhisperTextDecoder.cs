using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Generation.Beams;
using Qwen2Audio.Inference.Generation.Processors;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Inference.Whisper;

/// <summary>Decodes texts for the clip of a one-clip session, token by token under Whisper's rules.</summary>
public sealed class WhisperTextDecoder
{
    private readonly WhisperSession _session;
    private readonly WhisperTokens _tokens;
    private readonly WhisperRules _rules;

    /// <summary>Decodes with the session's model.</summary>
    public WhisperTextDecoder(WhisperSession session, WhisperTokens tokens)
    {
        (_session, _tokens) = (session, tokens);
        _rules = new WhisperRules(tokens);
    }

    /// <summary>Probabilities of the model's languages after the start token.</summary>
    /// <exception cref="InvalidOperationException">The model is English-only.</exception>
    public WhisperLanguages DetectLanguage()
    {
        if (!_tokens.IsMultilingual) throw new InvalidOperationException("An English-only model cannot detect languages.");
        _session.Restart();
        var logits = _session.Feed([_tokens.Start]).Row(0);
        var codes = _tokens.Languages.Keys.Order(StringComparer.Ordinal).ToArray();
        var scores = new float[codes.Length];
        for (var i = 0; i < codes.Length; i++) scores[i] = logits[_tokens.Languages[codes[i]]];
        var sum = LogSumExp.Of(scores);
        return new WhisperLanguages(
            [.. codes.Select((code, i) => (code, Math.Exp(scores[i] - sum))).OrderByDescending(language => language.Item2)], NoSpeech(logits));
    }

    /// <summary>
    /// Decodes a text after <paramref name="prefix"/> (<see cref="WhisperTokens.Prefix"/>) of at most <paramref name="maxTokens"/> tokens: the
    /// most probable token at each step at temperature 0, otherwise sampled with <paramref name="seed"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The prefix has no start token or fills the model's positions.</exception>
    public WhisperText Write(
        ReadOnlySpan<int> prefix, bool timestamps, int maxTokens, double temperature = 0, ulong seed = 0, CancellationToken cancellation = default)
    {
        var (logits, noSpeech, most) = Begin(prefix, maxTokens);
        var options = Options(most) with { Sample = temperature > 0, Temperature = temperature > 0 ? temperature : 1, Seed = seed };
        using var run = _session.Continue(logits, options, new Rule(_rules, timestamps));
        while (run.Next(cancellation)) { }
        cancellation.ThrowIfCancellationRequested();
        return Text(run.Results[0], noSpeech, temperature);
    }

    /// <summary>
    /// Decodes the best text after <paramref name="prefix"/> by beam search, scored as in greedy decoding. The session must hold as
    /// many texts as beams.
    /// </summary>
    /// <exception cref="ArgumentException">Settings are out of range, or the prefix has no start token or fills the model's positions.</exception>
    public WhisperText Write(ReadOnlySpan<int> prefix, bool timestamps, int maxTokens, WhisperBeams beams, CancellationToken cancellation = default)
    {
        beams.Check();
        var (logits, noSpeech, most) = Begin(prefix, maxTokens);
        var options = Options(most) with { Beams = beams.Beams, LengthPenalty = beams.LengthPenalty, EarlyStopping = beams.EarlyStopping };
        var search = new PromptBeams(0, [], options, new NormalisedBeamScores(new Rule(_rules, timestamps)));
        cancellation.ThrowIfCancellationRequested();
        BeamSearch.Search(_session.Decoding, logits, [search], cancellation);
        cancellation.ThrowIfCancellationRequested();
        return Text(search.Result(cancelled: false), noSpeech, temperature: 0);
    }

    // one more, since the end token is not part of the text
    private GenerationOptions Options(int most) => new() { MaxNewTokens = Math.Max(most, 0) + 1, EndTokens = [_tokens.End] };

    private static WhisperText Text(GeneratedSequence made, double noSpeech, double temperature)
    {
        var ended = made.EndToken is not null;
        var shown = ended ? made.Tokens.Count : made.Tokens.Count - 1; // otherwise the last token is where the end token would be
        return new WhisperText([.. made.Tokens.Take(shown)], [.. made.LogProbabilities.Take(shown)], made.EndLogProbability, ended, noSpeech, temperature);
    }

    /// <summary>Feeds the prefix. Returns the logits after it, the probability of no speech, and how many tokens may follow.</summary>
    private (Matrix Logits, double NoSpeech, int Most) Begin(ReadOnlySpan<int> prefix, int maxTokens)
    {
        var start = prefix.IndexOf(_tokens.Start);
        if (start < 0) throw new ArgumentException("The prefix has no start token.", nameof(prefix));
        _session.Restart();
        var logits = _session.Feed(prefix[..(start + 1)]);
        var noSpeech = NoSpeech(logits.Row(0));
        if (start + 1 < prefix.Length) logits = _session.Feed(prefix[(start + 1)..]);
        return (logits, noSpeech, Math.Min(maxTokens, Math.Min(_session.Capacity, _tokens.MaxLength ?? int.MaxValue) - prefix.Length));
    }

    private double NoSpeech(ReadOnlySpan<float> logits) => Math.Exp(logits[_tokens.NoSpeech] - LogSumExp.Of(logits));

    /// <summary>Whisper's rules for texts with or without timestamps.</summary>
    private sealed class Rule(WhisperRules rules, bool timestamps) : ILogitsProcessor
    {
        public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength) => rules.Apply(logits, ids[promptLength..], timestamps);
    }
}
