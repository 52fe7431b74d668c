using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>A codec's folder to be measured, with its own operators. A codec of several channels gets the sound on each, and the mean of its channels is measured.</summary>
public sealed class ReportedCodec : IDisposable
{
    private readonly LoadedCodec _codec;
    private readonly WorkerPool _pool;
    private readonly InferenceOps _ops;

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="threads">Number of computing threads; 0: one per processor.</param>
    /// <exception cref="Formats.ConfigException">config.json is damaged, or describes no codec.</exception>
    /// <exception cref="Formats.CheckpointException">Tensors are damaged, missing or misshaped; names all of them.</exception>
    public ReportedCodec(string folder, int threads)
    {
        (Name, _codec) = (folder, LoadedCodec.Open(folder));
        _pool = new WorkerPool(threads);
        _ops = new InferenceOps(_pool);
    }

    /// <summary>The codec's folder.</summary>
    public string Name { get; }

    /// <summary>Sampling rate in Hz.</summary>
    public int SamplingRate => _codec.Config.SamplingRate;

    /// <summary>Frames per second.</summary>
    public double FrameRate => (double)SamplingRate / _codec.Config.SamplesPerFrame * (_codec.Config.Chunks is { } chunks ? (double)chunks.Length / chunks.Stride : 1);

    /// <summary>Entries of each codebook.</summary>
    public int Entries => _codec.Config.Entries;

    /// <summary>Numbers of codebooks that it can use, descending.</summary>
    public IReadOnlyList<int> Codebooks => _codec.Config.Bandwidths.Count > 0 ? [.. _codec.Config.Bandwidths.Select(bandwidth => bandwidth.Stages).OrderDescending()]
        : [.. Enumerable.Range(_codec.Model.LeastStages, _codec.Config.Stages - _codec.Model.LeastStages + 1).Reverse()];

    /// <summary>Number of computing threads.</summary>
    public int Threads => _pool.Threads;

    /// <summary>Warnings about the model.</summary>
    public IReadOnlyList<string> Warnings => _codec.Warnings;

    private int Channels => _codec.Config.AudioChannels;

    /// <summary>Encodes a sound.</summary>
    internal CodedSound Encode(float[] samples, int codebooks) => new CodedSound(this, _codec.Encode(_ops, OnEachChannel(samples), codebooks));

    /// <summary>Encodes and decodes a sound without quantising between; null if the codec does not allow that.</summary>
    internal float[]? Bypass(float[] samples)
    {
        if (_codec.Config.Chunks is not null || _codec.Config.Normalise) return null;
        _ops.Reset();
        var rows = Layout.Of(samples.Length);
        var frames = _codec.Model.Encode(_ops, _ops.Input(OnEachChannel(samples), samples.Length, Channels), ref rows);
        return OneChannel([.. _codec.Model.Decode(_ops, frames, ref rows).Span]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ops.Dispose();
        _pool.Dispose();
        _codec.Dispose();
    }

    private float[] OnEachChannel(float[] samples) => Channels == 1 ? samples : [.. samples.SelectMany(sample => Enumerable.Repeat(sample, Channels))];

    private float[] OneChannel(float[] samples) => Channels == 1 ? samples : [.. samples.Chunk(Channels).Select(row => row.Average())];

    /// <summary>A sound as codes.</summary>
    internal sealed class CodedSound(ReportedCodec codec, IReadOnlyList<CodecFrames> frames)
    {
        /// <summary>The codes, [codebook][frame].</summary>
        public IReadOnlyList<IReadOnlyList<int>> Codes => [.. Enumerable.Range(0, frames[0].Stages).Select(book =>
            (IReadOnlyList<int>)[.. frames.SelectMany(piece => piece.Codes.Where((_, i) => i % piece.Stages == book))])];

        /// <summary>Decodes them.</summary>
        public float[] Decode() => codec.OneChannel(codec._codec.Decode(codec._ops, frames));
    }
}
