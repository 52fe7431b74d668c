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
}
