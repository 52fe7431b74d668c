using System.Globalization;
using Qwen2Audio.Audio;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Inference.Parity;

/// <summary>The recorded clips: log-mel features [clips, bins, frames], padded to one length, and the mask of their valid frames.</summary>
internal sealed class RecordedAudio
{
    public const string Features = "input_features";
    public const string Mask = "feature_attention_mask";
    private const int SamplesPerFrame = 160;
    private readonly Recording _recording;
    private readonly Qwen2AudioModel _model;
    private readonly int _clips;
    private readonly int _bins;
    private readonly int _frames;
    private readonly float[] _mel;
    private readonly int[] _valid;

    public RecordedAudio(Recording recording, Qwen2AudioModel model, int clips)
    {
        _recording = recording;
        _model = model;
        _clips = clips;
        _bins = model.Config.AudioConfig.NumMelBins;
        _frames = recording.Shape(Features, 3)[2];
        _mel = recording.Floats(Features, clips, _bins, _frames);
        _valid = new int[clips];
        Array.Fill(_valid, _frames);
        if (!recording.Has(Mask)) return;
        var mask = recording.Integers(Mask);
        for (var clip = 0; clip < clips; clip++) _valid[clip] = mask.AsSpan(clip * _frames, _frames).Count(1);
    }

    /// <summary>Audio rows in the decoder's width, all clips one behind the other; encoder and projector are compared on the way.</summary>
    public Matrix Encode(InferenceOps ops, RecordedOutputs outputs)
    {
        CompareFeatures(outputs);
        var lengths = new int[_clips];
        Array.Fill(lengths, _frames);
        var valid = new int[_clips];
        for (var clip = 0; clip < _clips; clip++) valid[clip] = ConvolvedRows(_valid[clip]);
        outputs.ClipRows = Layout.Of(valid).Halved();
        var mel = ops.Input(Transposed(), _clips * _frames, _bins);
        return _model.Project(ops, _model.Encoder.Forward(ops, mel, Layout.Of(lengths), valid).Pooled);
    }

    private int ConvolvedRows(int frames) =>
        _model.Encoder.Conv2.OutputLength(_model.Encoder.Conv1.OutputLength(frames));

    private float[] Transposed()
    {
        var rows = new float[_mel.Length];
        for (var clip = 0; clip < _clips; clip++)
        {
            for (var bin = 0; bin < _bins; bin++)
                for (var frame = 0; frame < _frames; frame++)
                    rows[(clip * _frames + frame) * _bins + bin] = _mel[(clip * _bins + bin) * _frames + frame];
        }

        return rows;
    }

    /// <summary>Compares our log-mel of the recorded sound with the recorded features.</summary>
    private void CompareFeatures(RecordedOutputs outputs)
    {
        if (outputs.Of(Features) is not { } features || features.Result.Compared > 0) return;
        for (var clip = 0; clip < _clips; clip++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"waveform.{clip}");
            if (!_recording.Has(name)) name = "waveform";
            if (!_recording.Has(name)) continue;
            var options = new LogMelOptions { Bins = _bins, PadTo = _frames * SamplesPerFrame };
            var computed = LogMel.Compute(_recording.Floats(name), options);
            features.Add(computed.ToBinsMajor(), _mel.AsSpan(clip * _bins * _frames, _bins * _frames));
            outputs.Of(Mask)?.Add(computed.ValidFrames, _valid[clip]);
        }
    }
}
