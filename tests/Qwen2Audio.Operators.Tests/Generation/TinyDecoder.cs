using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Operators.Tests.Generation;

/// <summary>A decoder of 67 tokens with weights that depend only on their names.</summary>
internal sealed class TinyDecoder : IDisposable
{
    private readonly WorkerPool _pool;
    private readonly InferenceWeights _weights = new();

    public TinyDecoder(int threads = 2, bool experts = false)
    {
        _pool = new WorkerPool(threads);
        Ops = new InferenceOps(_pool);
        Model = new Qwen2Model(InferenceWeights.Config(experts), _weights);
        Decoder = new Qwen2Decoder(Model);
        Generator = new TokenGenerator(Decoder, Ops);
    }

    public InferenceOps Ops { get; }

    public Qwen2Model Model { get; }

    public Qwen2Decoder Decoder { get; }

    public TokenGenerator Generator { get; }

    public int Vocabulary => Model.Config.VocabSize;

    /// <summary>Ids that follow from the seed.</summary>
    public static int[] Ids(int count, int seed = 7)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(67))];
    }

    /// <summary>Log softmax after the last of the ids, without a cache.</summary>
    public float[] LogProbabilities(int[] ids)
    {
        Ops.Reset();
        var hidden = Model.Hidden(Ops, Model.Embed(Ops, ids), Layout.Of(ids.Length));
        var logits = Model.Logits(Ops, Ops.TakeRows(hidden, [ids.Length - 1])).Row(0).ToArray();
        var sum = (float)LogSumExp.Of(logits);
        return [.. logits.Select(logit => logit - sum)];
    }

    public void Dispose()
    {
        Ops.Dispose();
        _weights.Dispose();
        _pool.Dispose();
    }
}
