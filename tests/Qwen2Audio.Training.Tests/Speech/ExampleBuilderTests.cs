using Qwen2Audio.Training.Speech.Features;
using Qwen2Audio.Training.Speech.Sampling;

namespace Qwen2Audio.Training.Tests.Speech;

public sealed class ExampleBuilderTests
{
    private static readonly List<TrainingExample> Drawn = [.. Enumerable.Range(0, 3000).Select(n => TestClips.Builder().Build(n, TestClips.Phase, 1))];

    [Fact]
    public void AnExampleDependsOnSeedAndNumberOnly()
    {
        var builder = TestClips.Builder();
        builder.Build(5, TestClips.Phase, 1);
        Assert.Equal(Drawn[77].Features, builder.Build(77, TestClips.Phase, 1).Features);
        Assert.NotEqual(Drawn[77].Features, TestClips.Builder(2).Build(77, TestClips.Phase, 1).Features);
    }

    [Fact]
    public void CollectionsAreDrawnByWeight()
    {
        foreach (var (name, weight) in TestClips.Phase.Weights)
            Assert.InRange(Drawn.Count(example => example.Dataset == name) / 3000.0, (weight / 9.5) - 0.03, (weight / 9.5) + 0.03);
    }

    [Fact]
    public void A_phase_draws_only_clips_that_are_short_enough()
    {
        var longest = TestClips.All.Where(clip => clip.Row.Dataset == "an4").Max(clip => clip.Frames);
        var shorter = TestClips.All.Where(clip => clip.Row.Dataset == "an4" && clip.Frames < longest).Max(clip => clip.Frames);
        var phase = TestClips.Phase with { Weights = new Dictionary<string, double>(StringComparer.Ordinal) { ["an4"] = 1 }, MaxFrames = longest - 1 };
        var lengths = Enumerable.Range(0, 100).Select(n => TestClips.Builder().Build(n, phase, 0).Frames).ToList();
        Assert.Equal(shorter, lengths.Max());
        Assert.Contains("no clip of at most 1 frames", Assert.Throws<ArgumentException>(() => TestClips.Builder().Check(phase with { MaxFrames = 1 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnswersFollowThePrompt()
    {
        foreach (var example in Drawn)
        {
            var speech = example.Dataset is not ("esc10" or "noise");
            Assert.Equal(speech, example.Spoken.Length > 0);
            Assert.Equal(example.Task switch
            {
                TaskKind.Sound => "dog bark",
                TaskKind.Speech => speech ? "speech" : "other sound",
                _ => example.Spoken,
            }, example.Text);
            if (example.Task == TaskKind.Digit) Assert.Contains(example.Text, (string[])["six", "two"]);
            if (example.Task == TaskKind.Keyword) Assert.Equal("view glass", example.Text);
            Assert.Equal(speech ? example.Spoken.Split(' ') : [], example.Phones!);
        }

        Assert.All(Enum.GetValues<TaskKind>(), task => Assert.Contains(Drawn, example => example.Task == task));
        Assert.Contains(Drawn, example => example is { Dataset: "esc10", Task: TaskKind.Transcribe, Text: "" });
        Assert.Contains(Drawn, example => example is { Dataset: "noise", Task: TaskKind.Transcribe, Text: "" });
    }

    [Fact]
    public void DigitsBecomeRowsAndShortClipsAreJoined()
    {
        var digits = Drawn.Where(example => example is { Dataset: "fsdd", Task: TaskKind.Transcribe }).ToList();
        Assert.InRange(digits.Count(example => example.Text.Contains(' ', StringComparison.Ordinal)) / (double)digits.Count, 0.5, 0.7);
        Assert.Contains(Drawn, example => example.Dataset == "an4" && example.Text.Split(' ').Length > 2);
    }

    [Fact]
    public void FeaturesAreScaledAndFinite() => Assert.All(Drawn, example =>
    {
        Assert.True(Array.TrueForAll(example.Features, float.IsFinite));
        Assert.Equal(example.Frames * MelFrames.Bins, example.Features.Length);
    });

    [Fact]
    public void WithoutStrengthOnlyTheClipIsThere()
    {
        foreach (var n in Enumerable.Range(0, 200))
        {
            var example = TestClips.Builder().Build(n, TestClips.Phase, 0);
            if (example.Dataset == "noise") continue;
            Assert.Contains(TestClips.All, clip =>
            {
                // short clips have 100 ms of floor on both sides
                var padding = clip.Frames < 80 ? 10 * MelFrames.Bins : 0;
                var values = new float[(2 * padding) + (clip.Frames * MelFrames.Bins)];
                values.AsSpan().Fill(clip.Floor);
                clip.ToFrames().Values.CopyTo(values, padding);
                TestClips.Scale.Apply(values);
                return values.AsSpan().SequenceEqual(example.Features);
            });
        }
    }

    [Fact]
    public void AnUnknownCollectionIsNamed()
    {
        var phase = new SamplingPhase { Weights = new Dictionary<string, double> { ["kathleen"] = 1 } };
        Assert.Contains("kathleen", Assert.Throws<ArgumentException>(() => TestClips.Builder().Check(phase)).Message, StringComparison.Ordinal);
    }
}
