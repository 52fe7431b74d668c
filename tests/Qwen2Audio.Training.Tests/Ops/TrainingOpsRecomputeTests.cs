using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Tests.LanguageModel;

namespace Qwen2Audio.Training.Tests.Ops;

/// <summary>Recomputed layers give the same bits in less memory.</summary>
public sealed class TrainingOpsRecomputeTests : IDisposable
{
    private readonly WorkerPool _pool = new(2);

    public void Dispose() => _pool.Dispose();

    [Theory]
    [InlineData(0, 0f)]
    [InlineData(4, 0f)]
    [InlineData(4, 0.2f)]
    public void Gradients_have_the_same_bits(int experts, float dropout)
    {
        using var model = new TinyMixture(experts: experts);
        var documents = model.Documents(9, 1, 17, 4, 12);
        TokenBatch[] batches = [TokenBatch.Pack(documents[..3]), TokenBatch.Pack(documents[3..])];
        var options = new LanguageModelLossOptions(Balance: 0.3, RouterZ: 0.1, LabelSmoothing: 0.1);
        var (total, parts, gradients) = Run(recompute: false);
        var (other, others, again) = Run(recompute: true);
        Assert.Equal(total, other);
        Assert.Equal(parts, others);
        Assert.Equal(gradients, again);
        Assert.Equal(experts > 0, parts["balance"] > 0);

        (double Total, IReadOnlyDictionary<string, double> Parts, float[] Gradients) Run(bool recompute)
        {
            using var ops = new TrainingOps(_pool) { Recompute = recompute, DropoutRate = dropout };
            var result = Methods.Run(ops, model, options, batches, seed: 5);
            Assert.Equal(experts > 0 ? 2 : 0, ops.RoutedLayers.Count);
            return result;
        }
    }

    /// <summary>A listener receives each site once, with the same values.</summary>
    [Fact]
    public void Sites_are_heard_once()
    {
        using var model = new TinyMixture();
        var ids = TokenBatch.Pack(model.Documents(11, 7));
        var plain = Run(recompute: false);
        Assert.Equal(model.Qwen2.Sites.Select(site => site.Name), plain.Select(heard => heard.Site).Distinct());
        Assert.Equal(plain, Run(recompute: true));

        List<(string Site, double Sum)> Run(bool recompute)
        {
            List<(string, double)> heard = [];
            using var ops = new TrainingOps(_pool) { Recompute = recompute };
            ops.Listener = (site, values, rows, columns) =>
            {
                var sum = 0.0;
                foreach (var value in values) sum += value;
                heard.Add((site.Name, sum));
            };
            Methods.Run(ops, model, new LanguageModelLossOptions(Balance: 0.3), [ids]);
            return heard;
        }
    }

    /// <summary>Router losses reach a layer whose output is otherwise unused, and a loss may be on a layer's own input.</summary>
    [Fact]
    public void Losses_may_lie_anywhere()
    {
        using var model = new TinyMixture();
        var ids = TokenBatch.Pack(model.Documents(11, 7));
        var plain = Run(recompute: false);
        Assert.Contains(plain, value => value != 0);
        Assert.Equal(plain, Run(recompute: true));

        float[] Run(bool recompute)
        {
            using var ops = new TrainingOps(_pool) { Recompute = recompute };
            model.Parameters.Gradients.Clear();
            ops.Begin();
            var x = model.Qwen2.Embed(ops, ids.Ids);
            model.Qwen2.Hidden(ops, x, ids.Documents);
            var seed = ops.Scratch(x.Value.Rows, x.Value.Columns);
            seed.Fill(0.3f);
            ops.Seed(x, seed);
            RouterLosses.AddBalance(ops, ops.RoutedLayers, coefficient: 10);
            ops.Backward();
            return model.Parameters.Gradients.Span.ToArray();
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.1f)]
    public void Layers_within_a_layer_and_what_a_layer_takes_from_outside_get_their_gradients(float dropout)
    {
        using var parameters = new ParameterSet();
        var model = new WhisperModel(TinyConfigs.Whisper with { MaxTargetPositions = 20 }, parameters.Weights);
        parameters.Allocate(_ => true);
        Initialisation.Fill(parameters, 1);
        var random = new Random(5);
        float[] mel = [.. Enumerable.Range(0, 600).Select(_ => (float)random.NextDouble() - 0.5f)];
        int[] ids = [.. Enumerable.Range(0, 14).Select(_ => random.Next(53))];
        var plain = Run(recompute: false);
        Assert.All(parameters.Parameters, parameter => Assert.Contains(parameter.Gradient.Span.ToArray(), value => value != 0));
        Assert.Equal(plain, Run(recompute: true));

        float[] Run(bool recompute)
        {
            using var ops = new TrainingOps(_pool) { Recompute = recompute, DropoutRate = dropout };
            parameters.Gradients.Clear();
            ops.Begin(seed: 3);
            var memory = model.Encode(ops, ops.Input(mel, 60, 10), Layout.Of(30, 30));
            CrossEntropyLoss.Add(ops, model.Logits(ops, model.Hidden(ops, model.Embed(ops, ids, Layout.Of(5, 9)), Layout.Of(5, 9), memory)), ids);
            ops.Backward();
            return parameters.Gradients.Span.ToArray();
        }
    }

    [Fact]
    public void Memory_is_that_of_one_layer()
    {
        using var model = new TinyMixture(layers: 12, width: 128, inner: 384, experts: 0);
        var batch = TokenBatch.Pack(model.Documents([.. Enumerable.Repeat(256, 8)]));
        var (kept, recomputed, scored) = (Held(recompute: false), Held(recompute: true), Scored());
        Assert.True(recomputed < 0.35 * kept, $"{recomputed >> 20} MB, {kept >> 20} MB with everything kept");
        Assert.True(scored <= recomputed, $"{scored >> 20} MB without a backward pass, {recomputed >> 20} MB with it");

        long Held(bool recompute)
        {
            using var ops = new TrainingOps(_pool) { Recompute = recompute };
            var method = Methods.Supervised(ops, model, new LanguageModelLossOptions(), [batch]);
            Methods.Run(method, model);
            Methods.Run(method, model); // several chunks have become one
            var held = ops.ArenaBytes;
            Methods.Run(method, model);
            Assert.Equal(held, ops.ArenaBytes);
            return held;
        }

        long Scored()
        {
            using var ops = new TrainingOps(_pool) { Records = false };
            ops.Begin();
            model.Model.LabelLogits(ops, batch);
            return ops.ArenaBytes;
        }
    }

    [Fact]
    public void A_layer_that_fails_leaves_nothing_behind()
    {
        using var model = new TinyMixture();
        var batch = TokenBatch.Pack(model.Documents(9, 5));
        using var ops = new TrainingOps(_pool) { Recompute = true };
        var method = Methods.Supervised(ops, model, new LanguageModelLossOptions(Balance: 0.1), [batch]);
        var (total, _, gradients) = Methods.Run(method, model);
        Assert.Throws<InvalidOperationException>(() => ops.Layer(0, ops.Input([1], 1, 1), 0, static (_, _, _) => throw new InvalidOperationException("no")));
        var (other, _, again) = Methods.Run(method, model);
        Assert.Equal(total, other);
        Assert.Equal(gradients, again);
    }
}
