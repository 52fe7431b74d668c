using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Codec;

/// <summary>Tones and noise as recordings, and a recipe that trains a very small codec on them in seconds.</summary>
internal static class TinyCodec
{
    public const string Plain = """
        task: codec
        seed: 4
        data: {manifests: [manifest.tsv], batch: 4, crop_seconds: 0.2}
        model: {sampling_rate: 8000, frame_rate: 50, sub_frames: 1, analysis_window: 320, mel_bins: 16, synthesis_window: 240, encoder_width: 16, encoder_inner: 24,
          encoder_blocks: 1, decoder_width: 24, decoder_inner: 32, decoder_blocks: 2, kernel: 3, dimension: 8, books: 3, entries: 16}
        quantiser: {start_frames: 60, start_iterations: 3, restart_below: 0.2, restart_count: 0.5}
        losses: {mel_windows: [64, 256], mel_bins: [8, 20], stft_windows: [128, 256]}
        phases:
          - {steps: 7, learning_rate: 3e-3, warmup_steps: 2, draws: {tones: 2, noise: 1}}
        checkpoints: {save_every: 4, keep: 2}

        """;

    /// <summary>The same with a second phase against discriminators.</summary>
    public static readonly string Adversarial = Plain.Replace("noise: 1}}", "noise: 1}}\n  - {steps: 4, learning_rate: 1e-3, adversarial: true, draws: {tones: 2, noise: 1}}", StringComparison.Ordinal)
        + "discriminator: {periods: [2, 3], channels: 4, layers: 2}\n";

    /// <summary>A codec at 16 kHz whose first codebook learns from the shipped recogniser.</summary>
    public static readonly string Content = Taught("content: 1");

    /// <summary>A codec at 16 kHz whose decoded audio is compared by the shipped recogniser.</summary>
    public static readonly string Perceptual = Taught("perceptual: 1, perceptual_blocks: [1, 12], posteriors: 0.5");

    private static string Taught(string losses) => Plain.Replace("sampling_rate: 8000", "sampling_rate: 16000", StringComparison.Ordinal)
        .Replace("synthesis_window: 240", "synthesis_window: 480", StringComparison.Ordinal).Replace("losses: {", $"losses: {{{losses}, ", StringComparison.Ordinal)
        + $"teacher: {Path.Combine(Fixtures.Repository, "models", "default")}\n";

    /// <summary>Writes recordings of 0.11 to 0.65 s and their manifest.</summary>
    public static void WriteRecordings(string folder)
    {
        var random = new Random(6);
        List<string> rows = ["path\tdataset\ttext_or_label\tsplit"];
        for (var i = 0; i < 12; i++)
        {
            var (isTone, samples) = (i % 3 < 2, new float[900 + 400 * i]);
            for (var t = 0; t < samples.Length; t++)
                samples[t] = 0.2f * (isTone ? MathF.Sin(2 * MathF.PI * (200 + 90 * i) * t / 8000) : 2 * random.NextSingle() - 1) * MathF.Sin(MathF.PI * t / samples.Length);
            using var file = File.Create(Path.Combine(folder, $"{i}.wav"));
            WavWriter.Write(file, samples, 8000);
            rows.Add($"{i}.wav\t{(isTone ? "tones" : "noise")}\t-\t{(i >= 9 ? "val" : "train")}");
        }

        File.WriteAllLines(Path.Combine(folder, "manifest.tsv"), rows);
    }

    public static CodecRecipe Recipe(string folder, string yaml) => CodecRecipeFile.Parse(yaml, Path.Combine(folder, "recipe.yaml"));

    public static CodecCorpus Corpus(string folder, CodecRecipe recipe) => CodecCorpus.Load(recipe, Path.Combine(folder, "recipe.yaml"));

    /// <summary>Trains until a step or the end, and returns the newest checkpoint.</summary>
    public static string Train(string folder, string name, string yaml, int stopAfter = int.MaxValue, Action<StepReport>? report = null, int threads = 2, IRanks? ranks = null)
    {
        var recipe = Recipe(folder, yaml);
        var first = ranks is null or { Rank: 0 };
        using var run = first ? RunFolder.Open(Path.Combine(folder, name)) : RunFolder.OpenReadOnly(Path.Combine(folder, name));
        using var task = new CodecTask(recipe, Corpus(folder, recipe), threads, ranks);
        using var stop = new CancellationTokenSource();
        new TrainingLoop(task, run, ranks: ranks).Run(step =>
        {
            report?.Invoke(step);
            if (step.Step >= stopAfter) stop.Cancel();
        }, cancellation: stop.Token);
        return first ? run.Checkpoint(run.Steps()[0]) : "";
    }
}
