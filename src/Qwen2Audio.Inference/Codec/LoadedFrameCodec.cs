using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Model;
using Qwen2Audio.Model.FrameCodec;

namespace Qwen2Audio.Inference.Codec;

/// <summary>
/// Our codec opened from a checkpoint folder. Weights are read on first use. The caller needs exclusive use of the operators, and scales
/// the audio to the level used in training.
/// </summary>
public sealed class LoadedFrameCodec : IDisposable
{
    private readonly ModelSource _source;

    private LoadedFrameCodec(ModelSource source)
    {
        _source = source;
        source.Config.Build(json => json.String("model_type", [ModelKinds.FrameCodec]));
        MemoryRequirement.Require(source.Description);
        Weights = new CheckpointWeights(source);
        Model = new FrameCodecModel(source.Description.FrameCodec!, Weights);
        Weights.ThrowIfIncomplete();
    }

    /// <summary>The codec.</summary>
    public FrameCodecModel Model { get; }

    /// <summary>Its sizes.</summary>
    public FrameCodecConfig Config => Model.Config;

    /// <summary>The weights of the checkpoint.</summary>
    public CheckpointWeights Weights { get; }

    /// <summary>Opens a checkpoint folder.</summary>
    /// <exception cref="ConfigException">config.json is damaged, describes another kind of model, or uses unsupported settings.</exception>
    /// <exception cref="CheckpointException">Tensors are damaged, missing or misshaped; names all of them.</exception>
    public static LoadedFrameCodec Open(string path) => Ownership.Pass(ModelSource.Open(path), source => new LoadedFrameCodec(source));

    /// <summary>Encodes a whole signal, in pieces of a second to limit memory.</summary>
    /// <param name="ops">The operators.</param>
    /// <param name="samples">Mono, at the codec's sampling rate.</param>
    /// <param name="stages">Number of codebooks; null: all.</param>
    /// <exception cref="ArgumentException">The codec does not have this number of codebooks.</exception>
    public CodecFrames Encode(InferenceOps ops, ReadOnlySpan<float> samples, int? stages = null)
    {
        using var encoding = new FrameCodecEncoding(Model, ops, stages ?? Config.Books);
        var codes = new List<int>();
        for (; samples.Length > Config.SamplingRate; samples = samples[Config.SamplingRate..]) codes.AddRange(encoding.Add(samples[..Config.SamplingRate]).Codes);
        codes.AddRange(encoding.Add(samples, ends: true).Codes);
        return new CodecFrames(codes, stages ?? Config.Books);
    }

    /// <summary>Decodes all frames of a signal, in pieces of a second to limit memory: <see cref="FrameCodecConfig.Hop"/> samples per frame.</summary>
    /// <exception cref="ArgumentException">A code is not an entry, or the codec does not have this number of codebooks.</exception>
    public float[] Decode(InferenceOps ops, CodecFrames frames)
    {
        using var decoding = new FrameCodecDecoding(Model, ops);
        var samples = new List<float>();
        var codes = frames.Codes.ToArray();
        var most = Config.FrameRate * frames.Stages;
        var at = 0;
        for (; codes.Length - at > most; at += most) samples.AddRange(decoding.Add(frames with { Codes = codes[at..(at + most)] }));
        samples.AddRange(decoding.Add(frames with { Codes = codes[at..] }, ends: true));
        return [.. samples];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        _source.Dispose();
    }
}
