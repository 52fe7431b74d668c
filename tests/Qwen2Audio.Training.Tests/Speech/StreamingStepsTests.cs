using Qwen2Audio.Checkpoints;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>Training for streaming recognition beside that of whole clips.</summary>
public sealed class StreamingStepsTests : IDisposable
{
    private static readonly FeatureScale Scale = new([.. Enumerable.Repeat(-3f, 80)], [.. Enumerable.Repeat(1.5f, 80)]);
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_share_of_the_steps_has_chunks_of_half_to_twice_the_rows()
    {
        var steps = new StreamingSteps(new StreamingRecipe { ChunkRows = 12, LeftChunks = 3, Share = 0.25 }, Scale, 7);
        var drawn = Enumerable.Range(0, 4000).Select(step => steps.Of(step)).ToList();
        Assert.Equal(drawn, Enumerable.Range(0, 4000).Select(step => steps.Of(step)));
        Assert.InRange(drawn.Count(chunks => chunks is not null), 900, 1100);
        Assert.Equal([6, 8, 10, 12, 14, 16, 18, 20, 22, 24], drawn.OfType<EncoderChunks>().Select(chunks => chunks.Rows).Distinct().Order());
        Assert.All(drawn.OfType<EncoderChunks>(), chunks => Assert.Equal(3, chunks.Left));
        Assert.All(Enumerable.Range(0, 100), step => Assert.Null(new StreamingSteps(null, Scale, 7).Of(step)));
    }

    /// <summary>Before the clip's maximum the level is unknown to a stream; from its chunk on the features are those of the whole clip.</summary>
    [Fact]
    public void Features_are_levelled_by_what_was_heard_so_far()
    {
        float[] mel = [.. Enumerable.Range(0, 40).SelectMany(frame => Enumerable.Repeat(frame == 25 ? 0f : -4f, 80))];
        float[] whole = [.. mel];
        Scale.Apply(whole);
        float[] given = [.. whole];
        var levelled = new StreamingSteps(new StreamingRecipe(), Scale, 7).Level(given, 10, step: 3, clip: 0);
        Assert.Equal(whole, given);
        for (var i = 0; i < 20 * 80; i++) Assert.InRange(levelled[i], whole[i] - 1e-5f, (0 + 3) / 1.5f);
        Assert.True(levelled[0] > whole[0] + 0.01f);
        for (var i = 20 * 80; i < mel.Length; i++) Assert.Equal(whole[i], levelled[i], 1e-5f);
    }

    [Fact]
    public void A_run_learns_both_ways_resumes_with_the_same_bits_and_declares_its_chunks()
    {
        var recipe = TinyCorpus.Make(_folder) with { Streaming = new StreamingRecipe { ChunkRows = 6, LeftChunks = 2 } };
        var corpus = SpeechCorpus.Load(recipe);
        var whole = Train(recipe, corpus, "whole", int.MaxValue);
        Train(recipe, corpus, "pieces", 5);
        var pieces = Train(recipe, corpus, "pieces", int.MaxValue);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "model.safetensors")), File.ReadAllBytes(Path.Combine(pieces, "model.safetensors")));
        var other = Train(recipe with { Streaming = null }, corpus, "other", int.MaxValue);
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(whole, "model.safetensors")), File.ReadAllBytes(Path.Combine(other, "model.safetensors")));
        Assert.Equal(new EncoderChunks(6, 2), ChunksOf(whole));
        Assert.Null(ChunksOf(other));
    }

    /// <summary>With steps of both kinds in turn, the losses of both fall.</summary>
    [Fact]
    public void Steps_of_both_kinds_teach_the_same_weights()
    {
        using var pool = new WorkerPool(1);
        using var parameters = new ParameterSet();
        using var ops = new TrainingOps(pool);
        var model = TinySpeech.Make(parameters, expertsPerToken: 2);
        var random = new Random(4);
        EncodedExample[] examples = [TinySpeech.Example(random, 80, [9, 12]), TinySpeech.Example(random, 64, [20, 11])];
        var batches = new[] { (EncoderChunks?)null, new EncoderChunks(4, 1) }.Select(chunks => SpeechBatch.Pack(examples, model.Encoder, TinySpeech.Tokens, chunks)).ToArray();
        var optimizer = new AdamWOptimizer(parameters, new OptimizerRecipe().ToOptions(), pool);
        var weights = new LossWeights(1, 1, 0.5, 0.01, 0, 0);
        var first = batches.Select(batch => Loss(batch, 0)).ToArray();
        for (var step = 0; step < 60; step++)
        {
            parameters.Gradients.Clear();
            Loss(batches[step % 2], (ulong)step);
            ops.Backward();
            optimizer.TryUpdate(3e-3);
        }

        var last = batches.Select(batch => Loss(batch, 0)).ToArray();
        Assert.All(first.Zip(last), pair => Assert.True(pair.Second < 0.5 * pair.First, $"{pair.First} → {pair.Second}"));

        double Loss(SpeechBatch batch, ulong seed)
        {
            ops.Begin(seed);
            return SpeechStep.Forward(ops, model, batch, TinySpeech.Tokens, weights, seed).Total;
        }
    }

    public void Dispose() => _folder.Dispose();

    private static EncoderChunks? ChunksOf(string folder)
    {
        using var source = ModelSource.Open(folder);
        return ModelConfigReader.ReadQwen2Audio(source.Config).AudioConfig.Chunks;
    }

    private string Train(SpeechRecipe recipe, SpeechCorpus corpus, string name, int stopAfter)
    {
        using var run = RunFolder.Open(Path.Combine(_folder, name));
        using var trainer = new TinyRun(recipe, corpus, run, threads: 1);
        using var stop = new CancellationTokenSource();
        trainer.Run(report =>
        {
            if (report.Step >= stopAfter) stop.Cancel();
        }, cancellation: stop.Token);
        return run.Checkpoint(run.Steps()[0]);
    }
}
