using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Speech.Augmentations;
using Qwen2Audio.Training.Speech.Features;
using Qwen2Audio.Training.Speech.Phones;
using Qwen2Audio.Training.Speech.SyntheticData;

namespace Qwen2Audio.Training.Tests.Speech;

public sealed class FeatureStoreTests
{
    private static float[] Tone(double hz, int rate, double seconds, float height = 0.3f) =>
        [.. Enumerable.Range(0, (int)(rate * seconds)).Select(i => height * MathF.Sin((float)(2 * Math.PI * hz * i / rate)))];

    [Fact]
    public void FeaturesDoNotDependOnLoudness()
    {
        var loud = SpeechFeatures.Compute(new AudioClip(Tone(1000, 16000, 0.5), 16000, 1, []));
        var faint = SpeechFeatures.Compute(new AudioClip(Tone(1000, 16000, 0.5, 0.003f), 16000, 1, []));
        Assert.Equal(0, loud.Values.Max());
        Assert.Equal(50, loud.Frames);
        for (var i = 0; i < loud.Values.Length; i++) Assert.Equal(loud.Values[i], faint.Values[i], 2);
    }

    [Fact]
    public void EightKilohertzIsResampled()
    {
        var frames = SpeechFeatures.Compute(new AudioClip(Tone(1000, 8000, 0.5), 8000, 1, []));
        Assert.Equal(50, frames.Frames);
        var values = frames.Frame(25).ToArray();
        Assert.Equal((int)Math.Round(MelScale.Bin(1000)), Array.IndexOf(values, values.Max()));
        Assert.InRange(values[75], MelFrames.Lowest, -5);
    }

    [Fact]
    public void WhatCannotBeReadIsReported()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(Path.Combine(folder, "good.wav"), WaveBytes.Of(Tone(500, 16000, 0.3), 16000));
        File.WriteAllBytes(Path.Combine(folder, "short.wav"), WaveBytes.Of(Tone(500, 16000, 0.05), 16000));
        File.WriteAllText(Path.Combine(folder, "bad.wav"), "no sound");
        Recording Row(string file, string text = "yes") =>
            new(new ManifestRow { Path = Path.Combine(folder, file), Dataset = "an4", Text = text, Split = "train" });
        var words = new Pronunciations();
        words.Add(["yes Y EH S"]);
        var store = FeatureStore.Build([Row("good.wav"), Row("bad.wav"), Row("gone.wav"), Row("good.wav", "at 5"), Row("short.wav")], (_, text) => words.Find(text), threads: 2);
        var clip = Assert.Single(store.Clips);
        Assert.Equal(["Y", "EH", "S"], clip.Phones!);
        Assert.Equal(30, clip.Frames);
        Assert.Equal(["bad.wav", "gone.wav", "good.wav", "short.wav"], store.Failures.Select(failure => Path.GetFileName(failure.Row.Path)));
        Assert.Contains("5", store.Failures[2].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clip_of_another_length_than_its_row_says_is_skipped()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder, "a.wav");
        File.WriteAllBytes(file, WaveBytes.Of(Tone(500, 16000, 0.5), 16000));
        double[] declared = [0, 0.5, 0.524, 0.526, 0.474, 5, 0.1];
        var store = FeatureStore.Build([.. declared.Select(seconds =>
            new Recording(new ManifestRow { Path = file, Dataset = "an4", Text = "yes", Split = "train", Seconds = seconds }))], threads: 1);
        Assert.Equal([0, 0.5, 0.524], store.Clips.Select(clip => clip.Row.Seconds));
        Assert.Equal([0.526, 0.474, 5, 0.1], store.Failures.Select(failure => failure.Row.Seconds));
        Assert.Contains("0.5 s long; the manifest says 5 s", store.Failures[2].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ScaledClipsHaveMeanZeroAndDeviationOne()
    {
        var (sum, squares, count) = (0.0, 0.0, 0);
        foreach (var clip in TestClips.All)
        {
            var values = clip.ToFrames().Values;
            TestClips.Scale.Apply(values);
            for (var i = 3; i < values.Length; i += MelFrames.Bins)
                (sum, squares, count) = (sum + values[i], squares + (values[i] * values[i]), count + 1);
        }

        Assert.Equal(0, sum / count, 4);
        Assert.Equal(1, squares / count, 4);
    }
}
