using Qwen2Audio.Training.Data.Augmentations;
using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.FineTuning;

namespace Qwen2Audio.Training.Tests.FineTuning;

/// <summary>The repository's recipes and samples, and the guide about them.</summary>
public sealed class RecipeReaderShippedTests
{
    private static readonly string Recipes = Path.Combine(Fixtures.Repository, "recipes");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Recipes, "finetune-*.yaml").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Are_in_order_and_their_samples_can_be_read(string name)
    {
        var recipe = FineTuningRecipeFile.Read(Path.Combine(Recipes, name));
        foreach (var file in recipe.Data.Train.Concat(recipe.Data.Validation))
        {
            var clips = recipe.Method == FineTuningMethod.Preferences
                ? ConversationFile.ReadPairs(file).SelectMany(pair => pair.Chosen.Clips) : ConversationFile.Read(file).SelectMany(conversation => conversation.Clips);
            Assert.All(clips, clip => Assert.True(File.Exists(clip), clip));
        }
    }

    [Fact]
    public void The_page_on_training_names_every_setting_of_a_recipe()
    {
        var page = File.ReadAllText(Path.Combine(Fixtures.Repository, "docs", "training.md"));
        foreach (var type in new[]
        {
            typeof(FineTuningRecipe), typeof(BaseRecipe), typeof(LoraRecipe), typeof(TuningDataRecipe), typeof(BatchRecipe), typeof(TuningOptimizerRecipe), typeof(AverageRecipe),
            typeof(TuningLossRecipe), typeof(TokenGroupRecipe), typeof(PreferenceRecipe), typeof(WaveAugmentationOptions), typeof(Qwen2Audio.Training.Runs.CheckpointRecipe),
        })
            foreach (var property in type.GetProperties().Where(property => property.CanWrite))
                Assert.Contains($"`{YamlDotNet.Serialization.NamingConventions.UnderscoredNamingConvention.Instance.Apply(property.Name)}`", page, StringComparison.Ordinal);
    }
}
