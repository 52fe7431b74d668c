using Qwen2Audio.Checkpoints;
using Qwen2Audio.Inference;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>A codec to be measured, on one channel, with its own operators. One caller at a time.</summary>
public abstract class ReportedCodec : IDisposable
{
    private readonly WorkerPool _pool;

    private protected ReportedCodec(string folder, int threads)
    {
        (Name, _pool) = (folder, new WorkerPool(threads));
        Ops = new InferenceOps(_pool);
    }

    /// <summary>The codec's folder.</summary>
    public string Name { get; }

    /// <summary>Sampling rate in Hz.</summary>
    public abstract int SamplingRate { get; }

    /// <summary>Frames per second.</summary>
    public abstract double FrameRate { get; }

    /// <summary>Entries of each codebook.</summary>
    public abstract int Entries { get; }

    /// <summary>Numbers of codebooks that it can use, descending.</summary>
    public abstract IReadOnlyList<int> Codebooks { get; }

    /// <summary>Number of computing threads.</summary>
    public int Threads => _pool.Threads;

    /// <summary>Warnings about the model.</summary>
    public abstract IReadOnlyList<string> Warnings { get; }

    private protected InferenceOps Ops { get; }

    /// <summary>Opens a folder of our codec or of a published one.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="threads">Number of computing threads; 0: one per processor.</param>
    /// <exception cref="Formats.ConfigException">config.json is damaged, or describes no codec.</exception>
    /// <exception cref="Formats.CheckpointException">Tensors are damaged, missing or misshaped; names all of them.</exception>
    public static ReportedCodec Open(string folder, int threads)
    {
        using var source = ModelSource.Open(folder);
        var kind = source.Config.Build(json => json.String("model_type", [.. ModelKinds.Codecs]));
        return kind == ModelKinds.FrameCodec ? new ReportedFrameCodec(folder, threads) : new ReportedPublishedCodec(folder, threads);
    }

    /// <summary>Encodes a sound.</summary>
    internal abstract CodedSound Encode(float[] samples, int codebooks);

    /// <summary>Encodes and decodes a sound without quantising between; null if the codec does not allow that.</summary>
    internal abstract float[]? Bypass(float[] samples);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the weights and the operators.</summary>
    protected virtual void Dispose(bool disposing)
    {
        Ops.Dispose();
        _pool.Dispose();
    }
}

/// <summary>A sound as codes.</summary>
/// <param name="Codes">The codes, [codebook][frame].</param>
/// <param name="Decode">Decodes them.</param>
internal sealed record CodedSound(IReadOnlyList<IReadOnlyList<int>> Codes, Func<float[]> Decode)
{
    /// <summary>Codes [frames, codebooks] by codebook.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> ByBook(IReadOnlyList<int> codes, int codebooks) =>
        [.. Enumerable.Range(0, codebooks).Select(book => (IReadOnlyList<int>)[.. codes.Where((_, i) => i % codebooks == book)])];
}
