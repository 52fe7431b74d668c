using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Codec;

/// <summary>A codec that begins with the weights of another, and phases that train its decoder alone.</summary>
public sealed class CodecTaskDecoderOnlyTests : TestInFolder
{
    private const string Stored = "stored: float32\n";
    private static readonly string DecoderOnly = TinyCodec.Adversarial.Replace("warmup_steps: 2,", "warmup_steps: 2, decoder_only: true,", StringComparison.Ordinal)
        .Replace("adversarial: true,", "adversarial: true, decoder_only: true,", StringComparison.Ordinal) + "initialise_from: first\n" + Stored;

    private readonly string _first;

    public CodecTaskDecoderOnlyTests()
    {
        TinyCodec.WriteRecordings(Folder);
        _first = TinyCodec.Train(Folder, "first", TinyCodec.Plain + Stored, 5);
    }

    /// <summary>With and without discriminators, encoder and codebooks keep their bits, so the codec's tokens stay the same.</summary>
    [Fact]
    public void Encoder_and_codebooks_keep_every_bit_and_the_decoder_learns()
    {
        var parts = new List<string>();
        var folder = TinyCodec.Train(Folder, "decoder", DecoderOnly, report: step => parts.AddRange(step.Stages[^1].Losses.Parts.Select(part => part.Name)));
        Assert.DoesNotContain("commitment", parts);
        Assert.Contains("feature_matching", parts);
        using SafetensorsFile before = SafetensorsFile.Open(Path.Combine(_first, "model.safetensors")), after = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        Assert.Equal(before.Tensors.Keys.Order(), after.Tensors.Keys.Order());
        Assert.Contains(before.Tensors.Keys, name => name.StartsWith("quantizer.", StringComparison.Ordinal));
        foreach (var name in before.Tensors.Keys)
        {
            if (name.StartsWith("decoder.", StringComparison.Ordinal)) Assert.NotEqual(before.ReadFloats(name), after.ReadFloats(name));
            else Assert.Equal(before.ReadFloats(name), after.ReadFloats(name));
        }
    }

    /// <summary>The codebooks' averages and the encoder's moments stay too, until a phase trains the whole codec.</summary>
    [Fact]
    public void A_later_phase_trains_the_whole_codec()
    {
        var recipe = TinyCodec.Recipe(Folder, DecoderOnly.Replace("adversarial: true, decoder_only: true,", "adversarial: true,", StringComparison.Ordinal));
        using var run = RunFolder.Open(Path.Combine(Folder, "both"));
        using var task = new CodecTask(recipe, TinyCodec.Corpus(Folder, recipe), 2);
        var parameters = task.Stages[^1].Parameters;
        List<float[]> averages = [], codebooks = [], moments = [];
        new TrainingLoop(task, run).Run(_ =>
        {
            averages.Add(parameters["averages.0.sum"].Value.Span.ToArray());
            codebooks.Add(parameters["quantizer.0.codebook"].Value.Span.ToArray());
            var weight = parameters["encoder.in.weight"];
            moments.Add(parameters.FirstMoments.Span.Slice(weight.Offset, (int)weight.Length).ToArray());
        });
        Assert.Equal(11, averages.Count);
        Assert.Contains(averages[0], value => value != 0);
        for (var step = 1; step < 7; step++)
        {
            Assert.Equal(averages[0], averages[step]);
            Assert.Equal(codebooks[0], codebooks[step]);
            Assert.All(moments[step], value => Assert.Equal(0, value));
        }

        Assert.NotEqual(averages[6], averages[7]);
        Assert.NotEqual(codebooks[6], codebooks[7]);
        Assert.Contains(moments[7], value => value != 0);
    }

