using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Speech.Augmentations;
using Qwen2Audio.Training.Speech.Features;
using Qwen2Audio.Training.Speech.Sampling;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>Clips of every dataset with made-up features.</summary>
internal static class TestClips
{
    public static readonly SamplingPhase Phase = new()
    {
        Weights = new Dictionary<string, double> { ["an4"] = 4, ["fsdd"] = 2, ["keywords"] = 1, ["esc10"] = 2, ["noise"] = 0.5 },
    };

    public static SpeechDatasets Datasets { get; } = new(new Dictionary<string, DatasetRecipe>
    {
        ["an4"] = new() { Kind = DatasetKind.Spelled },
        ["fsdd"] = new() { Kind = DatasetKind.Digits, Tight = true, NarrowBand = true },
        ["keywords"] = new() { Kind = DatasetKind.Keywords, From = ["picovoice_wakewords"] },
        ["esc10"] = new() { Kind = DatasetKind.Sounds },
    });

    public static IReadOnlyList<ClipFeatures> All { get; } =
    [
        .. Enumerable.Range(0, 12).Select(i => Make("an4", i % 3 == 0 ? "yes" : "enter five", $"s{i % 2}", 60 + (10 * i), i)),
        .. Enumerable.Range(0, 10).Select(i => Make("fsdd", i % 2 == 0 ? "six" : "two", "theo", 30 + i, 100 + i)),
        .. Enumerable.Range(0, 4).Select(i => Make("picovoice_wakewords", "view glass", "unknown", 150, 200 + i)),
        .. Enumerable.Range(0, 4).Select(i => Make("esc10", "dog_bark", $"f{i}", 500, 300 + i)),
    ];

    public static FeatureScale Scale { get; } = FeatureScale.Of(All);

    public static ExampleBuilder Builder(ulong seed = 1) => new(Datasets, All, Scale, new AugmentationOptions(), seed);

    public static ClipFeatures Make(string dataset, string text, string speaker, int frames, int seed)
    {
        var random = new CounterRandom(99, (ulong)seed);
        var values = new float[frames * MelFrames.Bins];
        foreach (ref var value in values.AsSpan()) value = (float)random.Uniform(-6, 0);
        values[^1] = 0;
        var row = new ManifestRow { Path = $"{dataset}/{seed}.wav", Dataset = dataset, Text = text, Speaker = speaker, Split = "train" };
        return new ClipFeatures(row, TranscriptText.Normalise(text), text.Split(' '), new MelFrames(values));
    }
}
