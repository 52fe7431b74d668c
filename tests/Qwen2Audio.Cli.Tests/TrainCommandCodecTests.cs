using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Tests;

/// <summary>train with a recipe for a codec.</summary>
public sealed class TrainCommandCodecTests : TestInFolder
{
    public TrainCommandCodecTests()
    {
        var random = new Random(5);
        List<string> rows = ["path\tdataset\ttext_or_label\tsplit"];
        for (var i = 0; i < 6; i++)
        {
            float[] samples = [.. Enumerable.Range(0, 6000 + 900 * i).Select(t => 0.2f * MathF.Sin(t * 0.02f * (i + 2) + MathF.Sin(t * 0.001f)) * (random.NextSingle() + 0.5f))];
            using var file = File.Create(Path.Combine(Folder, $"{i}.wav"));
            WavWriter.Write(file, samples, 8000);
            rows.Add($"{i}.wav\tsounds\t-\t{(i < 4 ? "train" : "val")}");
        }

        File.WriteAllLines(Path.Combine(Folder, "manifest.tsv"), rows);
        File.WriteAllText(Recipe, """
            task: codec
            data: {manifests: [manifest.tsv], batch: 2, crop_seconds: 0.2}
            model: {sampling_rate: 8000, sub_frames: 1, analysis_window: 320, mel_bins: 16, synthesis_window: 240, encoder_width: 16, encoder_inner: 24, encoder_blocks: 1,
              decoder_width: 16, decoder_inner: 24, decoder_blocks: 1, kernel: 3, dimension: 8, books: 2, entries: 8}
            quantiser: {start_frames: 40}
            losses: {mel_windows: [64, 256], mel_bins: [8, 20], stft_windows: [128]}
            phases: [{steps: 6, learning_rate: 1e-3, draws: {sounds: 1}}]
            checkpoints: {save_every: 3, evaluate_every: 3}
            """);
    }

    private string Recipe => Path.Combine(Folder, "recipe.yaml");

