using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Tests.Distributed;

namespace Qwen2Audio.Training.Tests.FineTuning;

/// <summary>Samples that can no longer be loaded during training are listed, on whichever rank it happens and however often the run is stopped.</summary>
public sealed class LostSamplesTests : IDisposable
{
    private readonly TinyBase _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void On_any_rank_reaches_rank_0()
    {
        var yaml = TuningRecipes.Of(_files, "lora").Replace("steps: 6", "steps: 4", StringComparison.Ordinal)
            .Replace("train: [heard.jsonl]", "train: [heard.jsonl], max_skipped_percent: 100", StringComparison.Ordinal)
            .Replace("row_tokens: 300", "filling: one", StringComparison.Ordinal);
        var lost = new List<SkippedSample>[] { [], [] };
        ThreadRanks.Run(2, ranks => TuningRun.Of(_files, yaml, "two", threads: 1, ranks: ranks, lost: lost[ranks.Rank].Add, report: step =>
        {
            foreach (var wave in Directory.GetFiles(_files.Folder, "*.wav").Where(_ => ranks.Rank == 0)) File.Delete(wave);
        }));
        Assert.Equal(lost[0], lost[1]);
        // each rank has one of the two samples of a step
        Assert.Contains(lost[0].GroupBy(sample => sample.Step), step => step.Count() == 2);
    }

    [Fact]
    public void More_than_the_recipe_allows_end_the_run()
    {
        var yaml = TuningRecipes.Of(_files, "lora");
        var error = Assert.Throws<CorpusException>(() => TuningRun.Of(_files, yaml, "run", report: _ =>
        {
            foreach (var wave in Directory.GetFiles(_files.Folder, "*.wav")) File.Delete(wave);
        }));
        Assert.Contains("cannot be used any more while training; data.max_skipped_percent allows 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stays_in_the_report_when_the_run_goes_on()
    {
        var report = _files.Path("skipped.jsonl");
        var gone = new SkippedSample("a.jsonl", 7, "gone") { Step = 12 };
        SkippedClips.Write(report, [new SkippedSample("a.jsonl", 3, "too long")]);
        File.AppendAllText(report, SkippedClips.Line(gone) + "\n" + SkippedClips.Line(gone with { Step = 13 }) + "\n{\"path\": \"half");
        SkippedClips.Write(report, [new SkippedSample("a.jsonl", 4, "too long too")]);
        Assert.Equal([gone], SkippedClips.Lost(report));
        Assert.Equal(2, File.ReadAllLines(report).Length);
    }

    [Fact]
    public void Those_of_the_parts_before_count_too()
    {
        using var ranks = new OneRank();
        var yaml = TuningRecipes.Of(_files, "dense");
        var recipe = Qwen2Audio.Training.FineTuning.FineTuningRecipeFile.Parse(yaml, _files.Path("recipe.yaml"));
        using var model = Qwen2Audio.Training.FineTuning.BaseModel.Open(recipe.Model.Base);
        var data = Qwen2Audio.Training.FineTuning.TuningData.Load(recipe, model, "some.yaml");
        var lost = new Qwen2Audio.Training.FineTuning.LostSamples(data, 60, ranks);
        lost.Before([new SkippedSample("talk.jsonl", 1, "gone") { Step = 3 }]);
        var now = new SkippedSample("talk.jsonl", 2, "gone");
        Assert.Equal([now with { Step = 10 }], lost.Add(9, [now]));
        Assert.Equal(2, lost.Count);
        Assert.Throws<CorpusException>(() => lost.Add(10, [new SkippedSample("talk.jsonl", 3, "gone")]));
    }
}
