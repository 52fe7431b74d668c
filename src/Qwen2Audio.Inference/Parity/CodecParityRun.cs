using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Parity;

/// <summary>
/// Encodes a codec folder's recorded audio, decodes its recorded codes, and compares every recorded output. The recorded codes determine
/// the number of codebooks.
/// </summary>
internal sealed class CodecParityRun
{
    private const string Waveform = "waveform";
    private const string Codes = "audio_codes";
    private const string Scales = "audio_scales";
    private const string Values = "audio_values";
    private const string EncoderOutput = "encoder_output";
    private const string Quantised = "quantized_representation";
    private const double SampleBound = 1e-4;
    private const double SnakeSampleBound = 1e-3; // snake activations amplify rounding

    private readonly RecordedTensors _recording;
    private readonly LoadedCodec _codec;
    private readonly InferenceOps _ops;
    private readonly Dictionary<string, Comparison> _comparisons = new(StringComparer.Ordinal);
    private readonly int _batch;
    private readonly int _channels;
    private readonly int _samples;
    private readonly float[] _sound;
    private readonly int[] _codesShape; // [chunks, batch, stages, frames]
    private readonly int[] _codes;
    private readonly float[]? _scales; // [chunks, batch, 1]

    public CodecParityRun(RecordedTensors recording, LoadedCodec codec, InferenceOps ops)
    {
        (_recording, _codec, _ops) = (recording, codec, ops);
        (_batch, _channels, _samples) = SoundShape(Waveform);
        if (_channels != codec.Config.AudioChannels) throw Misshaped(Waveform, $"{_channels} channels", $"{codec.Config.AudioChannels}, as the codec has");
        _sound = recording.Floats(Waveform);
        var rank = codec.Kind == ModelKinds.Encodec ? 4 : 3;
        var shape = recording.Shape(Codes, rank);
        _codesShape = rank == 4 ? shape : [1, .. shape];
        var (least, most) = (codec.Model.MinStages, codec.Config.Stages);
        if (_codesShape[1] != _batch || _codesShape[2] < least || _codesShape[2] > most)
            throw Misshaped(Codes, $"[{string.Join(", ", shape)}]", $"{_batch} sounds with {least}…{most} codebooks");
        _codes = recording.Integers(Codes);
        _scales = recording.Has(Scales) ? recording.Floats(Scales) : null;
        if (_scales is not null && _scales.Length != Chunks * _batch) throw Misshaped(Scales, $"{_scales.Length} numbers", $"{Chunks * _batch}, one for each chunk of each sound");
        if (HasInside(EncoderOutput)) Expect(EncoderOutput, "encoder", 0, ParityMeasure.Relative, ComparisonSet.FloatBound);
        Expect(Codes, "quantiser", 1, ParityMeasure.Places, 0);
        Expect(Scales, "loudness", 2, ParityMeasure.Relative, ComparisonSet.FloatBound);
        if (HasInside(Quantised)) Expect(Quantised, "codebooks", 3, ParityMeasure.Relative, ComparisonSet.FloatBound);
        if (!recording.Has(Values)) return;
        var bound = codec.Config is CodecConfig { Activation: CodecActivation.Snake } ? SnakeSampleBound : SampleBound;
        Expect(Values, "decoder", 4, ParityMeasure.Absolute, bound * recording.Floats(Values).Select(Math.Abs).DefaultIfEmpty(0).Max());
    }

    private int Chunks => _codesShape[0];

    private int Stages => _codesShape[2];

    private int Frames => _codesShape[3];

    public ParityReport Compare(string folder)
    {
        for (var clip = 0; clip < _batch; clip++)
        {
            var frames = Encode(clip);
            CompareCodes(clip, frames);
            CompareInside(clip);
            if (_comparisons.TryGetValue(Values, out var values)) CompareSamples(clip, values, frames);
        }

        return new ParityReport(
            folder, _codec.Kind, [.. _comparisons.Values.OrderBy(comparison => comparison.Order).Select(comparison => comparison.Result)],
            [.. _recording.Names.Where(name => name != Waveform && !_comparisons.ContainsKey(name)).Order(StringComparer.Ordinal)]);
    }

    /// <summary>A clip's frames: one item per chunk, or all in one.</summary>
    private IReadOnlyList<CodecFrames> Encode(int clip)
    {
        var frames = _codec.Encode(_ops, Clip(clip), Stages);
        return _codec.Config.Chunks is not null || frames.Count == 1 ? frames : [new CodecFrames([.. frames.SelectMany(piece => piece.Codes)], Stages)];
    }

