using Qwen2Audio.Checkpoints;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Tests.Speech;

namespace Qwen2Audio.Training.Tests.Recipes;

/// <summary>Errors in a recipe are reported under its own names, with file and line.</summary>
public sealed class RecipeReaderTests
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
        var exception = Assert.Throws<RecipeException>(() => SpeechRecipeFile.Parse("data: {manifests: [a.tsv]}\n" + yaml, "some.yaml"));
        Assert.StartsWith("some.yaml, line ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seed:", "seed is empty: a whole number is needed")]
    [InlineData("seed: -1", "seed is -1: at least 0 is allowed")]
    [InlineData("seed: ~", "seed is '~': a whole number is needed")]
    [InlineData("model:", "model: settings are needed")]
    [InlineData("phases:", "phases: a list is needed")]
    [InlineData("model: {time_kernel: 4}", "model.time_kernel is 4: 0 (none) or an odd number up to 1001 is allowed")]
    [InlineData("tokenizer: {merges: 1000000000}", "tokenizer.merges is 1000000000: 0…50000 is allowed")]
    [InlineData("phases: [{steps: 10, warmup_ratio: 2}]", "phases[0].warmup_ratio is 2: 0…1 is allowed")]
    [InlineData("phases: [{steps: 10, warmup_ratio: 0.1, warmup_steps: 1}]", "phases[0] has warmup_steps and warmup_ratio: one of them is allowed")]
    [InlineData("model: {mel_bins: 128}", "model.mel_bins is 128: 80 is allowed")]
    [InlineData("streaming: {chunk_rows: 5}", "streaming.chunk_rows is 5: an even number from 2 to 1000 is allowed")]
    [InlineData("streaming: {chunk_rows: 400}", "streaming.chunk_rows is 400: at most half of model.max_source_positions (750) is allowed")]
    [InlineData("streaming: {share: 1.5}", "streaming.share is 1.5: 0…1 is allowed")]
    [InlineData("streaming: {left_chunks: -1}", "streaming.left_chunks is -1: 0…1000 is allowed")]
    [InlineData("model: {max_source_positions: 1}", "model.max_source_positions is 1: 25…1048576 is allowed")]
    [InlineData("phases: [{steps: 1, ctc_weight: 7, ctc_start: 2}]", "phases[0].ctc_start is 2: 0…1 is allowed; phases[0].ctc_weight is 7: 0…1 is allowed")]
    public void Values_out_of_range_are_refused_with_what_is_allowed(string yaml, string message) =>
        Assert.Contains(message, Refused(yaml), StringComparison.Ordinal);

    [Theory]
    [InlineData("a: {kind: song}", "data.datasets.a.kind is 'song': speech or spelled or digits or keywords or sounds or unused is needed")]
    [InlineData("a: {text_weight: 0.5}", "data.datasets.a.text_weight is '0.5': a whole number is needed")]
    [InlineData("a: {decoder_weight: -1}", "data.datasets.a.decoder_weight is -1: 0…1000 is allowed")]
    [InlineData("a: {text_weight: -1}", "data.datasets.a.text_weight is -1: 0…1000000 is allowed")]
    [InlineData("noise: {kind: sounds}", "data.datasets.noise: this name is reserved for generated noise")]
    [InlineData("a: {from: [x, y]}, b: {from: [y]}", "data.datasets: a and b both take the manifests' y")]
    [InlineData("a: {kind: sounds, tight: true}", "data.datasets.a.tight is for speech, and its kind is sounds")]
    [InlineData("a: {kind: spelled, synthetic: 5}", "data.datasets.a.synthetic needs data.synthetic")]
    [InlineData("a: {kind: sounds, synthetic: 5}", "data.datasets.a.synthetic: clips of kind spelled, digits and keywords can be made, not sounds")]
    [InlineData("a: {kind: digits, synthetic: 5, from: [b]}", "data.datasets.a has synthetic and from: one of them is allowed")]
    [InlineData("a: {kind: digits, synthetic: 5}, b: {kind: digits, synthetic: 6}", "data.datasets: a and b are both synthetic digits")]
    public void What_a_dataset_is_must_go_together(string datasets, string message) =>
        Assert.Contains(message, Refused($"data: {{manifests: [a.tsv], datasets: {{{datasets}}}}}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("model: {encoder_layers: 1000000000}", "model.encoder_layers is 1000000000: 1…256 is allowed")]
    [InlineData("model: {decoder_layers: 100000000}", "model.decoder_layers is 100000000: 1…256 is allowed")]
    [InlineData("model: {experts: 1000000}", "model.experts is 1000000: 1…1024 is allowed")]
    [InlineData("model: {encoder_width: 1000000}", "model.encoder_width is 1000000: 1…16384 is allowed")]
    public void Sizes_that_nothing_holds_are_refused_at_once(string yaml, string message) => Assert.Contains(message, Refused(yaml), StringComparison.Ordinal);

    [Fact]
    public void A_batch_that_nothing_holds_is_refused_at_once() =>
        Assert.Contains("data.frames_per_batch is 2000000000: 100…100000 is allowed",
            Assert.Throws<RecipeException>(() => SpeechRecipeFile.Parse("data: {manifests: [a.tsv], frames_per_batch: 2000000000}", "some.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void Memory_is_compared_with_the_machine_before_anything_is_allocated()
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyCorpus.Make(folder);
        Assert.InRange(TrainingMemory.Require(recipe, "some.yaml"), 1_000_000, 100_000_000);
        Assert.Contains("some.yaml: needs at least", Assert.Throws<RecipeException>(() => TrainingMemory.Require(recipe, "some.yaml", available: 1000)).Message, StringComparison.Ordinal);
        var wide = recipe with { Model = recipe.Model with { EncoderWidth = 8192, EncoderFfn = 8192, EncoderLayers = 4 }, Data = recipe.Data with { FramesPerBatch = 100_000 } };
        var told = Assert.Throws<RecipeException>(() => TrainingMemory.Require(wide, "some.yaml", available: 16L << 30)).Message;
        Assert.Contains("17.2 GB are available", told, StringComparison.Ordinal);
        var huge = recipe with { Model = recipe.Model with { EncoderWidth = 16_384, EncoderFfn = 65_536, EncoderLayers = 256 } };
        Assert.Contains("parameters; at most 2,147,483,647", Assert.Throws<RecipeException>(() => SpeechRecipeInputs.Check(huge, "some.yaml")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seed: abc")]
    [InlineData("seed: 99999999999999999999")]
    [InlineData("phases: [{steps: 1, draws: much}]")]
    [InlineData("model: [1]")]
    [InlineData("phases: [1]")]
    [InlineData("data: ~")]
    public void Messages_hold_nothing_of_the_language_they_are_programmed_in(string yaml) => Spoken(Refused(yaml));

    [Theory]
    [InlineData("just text")]
    [InlineData("[1, 2]")]
    [InlineData("~")]
    [InlineData("")]
    public void A_file_that_is_no_recipe_at_all(string yaml) => Spoken(Assert.Throws<RecipeException>(() => SpeechRecipeFile.Parse(yaml, "some.yaml")).Message);

    private static void Spoken(string message)
    {
        foreach (var word in new[] { "System.", "Qwen2Audio.", "Version=", "Exception", "Parameter", "input string" })
            Assert.DoesNotContain(word, message, StringComparison.Ordinal);
    }

    private static string Refused(string yaml) =>
        Assert.Throws<RecipeException>(() => SpeechRecipeFile.Parse(yaml.StartsWith("data:", StringComparison.Ordinal) ? yaml : "data: {manifests: [a.tsv]}\n" + yaml, "some.yaml")).Message;

    [Fact]
    public void Lists_all_of_them()
    {
        var exception = Assert.Throws<RecipeException>(() => SpeechRecipeFile.Parse("model:\n  expert: 2\n  experts: two\n", "some.yaml"));
        Assert.Contains("line 2: model.expert", exception.Message, StringComparison.Ordinal);
        Assert.Contains("line 3: model.experts", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_yaml_is_told_by_its_line() =>
        Assert.StartsWith("some.yaml, line ", Assert.Throws<RecipeException>(() => SpeechRecipeFile.Parse("model: {}\nphases: [", "some.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_run_in_which_nothing_was_saved_leaves_no_folder_and_others_stay()
    {
        using var root = new TemporaryFolder();
        var folder = Path.Combine(root, "a", "b");
        RunFolder.Open(folder).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(root));

        using (var run = RunFolder.Open(folder)) File.AppendAllText(Path.Combine(run.Location, "metrics.jsonl"), "{}");
        Assert.True(File.Exists(Path.Combine(folder, "metrics.jsonl")));
        Assert.True(RunCheckpoints.IsRun(folder));
        Assert.Empty(RunCheckpoints.Find(folder));

        using (var run = RunFolder.Open(folder))
            foreach (var step in new[] { 9, 10 }) run.Save(step, 2, checkpoint => File.WriteAllText(Path.Combine(checkpoint, "config.json"), "{}"));
        Assert.Equal(Path.Combine(folder, "checkpoints", "step-00000010"), RunCheckpoints.Find(folder)[0]);
        Assert.True(RunCheckpoints.IsRun(Path.Combine(folder, "checkpoints")));
        Assert.False(RunCheckpoints.IsRun(Path.Combine(folder, "checkpoints", "step-00000010")));

        var empty = Directory.CreateDirectory(Path.Combine(root, "empty")).FullName;
        RunFolder.Open(empty).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(empty));
    }
}
