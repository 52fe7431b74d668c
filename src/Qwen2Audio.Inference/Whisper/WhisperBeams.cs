using System.Globalization;
using System.Runtime.InteropServices;
using Qwen2Audio.Inference.Beams;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Inference;

/// <summary>How texts are compared and followed where Whisper searches with beams.</summary>
/// <param name="Beams">Texts that are followed at the same time; 1 gives what greedy decoding gives.</param>
/// <param name="LengthPenalty">Texts are compared by Σ log probability / tokens ^ this, the end token counted.</param>
/// <param name="EarlyStopping">When the search ends.</param>
public sealed record WhisperBeams(int Beams = 1, double LengthPenalty = 1, EarlyStopping EarlyStopping = EarlyStopping.WhenUnlikely)
{
    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public void Check()
    {
        if (Beams is < 1 or > GenerationOptions.MostBeams)
            throw new ArgumentException($"Beams is {Beams}; allowed: 1 to {GenerationOptions.MostBeams}.", nameof(Beams));
        if (!(LengthPenalty is >= -100 and <= 100))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"LengthPenalty is {LengthPenalty}; allowed: -100 to 100."), nameof(LengthPenalty));
    }

    /// <summary>The best text that the search finds after a prefix whose last row's logits are given; at most <paramref name="most"/> tokens.</summary>
    internal GeneratedSequence Search(
        WhisperSession session, WhisperRules rules, int end, Matrix logits, bool timestamps, int most, CancellationToken cancellation)
    {
        // one token more, since the end does not count among a text's tokens
        var options = new GenerationOptions
        {
            MaxNewTokens = Math.Max(most, 0) + 1,
            EndTokens = [end],
            Beams = Beams,
            LengthPenalty = LengthPenalty,
            EarlyStopping = EarlyStopping,
        };
        var beams = new PromptBeams(0, [], options, new WhisperScores(rules, timestamps));
        List<int> parents = [];
        List<int> tokens = [];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            beams.Advance(logits);
            if (beams.Running.Count == 0) return beams.Result(cancelled: false);
            parents.Clear();
            tokens.Clear();
            foreach (var beam in beams.Running)
            {
                parents.Add(beam.Sequence);
                tokens.Add(beam.Ids[^1]);
            }

            beams.Renumber(0);
            session.Fork(CollectionsMarshal.AsSpan(parents));
            logits = session.Feed(CollectionsMarshal.AsSpan(tokens));
        }
    }

    /// <summary>The log softmax of what Whisper's rules leave, as in greedy decoding (openai/whisper).</summary>
    private sealed class WhisperScores(WhisperRules rules, bool timestamps) : IBeamScores
    {
        public bool Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
        {
            rules.Apply(logits, ids[promptLength..], timestamps);
            var sum = LogSumExp.Of(logits);
            if (double.IsNegativeInfinity(sum)) return true; // nothing may follow: the beam ends here
            foreach (ref var x in logits) x = (float)(x - sum);
            return double.IsFinite(sum);
        }
    }
}
