using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Cli.Tests;

/// <summary>A run that learns to speak and aligns its recordings first.</summary>
public sealed class TrainCommandSpeakTests : TestInFolder
{
    private const string Heading = "path\tdataset\ttext_or_label\tspeaker\tsplit";
    private readonly TinyModel _aligner = new(phones: true);
    private readonly TinySpeaker _speaker = new();

    public TrainCommandSpeakTests()
    {
        foreach (var name in (string[])["a", "b", "three", "val", "test"])
        {
            var random = new Random(name.Length);
            using var file = File.Create(Folder[$"{name}.wav"]);
            WavWriter.Write(file, [.. Enumerable.Range(0, 12_000).Select(_ => 0.3f * (random.NextSingle() - 0.5f))], 8_000);
        }

        Folder.Write("x.dict", "one W AH1 N\ntwo T UW1\n");
    }

    [Fact]
    public void The_recordings_that_it_uses_are_aligned_and_what_fails_is_told_with_its_reason()
    {
        var run = Train(percent: 60, "a.wav\tmine\tone\tann\ttrain", "b.wav\tmine\ttwo one\tann\ttrain", "a.wav\tmine\tone\tann\ttrain", "three.wav\tmine\tthree\tann\ttrain", "val.wav\tmine\ttwo\tann\tval", "test.wav\tmine\ttwo\tann\ttest");
        Assert.True(run.ExitCode == 0, run.Error);
        var aligned = File.ReadAllLines(Path.Combine(Folder["run"], "alignments-1.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["a.wav", "b.wav", "three.wav", "val.wav"], aligned.Select(clip => Path.GetFileName(clip.GetProperty("path").GetString()))); // once each, and none of another split
        var spoken = Skipped().Where(clip => clip.GetProperty("path").GetString()!.EndsWith("three.wav", StringComparison.Ordinal));
        Assert.Contains("it could not be aligned: The dictionary has no pronunciation of \"three\"", Assert.Single(spoken).GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("not spoken: ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("there is no alignment", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void When_too_many_fail_all_of_them_are_listed()
    {
        var run = Train(percent: 10, "a.wav\tmine\tone\tann\ttrain", "b.wav\tmine\ttwo\tann\ttrain", "three.wav\tmine\tthree\tann\ttrain", "val.wav\tmine\ttwo\tann\tval");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("1 of 4 clips (25 %) cannot be used", run.Error, StringComparison.Ordinal);
        Assert.Contains("All recordings that cannot be used are listed in", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("three.wav", Assert.Single(Skipped()).GetProperty("path").GetString(), StringComparison.Ordinal);
    }

    public override void Dispose()
    {
        _aligner.Dispose();
        _speaker.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    private List<JsonElement> Skipped() => [.. File.ReadAllLines(Path.Combine(Folder["run"], "skipped.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private ProgramRun Train(int percent, params string[] rows)
    {
        File.WriteAllLines(Folder["manifest.tsv"], rows.Prepend(Heading));
        var recipe = Folder.Write("recipe.yaml", $$$"""
            seed: 3
            data: {manifests: [manifest.tsv], datasets: {mine: {kind: speech}}, dictionaries: [x.dict], frames_per_batch: 100, max_skipped_percent: {{{percent}}}}
            tokenizer: {merges: 5}
            model: {initialise_from: {{{_aligner.Folder}}}, encoder_width: 32, encoder_layers: 2, encoder_heads: 2, encoder_ffn: 64, time_kernel: 9, phone_layers: 2, decoder_width: 32,
              decoder_layers: 2, decoder_heads: 4, decoder_kv_heads: 2, experts: 4, experts_per_token: 2, expert_width: 16, shared_expert_width: 32}
            speak: {codec: {{{_speaker.Folder}}}/codec, books: 2, draws: {mine: 1}, frames_per_batch: 40, head_width: 16, duration_width: 8}
            phases:
              - {steps: 1, learning_rate: 1e-3, warmup_steps: 1, dropout: 0, draws: {mine: 1}}
            checkpoints: {save_every: 1, keep: 1}

            """);
        return ProgramRun.Of("train", recipe, "--run", Folder["run"], "--threads", "1");
    }
}
