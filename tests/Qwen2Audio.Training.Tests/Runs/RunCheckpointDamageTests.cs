using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Tests.Speech;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>Damaged checkpoints are renamed, and no intact one is lost.</summary>
public sealed class RunCheckpointDamageTests : TestInFolder
{
    private readonly SpeechRecipe _recipe;
    private readonly SpeechCorpus _corpus;
    private readonly List<string> _warnings = [];

    public RunCheckpointDamageTests()
    {
        _recipe = TinyCorpus.Make(Folder);
        _corpus = SpeechCorpus.Load(_recipe);
    }

    private string Run => Path.Combine(Folder, "run");

    [Fact]
    public void Checkpoints_saved_below_damaged_ones_are_kept()
    {
        Train(4);
        foreach (var step in new[] { 20, 30 })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(State(step))!);
            File.WriteAllBytes(State(step), [1, 2, 3]);
        }

        Train(5);
        Assert.True(File.Exists(State(5)));
        Assert.True(File.Exists(State(4)));
        foreach (var step in new[] { 20, 30 })
        {
            Assert.False(File.Exists(State(step)));
            Assert.Equal([1, 2, 3], File.ReadAllBytes(State(step).Replace("step-", "damaged-step-", StringComparison.Ordinal)));
            Assert.Contains(_warnings, warning => warning.Contains($"damaged-step-{step:D8}", StringComparison.Ordinal));
        }

        Train(int.MaxValue);
        var mended = File.ReadAllBytes(State(11));
        Directory.Delete(Run, recursive: true);
        Train(int.MaxValue);
        Assert.Equal(File.ReadAllBytes(State(11)), mended);
    }

    [Fact]
    public void A_run_of_which_no_checkpoint_can_be_read_is_refused_and_left_as_it_is()
    {
        Train(9);
        foreach (var step in new[] { 8, 9 }) File.WriteAllBytes(State(step), [1, 2, 3]);
        for (var again = 0; again < 2; again++)
        {
            var error = Assert.Throws<RunException>(() => Train(int.MaxValue));
            Assert.Contains(Run, error.Message, StringComparison.Ordinal);
            Assert.Equal(["step-00000008", "step-00000009"],
                Directory.GetDirectories(Path.Combine(Run, "checkpoints")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("step")]
    [InlineData("optimizer_step")]
    [InlineData("layout")]
    public void Missing_metadata_is_damage(string key) => PassedOver(path => Rewrite(path, metadata => metadata.Remove(key)));

    [Theory]
    [InlineData("step", "7")]
    [InlineData("step", "many")]
    [InlineData("optimizer_step", "-3")]
    public void Wrong_metadata_is_damage(string key, string value) => PassedOver(path => Rewrite(path, metadata => metadata[key] = value));

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("training/state.safetensors")]
    [InlineData("config.json")]
    [InlineData("vocab.json")]
    [InlineData(RunCheckpoints.ChecksumFile)]
    public void A_changed_bit_in_any_file_is_damage(string file) => PassedOver(_ => Flip(Path.Combine(Checkpoint(9), file)), file == RunCheckpoints.ChecksumFile ? "SHA-256" : file);

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("training/state.safetensors")]
    [InlineData("config.json")]
    [InlineData("vocab.json")]
    [InlineData("preprocessor_config.json")]
    [InlineData(RunCheckpoints.ChecksumFile)]
    public void A_missing_file_is_damage(string file) => PassedOver(_ => File.Delete(Path.Combine(Checkpoint(9), file)), file);

    [Fact]
    public void A_list_that_was_cut_off_is_damage() => PassedOver(_ =>
    {
        var list = Path.Combine(Checkpoint(9), RunCheckpoints.ChecksumFile);
        File.WriteAllLines(list, File.ReadAllLines(list)[..^1]);
    });

    [Fact]
    public void Bit_rot_in_every_checkpoint_is_refused_and_a_damaged_model_too()
    {
        Train(9);
        Assert.Equal(Checkpoint(9), RunCheckpoints.Newest(Run));
        Flip(Path.Combine(Checkpoint(9), "model.safetensors"));
        var error = Assert.Throws<CheckpointException>(() => RunCheckpoints.Newest(Run));
        Assert.Contains("model.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Contains(Checkpoint(8), error.Message, StringComparison.Ordinal);
        Flip(Path.Combine(Checkpoint(8), "model.safetensors"));
        var refused = Assert.Throws<RunException>(() => Train(int.MaxValue));
        Assert.Contains("model.safetensors", refused.Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Checkpoint(9)));
    }

    [Fact]
    public void A_run_that_has_damaged_checkpoints_alone_does_not_begin_again_from_nothing()
    {
        Train(4);
        Directory.Move(Checkpoint(4), Checkpoint(4).Replace("step-", "damaged-step-", StringComparison.Ordinal));
        Assert.Contains("only damaged checkpoints", Assert.Throws<RunException>(() => Train(int.MaxValue)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_bit_is_damage() => PassedOver(path =>
    {
        var bytes = File.ReadAllBytes(path);
        bytes[^100] ^= 4;
        File.WriteAllBytes(path, bytes);
    });

    [Fact]
    public void Tensors_of_another_length_are_damage() => PassedOver(path => SafetensorsWriter.Write(path,
        [NewTensor.Floats("values", [2], new float[] { 1, 2 }, DType.F32)], Metadata(path)));

    [Fact]
    public void The_checkpoint_just_written_is_never_pruned()
    {
        using var run = RunFolder.Open(Run);
        foreach (var step in new[] { 10, 20, 30 }) run.Save(step, keep: 3, folder => AtomicFile.Write(Path.Combine(folder, "x"), new byte[] { 1 }));
        run.Save(5, keep: 1, folder => AtomicFile.Write(Path.Combine(folder, "x"), new byte[] { 2 }));
        Assert.Equal([5], run.Steps());
        run.Save(40, keep: 2, folder => AtomicFile.Write(Path.Combine(folder, "x"), new byte[] { 3 }));
        Assert.Equal([40, 5], run.Steps());
    }

    [Fact]
    public void Metrics_that_cannot_be_written_and_a_display_that_fails_do_not_end_the_run()
    {
        using (var run = RunFolder.Open(Run)) Directory.CreateDirectory(Path.Combine(run.Location, "metrics.jsonl"));
        using (var run = RunFolder.Open(Run))
        {
            run.Warning = _warnings.Add;
            using var trainer = new TinyRun(_recipe, _corpus, run, threads: 1);
            trainer.Run(_ => throw new IOException("nobody listens"), _ => throw new IOException("nobody listens"));
            Assert.Equal(11, trainer.Step);
        }

        Assert.Single(_warnings, warning => warning.Contains("metrics.jsonl", StringComparison.Ordinal));
        Assert.True(File.Exists(State(11)));
    }

    private string Checkpoint(int step) => Path.Combine(Run, "checkpoints", $"step-{step:D8}");

    private string State(int step) => Path.Combine(Checkpoint(step), "training", "state.safetensors");

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0x40;
        File.WriteAllBytes(file, bytes);
    }

    private void PassedOver(Action<string> damage, string? named = null)
    {
        Train(9); // checkpoints after 8 and 9 steps
        damage(State(9));
        using var run = RunFolder.Open(Run);
        run.Warning = _warnings.Add;
        using var trainer = new TinyRun(_recipe, _corpus, run, threads: 1);
        Assert.Equal(8, trainer.Step);
        Assert.NotEmpty(_warnings);
        Assert.All(_warnings, warning => Assert.InRange(warning.Length, 10, 1000));
        if (named is not null) Assert.Contains(_warnings, warning => warning.Contains(named, StringComparison.Ordinal));
        Assert.Equal([8], run.Steps());
        Assert.True(Directory.Exists(Checkpoint(9).Replace("step-", "damaged-step-", StringComparison.Ordinal)));
    }

    private void Train(int stopAfter)
    {
        using var run = RunFolder.Open(Run);
        run.Warning = _warnings.Add;
        using var trainer = new TinyRun(_recipe, _corpus, run, threads: 2);
        using var stop = new CancellationTokenSource();
        trainer.Run(report =>
        {
            if (report.Step >= stopAfter) stop.Cancel();
        }, cancellation: stop.Token);
    }

    private static Dictionary<string, string> Metadata(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return new Dictionary<string, string>(file.Metadata, StringComparer.Ordinal);
    }

    internal static void Rewrite(string path, Action<Dictionary<string, string>> change)
    {
        var metadata = Metadata(path);
        change(metadata);
        List<NewTensor> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = [.. file.Tensors.Values.Select(tensor => NewTensor.Floats(tensor.Name, [.. tensor.Shape], file.ReadFloats(tensor.Name), DType.F32))];
        }

        SafetensorsWriter.Write(path, tensors, metadata);
        FolderChecksums.Write(Path.GetDirectoryName(Path.GetDirectoryName(path))!, RunCheckpoints.ChecksumFile);
    }
}
