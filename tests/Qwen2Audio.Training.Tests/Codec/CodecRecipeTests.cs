using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Codec;

/// <summary>Errors in a codec's recipe are reported under its own names; recipes of other tasks are recognised.</summary>
public sealed class CodecRecipeTests : TestInFolder
{
    [Theory]
    [InlineData("batch: 4", "batch: 0", "data.batch is 0: 1…4096 is allowed")]
    [InlineData("losses: {", "losses: {content: 1, ", "losses.content, losses.perceptual or losses.posteriors, and teacher: both are needed")]
    [InlineData("losses: {", "losses: {posteriors: 1, ", "losses.content, losses.perceptual or losses.posteriors, and teacher: both are needed")]
    [InlineData("losses: {", "losses: {perceptual: -1, ", "losses.perceptual is -1")]
    [InlineData("losses: {", "losses: {perceptual_blocks: [0], ", "losses.perceptual_blocks is 0: 1…1024 is allowed")]
    [InlineData("losses: {", "losses: {perceptual_blocks: [1], ", "losses.perceptual_blocks is given: losses.perceptual more than 0 is needed")]
    [InlineData("tones: 2", "tones: -2", "phases[0].draws.tones is -2")]
    [InlineData("frame_rate: 50", "frame_rate: 49", "model.frame_rate is 49: a divisor of sampling_rate (8000) is allowed")]
    [InlineData("frame_rate: 50", "frame_rate: 0", "model.frame_rate is 0")]
    [InlineData("synthesis_window: 240", "synthesis_window: 400", "model.synthesis_window is 400: 160…320, by an even number more than 160 is allowed")]
    [InlineData("frame_rate: 50", "frame_rat: 50", "model.frame_rat is unknown; did you mean frame_rate?")]
    [InlineData("restart_count: 0.5", "restart_count: 0.1", "quantiser.restart_count is 0.1: more than restart_below (0.2) is allowed")]
    [InlineData("mel_bins: [8, 20]", "mel_bins: [8]", "losses.mel_bins has 1 numbers: one for each of mel_windows (2) is allowed")]
    [InlineData("stft_windows: [128, 256]", "stft_windows: []", "losses.stft_windows is empty")]
    [InlineData("warmup_steps: 2", "warmup_steps: 8", "phases[0].warmup_steps is 8: 0…7 is allowed")]
    [InlineData("warmup_steps: 2", "adversarial: true", "phases[0].adversarial is true: give the section discriminator")]
    [InlineData("quantiser: {", "discriminator: {periods: []}\nquantiser: {", "discriminator.periods and discriminator.windows are empty: give at least one")]
    [InlineData("quantiser: {", "discriminator: {windows: [130]}\nquantiser: {", "discriminator.windows is 130: a multiple of 4 from 16 to 1600, the samples of a crop, is allowed")]
    [InlineData("quantiser: {", "discriminator: {windows: [2048]}\nquantiser: {", "discriminator.windows is 2048: a multiple of 4 from 16 to 1600")]
    [InlineData("save_every: 4", "save_every: 0", "checkpoints.save_every is 0")]
    public void A_setting_out_of_its_range_is_named(string from, string to, string message) =>
        Assert.Contains(message, Assert.Throws<RecipeException>(() => TinyCodec.Recipe(Folder, TinyCodec.Plain.Replace(from, to, StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    [Theory, InlineData("codec", false), InlineData("codec-decoder", true)]
    public void The_recipes_of_the_shipped_codec_are_right(string name, bool decoderOnly)
    {
        var path = Path.Combine(Fixtures.Repository, "recipes", name + ".yaml");
        var recipe = CodecRecipeFile.Parse(File.ReadAllText(path), path);
        Assert.All(recipe.Phases, phase => Assert.Equal(decoderOnly, phase.DecoderOnly));
        Assert.Equal(CodecRecipeFile.Parse(File.ReadAllText(Path.Combine(Fixtures.Repository, "recipes", "codec.yaml")), path).Model, recipe.Model);
    }

    [Fact]
    public void The_task_says_what_is_trained()
    {
        Assert.True(CodecRun.Is(new RunRecipe("train", "a.yaml", TinyCodec.Plain)));
        Assert.False(CodecRun.Is(new RunRecipe("train", "a.yaml", "seed: 1")));
        Assert.False(CodecRun.Is(new RunRecipe("train", "a.yaml", "task: speech")));
        Assert.Contains("a.yaml, line 2: task is 'kodec'; codec or language-model or speech is needed", Assert.Throws<RecipeException>(() => CodecRun.Is(new RunRecipe("train", "a.yaml", "seed: 1\ntask: kodec"))).Message);
        Assert.Contains("task is no name", Assert.Throws<RecipeException>(() => CodecRun.Is(new RunRecipe("train", "a.yaml", "task: [codec]"))).Message);
        var forgotten = TinyCodec.Plain.Replace("task: codec\n", "", StringComparison.Ordinal);
        Assert.Contains("write task: codec", Assert.Throws<RecipeException>(() => SpeechRecipeFile.Parse(forgotten, "a.yaml")).Message);
        Assert.Contains("task is codec; speech is needed here", Assert.Throws<RecipeException>(() => SpeechRecipeFile.Parse(TinyCodec.Plain, "a.yaml")).Message);
        Assert.Equal("train", SpeechRecipeFile.Parse("task: speech\ndata: {manifests: [a.tsv]}\nphases: [{steps: 1, learning_rate: 1e-3, draws: {a: 1}}]", "a.yaml").Data.Split);
    }

    [Fact]
    public void Draws_from_a_dataset_that_there_is_not_and_unusable_files_are_refused()
    {
        TinyCodec.WriteRecordings(Folder);
        var recipe = TinyCodec.Recipe(Folder, TinyCodec.Plain.Replace("tones: 2", "tone: 2", StringComparison.Ordinal));
        Assert.Contains("phases[0].draws.tone: no recording is of this dataset; did you mean tones? (allowed: noise, tones)", Assert.Throws<RecipeException>(() => TinyCodec.Corpus(Folder, recipe)).Message);
        var some = TinyCodec.Corpus(Folder, TinyCodec.Recipe(Folder, TinyCodec.Plain.Replace("noise: 1", "noise: 0", StringComparison.Ordinal)));
        Assert.Equal(6, some.Recordings);
        Assert.Contains(some.Warnings, warning => warning.Contains("3 recordings of noise are not trained on", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(Folder, "0.wav"), "no sound");
        Assert.Contains("0.wav", Assert.Throws<Training.Data.CorpusException>(() => TinyCodec.Corpus(Folder, TinyCodec.Recipe(Folder, TinyCodec.Plain))).Message);
        var patient = TinyCodec.Corpus(Folder, TinyCodec.Recipe(Folder, TinyCodec.Plain.Replace("batch: 4", "batch: 4, max_skipped_percent: 20", StringComparison.Ordinal)));
        Assert.Equal((8, "0.wav"), (patient.Recordings, Path.GetFileName(Assert.Single(patient.Failures).Row.Path)));
    }
}
