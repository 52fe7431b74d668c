using Qwen2Audio.Numerics;

namespace Qwen2Audio.Inference;

/// <summary>Writes texts about the clip that a session of one clip listens to, token by token under Whisper's rules.</summary>
public sealed class WhisperWriter
{
    private readonly WhisperSession _session;
    private readonly WhisperTokens _tokens;
    private readonly WhisperRules _rules;

    /// <summary>Writes with the session's model.</summary>
    public WhisperWriter(WhisperSession session, WhisperTokens tokens)
    {
        (_session, _tokens) = (session, tokens);
        _rules = new WhisperRules(tokens);
    }

    /// <summary>Probabilities of the model's languages after the start token alone.</summary>
    /// <exception cref="InvalidOperationException">The model knows one language only.</exception>
    public WhisperLanguages DetectLanguage()
    {
        if (!_tokens.IsMultilingual) throw new InvalidOperationException("An English-only model does not tell languages.");
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
    /// A text after <paramref name="prefix"/> (<see cref="WhisperTokens.Prefix"/>) of at most <paramref name="maxTokens"/> tokens: the
    /// likeliest token at each step with temperature 0, else drawn by <paramref name="random"/>.
    /// </summary>
    /// <exception cref="ArgumentException">No start token in the prefix, or a prefix that fills the model's positions.</exception>
    public WhisperText Write(
        ReadOnlySpan<int> prefix, bool timestamps, int maxTokens, double temperature = 0, Random? random = null, CancellationToken cancellation = default)
    {
        if (temperature > 0) ArgumentNullException.ThrowIfNull(random);
        var (logits, noSpeech, most) = Begin(prefix, maxTokens);
        List<int> made = [];
        List<float> logProbabilities = [];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var row = logits.Row(0);
            _rules.Apply(row, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(made), timestamps);
            var sum = LogSumExp.Of(row);
            if (!double.IsFinite(sum))
            {
                NonFiniteOutputException.ThrowIfAny(row);
                throw new NoTokenLeftException(made.Count);
            }

            var token = temperature > 0 ? Draw(row, temperature, random!) : Likeliest(row);
            var logProbability = (float)(row[token] - sum);
            if (token == _tokens.End) return new WhisperText(made, logProbabilities, logProbability, true, noSpeech, temperature);
            if (made.Count >= most) return new WhisperText(made, logProbabilities, 0, false, noSpeech, temperature);
            made.Add(token);
            logProbabilities.Add(logProbability);
            if (_session.Position >= _session.Capacity) return new WhisperText(made, logProbabilities, 0, false, noSpeech, temperature);
            logits = _session.Feed([token]);
        }
    }

    /// <summary>
    /// The best text after <paramref name="prefix"/> that a beam search finds, scored as greedy decoding is; the session must be for as
    /// many texts as there are beams.
    /// </summary>
    /// <exception cref="ArgumentException">Settings out of range, no start token in the prefix, or a prefix that fills the model's positions.</exception>
    public WhisperText Write(ReadOnlySpan<int> prefix, bool timestamps, int maxTokens, WhisperBeams beams, CancellationToken cancellation = default)
    {
        beams.Check();
        var (logits, noSpeech, most) = Begin(prefix, maxTokens);
        var found = beams.Search(_session, _rules, _tokens.End, logits, timestamps, most, cancellation);
        var ended = found.EndToken is not null;
        var shown = ended ? found.Tokens.Count : found.Tokens.Count - 1; // the last one took the end's place
        return new WhisperText([.. found.Tokens.Take(shown)], [.. found.LogProbabilities.Take(shown)], found.EndLogProbability, ended, noSpeech, 0);
    }

    /// <summary>Feeds the prefix: the logits after it, the probability that nobody speaks, and how many tokens may follow.</summary>
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

    /// <summary>The place of the largest number; of equal ones the first.</summary>
    internal static int Likeliest(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        return best;
    }

    private double NoSpeech(ReadOnlySpan<float> logits) => Math.Exp(logits[_tokens.NoSpeech] - LogSumExp.Of(logits));

    private static int Draw(ReadOnlySpan<float> logits, double temperature, Random random)
    {
        var most = (double)logits[Likeliest(logits)];
        var sum = 0.0;
        foreach (var x in logits) sum += Math.Exp((x - most) / temperature);
        var goal = random.NextDouble() * sum;
        var last = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (float.IsNegativeInfinity(logits[i])) continue;
            last = i;
            goal -= Math.Exp((logits[i] - most) / temperature);
            if (goal < 0) break;
        }

        return last;
    }
}
