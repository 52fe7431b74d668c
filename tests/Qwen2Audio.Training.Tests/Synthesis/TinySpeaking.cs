using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Synthesis;
using Qwen2Audio.Training.Tests.Codec;

namespace Qwen2Audio.Training.Tests.Synthesis;

/// <summary>The recordings and the codec of <see cref="TinyCodec"/> with labels and made-up alignments, and a recipe that trains a very small model to classify and speak them in seconds.</summary>
internal static class TinySpeaking
{
    public const string Recipe = """
        seed: 3
        data: {manifests: [manifest.tsv], datasets: {tones: {kind: sounds}, hiss: {kind: sounds, from: [noise]}}, frames_per_batch: 100}
        tokenizer: {merges: 5}
        model: {encoder_width: 16, encoder_layers: 1, encoder_heads: 2, encoder_ffn: 16, time_kernel: 3, phone_layers: 0, decoder_width: 16,
          decoder_layers: 2, decoder_heads: 2, decoder_kv_heads: 1, experts: 2, experts_per_token: 1, expert_width: 8, shared_expert_width: 16}
        speak: {alignments: [alignments.jsonl], codec: codec, books: 2, draws: {tones: 2, noise: 1}, frames_per_batch: 40, head_width: 16, duration_width: 8}
        phases:
          - {steps: 7, learning_rate: 3e-3, warmup_steps: 2, dropout: 0, token_noise: 0, draws: {tones: 2, hiss: 1}}
        checkpoints: {save_every: 4, keep: 2}

        """;

    /// <summary>Writes recordings, codec and alignments.</summary>
    public static void Write(string folder)
    {
        TinyCodec.WriteRecordings(folder);
        var trained = TinyCodec.Train(folder, "codec-run", TinyCodec.Plain, 2);
        Directory.CreateDirectory(Path.Combine(folder, "codec"));
        foreach (var file in (string[])["config.json", "model.safetensors"]) File.Copy(Path.Combine(trained, file), Path.Combine(folder, "codec", file));
        var manifest = Path.Combine(folder, "manifest.tsv");
        File.WriteAllLines(manifest, File.ReadAllLines(manifest).Select(line => line.Replace("\t-\t", line.Contains("tones", StringComparison.Ordinal) ? "\ttone\t" : "\thiss\t", StringComparison.Ordinal)));
        File.WriteAllLines(Path.Combine(folder, "alignments.jsonl"), Enumerable.Range(0, 12).Select(i => Aligned(folder, i).ToJson()));
    }

    public static AlignedClip Aligned(string folder, int i)
    {
        var seconds = (900 + 400 * i) / 8000.0;
        double At(double share) => Math.Round(share * seconds, 3);
        return new AlignedClip
        {
            Path = Path.Combine(folder, $"{i}.wav"),
            Text = i % 3 < 2 ? "tone" : "hiss",
            Seconds = seconds,
            Model = "made up",
            Decoding = "made up",
            Words = [new("a", At(0.1), At(0.5), 1, [new(i % 3 < 2 ? "AH" : "S", At(0.1), At(0.5))]), new("b", At(0.5), At(0.9), 1, [new("B", At(0.5), At(0.6)), new("IY", At(0.6), At(0.9))])],
        };
    }

    public static SpeechRecipe Parse(string folder, string yaml = Recipe) => SpeechRecipeFile.Parse(yaml, Path.Combine(folder, "recipe.yaml"));

    /// <summary>The recordings to be spoken.</summary>
    public static SynthesisCorpus Spoken(string folder, string yaml = Recipe, int threads = 2)
    {
        var recipe = Parse(folder, yaml);
        return SynthesisCorpus.Load(recipe.Speak!, recipe.Spoken, Path.Combine(folder, "recipe.yaml"), threads);
    }

    /// <summary>The task with its data; <paramref name="spoken"/> is the caller's.</summary>
    public static SpeechTask Task(string folder, SynthesisCorpus spoken, string yaml = Recipe, int threads = 2, IRanks? ranks = null)
    {
        var recipe = Parse(folder, yaml);
        return new SpeechTask(recipe, SpeechCorpus.Load(recipe), threads, ranks, spoken);
    }

    /// <summary>Trains until a step or the end, and returns the newest checkpoint.</summary>
    public static string Train(string folder, string name, string yaml = Recipe, int stopAfter = int.MaxValue, Action<StepReport>? report = null, int threads = 2, IRanks? ranks = null)
    {
        var first = ranks is null or { Rank: 0 };
        using var run = first ? RunFolder.Open(Path.Combine(folder, name)) : RunFolder.OpenReadOnly(Path.Combine(folder, name));
        using var spoken = Spoken(folder, yaml, threads);
        using var task = Task(folder, spoken, yaml, threads, ranks);
        using var stop = new CancellationTokenSource();
        new TrainingLoop(task, run, ranks: ranks).Run(step =>
        {
            report?.Invoke(step);
            if (step.Step >= stopAfter) stop.Cancel();
        }, cancellation: stop.Token);
        return first ? run.Checkpoint(run.Steps()[0]) : "";
    }
}
