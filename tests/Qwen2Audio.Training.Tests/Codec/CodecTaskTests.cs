using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Tests.Distributed;

namespace Qwen2Audio.Training.Tests.Codec;

/// <summary>A codec trained from a recipe by the training loop.</summary>
public sealed class CodecTaskTests : TestInFolder
{
    private const string State = "training/state.safetensors";

    public CodecTaskTests() => TinyCodec.WriteRecordings(Folder);

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 5)]
    [InlineData(true, 7)]
    [InlineData(true, 9)]
    [InlineData(false, 5, true)]
    public void Stopping_after_any_step_changes_no_bit(bool adversarial, int stop, bool perceptual = false)
    {
        var yaml = perceptual ? TinyCodec.Perceptual : adversarial ? TinyCodec.Adversarial : TinyCodec.Plain;
        var whole = TinyCodec.Train(Folder, "whole", yaml);
        TinyCodec.Train(Folder, "pieces", yaml, stop);
        var pieces = TinyCodec.Train(Folder, "pieces", yaml, threads: 1);
        foreach (var file in (string[])[State, "model.safetensors", "config.json"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(pieces, file)));
    }

    [Fact]
    public void The_loss_falls_and_the_books_are_used()
    {
        var losses = new List<double>();
        var folder = TinyCodec.Train(Folder, "longer", TinyCodec.Plain.Replace("steps: 7", "steps: 150", StringComparison.Ordinal).Replace("save_every: 4", "save_every: 1000", StringComparison.Ordinal),
            report: step => losses.Add(step.Loss));
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.True(losses.TakeLast(20).Average() < 0.6 * losses.Take(5).Average(), $"{losses.Take(5).Average()} to {losses.TakeLast(20).Average()}");
        using var state = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        for (var book = 0; book < 3; book++)
        {
            var entries = state.ReadFloats($"quantizer.{book}.codebook");
            Assert.Equal(16, Enumerable.Range(0, 16).Select(e => string.Join(' ', entries.Skip(8 * e).Take(8))).Distinct().Count());
        }
    }

    /// <summary>The discriminators are not trained in the first phase; then both stages are.</summary>
    [Fact]
    public void A_phase_against_discriminators_trains_both_stages()
    {
        var stages = new List<string>();
        TinyCodec.Train(Folder, "both", TinyCodec.Adversarial, report: step => stages.Add(string.Join('+', step.Stages.Select(stage => stage.Name))));
        Assert.Equal([.. Enumerable.Repeat("codec", 7), .. Enumerable.Repeat("discriminator+codec", 4)], stages);
    }

    /// <summary>The layer that maps codes to the recogniser's rows is trained and resumed, but not part of the codec.</summary>
    [Fact]
    public void The_first_codebook_learns_from_a_recogniser()
    {
        var (yaml, losses) = (TinyCodec.Content.Replace("steps: 7", "steps: 40", StringComparison.Ordinal), new List<double>());
        var whole = TinyCodec.Train(Folder, "whole", yaml, report: step => losses.Add(step.Stages[0].Losses.Parts.Single(part => part.Name == "content").Value));
        Assert.InRange(losses[0], 0.5, 1.5);
        Assert.True(losses.TakeLast(5).Average() < 0.7 * losses[0], $"{losses[0]} to {losses.TakeLast(5).Average()}");
        TinyCodec.Train(Folder, "pieces", yaml, 13);
        var pieces = TinyCodec.Train(Folder, "pieces", yaml, threads: 1);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, State)), File.ReadAllBytes(Path.Combine(pieces, State)));
        using var file = SafetensorsFile.Open(Path.Combine(whole, "model.safetensors"));
        Assert.DoesNotContain(file.Tensors.Keys, name => name.StartsWith("content", StringComparison.Ordinal));
        Assert.Contains("teacher", Assert.Throws<RunException>(() => TinyCodec.Train(Folder, "whole", TinyCodec.Content[..TinyCodec.Content.IndexOf("teacher", StringComparison.Ordinal)]
            .Replace("content: 1, ", "", StringComparison.Ordinal))).Message);
    }

    [Fact]
    public void Decoded_audio_becomes_more_like_the_recording_to_a_recogniser()
    {
        var parts = new List<(double Blocks, double Posteriors)>();
        var yaml = TinyCodec.Perceptual.Replace("steps: 7", "steps: 60", StringComparison.Ordinal);
        TinyCodec.Train(Folder, "longer", yaml, report: step => parts.Add((Part(step, "perceptual"), Part(step, "posteriors"))));
        Assert.All(parts, part => Assert.True(part is { Blocks: > 0, Posteriors: > 0 }));
        Assert.True(parts.TakeLast(10).Average(part => part.Blocks) < 0.8 * parts.Take(5).Average(part => part.Blocks), string.Join(", ", parts));
        Assert.Contains("losses.perceptual_blocks has 13: 1…12 is allowed", Assert.Throws<RecipeException>(() =>
            TinyCodec.Train(Folder, "thirteen", yaml.Replace("[1, 12]", "[1, 13]", StringComparison.Ordinal))).Message);

        static double Part(StepReport step, string name) => step.Stages[0].Losses.Parts.Single(part => part.Name == name).Value;
    }

    /// <summary>The recogniser's weights are a condition of the run; without one, conditions and measurements are those of runs from before there was this loss.</summary>
    [Fact]
    public void The_recogniser_is_a_condition_of_the_run()
    {
        var recipe = TinyCodec.Recipe(Folder, TinyCodec.Perceptual);
        using var task = new CodecTask(recipe, TinyCodec.Corpus(Folder, recipe), 1);
        var metadata = task.Conditions.Metadata.ToDictionary();
        Assert.Equal(FakeHub.Sha256(File.ReadAllBytes(Path.Combine(recipe.Teacher, "model.safetensors"))), metadata["run.teacher"]);
        Assert.Equal("1", metadata["run.losses.perceptual_blocks[0]"]);
        var without = TinyCodec.Recipe(Folder, TinyCodec.Plain);
        using var plain = new CodecTask(without, TinyCodec.Corpus(Folder, without), 1);
        Assert.DoesNotContain(plain.Conditions.Metadata, pair => pair.Key.Contains("perceptual", StringComparison.Ordinal) || pair.Key.Contains("posteriors", StringComparison.Ordinal));
    }

    [Fact]
    public void A_checkpoint_is_the_codec_without_what_training_alone_needs()
    {
        var recipe = TinyCodec.Recipe(Folder, TinyCodec.Plain);
        var folder = TinyCodec.Train(Folder, "saved", TinyCodec.Plain, 1);
        Assert.Equal(recipe.Model, ConfigObject.Read(Path.Combine(folder, "config.json"), FrameCodecConfigFile.Read));
        using var file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        Assert.All(file.Tensors.Values, tensor => Assert.Equal(DType.F16, tensor.DType));
        Assert.DoesNotContain(file.Tensors.Keys, name => name.StartsWith("averages", StringComparison.Ordinal) || name.StartsWith("discriminator", StringComparison.Ordinal));
        using var corpus = new CodecTask(recipe, TinyCodec.Corpus(Folder, recipe), 1);
        Assert.Equal(corpus.Parameters, file.Tensors.Values.Sum(tensor => tensor.Count));
        Assert.Equal(corpus.Parameters, CodecTask.Needs(recipe, TinyCodec.Corpus(Folder, recipe)).Parameters);
        var full = TinyCodec.Train(Folder, "full", TinyCodec.Plain + "stored: float32\n", 1);
        using var floats = SafetensorsFile.Open(Path.Combine(full, "model.safetensors"));
        Assert.All(floats.Tensors.Values, tensor => Assert.Equal(DType.F32, tensor.DType));
    }

    /// <summary>Codebook counts are summed over ranks: every rank has the weights of a single rank with all crops, within rounding.</summary>
    [Theory, InlineData(2), InlineData(3), InlineData(2, true)]
    public void Ranks_train_what_one_trains(int count, bool perceptual = false)
    {
        double[] alone = [], together = [];
        var yaml = perceptual ? TinyCodec.Perceptual : TinyCodec.Adversarial;
        var one = TinyCodec.Train(Folder, "one", yaml, report: step => alone = [.. alone, step.Loss]);
        var several = "";
        ThreadRanks.Run(count, ranks =>
        {
            var folder = TinyCodec.Train(Folder, "several", yaml, report: step => together = ranks.Rank == 0 ? [.. together, step.Loss] : together, threads: 1, ranks: ranks);
            if (ranks.Rank == 0) several = folder;
        });
        Assert.Equal(alone.Length, together.Length);
        for (var i = 0; i < alone.Length; i++) Assert.Equal(alone[i], together[i], 1e-2 * Math.Abs(alone[i]));
        Assert.Equal(alone[0], together[0], 1e-5 * Math.Abs(alone[0]));
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(one, "model.safetensors")), found = SafetensorsFile.Open(Path.Combine(several, "model.safetensors"));
        foreach (var (a, b) in expected.ReadFloats("quantizer.0.codebook").Zip(found.ReadFloats("quantizer.0.codebook"))) Assert.Equal(a, b, 0.1f);
    }

    [Fact]
    public void The_validation_rows_are_measured_without_a_trace()
    {
        var recipe = TinyCodec.Recipe(Folder, TinyCodec.Plain);
        using var task = new CodecTask(recipe, TinyCodec.Corpus(Folder, recipe), 2);
        task.Begin(0);
        var before = task.Compute(0);
        var lengths = new List<(string, int, int)>();
        var figures = task.Measure((dataset, wanted, made) => lengths.Add((dataset, wanted.Length, made.Length)));
        Assert.Equal([("noise", 5300, 5300), ("tones", 4500, 4500), ("tones", 4900, 4900)], lengths.Order());
        Assert.Equal([("noise", 1), ("tones", 2)], figures.Select(figure => (figure.Dataset, figure.Clips)));
        Assert.All(figures.SelectMany(figure => figure.Figures), figure => Assert.InRange(figure.Value, 0.01, 50));
        task.Begin(0);
        Assert.Equal(before.Total, task.Compute(0).Total);
    }

    [Theory]
    [InlineData("crop_seconds: 0.2", "crop_seconds: 0.2, validation_clips: 1", true)]
    [InlineData("losses: {", "losses: {mel: 0.9, ", true)]
    [InlineData("stft_windows: [128, 256]", "stft_windows: [256]", true)]
    [InlineData("losses: {", "losses: {commitment: 0.5, adversarial: 1, ", false)]
    [InlineData("warmup_steps: 2", "warmup_steps: 3", false)]
    public void Measurements_are_comparable_if_rows_and_reconstruction_loss_are_the_same(string here, string there, bool other)
    {
        var on = On(TinyCodec.Plain);
        Assert.Equal(!other, on == On(TinyCodec.Plain.Replace(here, there, StringComparison.Ordinal)));
        File.Copy(Path.Combine(Folder, "9.wav"), Path.Combine(Folder, "10.wav"), overwrite: true);
        Assert.NotEqual(on, On(TinyCodec.Plain));

        string On(string yaml)
        {
            var recipe = TinyCodec.Recipe(Folder, yaml);
            using var task = new CodecTask(recipe, TinyCodec.Corpus(Folder, recipe), 1);
            return task.MeasuredOn;
        }
    }

    [Fact]
    public void Another_recipe_or_other_sounds_do_not_go_on_in_the_same_folder()
    {
        TinyCodec.Train(Folder, "changed", TinyCodec.Plain, 3);
        Assert.Contains("quantiser.decay", Assert.Throws<RunException>(() => TinyCodec.Train(Folder, "changed", TinyCodec.Plain.Replace("start_frames", "decay: 0.5, start_frames", StringComparison.Ordinal))).Message);
        Assert.Contains("model", Assert.Throws<RunException>(() => TinyCodec.Train(Folder, "changed", TinyCodec.Plain.Replace("decoder_look_ahead: 1, ", "", StringComparison.Ordinal).Replace("kernel: 3", "kernel: 3, decoder_look_ahead: 0", StringComparison.Ordinal))).Message);
        TinyCodec.WriteRecordings(Folder);
        File.Copy(Path.Combine(Folder, "0.wav"), Path.Combine(Folder, "1.wav"), overwrite: true);
        Assert.Contains("corpus.sounds", Assert.Throws<RunException>(() => TinyCodec.Train(Folder, "changed", TinyCodec.Plain)).Message);
    }
}
