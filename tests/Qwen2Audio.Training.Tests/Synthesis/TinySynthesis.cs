using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Synthesis;
using Qwen2Audio.Training.Tests.Codec;

namespace Qwen2Audio.Training.Tests.Synthesis;

/// <summary>The recordings and the codec of <see cref="TinyCodec"/> with made-up alignments, and a recipe that trains a very small model on them in seconds.</summary>
internal static class TinySynthesis
{
    public const string Recipe = """
        task: synthesis
        seed: 3
        data: {manifests: [manifest.tsv], alignments: [alignments.jsonl], codec: codec, frames_per_batch: 40}
        model: {books: 2, width: 16, layers: 2, heads: 2, kv_heads: 1, experts: 2, experts_per_token: 1, expert_width: 8, shared_expert_width: 16, head_width: 16, duration_width: 8}
        phases:
          - {steps: 7, learning_rate: 3e-3, warmup_steps: 2, draws: {tones: 2, noise: 1}}
        checkpoints: {save_every: 4, keep: 2}

        """;

    /// <summary>Writes recordings, codec and alignments.</summary>
    public static void Write(string folder)
    {
        TinyCodec.WriteRecordings(folder);
        var trained = TinyCodec.Train(folder, "codec-run", TinyCodec.Plain, 2);
        Directory.CreateDirectory(Path.Combine(folder, "codec"));
        foreach (var file in (string[])["config.json", "model.safetensors"]) File.Copy(Path.Combine(trained, file), Path.Combine(folder, "codec", file));
        File.WriteAllLines(Path.Combine(folder, "alignments.jsonl"), Enumerable.Range(0, 12).Select(i => Aligned(folder, i).ToJson()));
    }

    public static AlignedClip Aligned(string folder, int i)
    {
        var seconds = (900 + 400 * i) / 8000.0;
        double At(double share) => Math.Round(share * seconds, 3);
        return new AlignedClip
        {
            Path = Path.Combine(folder, $"{i}.wav"),
            Text = "-",
            Seconds = seconds,
            Model = "made up",
            Decoding = "made up",
            Words = [new("a", At(0.1), At(0.5), 1, [new(i % 3 < 2 ? "AH" : "S", At(0.1), At(0.5))]), new("b", At(0.5), At(0.9), 1, [new("B", At(0.5), At(0.6)), new("IY", At(0.6), At(0.9))])],
        };
    }

    public static SynthesisCorpus Corpus(string folder, string yaml = Recipe, int threads = 2) => SynthesisCorpus.Load(Parse(folder, yaml), Path.Combine(folder, "recipe.yaml"), threads, null, default);

    public static SynthesisRecipe Parse(string folder, string yaml = Recipe) => SynthesisRecipe.Parse(yaml, Path.Combine(folder, "recipe.yaml"));

    /// <summary>Trains until a step or the end, and returns the newest checkpoint.</summary>
    public static string Train(string folder, string name, string yaml = Recipe, int stopAfter = int.MaxValue, Action<StepReport>? report = null, int threads = 2, IRanks? ranks = null)
    {
        var first = ranks is null or { Rank: 0 };
        using var run = first ? RunFolder.Open(Path.Combine(folder, name)) : RunFolder.OpenReadOnly(Path.Combine(folder, name));
        using var corpus = Corpus(folder, yaml, threads);
        using var task = new SynthesisTask(Parse(folder, yaml), corpus, threads, ranks);
        using var stop = new CancellationTokenSource();
        new TrainingLoop(task, run, ranks: ranks).Run(step =>
        {
            report?.Invoke(step);
            if (step.Step >= stopAfter) stop.Cancel();
        }, cancellation: stop.Token);
        return first ? run.Checkpoint(run.Steps()[0]) : "";
    }
}
