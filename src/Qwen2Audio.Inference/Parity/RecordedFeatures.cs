using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Parity;

/// <summary>The recorded clips: log-mel features [clips, bins, frames], padded to one length, and a mask of the valid frames.</summary>
internal sealed class RecordedFeatures
{
    public const string Name = "input_features";
    public const string Mask = "feature_attention_mask";
    private const int SamplesPerFrame = 160;
    private readonly Recording _recording;
    private readonly int _bins;
    private readonly float[] _mel;
    private readonly int[] _valid;

    public RecordedFeatures(Recording recording, int bins)
    {
        var shape = recording.Shape(Name, 3);
        (_recording, _bins, Clips, Frames) = (recording, bins, shape[0], shape[2]);
        _mel = recording.Floats(Name, Clips, bins, Frames);
        _valid = new int[Clips];
        Array.Fill(_valid, Frames);
        if (!recording.Has(Mask)) return;
        var mask = recording.Integers(Mask);
        for (var clip = 0; clip < Clips; clip++) _valid[clip] = mask.AsSpan(clip * Frames, Frames).Count(1);
    }

    public int Clips { get; }

    /// <summary>Frames per clip, padding included.</summary>
    public int Frames { get; }

    /// <summary>Frames of each clip without padding.</summary>
    public IReadOnlyList<int> Valid => _valid;

    /// <summary>Layout of all clips' frames.</summary>
    public Layout Layout
    {
        get
        {
            var lengths = new int[Clips];
            Array.Fill(lengths, Frames);
            return Layout.Of(lengths);
        }
    }

    /// <summary>All clips as encoder input, [clips · frames, bins].</summary>
    public float[] Rows()
    {
        var rows = new float[_mel.Length];
        for (var clip = 0; clip < Clips; clip++)
        {
            for (var bin = 0; bin < _bins; bin++)
                for (var frame = 0; frame < Frames; frame++)
                    rows[(clip * Frames + frame) * _bins + bin] = _mel[(clip * _bins + bin) * Frames + frame];
        }

        return rows;
    }

    /// <summary><see cref="Rows"/> as a matrix.</summary>
    public Matrix Input(InferenceOps ops) => ops.Input(Rows(), Clips * Frames, _bins);

    /// <summary>Compares our log-mel of the recorded waveform with the recorded features.</summary>
    public void Compare(ComparisonSet comparisons)
    {
        if (comparisons.Of(Name) is not { } features || features.Result.Compared > 0) return;
        for (var clip = 0; clip < Clips; clip++)
        {
            var name = $"waveform.{clip}";
            if (!_recording.Has(name)) name = "waveform";
            if (!_recording.Has(name)) continue;
            var options = new LogMelOptions { Bins = _bins, PadTo = Frames * SamplesPerFrame };
            var computed = LogMel.Compute(_recording.Floats(name), options);
            features.Add(computed.ToBinsMajor(), _mel.AsSpan(clip * _bins * Frames, _bins * Frames));
            comparisons.Of(Mask)?.Add(computed.ValidFrames, _valid[clip]);
        }
    }
}
