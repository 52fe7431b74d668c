using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Tests.Distributed;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>The small model on several ranks, some of which have no clip in some steps.</summary>
public sealed class SpeechTaskRanksTests : TestInFolder
{
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Losses_are_those_of_one_process(int count)
    {
        var recipe = TinyCorpus.Make(Folder);
        // without what each rank draws for itself
        recipe = recipe with { Phases = [.. recipe.Phases.Select(phase => phase with { Dropout = 0, TokenNoise = 0, RouterZWeight = 0.01 })] };
        var corpus = SpeechCorpus.Load(recipe);
        var alone = Losses(recipe, corpus, new OneRank());
        var together = new List<double>[count];
        ThreadRanks.Run(count, ranks => together[ranks.Rank] = Losses(recipe, corpus, ranks));
        Assert.Equal(11 * 6, alone.Count); // total and five parts
        Assert.All(together, losses => Assert.All(alone.Zip(losses), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * Math.Abs(pair.First))));
    }

    private List<double> Losses(SpeechRecipe recipe, SpeechCorpus corpus, IRanks ranks)
    {
        var name = Path.Combine(Folder, $"run-{ranks.Count}");
        using var run = ranks.Rank == 0 ? RunFolder.Open(name) : RunFolder.OpenReadOnly(name);
        using var trainer = new TinyRun(recipe, corpus, run, threads: 1, ranks: ranks);
        var losses = new List<double>();
        trainer.Run(step => losses.AddRange([step.Loss, .. step.Stages[0].Losses.Parts.Select(part => part.Value)]));
        return losses;
    }
}
