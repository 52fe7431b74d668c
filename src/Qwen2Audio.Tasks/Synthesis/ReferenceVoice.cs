using Qwen2Audio.Audio;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Inference.Synthesis;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>How the speaker of a recording sounds to a model: <see cref="Synthesizer.EmbedSpeaker(string, CancellationToken)"/> makes it, for <see cref="SynthesisOptions.VoiceFrom"/> of the same model.</summary>
public sealed class ReferenceVoice
{
    /// <summary>Seconds of a recording that are used at most: several times the longest recordings of the training.</summary>
    public const double MostSeconds = 60;

    private const double LeastSeconds = 2;
    private const double GoodSeconds = 10; // docs/log.md, 2026-11-30

    private ReferenceVoice(SpeakerEmbedding embedding, double seconds, IReadOnlyList<TaskWarning> warnings) => (Embedding, Seconds, Warnings) = (embedding, seconds, warnings);

    /// <summary>Seconds with sound, from which it was taken.</summary>
    public double Seconds { get; }

    /// <summary>Changes made to the recording, and a warning if it is short or only its beginning was used.</summary>
    public IReadOnlyList<TaskWarning> Warnings { get; }

    internal SpeakerEmbedding Embedding { get; }

    /// <summary>Takes it from a recording as training does: the whole at one level, then frames of the codec.</summary>
    /// <param name="parts">The model, whose gate is held for a second of the recording at a time.</param>
    /// <param name="clip">The recording.</param>
    /// <param name="name">Its name for errors.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="VoiceException">It has no sound.</exception>
    internal static ReferenceVoice Of(ModelParts<LoadedSynthesis> parts, AudioClip clip, string name, CancellationToken cancellation)
    {
        var (model, ops) = (parts.Model, parts.Ops);
        var (rate, hop, books) = (model.Codec.Config.SamplingRate, model.Codec.Config.SamplesPerFrame, model.Model.Config.Books);
        var mono = AudioPreparation.Prepare(clip, rate);
        if (mono.Samples.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) throw new VoiceException(name, "samples that are not finite");
        List<TaskWarning> warnings = [.. mono.Warnings.Select(TaskWarning.Of)];
        if (mono.Seconds > MostSeconds) warnings.Add(new TaskWarning("voice-cut", $"The recording is {mono.Seconds:0.0} s long: the voice is taken from its first {MostSeconds:0} s."));
        float[] samples = [.. mono.Samples.Take((int)(MostSeconds * rate))];
        ActiveLevel.Normalise(samples, rate);
        var codes = new List<int>();
        using var encoding = new CodecEncoding(model.Codec.Model, ops, books);
        for (var at = 0; at < samples.Length; at += rate)
        {
            var (first, end) = (at, Math.Min(samples.Length, at + rate));
            foreach (var frames in parts.Gate.Run(() => encoding.Add(samples.AsSpan(first..end), end == samples.Length), cancellation)) codes.AddRange(frames.Codes);
        }

        var embedding = codes.Count == 0 ? null : parts.Gate.Run(() =>
        {
            ops.Reset();
            return SpeakerEmbedding.Of(model.Model.Frames(ops, codes.ToArray()).Span, ActiveLevel.FramesWithSound(samples, hop));
        }, cancellation);
        if (embedding is null) throw new VoiceException(name, "no sound");
        var seconds = (double)embedding.Frames * hop / rate;
        if (seconds < LeastSeconds) warnings.Add(new TaskWarning("voice-short", $"The recording has {seconds:0.0} s of sound: with {GoodSeconds:0} s or more, a speaker is told from others far better."));
        return new ReferenceVoice(embedding, seconds, warnings);
    }
}