    [Theory, InlineData(3), InlineData(8)]
    public void A_resumed_run_ends_with_the_same_bits(int stop)
    {
        var yaml = DecoderOnly.Replace("quantiser: {", "quantiser: {dropout_share: 1, dropout_books: [3, 1], ", StringComparison.Ordinal);
        var whole = TinyCodec.Train(Folder, "whole", yaml);
        TinyCodec.Train(Folder, "pieces", yaml, stop);
        var pieces = TinyCodec.Train(Folder, "pieces", yaml, threads: 1);
        foreach (var file in (string[])["training/state.safetensors", "model.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(pieces, file)));
    }

    [Fact]
    public void The_other_codec_is_a_condition_of_the_run_and_new_settings_are_none_where_they_are_not_used()
    {
        var recipe = TinyCodec.Recipe(Folder, DecoderOnly);
        using var task = new CodecTask(recipe, TinyCodec.Corpus(Folder, recipe), 1);
        var metadata = task.Conditions.Metadata.ToDictionary();
        Assert.Equal(FakeHub.Sha256(File.ReadAllBytes(Path.Combine(_first, "model.safetensors"))), metadata["run.initialise_from"]);
        Assert.Equal("True", metadata["run.phases[0].decoder_only"]);
        var without = TinyCodec.Recipe(Folder, TinyCodec.Plain);
        using var plain = new CodecTask(without, TinyCodec.Corpus(Folder, without), 1);
        Assert.DoesNotContain(plain.Conditions.Metadata, pair => pair.Key.Contains("initialise", StringComparison.Ordinal)
            || pair.Key.Contains("decoder_only", StringComparison.Ordinal) || pair.Key.Contains("dropout_books", StringComparison.Ordinal));
    }

    /// <summary>Found when the task is built, and by the check of a recipe.</summary>
    [Fact]
    public void A_codec_that_does_not_fit_is_refused()
    {
        Assert.Contains("$.decoder_width: found 24; allowed: 32, as in the recipe's section model", Message<ConfigException>(DecoderOnly.Replace("decoder_width: 24", "decoder_width: 32", StringComparison.Ordinal)));
        Assert.Contains("$.decoder_look_ahead", Message<ConfigException>(DecoderOnly.Replace("kernel: 3", "kernel: 3, decoder_look_ahead: 0", StringComparison.Ordinal)));
        Assert.Contains("a codec of ours", Message<ConfigException>(DecoderOnly.Replace("initialise_from: first", $"initialise_from: {Path.Combine(Fixtures.Repository, "models", "default")}", StringComparison.Ordinal)));
        Message<CheckpointException>(DecoderOnly.Replace("initialise_from: first", "initialise_from: nothing", StringComparison.Ordinal));
        var copy = Directory.CreateDirectory(Path.Combine(Folder, "copy")).FullName;
        File.Copy(Path.Combine(_first, "config.json"), Path.Combine(copy, "config.json"));
        using (var file = SafetensorsFile.Open(Path.Combine(_first, "model.safetensors")))
            SafetensorsWriter.Write(Path.Combine(copy, "model.safetensors"), [.. file.Tensors.Where(tensor => tensor.Key != "encoder.in.bias")
                .Select(tensor => NewTensor.Floats(tensor.Key, [.. tensor.Value.Shape], file.ReadFloats(tensor.Key), DType.F32))]);
        Assert.Contains("encoder.in.bias", Message<CheckpointException>(DecoderOnly.Replace("initialise_from: first", "initialise_from: copy", StringComparison.Ordinal)));

        string Message<T>(string yaml) where T : Exception
        {
            var recipe = TinyCodec.Recipe(Folder, yaml);
            var corpus = TinyCodec.Corpus(Folder, recipe);
            var message = Assert.Throws<T>(() => new CodecTask(recipe, corpus, 1)).Message;
            Assert.Equal(message, Assert.Throws<T>(() => CodecTask.Needs(recipe, corpus)).Message);
            return message;
        }
    }

    /// <summary>Training itself is not changed, nor by measuring in between.</summary>
    [Fact]
    public void A_published_decoder_may_keep_a_share_of_the_initial_weights()
    {
        var trained = TinyCodec.Train(Folder, "trained", DecoderOnly);
        var published = TinyCodec.Train(Folder, "published", DecoderOnly + "initial_share: 0.25\n", 4);
        published = TinyCodec.Train(Folder, "published", DecoderOnly + "initial_share: 0.25\n");
        using (SafetensorsFile a = SafetensorsFile.Open(Path.Combine(trained, "training", "state.safetensors")), b = SafetensorsFile.Open(Path.Combine(published, "training", "state.safetensors")))
            Assert.Equal(a.ReadFloats("codec.values"), b.ReadFloats("codec.values"));
        using SafetensorsFile before = SafetensorsFile.Open(Path.Combine(_first, "model.safetensors")), after = SafetensorsFile.Open(Path.Combine(trained, "model.safetensors")), found = SafetensorsFile.Open(Path.Combine(published, "model.safetensors"));
        foreach (var name in before.Tensors.Keys)
        {
            var (initial, learned, mixed) = (before.ReadFloats(name), after.ReadFloats(name), found.ReadFloats(name));
            for (var i = 0; i < mixed.Length; i++) Assert.Equal(0.25 * initial[i] + 0.75 * learned[i], mixed[i], 1e-6);
        }

        var recipe = TinyCodec.Recipe(Folder, DecoderOnly + "initial_share: 0.25\n");
        using var task = new CodecTask(recipe, TinyCodec.Corpus(Folder, recipe), 1);
        var values = task.Stages[^1].Parameters.Values.Span;
        var weights = values.ToArray();
        foreach (ref var value in values) value += 0.01f;
        var moved = values.ToArray();
        var measured = task.Measure()[0].Figures[0].Value;
        Assert.Equal(moved, values.ToArray());
        weights.CopyTo(values);
        Assert.NotEqual(measured, task.Measure()[0].Figures[0].Value);
        Assert.Equal("0.25", task.Conditions.Metadata.ToDictionary()["run.initial_share"]);
    }

    [Theory]
    [InlineData("initialise_from: first\n", "initialise_from: first\ninitial_share: 2\n", "initial_share is 2: 0…1 is allowed")]
    [InlineData("adversarial: true, decoder_only: true,", "adversarial: true,", "initial_share is 0.5: 0 is allowed unless every phase has decoder_only", "initial_share: 0.5\n")]
    [InlineData("initialise_from: first\n", "", "phases[0].decoder_only is true: name initialise_from")]
    [InlineData("quantiser: {", "quantiser: {dropout_books: [3, 4], ", "quantiser.dropout_books is 4: 1…3 is allowed")]
    [InlineData("quantiser: {", "quantiser: {dropout_books: [], ", "quantiser.dropout_books is empty")]
    [InlineData("losses: {", "losses: {content: 1, ", "phases[1].decoder_only is true, and losses.content is 1: 0 is allowed")]
    public void A_setting_that_does_not_fit_is_named(string from, string to, string message, string more = "") =>
        Assert.Contains(message, Assert.Throws<RecipeException>(() => TinyCodec.Recipe(Folder, DecoderOnly.Replace(from, to, StringComparison.Ordinal) + more)).Message, StringComparison.Ordinal);

    [Fact]
    public void Crops_use_the_numbers_of_codebooks_that_the_recipe_names()
    {
        var recipe = TinyCodec.Recipe(Folder, TinyCodec.Plain.Replace("steps: 7", "steps: 500", StringComparison.Ordinal).Replace("quantiser: {", "quantiser: {dropout_share: 1, dropout_books: [3, 1, 1, 1], ", StringComparison.Ordinal));
        var (sampler, books, crop) = (new CropSampler(recipe, TinyCodec.Corpus(Folder, recipe).Train), new int[4], new float[1600]);
        for (var step = 0; step < 250; step++)
            for (var item = 0; item < 4; item++) books[sampler.Draw(step, item, crop, [])]++;
        Assert.Equal((0, 0), (books[0], books[2]));
        Assert.InRange(books[3], 200, 300); // a quarter
    }
}
