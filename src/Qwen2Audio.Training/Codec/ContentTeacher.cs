using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model;
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

    private readonly ModelSource _source;
    private readonly ParameterSet _frozen = new();
    private readonly TrainingOps _ops;
    private readonly Qwen2AudioModel _model;
    private readonly float[] _mean;
    private readonly float[] _deviation;
    private readonly (IWeight Weight, IWeight Bias) _map;

    private ContentTeacher(ModelSource source, IWeights weights, int dimension, WorkerPool pool)
    {
        if (source.Kind != ModelKinds.Qwen2AudioCtc)
            throw new ConfigException(source.Config.File, "$.model_type", source.Kind, $"{ModelKinds.Qwen2AudioCtc}, a recogniser of ours to be distilled");
        _source = source;
        _model = new Qwen2AudioModel(ModelConfigReader.ReadQwen2Audio(source.Config), _frozen.Weights);
        var (bins, width) = (_model.Encoder.Config.NumMelBins, _model.Encoder.Config.DModel);
        var features = source.ReadPreprocessor() ?? throw new CheckpointException(source.Path, "preprocessor_config.json", "nothing", "the settings of the audio features");
        (_mean, _deviation) = features.Build(json => (Floats(json, "mel_mean", bins), Floats(json, "mel_std", bins)));
        _frozen.Freeze();
        _frozen.Allocate(_ => false, source);
        _ops = new TrainingOps(pool) { Records = false };
        var map = weights.Sub(Prefix);
        _map = (map.Get("weight", width, dimension), map.Get("bias", width));
    }

    /// <summary>Opens the recogniser and requests the linear layer.</summary>
    /// <param name="folder">A speech model of ours.</param>
    /// <param name="weights">The codec's parameters.</param>
    /// <param name="dimension">Width of the quantised rows.</param>
    /// <param name="pool">The workers, which the caller keeps.</param>
    /// <exception cref="ConfigException">It is another kind of model, or its configuration is damaged.</exception>
    /// <exception cref="CheckpointException">Files or weights are missing, or of another shape.</exception>
    public static ContentTeacher Open(string folder, IWeights weights, int dimension, WorkerPool pool) =>
        Ownership.Pass(ModelSource.Open(folder), source => new ContentTeacher(source, weights, dimension, pool));

    /// <summary>SHA-256 of the recogniser's weights.</summary>
    public string Hash => _source.ReadIdentity().Sha256;

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

    public void Dispose()
    {
        _ops.Dispose();
        _frozen.Dispose();
        _source.Dispose();
    }

    private static float[] Floats(ConfigObject json, string name, int count)
    {
        var values = json.NumberListOr(name, []);
        if (values.Count != count) json.AddProblem(name, $"{values.Count} numbers", $"{count}, one per mel bin");
        return [.. values.Select(value => (float)value)];
    }

    /// <summary>The encoder's rows, each repeated for the codec's frames of its time: [crops · frames, width].</summary>
    private Matrix Rows(float[] sounds, int crops, int frames)
    {
        var bins = _model.Encoder.Config.NumMelBins;
        float[] mel = [.. sounds.Chunk(sounds.Length / crops).SelectMany(crop => ClipLogMel.Compute(crop, bins).Values)];
        for (var i = 0; i < mel.Length; i++) mel[i] = (mel[i] - _mean[i % bins]) / _deviation[i % bins];
        var lengths = new int[crops];
        lengths.AsSpan().Fill(mel.Length / bins / crops);
        _ops.Begin();
        var output = _model.Encoder.Forward(_ops, _ops.Input(mel, mel.Length / bins, bins), Layout.Of(lengths));
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