    /// <summary>Compares codes; the reference pads the last chunk with code 0.</summary>
    private void CompareCodes(int clip, IReadOnlyList<CodecFrames> frames)
    {
        var longest = frames.Max(chunk => chunk.Count);
        if (frames.Count != Chunks || longest != Frames) throw Misshaped(Codes, $"{Chunks} chunks of {Frames} frames", $"{frames.Count} of {longest}, as the sound has");
        for (var chunk = 0; chunk < Chunks; chunk++)
        {
            var recorded = Recorded(clip, chunk, Frames);
            for (var i = 0; i < recorded.Length; i++) _comparisons[Codes].Add(i < frames[chunk].Codes.Count ? frames[chunk].Codes[i] : 0, recorded[i]);
            if (_scales is not null) _comparisons[Scales].Add(frames[chunk].Scale, _scales[chunk * _batch + clip]);
        }
    }

    /// <summary>Compares the encoder's frames and the dequantised codes, both recorded as [batch, width, frames].</summary>
    private void CompareInside(int clip)
    {
        if (_comparisons.TryGetValue(EncoderOutput, out var output))
        {
            _ops.Reset();
            var rows = Layout.Of(_samples);
            Add(output, _codec.Model.Encode(_ops, _ops.Input(Clip(clip), _samples, _channels), ref rows));
        }

        if (!_comparisons.TryGetValue(Quantised, out var quantised)) return;
        _ops.Reset();
        Add(quantised, _codec.Model.Frames(_ops, Recorded(clip, 0, Frames), Stages));

        void Add(Comparison comparison, Matrix found)
        {
            var recorded = _recording.Floats(comparison.Tensor).AsSpan(clip * (int)found.Length, (int)found.Length);
            for (var frame = 0; frame < found.Rows; frame++)
                for (var i = 0; i < found.Columns; i++) comparison.Add(found.Row(frame)[i], recorded[i * found.Rows + frame]);
        }
    }

    /// <summary>
    /// The recording holds either the samples of the padded codes or those of the original audio: then the last chunk has its own frames, and
    /// samples after the end of the audio are cut.
    /// </summary>
    private void CompareSamples(int clip, Comparison comparison, IReadOnlyList<CodecFrames> encoded)
    {
        var (batch, channels, length) = SoundShape(Values);
        if (batch != _batch || channels != _channels) throw Misshaped(Values, $"{batch} sounds of {channels} channels", $"{_batch} of {_channels}");
        var samples = Decode(clip, chunk => Frames, encoded);
        if (samples.Length / channels != length) samples = Decode(clip, chunk => encoded[chunk].Count, encoded);
        var found = samples.Length / channels;
        if (length != found && length != Math.Min(found, _samples)) throw Misshaped(Values, $"{length} samples", $"{found}, as the codes stand for, or the {_samples} of the sound");
        var recorded = _recording.Floats(Values).AsSpan(clip * channels * length, channels * length);
        for (var c = 0; c < channels; c++)
            for (var i = 0; i < length; i++) comparison.Add(samples[i * channels + c], recorded[c * length + i]);
    }

    private float[] Decode(int clip, Func<int, int> count, IReadOnlyList<CodecFrames> encoded) => _codec.Decode(
        _ops, [.. Enumerable.Range(0, Chunks).Select(chunk => new CodecFrames(Recorded(clip, chunk, count(chunk)), Stages, _scales?[chunk * _batch + clip] ?? encoded[chunk].Scale))]);

    /// <summary>The first frames of a recorded chunk, [frames, stages].</summary>
    private int[] Recorded(int clip, int chunk, int count)
    {
        var codes = new int[count * Stages];
        for (var i = 0; i < codes.Length; i++) codes[i] = _codes[((chunk * _batch + clip) * Stages + i % Stages) * Frames + i / Stages];
        return codes;
    }

    /// <summary>A recorded clip as rows [samples, channels].</summary>
    private float[] Clip(int clip)
    {
        var rows = new float[_samples * _channels];
        for (var i = 0; i < rows.Length; i++) rows[i] = _sound[(clip * _channels + i % _channels) * _samples + i / _channels];
        return rows;
    }

    /// <summary>[samples], [batch, samples] of one channel, or [batch, channels, samples].</summary>
    private (int Batch, int Channels, int Samples) SoundShape(string name) => _recording.Rank(name) switch
    {
        1 => (1, 1, _recording.Shape(name, 1)[0]),
        2 => (_recording.Shape(name, 2)[0], 1, _recording.Shape(name, 2)[1]),
        _ => (_recording.Shape(name, 3)[0], _recording.Shape(name, 3)[1], _recording.Shape(name, 3)[2]),
    };

    /// <summary>Whether an inner value was recorded with one row per frame: not for codecs with chunks, nor before downsampling.</summary>
    private bool HasInside(string name) => _codec.Config.Chunks is null && _recording.Rank(name) == 3
        && _recording.Shape(name, 3).AsSpan().SequenceEqual([_batch, _codec.Config.Dimension, Frames]);

    private void Expect(string name, string part, int order, ParityMeasure measure, double bound)
    {
        if (_recording.Has(name)) _comparisons.Add(name, new Comparison(name, part, order, measure, bound));
    }

    private CheckpointException Misshaped(string name, string found, string allowed) => new(_recording.Path, $"tensor \"{name}\"", found, allowed);
}
