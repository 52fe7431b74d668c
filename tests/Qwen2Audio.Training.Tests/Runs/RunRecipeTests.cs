using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>A run's stored recipe, damaged.</summary>
public sealed class RunRecipeTests : TestInFolder
{
    [Fact]
    public void A_recipe_is_kept_as_it_was_with_its_command_and_its_full_path()
    {
        using (var run = RunFolder.Open(Folder))
        {
            run.Keep(new RunRecipe("finetune", "here/a.yaml", "seed: 1 # é\n"));
            Assert.Equal(new RunRecipe("finetune", Path.GetFullPath("here/a.yaml"), "seed: 1 # é\n"), RunRecipe.Of(Folder));
        }
    }

    [Theory]
    [InlineData("[]", "$: found an array; allowed: an object")]
    [InlineData("{\"Command\":5,\"Path\":\"/x\"}", "$.Command: found 5")]
    [InlineData("{\"Command\":\"train\"}", "$.Path: found nothing")]
    [InlineData("{\"Command\":\"\",\"Path\":\"/x\"}", "$.Command: found \"\"")]
    [InlineData("{", "line 1, byte 2: found invalid JSON")]
    [InlineData("{\"Command\":\"\\ud800\",\"Path\":\"/x\"}", "an unpaired surrogate")]
    public void A_damaged_origin_is_refused_with_file_and_place(string json, string what)
    {
        File.WriteAllText(Path.Combine(Folder, "recipe.yaml"), "seed: 1\n");
        File.WriteAllText(Path.Combine(Folder, "recipe.json"), json);
        var error = Assert.Throws<RunException>(() => RunRecipe.Of(Folder));
        Assert.StartsWith(Path.Combine(Folder, "recipe.json"), error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }
}