    [Fact]
    public void Check_tells_sizes_and_makes_nothing()
    {
        var check = ProgramRun.Of("train", Recipe, "--check", "--json", "--threads", "1");
        Assert.True(check.ExitCode == 0, check.Error);
        var found = JsonDocument.Parse(check.Output).RootElement;
        Assert.Equal((4, 2, 6), (found.GetProperty("recordings").GetInt32(), found.GetProperty("measured").GetInt32(), found.GetProperty("steps").GetInt32()));
        Assert.Equal(["manifest.tsv", "recipe.yaml"], Directory.GetFiles(Folder).Select(Path.GetFileName).Where(name => !name!.EndsWith(".wav", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void A_run_measures_its_checkpoints_and_goes_on_from_its_folder()
    {
        var run = ProgramRun.Of("train", Recipe, "--run", Path.Combine(Folder, "run"), "--threads", "1");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("measured after step 6: loss ", run.Output, StringComparison.Ordinal);
        var last = JsonDocument.Parse(File.ReadLines(Path.Combine(Folder, "run", "validation.jsonl")).Last()).RootElement;
        foreach (var name in (string[])["loss", "mel", "log_magnitude", "convergence", "stoi", "estoi", "si_sdr", "sounds.stoi"])
            Assert.True(double.IsFinite(last.GetProperty(name).GetDouble()), name);
        var again = ProgramRun.Of("train", "--resume", Path.Combine(Folder, "run"), "--threads", "1");
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Contains("6 of 6", again.Output, StringComparison.Ordinal);
        var info = ProgramRun.Of("info", Path.Combine(Folder, "run"));
        Assert.True(info.ExitCode == 0, info.Error);
        Assert.Contains("frame_codec", info.Output, StringComparison.Ordinal);
        Assert.Contains("all tensors are present", info.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_goes_on_with_other_validation_rows_chooses_its_best_anew()
    {
        var best = Path.Combine(Folder, "run", "best.json");
        var run = ProgramRun.Of("train", Recipe, "--run", Path.Combine(Folder, "run"), "--threads", "1");
        Assert.True(run.ExitCode == 0, run.Error);
        var before = JsonDocument.Parse(File.ReadAllText(best)).RootElement.GetProperty("MeasuredOn").GetString()!;
        Assert.StartsWith("2 clips sha256 ", before, StringComparison.Ordinal);
        var manifest = File.ReadAllLines(Path.Combine(Folder, "manifest.tsv"));
        File.WriteAllLines(Path.Combine(Folder, "manifest.tsv"), manifest[..^1]);
        var again = ProgramRun.Of("train", "--resume", Path.Combine(Folder, "run"), "--threads", "1");
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Contains($"was measured on other validation rows or by another loss ({before}; now 1 clips sha256 ", again.Error, StringComparison.Ordinal);
        var after = JsonDocument.Parse(File.ReadAllText(best)).RootElement;
        Assert.StartsWith("1 clips sha256 ", after.GetProperty("MeasuredOn").GetString(), StringComparison.Ordinal);
        Assert.Equal(6, after.GetProperty("Step").GetInt32());
        var same = ProgramRun.Of("train", "--resume", Path.Combine(Folder, "run"), "--threads", "1");
        Assert.DoesNotContain("validation rows", same.Error, StringComparison.Ordinal);
    }

    /// <summary>A checkpoint at inference, fed audio in pieces, gives what training computed for the same recordings.</summary>
    [Fact]
    public void A_checkpoint_makes_the_sound_at_inference_that_it_makes_in_training()
    {
        File.AppendAllText(Recipe, "\nstored: float32\n");
        var runFolder = Path.Combine(Folder, "run");
        var run = ProgramRun.Of("train", Recipe, "--run", runFolder, "--threads", "1");
        Assert.True(run.ExitCode == 0, run.Error);
        var recipe = CodecRecipeFile.Parse(File.ReadAllText(Recipe), Recipe);
        using var task = new CodecTask(recipe, CodecCorpus.Load(recipe, Recipe), 1);
        using var opened = RunFolder.Open(runFolder);
        Assert.Equal(6, new TrainingLoop(task, opened).Step); // restores the weights
        using var codec = LoadedCodec.Open(runFolder);
        using var pool = new WorkerPool(1);
        using var ops = new InferenceOps(pool);
        var sounds = 0;
        task.Measure((_, wanted, made) =>
        {
            sounds++;
            var found = InPieces(codec, ops, wanted);
            for (var i = 0; i < made.Length; i++) Assert.Equal(made[i], found[i], 2e-4f);
        });
        Assert.Equal(2, sounds);
    }

    [Fact]
    public void Two_ranks_count_the_books_together()
    {
        TrainCommandRanksTests.RequireMpi();
        var one = ProgramRun.Of("train", Recipe, "--run", Path.Combine(Folder, "one"), "--threads", "1");
        Assert.True(one.ExitCode == 0, one.Error);
        var (code, error) = TrainCommandRanksTests.End(TrainCommandRanksTests.Start(2, "train", Recipe, "--run", Path.Combine(Folder, "two"), "--threads", "1"));
        Assert.True(code == 0, error);
        float[] expected = Values("one"), found = Values("two");
        Assert.InRange(Differences.Relative(expected, found), 0, 1e-2); // codes may flip where two entries are as near
        var many = TrainCommandRanksTests.End(TrainCommandRanksTests.Start(3, "train", Recipe, "--run", Path.Combine(Folder, "three"), "--threads", "1"));
        Assert.NotEqual(0, many.Code);
        Assert.Contains("data.batch is 2: 3 ranks need one crop each", many.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("task: codec", "task: kodec", "task is 'kodec'; codec or language-model or speech is needed")]
    [InlineData("sounds: 1", "noises: 1", "phases[0].draws.noises: no recording is of this dataset")]
    [InlineData("books: 2", "books: 0", "model.books is 0")]
    public void A_recipe_that_cannot_be_used_is_bad_input(string from, string to, string message)
    {
        File.WriteAllText(Recipe, File.ReadAllText(Recipe).Replace(from, to, StringComparison.Ordinal));
        var run = ProgramRun.Of("train", Recipe, "--check");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private float[] Values(string run)
    {
        using var file = SafetensorsFile.Open(Path.Combine(Folder, run, "checkpoints", "step-00000006", "training", "state.safetensors"));
        return file.ReadFloats("values");
    }

    /// <summary>Encodes and decodes audio, 700 samples at a time.</summary>
    private static float[] InPieces(LoadedCodec codec, InferenceOps ops, float[] sound)
    {
        using var encoding = new CodecEncoding(codec.Model, ops, codec.Config.Stages);
        using var decoding = new CodecDecoding(codec.Model, ops);
        var made = new List<float>();
        for (var at = 0; at < sound.Length; at += 700)
        {
            var count = Math.Min(700, sound.Length - at);
            var ends = at + count == sound.Length;
            foreach (var frames in encoding.Add(sound.AsSpan(at, count), ends)) made.AddRange(decoding.Add(frames, ends));
        }

        return [.. made];
    }
}
