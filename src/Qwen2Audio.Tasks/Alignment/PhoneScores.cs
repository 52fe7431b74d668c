using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Alignment;

/// <summary>
/// Scores of silence and of each phone in frames of 10 ms. CTC emits a phone in a few rows and blanks between: the blank is divided out, so that between two peaks the phones that the
/// recogniser still considers decide, and the rows are interpolated. Flattened posteriors let the phones share the whole of the sound (to the same end Huang et al., arXiv 2406.02560, divide by label priors in training).
/// Silence, which the phone set lacks, is judged by the level of the sound.
/// </summary>
internal sealed class PhoneScores
{
    /// <summary>Seconds of a frame.</summary>
    public const double Step = SoundLevels.Step;

    // these were measured against the phone times of synthetic speech (docs/log.md, 2026-11-30)
    private const double Lag = 0.2; // rows by which a phone is emitted later than it is spoken
    private const double Flattening = 0.3; // exponent of the posteriors
    private const double Slope = 3; // dB around the threshold of pauses within which silence becomes as probable as sound
    private const double QuietPhone = 0.3; // a phone may be quiet: the closure of a stop
    private const double SilencePenalty = 1;
    private const double Least = -20; // ln of the smallest score
    private const double LeastSilence = 1e-3;

    private readonly float[] _scores;
    private readonly float[] _posteriors;

    private PhoneScores(int frames)
    {
        (Frames, _scores, _posteriors) = (frames, new float[frames * PhoneSet.Count], new float[frames * PhoneSet.Count]);
        Logs = new CtcPosteriors(_scores, frames, PhoneSet.Count);
    }

    /// <summary>Number of frames.</summary>
    public int Frames { get; }

    /// <summary>ln of the scores of silence (0) and the phones in each frame.</summary>
    public CtcPosteriors Logs { get; }

    /// <summary>The largest posterior of a phone in frames [start, end).</summary>
    public double Posterior(int phone, int start, int end)
    {
        var most = 0.0;
        for (var frame = start; frame < end; frame++) most = Math.Max(most, _posteriors[frame * PhoneSet.Count + phone]);
        return most;
    }

    /// <summary>The scores of a clip; where there is no piece, it is silent.</summary>
    public static PhoneScores Of(IEnumerable<EncodedPiece> pieces, double seconds, out bool hasSound)
    {
        hasSound = false;
        var scores = new PhoneScores((int)Math.Ceiling(seconds / Step - 1e-9));
        for (var frame = 0; frame < scores.Frames; frame++)
        {
            scores._scores.AsSpan(frame * PhoneSet.Count, PhoneSet.Count).Fill((float)(Least + Math.Log(QuietPhone)));
            scores._scores[frame * PhoneSet.Count] = (float)(Math.Log(1 + LeastSilence) - SilencePenalty);
        }

        foreach (var piece in pieces)
        {
            scores.Add(piece);
            hasSound = true;
        }

        return scores;
    }

    private void Add(EncodedPiece piece)
    {
        var (phones, first) = (piece.Phones!, (int)Math.Round(piece.Start / Step));
        var frames = Math.Min(Frames - first, (int)Math.Ceiling(piece.Seconds / Step - 1e-9));
        for (var frame = 0; frame < frames; frame++)
        {
            var at = Math.Clamp(((frame + 0.5) * Step + piece.Padding) / piece.RowSeconds - Lag, 0, phones.Rows - 1);
            var (row, share) = ((int)at, (float)(at - (int)at));
            var before = phones.Row(row);
            var after = phones.Row(Math.Min(row + 1, phones.Rows - 1));
            var silence = 1 / (1 + Math.Exp((piece.Levels[Math.Min(frame, piece.Levels.Count - 1)] - piece.Levels.Threshold) / Slope));
            var to = _scores.AsSpan((first + frame) * PhoneSet.Count, PhoneSet.Count);
            var posteriors = _posteriors.AsSpan((first + frame) * PhoneSet.Count, PhoneSet.Count);
            var rest = Math.Log(Math.Max(1e-9, 1 - Math.Exp((1 - share) * before[0] + share * after[0])));
            for (var phone = 1; phone < PhoneSet.Count; phone++)
            {
                var log = (1 - share) * before[phone] + share * after[phone];
                to[phone] = (float)(Math.Max(Flattening * (log - rest), Least) + Math.Log(1 - silence + QuietPhone));
                posteriors[phone] = MathF.Exp(Math.Max(before[phone], after[phone]));
            }

            to[0] = (float)(Math.Log(silence + LeastSilence) - SilencePenalty);
        }
    }
}
