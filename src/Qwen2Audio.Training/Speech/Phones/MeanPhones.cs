using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech.Phones;

/// <summary>The mean output of the phone head over a fixed sample of the training clips: the priors of the phones (<see cref="PhonePriors"/>).</summary>
internal static class MeanPhones
{
    private const double SampleFrames = 30_000; // 5 minutes
    private const double Least = 1e-6; // of a prior, which divides

    /// <summary>The priors; null if the model has no phone head or its output is not finite, or no clip has phones. Clips are taken whole and unchanged.</summary>
    public static IReadOnlyList<double>? Of(TrainingOps ops, AudioEncoderModel encoder, SpeechCorpus corpus)
    {
        List<ClipFeatures> clips = [.. corpus.Clips.Where(clip => clip.Phones is { Length: > 0 })];
        if (encoder.Config.PhoneLayers == 0 || clips.Count == 0) return null;
        var (sums, rate) = (new double[PhoneSet.Count], ops.DropoutRate);
        ops.DropoutRate = 0;
        var every = Math.Max(1, (int)(clips.Sum(clip => (double)clip.Frames) / SampleFrames));
        for (var i = 0; i < clips.Count; i += every)
        {
            var features = clips[i].ToFrames().Values;
            corpus.Scale.Apply(features);
            ops.Begin();
            var phones = encoder.Forward(ops, ops.Input(features, clips[i].Frames, MelFrames.Bins), Layout.Of([clips[i].Frames])).Phones!.Value;
            for (var row = 0; row < phones.Rows; row++)
            {
                ReadOnlySpan<float> logits = phones.Row(row);
                var total = LogSumExp.Of(logits);
                for (var phone = 0; phone < sums.Length; phone++) sums[phone] += Math.Exp(logits[phone] - total);
            }
        }

        ops.DropoutRate = rate;
        var sum = sums.Sum();
        return !double.IsFinite(sum) ? null : [.. sums.Select(value => (value / sum + Least) / (1 + Least * sums.Length))];
    }
}
