using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Tests.LanguageModel;

/// <summary>A step in micro-batches equals the step in one batch.</summary>
public sealed class MicroBatchSeedTests : IDisposable
{
    private readonly WorkerPool _pool = new(2);
    private readonly TrainingOps _ops;

    public MicroBatchSeedTests() => _ops = new TrainingOps(_pool);

    [Fact]
    public void Micro_batches_give_the_gradient_of_the_whole_batch()
    {
        using var model = new TinyMixture();
        var documents = model.Documents(9, 1, 17, 4, 0, 12);
        // the balance loss is not linear in the tokens, so it stays out here
        var options = new LanguageModelLossOptions(RouterZ: 0.1, LabelSmoothing: 0.1);
        var (whole, wholes, gradients) = Methods.Run(_ops, model, options, [TokenBatch.Pack(documents)]);
        var (total, parts, others) = Methods.Run(
            _ops, model, options, [TokenBatch.Pack(documents[..2]), TokenBatch.Pack(documents[2..3]), TokenBatch.Pack(documents[3..])]);
        Assert.Equal(whole, total, 1e-6);
        Assert.Equal(wholes["router_z"], parts["router_z"], 1e-6);
        Assert.True(wholes["router_z"] > 0 && whole > wholes["language"]);
        var difference = gradients.Zip(others, (a, b) => (double)(a - b) * (a - b)).Sum() / gradients.Sum(a => (double)a * a);
        Assert.True(Math.Sqrt(difference) < 2e-6, $"off by {Math.Sqrt(difference):e2}");
    }

    [Fact]
    public void A_batch_without_labels_counts_for_the_router_alone()
    {
        using var model = new TinyMixture();
        var document = new TokenDocument([1, 2, 3], [-100, -100, -100]);
        var method = Methods.Supervised(_ops, model, new LanguageModelLossOptions(Balance: 0.1), []);
        model.Parameters.Gradients.Clear();
        var losses = method.Accumulate(TokenBatch.Pack([document]), new StepTotals(Weight: 4, Rows: 9), seed: 0);
        var gradients = model.Parameters.Gradients.Span.ToArray();
        Assert.Equal(0, losses.Parts.Single(part => part.Name == "language").Value);
        Assert.True(losses.Parts.Single(part => part.Name == "balance").Value > 0);
        Assert.Contains(gradients, value => value != 0);
        Assert.All(gradients, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void The_reference_is_asked_once_for_each_pair()
    {
        using var model = new TinyMixture(experts: 0);
        using var other = new TinyMixture(experts: 0, layers: 2);
        var (good, bad) = (model.Documents(7, 5, 9), model.Documents(6, 8, 3));
        PreferencePair[] pairs = [.. good.Zip(bad).Select((pair, i) => new PreferencePair(i, pair.First, pair.Second))];
        var reference = new Counting(other.Model);
        _ops.DropoutRate = 0.2f;
        PreferencePair[][] pieces = [pairs[..2], pairs[1..]];
        var method = Methods.Preferences(_ops, model, reference, () => pieces);
        for (var i = 0; i < 3; i++) Methods.Run(method, model, (ulong)i);
        Assert.Equal(2, reference.Calls);
        Assert.Equal(0.2f, _ops.DropoutRate);
        _ops.DropoutRate = 0;
        pieces = [pairs];
        var (whole, wholes, _) = Methods.Run(method, model);
        var norm = Vectors.SumOfSquares(_pool, model.Parameters.Gradients);
        pieces = [pairs[..1], pairs[1..]];
        var (total, parts, _) = Methods.Run(method, model);
        Assert.Equal(whole, total, 1e-9);
        Assert.Equal(wholes["reward_margin"], parts["reward_margin"], 1e-9);
        Assert.Equal(1, Vectors.SumOfSquares(_pool, model.Parameters.Gradients) / norm, 1e-5);
    }

    public void Dispose()
    {
        _ops.Dispose();
        _pool.Dispose();
    }

    private sealed class Counting(ILanguageModel model) : ILanguageModel
    {
        public int Calls { get; private set; }

        public Variable LabelLogits(TrainingOps ops, TokenBatch batch)
        {
            Calls++;
            return model.LabelLogits(ops, batch);
        }
    }
}
