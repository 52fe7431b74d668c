using Qwen2Audio.Checkpoints;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>The beams of one prompt: the running ones and the best finished ones, with the stopping rules of transformers.</summary>
internal sealed class PromptBeams
{
    private readonly GenerationOptions _options;
    private readonly IBeamScores _scores;
    private readonly int[] _ends;
    private readonly int _index;
    private readonly int _promptLength;
    private readonly BeamCandidates _candidates;
    private readonly List<Beam> _finished = [];
    private List<Beam> _running;
    private bool _canImprove = true;

    /// <summary>The beams of a prompt that is sequence <paramref name="index"/> of the session.</summary>
    public PromptBeams(int index, ReadOnlySpan<int> prompt, GenerationOptions options, IBeamScores scores)
    {
        (_index, _promptLength, _options, _scores) = (index, prompt.Length, options, scores);
        _ends = [.. options.EndTokens.Distinct()];
        _candidates = new BeamCandidates(Math.Max(2, 1 + _ends.Length) * options.Beams);
        _running = [new Beam(index, prompt.ToArray(), [], 0)];
    }

    /// <summary>The running beams, each with the sequence of the last step that it continues; empty when the search has ended.</summary>
    public IReadOnlyList<Beam> Running => _running;

    /// <summary>Extends every running beam by the logits of its sequence, which are overwritten.</summary>
    public void Advance(Matrix logits)
    {
        Collect(logits);
        var made = _running[0].Made + 1;
        List<Beam> next = [];
        List<Beam> ended = [];
        for (var place = 0; place < _candidates.Count; place++)
        {
            var (_, beam, token, logProbability) = _candidates[place];
            var ends = made == _options.MaxNewTokens || _ends.AsSpan().Contains(token);
            // a beam may finish only if it is among the best Beams candidates; the other candidates fill up the running beams
            if (ends && place < _options.Beams) ended.Add(_running[beam].With(token, logProbability));
            else if (!ends && next.Count < _options.Beams) next.Add(_running[beam].With(token, logProbability));
        }

        if (_canImprove && !(Full && _options.EarlyStopping == EarlyStopping.WhenFull)) Finish(ended);
        _canImprove &= next.Count > 0 && CanImprove(next[0]);
        var over = !_canImprove || (Full && _options.EarlyStopping == EarlyStopping.WhenFull);
        _running = over ? [] : next;
    }

    /// <summary>Numbers the running beams for the next step, from <paramref name="first"/> on.</summary>
    public void Renumber(int first) => _running = [.. _running.Select((beam, place) => beam with { Sequence = first + place })];

    /// <summary>The best finished beam; if the search was cancelled before any finished, the best running one.</summary>
    public GeneratedSequence Result(bool cancelled)
    {
        var cut = cancelled && _running.Count > 0;
        var best = _finished.Count > 0 ? _finished[0] : cut ? _running[0]
            : throw new NoTokenLeftException();
        var made = best.Ids.AsSpan(_promptLength);
        int? end = made.Length > 0 && _ends.AsSpan().Contains(made[^1]) ? made[^1] : null;
        var shown = end is null ? made.Length : made.Length - 1;
        var reason = cut ? FinishReason.Cancelled : end is null ? FinishReason.Length : FinishReason.EndToken;
        return new GeneratedSequence(made[..shown].ToArray(), best.LogProbabilities[..shown], end, end is null ? 0 : best.LogProbabilities[^1],
            reason, made.Length == 0 ? 0 : best.Score(_options.LengthPenalty));
    }

    private bool Full => _finished.Count == _options.Beams;

    private void Collect(Matrix logits)
    {
        _candidates.Clear();
        for (var beam = 0; beam < _running.Count; beam++)
        {
            var row = logits.Row(_running[beam].Sequence);
            if (!_scores.Apply(row, _running[beam].Ids, _promptLength)) throw new NonFiniteOutputException("logits");
            _candidates.Offer(beam, _running[beam].Sum, row);
        }
    }

    private void Finish(List<Beam> ended)
    {
        foreach (var beam in ended)
        {
            var score = beam.Score(_options.LengthPenalty);
            var place = _finished.Count;
            while (place > 0 && _finished[place - 1].Score(_options.LengthPenalty) < score) place--;
            _finished.Insert(place, beam);
            if (_finished.Count > _options.Beams) _finished.RemoveAt(_options.Beams);
        }
    }

    private bool CanImprove(Beam best)
    {
        if (!Full) return true;
        var length = _options.EarlyStopping == EarlyStopping.Never && _options.LengthPenalty > 0 ? _options.MaxNewTokens : best.Made;
        return best.Sum / Math.Pow(length, _options.LengthPenalty) > _finished[^1].Score(_options.LengthPenalty);
    }
}
