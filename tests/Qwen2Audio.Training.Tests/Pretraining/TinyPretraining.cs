using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Pretraining;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Pretraining;

/// <summary>A few made-up sentences, and a recipe that trains a very small language model on them in seconds.</summary>
internal static class TinyPretraining
{
    public const string Recipe = """
        task: language-model
        seed: 3
        steps: 7
        data: {texts: [a.txt, b.txt], validation: [val.txt], tokens_per_batch: 120, joined_tokens: 12}
        model: {pieces: 20, width: 16, layers: 2, heads: 2, kv_heads: 1, experts: 2, experts_per_token: 1, expert_width: 8, shared_expert_width: 16}
        schedule: {learning_rate: 5e-3, type: cosine, num_warmup_steps: 2}
        checkpoints: {save_every: 4, keep: 2}

        """;

    private static readonly string[] Animals = ["the cat", "a dog", "my old horse", "our bird"], Acts = ["sleeps", "eats", "is here", "runs away"];

    /// <summary>Writes the texts: b.txt also has a line that is left out.</summary>
    public static void Write(string folder)
    {
        File.WriteAllLines(Path.Combine(folder, "a.txt"), Enumerable.Range(0, 60).Select(i => $"{Animals[i % 4]} {Acts[i / 4 % 4]}"));
        File.WriteAllLines(Path.Combine(folder, "b.txt"), ["It's a dog.", "in 1984", "", "my bird sleeps"]);
        File.WriteAllLines(Path.Combine(folder, "val.txt"), ["the cat runs away", "a dog eats"]);
    }

    public static PretrainingRecipe Parse(string folder, string yaml = Recipe) => PretrainingRecipe.Parse(yaml, Path.Combine(folder, "recipe.yaml"));

    public static TextCorpus Corpus(string folder, string yaml = Recipe) => TextCorpus.Load(Parse(folder, yaml), Path.Combine(folder, "recipe.yaml"), null, default);

    /// <summary>Trains until a step or the end, and returns the newest checkpoint.</summary>
    public static string Train(string folder, string name, string yaml = Recipe, int stopAfter = int.MaxValue, Action<StepReport>? report = null, int threads = 2, IRanks? ranks = null)
    {
        var first = ranks is null or { Rank: 0 };
        using var run = first ? RunFolder.Open(Path.Combine(folder, name)) : RunFolder.OpenReadOnly(Path.Combine(folder, name));
        using var task = new PretrainingTask(Parse(folder, yaml), Corpus(folder, yaml), threads, ranks);
        using var stop = new CancellationTokenSource();
        new TrainingLoop(task, run, ranks: ranks).Run(step =>
        {
            report?.Invoke(step);
            if (step.Step >= stopAfter) stop.Cancel();
        }, cancellation: stop.Token);
        return first ? run.Checkpoint(run.Steps()[0]) : "";
    }
}
