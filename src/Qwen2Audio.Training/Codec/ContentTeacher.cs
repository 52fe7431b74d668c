using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>
/// Distils a recogniser into the first codebook: a linear layer maps its entries to the rows of the recogniser's encoder for the same sound
/// (SpeechTokenizer, 2308.16692), so that the codebook carries what is said. The layer is trained with the codec and is not part of it.
/// </summary>
internal sealed class ContentTeacher : IDisposable
{
    /// <summary>Prefix of the linear layer among the parameters.</summary>
    public const string Prefix = "content";

    private readonly FrozenRecogniser _recogniser;
    private readonly TrainingOps _ops;
    private readonly (IWeight Weight, IWeight Bias) _map;

    /// <summary>Requests the linear layer.</summary>
    /// <param name="recogniser">The teacher, which the caller keeps.</param>
    /// <param name="weights">The codec's parameters.</param>
    /// <param name="dimension">Width of the quantised rows.</param>
    /// <param name="pool">The workers, which the caller keeps.</param>
    public ContentTeacher(FrozenRecogniser recogniser, IWeights weights, int dimension, WorkerPool pool)
    {
        (_recogniser, _ops) = (recogniser, new TrainingOps(pool) { Records = false });
        var (map, width) = (weights.Sub(Prefix), recogniser.Encoder.Config.DModel);
        _map = (map.Get("weight", width, dimension), map.Get("bias", width));
    }

    /// <summary>Adds the loss of the step's first codebook: the mean over frames of 1 − the cosine.</summary>
    /// <param name="ops">The step's operators, which hold its quantiser stages.</param>
    /// <param name="sounds">[crops, samples] at 16 kHz.</param>
    /// <param name="crops">Number of crops.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    public double Add(TrainingOps ops, float[] sounds, int crops, float coefficient)
    {
        var first = ops.QuantisedStages[0];
        var mapped = ops.Linear(ops.StraightThrough(first.Input, first.Entries), _map.Weight, _map.Bias);
        var wanted = Rows(sounds, crops, mapped.Value.Rows / crops);
        return CosineLoss.Add(ops, mapped, ops.Input(wanted.Span, wanted.Rows, wanted.Columns), coefficient);
    }

    public void Dispose() => _ops.Dispose();

    /// <summary>The encoder's rows, each repeated for the codec's frames of its time: [crops · frames, width].</summary>
    private Matrix Rows(float[] sounds, int crops, int frames)
    {
        var mel = RecogniserMel.Of(sounds, crops, _recogniser.Mean, _recogniser.Deviation);
        _ops.Begin();
        var output = _recogniser.Encoder.Forward(_ops, mel.Input(_ops), mel.Frames);
        var y = _ops.Scratch(crops * frames, output.Pooled.Value.Columns);
        for (var frame = 0; frame < y.Rows; frame++)
        {
            var crop = frame / frames;
            var row = output.PooledRows.Starts[crop] + (int)((long)(frame % frames) * output.PooledRows.Length(crop) / frames);
            output.Pooled.Value.Row(row).CopyTo(y.Row(frame));
        }

        return y;
    }
}
