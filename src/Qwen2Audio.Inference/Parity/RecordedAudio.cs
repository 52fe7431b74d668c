using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Parity;

/// <summary>Encodes Qwen2-Audio's recorded clips for the decoder.</summary>
internal sealed class RecordedAudio(Recording recording, Qwen2AudioModel model)
{
    private readonly RecordedFeatures _features = new(recording, model.Config.AudioConfig.NumMelBins);

    /// <summary>Audio rows of the decoder's width, all clips concatenated. Compares encoder and projector on the way.</summary>
    public Matrix Encode(InferenceOps ops, RecordedOutputs outputs)
    {
        _features.Compare(outputs.Comparisons);
        int[] valid = [.. _features.Valid.Select(ConvolvedRows)];
        outputs.ClipRows = Layout.Of(valid).Halved();
        return model.Project(ops, model.Encoder.Forward(ops, _features.Input(ops), _features.Layout, valid).Pooled);
    }

    private int ConvolvedRows(int frames) =>
        model.Encoder.Conv2.OutputLength(model.Encoder.Conv1.OutputLength(frames));
}
