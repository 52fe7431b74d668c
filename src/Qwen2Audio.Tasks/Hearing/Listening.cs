using System.Diagnostics;
using Qwen2Audio.Audio;

namespace Qwen2Audio.Tasks.Hearing;

/// <summary>From audio to encoder rows: one channel at the model's rate, pieces split at pauses, the encoder once for each.</summary>
internal static class Listening
{
    /// <summary>Prepares and encodes a clip; <paramref name="began"/> is the time stamp from which the time is counted.</summary>
    public static HeardAudio Hear(ISpeechModel model, AudioClip clip, double maxPieceSeconds, long began, IProgress<double>? progress = null)
    {
        if (!(maxPieceSeconds >= 1))
            throw new ArgumentOutOfRangeException(nameof(maxPieceSeconds), maxPieceSeconds, "The longest piece must be 1 second at least.");
        var sound = PreparedSound.Of(clip, model.SampleRate);
        var pieces = new List<HeardPiece>();
        if (sound.IsAudible)
        {
            var samples = sound.Clip.Samples.AsSpan();
            var longest = (int)(Math.Min(maxPieceSeconds, model.LongestSeconds) * model.SampleRate);
            var starts = Split(sound.Levels, samples.Length, model.SampleRate, longest, sound.Warnings);
            for (var i = 0; i + 1 < starts.Length; i++)
            {
                Add(model, samples[starts[i]..starts[i + 1]], (double)starts[i] / model.SampleRate, pieces);
                progress?.Report(0.5 * (i + 1) / (starts.Length - 1)); // the other half are the answers
            }

            if (pieces.Count == 0) sound.Warnings.Add(new TaskWarning("too-short", $"Audio of {sound.Clip.Seconds:F3} s is too short for the model."));
        }

        return new HeardAudio
        {
            Seconds = clip.Seconds,
            Pieces = pieces,
            Warnings = sound.Warnings,
            SecondsTaken = Stopwatch.GetElapsedTime(began).TotalSeconds,
        };
    }

    private static void Add(ISpeechModel model, ReadOnlySpan<float> samples, double start, List<HeardPiece> pieces)
    {
        if (new SoundLevels(samples, model.SampleRate).IsSilent) return;
        if (model.Hear(samples, start) is { } piece) pieces.Add(piece);
    }

    public static int[] Split(SoundLevels levels, int samples, int sampleRate, int longest, List<TaskWarning> warnings)
    {
        if (samples <= longest) return [0, samples];
        var inSound = new List<int>();
        var starts = PauseSplitter.Split(levels, samples, sampleRate, longest, inSound);
        warnings.Add(new TaskWarning("split",
            $"{(double)samples / sampleRate:F1} s of audio were split at pauses into {starts.Length - 1} pieces of at most {(double)longest / sampleRate:F1} s."));
        if (inSound.Count > 0)
        {
            var places = string.Join(", ", inSound.Select(cut => $"{(double)cut / sampleRate:F1}"));
            warnings.Add(new TaskWarning("split-in-sound", $"No pause was found at {places} s; words there may be cut."));
        }

        return starts;
    }

    public static TaskWarning Warning(AudioWarning warning) => new(Kebab(warning.Code.ToString()), warning.Text);

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
