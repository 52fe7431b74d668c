using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Manifests;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Calibration;

/// <summary>The scores of a clip.</summary>
/// <param name="Words">What the words of each piece with words are judged by.</param>
/// <param name="IsRight">For each of these words whether it is right.</param>
/// <param name="Pieces">The encoded pieces; empty for silence.</param>
internal sealed record ScoredClip(IReadOnlyList<WordEvidence[]> Words, bool[] IsRight, IReadOnlyList<EncodedPiece> Pieces)
{
    /// <summary>What the words of the reference are judged by, if it is given as the text; empty if that cannot be said.</summary>
    public WordEvidence[] Reference { get; init; } = [];

    /// <summary>The same for the text of another clip, without words that are in the reference, too.</summary>
    public WordEvidence[] OtherText { get; init; } = [];

    /// <summary>The words and whether they are right.</summary>
    public IEnumerable<(WordEvidence Word, bool IsRight)> Judged => Words.SelectMany(piece => piece).Zip(IsRight);

    /// <summary>The lowest score of the pieces' texts; null without words.</summary>
    public double? Text(WordCalibration? calibration) => calibration is null ? null : Words.Select(piece => (double?)ModelDomain.TextScore(calibration, piece)).Min();
}

/// <summary>Reads clips and runs the model on them.</summary>
internal sealed class CalibrationClips(SpeechModel model, int total, IProgress<ManifestProgress>? progress, CancellationToken cancel)
{
    private readonly Transcriber _transcriber = new(model, new TranscriberOptions { Plain = true });
    private readonly List<string> _skipped = [];
    private int _done;

    /// <summary>Rows that could not be read, with the reason.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>The mean row of each piece of a clip; empty when it cannot be read.</summary>
    public IEnumerable<double[]> MeanRows(ManifestRow row) => Read(row) is { } clip ? MeanRows(clip) : [];

    /// <summary>The mean row of each piece of a clip.</summary>
    public IEnumerable<double[]> MeanRows(AudioClip clip) => [.. model.Encode(clip, cancellation: cancel).Pieces.Select(FeatureGaussian.MeanRow)];

    /// <summary>The scores of a clip; null when it cannot be read.</summary>
    public ScoredClip? Score(ManifestRow row, string? other = null) => Read(row) is { } clip ? Score(clip, row.Text, other) : null;

    /// <summary>The scores of a clip, whose words are compared with a reference.</summary>
    /// <param name="clip">The audio.</param>
    /// <param name="reference">What is said in it.</param>
    /// <param name="other">What is said in another clip; null: that is not judged.</param>
    public ScoredClip Score(AudioClip clip, string reference, string? other = null)
    {
        var encoded = model.Encode(clip, cancellation: cancel);
        var transcription = _transcriber.Transcribe(encoded, cancel);
        var scored = new ScoredClip(transcription.Evidence, WordMatches.Right(reference, [.. transcription.Words.Select(word => word.Text)]), [.. encoded.Pieces]);
        if (other is null || scored.Pieces is not [var piece]) return scored;
        var made = Judged(piece, other);
        var isShared = WordMatches.Right(reference, [.. made.Select(word => word.Text)]);
        return scored with { Reference = [.. Judged(piece, reference).Select(word => word.Evidence)], OtherText = [.. made.Where((_, i) => !isShared[i]).Select(word => word.Evidence)] };
    }

    /// <summary>The words of a text that is given, not recognised; none if it has characters that the model cannot write.</summary>
    private IReadOnlyList<RecognisedWord> Judged(EncodedPiece piece, string text)
    {
        if (!TranscriptText.TryNormalise(text, out var normal, out _)) return [];
        try
        {
            return model.Gate.Run(() => PieceTexts.Judged(model.Speech, piece, new ChosenText(model.Speech.Tokenizer.Encode(normal), null, null), out _), cancel);
        }
        catch (UnknownTextException)
        {
            return [];
        }
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
