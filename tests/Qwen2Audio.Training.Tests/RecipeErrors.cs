using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests;

/// <summary>What is wrong with a recipe is said in its own names, with file and line.</summary>
public sealed class RecipeErrors
{
    [Theory]
    [InlineData("model: {expert: 2}", "line 2: model.expert is unknown; did you mean experts?")]
    [InlineData("model:\n  experts: two", "line 3: model.experts is 'two': a whole number is needed")]
    [InlineData("model: {experts: 2.5}", "model.experts is '2.5': a whole number is needed")]
    [InlineData("model: 5", "model: settings are needed")]
    [InlineData("optimizer: {beta1: high}", "optimizer.beta1 is 'high': a number is needed")]
    [InlineData("modle: {experts: 2}", "modle is unknown; did you mean model?")]
    [InlineData("phases: {steps: 1}", "phases: a list is needed")]
    [InlineData("phases:\n  - {steps: 1, schedule: liner}", "line 3: phases[0].schedule is 'liner': constant or linear or cosine is needed")]
    [InlineData("phases:\n  - {steps: 1, draws: {an4: much}}", "phases[0].draws.an4 is 'much': a number is needed")]
    public void Names_the_setting(string yaml, string message)
    {
        var exception = Assert.Throws<RecipeException>(() => RecipeFile.Parse("data: {manifests: [a.tsv]}\n" + yaml, "some.yaml"));
        Assert.StartsWith("some.yaml, line ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_all_of_them()
    {
        var exception = Assert.Throws<RecipeException>(() => RecipeFile.Parse("model:\n  expert: 2\n  experts: two\n", "some.yaml"));
        Assert.Contains("line 2: model.expert", exception.Message, StringComparison.Ordinal);
        Assert.Contains("line 3: model.experts", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_yaml_is_told_by_its_line() =>
        Assert.StartsWith("some.yaml, line ", Assert.Throws<RecipeException>(() => RecipeFile.Parse("model: {}\nphases: [", "some.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_run_in_which_nothing_was_saved_leaves_no_folder_and_others_stay()
    {
        var root = Directory.CreateTempSubdirectory("runs").FullName;
        try
        {
            var folder = Path.Combine(root, "a", "b");
            RunFolder.Open(folder).Dispose();
            Assert.Empty(Directory.GetFileSystemEntries(root));

            using (var run = RunFolder.Open(folder)) run.Log("{}");
            Assert.True(File.Exists(Path.Combine(folder, "metrics.jsonl")));
            Assert.True(RunFolder.IsRun(folder));
            Assert.Null(RunFolder.NewestCheckpoint(folder));

            using (var run = RunFolder.Open(folder))
                foreach (var step in new[] { 9, 10 }) run.Save(step, 2, checkpoint => File.WriteAllText(Path.Combine(checkpoint, "config.json"), "{}"));
            Assert.Equal(Path.Combine(folder, "checkpoints", "step-00000010"), RunFolder.NewestCheckpoint(folder));
            Assert.True(RunFolder.IsRun(Path.Combine(folder, "checkpoints")));
            Assert.False(RunFolder.IsRun(Path.Combine(folder, "checkpoints", "step-00000010")));

            var empty = Directory.CreateDirectory(Path.Combine(root, "empty")).FullName;
            RunFolder.Open(empty).Dispose();
            Assert.Empty(Directory.GetFileSystemEntries(empty));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
