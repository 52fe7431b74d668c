using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Synthesis;
using Qwen2Audio.Training.Tests.Distributed;

namespace Qwen2Audio.Training.Tests.Synthesis;

/// <summary>A model that speaks, trained from a recipe by the training loop.</summary>
public sealed class SynthesisTaskTests : TestInFolder
{
    public SynthesisTaskTests() => TinySynthesis.Write(Folder);

    [Theory, InlineData(2), InlineData(5)]
    public void Stopping_after_any_step_changes_no_bit(int stop)
    {
        var whole = TinySynthesis.Train(Folder, "whole");
        TinySynthesis.Train(Folder, "pieces", stopAfter: stop);
        var pieces = TinySynthesis.Train(Folder, "pieces", threads: 1);
        foreach (var file in (string[])["training/state.safetensors", "model.safetensors", "config.json", "codec/model.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(pieces, file)));
    }

    [Fact]
    public void The_losses_fall_and_the_codebooks_stay()
    {
        var steps = new List<StepReport>();
        var folder = TinySynthesis.Train(Folder, "longer", TinySynthesis.Recipe.Replace("steps: 7", "steps: 200", StringComparison.Ordinal), report: steps.Add);
        double Mean(IEnumerable<StepReport> of, string name) => of.Average(step => step.Stages[0].Losses.Parts.Single(part => part.Name == name).Value);
        foreach (var name in (string[])["book_1", "duration"])
            Assert.True(Mean(steps.TakeLast(20), name) < 0.7 * Mean(steps.Take(5), name), $"{name}: {Mean(steps.Take(5), name)} to {Mean(steps.TakeLast(20), name)}");
        using SafetensorsFile model = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors")), codec = SafetensorsFile.Open(Path.Combine(Folder["codec"], "model.safetensors"));
        for (var book = 0; book < 2; book++)
        {
            var (mine, its) = (model.ReadFloats($"codebooks.{book}.weight"), codec.ReadFloats($"quantizer.{book}.codebook"));
            var scale = mine.Sum(Math.Abs) / its.Sum(Math.Abs);
            foreach (var (a, b) in mine.Zip(its)) Assert.Equal(scale * b, a, 2e-3 * (1 + Math.Abs(a)));
        }
    }

    [Theory, InlineData(2), InlineData(4)]
    public void Ranks_train_what_one_trains(int count)
    {
        double[] alone = [], together = [];
        TinySynthesis.Train(Folder, "one", report: step => alone = [.. alone, step.Loss]);
        ThreadRanks.Run(count, ranks => TinySynthesis.Train(Folder, "several", report: step => together = ranks.Rank == 0 ? [.. together, step.Loss] : together, threads: 1, ranks: ranks));
        Assert.Equal(alone.Length, together.Length);
        for (var i = 0; i < alone.Length; i++) Assert.Equal(alone[i], together[i], 1e-3 * Math.Abs(alone[i]));
    }

    [Fact]
    public void The_folder_describes_the_model_and_has_its_codec()
    {
        var folder = TinySynthesis.Train(Folder, "saved", stopAfter: 1);
        var (config, voices) = ConfigObject.Read(Path.Combine(folder, "config.json"), SynthesisConfigFile.Read);
        Assert.Equal(["noise", "tones"], voices); // the speaker is not known
        Assert.Equal((2, 16, 8, 40, 2), (config.Books, config.Entries, config.Dimension, config.Phones, config.Voices));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder["codec"], "model.safetensors")), File.ReadAllBytes(Path.Combine(folder, "codec", "model.safetensors")));
    }

    [Fact]
    public void Validation_measures_every_codebook()
    {
        using var corpus = TinySynthesis.Corpus(Folder);
        using var task = new SynthesisTask(TinySynthesis.Parse(Folder), corpus, 1);
        var figures = task.Measure().ToDictionary(figure => figure.Name, figure => figure.Value);
        Assert.Equal((9, 3), (corpus.Recordings, corpus.Measured));
        Assert.Equal(figures["loss"], (figures["book_1"] + figures["book_2"]) / 2, 1e-9);
        Assert.InRange(figures["loss"], 1.5, 4.5); // ln 16 = 2.77
        Assert.Contains("tones.duration", figures.Keys);
    }

    [Fact]
    public void Recordings_that_cannot_be_used_are_listed()
    {
        File.WriteAllLines(Path.Combine(Folder, "alignments.jsonl"), Enumerable.Range(1, 11).Select(i => (i == 3 ? TinySynthesis.Aligned(Folder, i) with { Text = "other" } : TinySynthesis.Aligned(Folder, i)).ToJson()));
        var yaml = TinySynthesis.Recipe.Replace("frames_per_batch", "max_skipped_percent: 50, frames_per_batch", StringComparison.Ordinal);
        using var corpus = TinySynthesis.Corpus(Folder, yaml);
        Assert.Equal(7, corpus.Recordings);
        Assert.Contains(corpus.Failures, failure => failure.Row.Path.EndsWith("0.wav", StringComparison.Ordinal) && failure.Reason.Contains("no alignment", StringComparison.Ordinal));
        Assert.Contains(corpus.Failures, failure => failure.Reason.Contains("another text", StringComparison.Ordinal));
        Assert.Throws<CorpusException>(() => TinySynthesis.Corpus(Folder));
    }

    [Fact]
    public void Wrong_settings_are_named()
    {
        string Fault(string old, string to) => Assert.Throws<RecipeException>(() => TinySynthesis.Corpus(Folder, TinySynthesis.Recipe.Replace(old, to, StringComparison.Ordinal)).Dispose()).Message;
        Assert.Contains("model.books is 4", Fault("books: 2", "books: 4"));
        Assert.Contains("model.width is 18", Fault("width: 16, layers", "width: 18, layers"));
        Assert.Contains("phases[0].draws.tunes", Fault("tones: 2", "tunes: 2"));
        Assert.Contains("data.alignments is empty", Fault("alignments: [alignments.jsonl], ", ""));
        Assert.Contains("phases[0].previous_dropout is 2", Fault("steps: 7", "steps: 7, previous_dropout: 2"));
    }

    [Fact]
    public void Phones_share_the_frames_between_the_silences_at_the_ends()
    {
        AlignedWord[] words = [new("a", 0.5, 0.62, 1, [new("AH", 0.5, 0.62)]), new("b", 0.7, 0.98, 1, [new("B", 0.7, 0.705), new("IY", 0.705, 0.98)])];
        var (phones, frames) = SynthesisClip.Align(words, 60, 50, out var first);
        Assert.Equal(20, first); // 0.1 s of silence
        Assert.Equal([0, 3, 0, 7, 18, 0], phones);
        Assert.Equal([5, 6, 4, 0, 14, 5], frames); // B has no frame of its own
    }
}
