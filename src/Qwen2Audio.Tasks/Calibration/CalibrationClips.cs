using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Manifests;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Calibration;

/// <summary>The scores of a clip.</summary>
/// <param name="Words">What the words of each piece with words are judged by.</param>
/// <param name="IsRight">For each of these words whether it is right.</param>
/// <param name="Pieces">The encoded pieces; empty for silence.</param>
internal sealed record ScoredClip(IReadOnlyList<WordEvidence[]> Words, bool[] IsRight, IReadOnlyList<EncodedPiece> Pieces)
{
    /// <summary>The words and whether they are right.</summary>
    public IEnumerable<(WordEvidence Word, bool IsRight)> Judged => Words.SelectMany(piece => piece).Zip(IsRight);

    /// <summary>The lowest score of the pieces' texts; null without words.</summary>
    public double? Text(WordCalibration? calibration) => calibration is null ? null : Words.Select(piece => (double?)ModelDomain.TextScore(calibration, piece)).Min();
}

/// <summary>Reads clips and runs the model on them.</summary>
internal sealed class CalibrationClips(SpeechModel model, int total, IProgress<ManifestProgress>? progress, CancellationToken cancel)
{
    private readonly Transcriber _transcriber = new(model);
    private readonly List<string> _skipped = [];
    private int _done;

    /// <summary>Rows that could not be read, with the reason.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>The mean row of each piece of a clip; empty when it cannot be read.</summary>
    public IEnumerable<double[]> MeanRows(ManifestRow row) => Read(row) is { } clip ? MeanRows(clip) : [];

    /// <summary>The mean row of each piece of a clip.</summary>
    public IEnumerable<double[]> MeanRows(AudioClip clip) => [.. model.Encode(clip, cancellation: cancel).Pieces.Select(FeatureGaussian.MeanRow)];

    /// <summary>The scores of a clip; null when it cannot be read.</summary>
    public ScoredClip? Score(ManifestRow row) => Read(row) is { } clip ? Score(clip, row.Text) : null;

    /// <summary>The scores of a clip, whose words are compared with a reference.</summary>
    public ScoredClip Score(AudioClip clip, string reference)
    {
        var encoded = model.Encode(clip, cancellation: cancel);
        var transcription = _transcriber.Transcribe(encoded, cancel);
        return new ScoredClip(transcription.Evidence, WordMatches.Right(reference, [.. transcription.Words.Select(word => word.Text)]), [.. encoded.Pieces]);
    }

    private AudioClip? Read(ManifestRow row)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            return ManifestAudio.Read(row);
        }
        catch (Exception exception) when (exception is AudioFormatException or IOException or UnauthorizedAccessException)
        {
            _skipped.Add($"{row.Path}: {exception.Message}");
            return null;
        }
        finally
        {
            progress?.Report(new ManifestProgress(++_done, total, row.Path));
        }
    }
}
