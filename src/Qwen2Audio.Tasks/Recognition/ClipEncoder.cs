using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Turns audio into encoder rows: mono at the model's rate, split at pauses, each piece encoded once.</summary>
internal static class ClipEncoder
{
    /// <summary>Default of the maximum piece length, in seconds.</summary>
    public const double MaxPieceSeconds = 15;

    /// <summary>
    /// Prepares and splits a clip, whose pieces are encoded when they are enumerated. <paramref name="began"/> is the time stamp at which the
    /// measured time starts. <paramref name="progress"/> receives the fraction of the clip that is done.
    /// </summary>
    public static EncodedClip Prepare(ISpeechNetwork model, AudioClip clip, double maxPieceSeconds, long began, IProgress<double>? progress = null)
    {
        if (!(maxPieceSeconds >= 1))
            throw new ArgumentOutOfRangeException(nameof(maxPieceSeconds), maxPieceSeconds, "The maximum piece length must be at least 1 second.");
        var sound = PreparedClip.Of(clip, model.SampleRate);
        var longest = (int)(Math.Min(maxPieceSeconds, model.LongestSeconds) * model.SampleRate);
        var starts = sound.IsAudible ? PauseSplitter.Split(sound.Levels, sound.Clip.Samples.Length, model.SampleRate, longest, sound.Warnings) : [];
        return new EncodedClip(model, clip.Seconds, Pieces(model, sound, starts, progress), sound.Warnings, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private static IEnumerable<EncodedPiece> Pieces(ISpeechNetwork model, PreparedClip sound, int[] starts, IProgress<double>? progress)
    {
        var samples = sound.Clip.Samples;
        var (encoded, tooShort) = (0, new List<(double Start, double Seconds)>());
        for (var i = 0; i + 1 < starts.Length; i++)
        {
            var (first, count) = (starts[i], starts[i + 1] - starts[i]);
            var start = (double)first / model.SampleRate;
            if (!new SoundLevels(samples.AsSpan(first, count), model.SampleRate).IsSilent)
            {
                if (model.Encode(samples.AsSpan(first, count), start) is { } piece)
                {
                    encoded++;
                    yield return piece;
                }
                else tooShort.Add((start, (double)count / model.SampleRate));
            }

            progress?.Report((double)starts[i + 1] / samples.Length);
        }

        if (starts.Length > 0 && encoded == 0) sound.Warnings.Add(new TaskWarning("too-short", $"Audio of {sound.Clip.Seconds:F3} s is too short for the model."));
        else foreach (var (start, seconds) in tooShort)
            sound.Warnings.Add(new TaskWarning("part-too-short", $"The piece of {seconds:F3} s at {start:F1} s is too short for the model and was skipped."));
    }
}
