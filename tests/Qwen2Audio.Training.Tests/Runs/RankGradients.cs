using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Tests.FineTuning;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>Gradients of several ranks, without the library that sums them.</summary>
public sealed class RankGradients
{
    [Fact]
    public void N7_a_rank_whose_gradient_is_not_finite_is_known_and_sums_are_begun_in_one_order()
    {
        using var files = new TinyBase();
        var own = new bool[2];
        var poisoned = new bool[2];
        var recipe = Qwen2Audio.Training.FineTuning.FineTuningFile.Parse(TuningRecipes.Of(files, "dense"), files.Path("recipe.yaml"));
        ThreadRanks.Run(2, ranks =>
        {
            using var model = Qwen2Audio.Training.FineTuning.BaseModel.Open(recipe.Model.Base);
            using var trained = new Qwen2Audio.Training.FineTuning.TrainedModel(model, recipe);
            var parameters = trained.Parameters;
            parameters.Gradients.Clear();
            parameters.Gradients.Span[7] = ranks.Rank == 1 ? float.NaN : 2;
            own[ranks.Rank] = ranks.FinishGradients(parameters);
            poisoned[ranks.Rank] = float.IsNaN(parameters.Gradients.Span[7]);
        });
        Assert.Equal([true, false], own);
        Assert.Equal([true, true], poisoned);
    }

    [Fact]
    public void N7_a_skipped_step_is_written_down_with_the_rank_that_spoilt_it()
    {
        using var files = new TinyBase();
        ThreadRanks.Run(2, ranks =>
        {
            using var task = new LineTask(steps: 4) { Factor = step => ranks.Rank == 1 && step == 2 ? float.NaN : 1 };
            using var run = ranks.Rank == 0 ? RunFolder.Open(files.Path("run")) : RunFolder.LookOn(files.Path("run"));
            new TrainingLoop(task, run, new LoopOptions(), ranks).Run();
        });
        var line = Assert.Single(File.ReadAllLines(files.Path("run/skipped-steps.jsonl")));
        Assert.Contains("\"step\":3,", line, StringComparison.Ordinal);
        Assert.Contains("\"ranks\":[1]", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Sums_are_begun_in_one_order_with_parameters_that_a_pass_does_not_touch_and_by_ranks_without_a_pass()
    {
        using var files = new TinyBase();
        var recipe = Qwen2Audio.Training.FineTuning.FineTuningFile.Parse(TuningRecipes.Of(files, "dense"), files.Path("recipe.yaml"));
        var meeting = new ThreadExchange.Meeting(3);
        var sums = new float[3];
        Parallel.For(0, 3, new ParallelOptions { MaxDegreeOfParallelism = 3 }, rank =>
        {
            using var model = Qwen2Audio.Training.FineTuning.BaseModel.Open(recipe.Model.Base);
            using var trained = new Qwen2Audio.Training.FineTuning.TrainedModel(model, recipe);
            var parameters = trained.Parameters;
            parameters.Gradients.Span.Fill(rank + 1);
            var buckets = new GradientBuckets(parameters, meeting.Of(rank), target: 1000);
            buckets.Begin();
            // rank 0 passes all but every third, in one order; rank 1 in another; rank 2 has no pass
            var touched = parameters.Parameters.Where((_, i) => i % 3 > 0);
            foreach (var parameter in rank == 0 ? touched.Reverse() : touched)
            {
                if (rank == 2) break;
                buckets.Final(parameter);
                buckets.Between();
            }

            Assert.True(buckets.Finish());
            sums[rank] = parameters.Parameters.Average(parameter => parameter.Gradient.Span[0]);
        });
        Assert.True(meeting.Of(0).Begun.Count > 3);
        Assert.Equal(meeting.Of(0).Begun, meeting.Of(1).Begun);
        Assert.Equal(meeting.Of(0).Begun, meeting.Of(2).Begun);
        Assert.Equal([6, 6, 6], sums);
    }
}
