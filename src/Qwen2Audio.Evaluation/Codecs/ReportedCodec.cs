using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>
/// A codec to be measured, on one channel, with its own operators. A codec of several channels gets the audio on each, and the mean of its channels is
/// measured. One caller at a time.
/// </summary>
public sealed class ReportedCodec : IDisposable
{
    private readonly LoadedCodec _codec;
    private readonly CodecTokenFiles _files;
    private readonly WorkerPool _pool;
    private readonly InferenceOps _ops;

    private ReportedCodec(string folder, LoadedCodec codec, int threads)
    {
        (Name, _codec, _files) = (folder, codec, new CodecTokenFiles(codec));
        _pool = new WorkerPool(threads);
        _ops = new InferenceOps(_pool);
    }

    /// <summary>The codec's folder.</summary>
    public string Name { get; }

    /// <summary>Its sizes.</summary>
    public ICodecConfig Config => _codec.Config;

    /// <summary>Numbers of codebooks that it can use, descending.</summary>
    public IReadOnlyList<int> Codebooks => _codec.Codebooks;

    /// <summary>The folder of its checkpoint.</summary>
    public string Folder => _codec.Source.Path;

    /// <summary>SHA-256 of the folder's statistics, with which token files are written; null if it has none.</summary>
    public string? Statistics => _files.Probabilities?.Identity.Sha256;

    /// <summary>What besides weights decides the decoded sound and its files, for files of answers.</summary>
    internal string Settings => (Statistics is { } hash ? $"; statistics {hash}" : "") + (_codec.OutputGains.Count == 0 ? "" : $"; gains {string.Join(", ", _codec.OutputGains.Select(gain => gain.ToString(CultureInfo.InvariantCulture)))}");

    /// <summary>Whether it is a codec of ours, not a published one.</summary>
    public bool IsOurs => _codec.Kind == ModelKinds.FrameCodec;

    /// <summary>Number of computing threads.</summary>
    public int Threads => _pool.Threads;

    /// <summary>Warnings about the model.</summary>
    public IReadOnlyList<string> Warnings => _codec.Warnings;

    /// <summary>Opens a folder of our codec or of a published one.</summary>
    /// <param name="threads">Number of computing threads; 0: one per processor.</param>
    /// <exception cref="ConfigException">config.json is damaged, or describes no codec.</exception>
    /// <exception cref="CheckpointException">Tensors are damaged, missing or misshaped; names all of them.</exception>
    public static ReportedCodec Open(string folder, int threads) => Ownership.Pass(LoadedCodec.Open(folder), codec => new ReportedCodec(folder, codec, threads));

    /// <summary>Delay and time of a stream; null if the codec gives no frame before the audio has ended.</summary>
    internal StreamingFigures? MeasureStreaming() => StreamingFigures.Measure(_codec);

    /// <summary>Writes the gains that make the median clip as loud decoded as it was.</summary>
    /// <param name="rows">Figures at every number of codebooks, first those of all clips.</param>
    /// <returns>Why they cannot be written; null: they are.</returns>
    internal string? WriteGains(IReadOnlyList<CodecReportRow> rows)
    {
        double[] gains = [.. Enumerable.Range(1, Config.Stages).Select(codebooks => OutputGain(codebooks) * Math.Pow(10, -(rows.First(row => row.Codebooks == codebooks).Level ?? double.NaN) / 20))];
        if (!gains.All(OutputGains.IsGain)) return $"no gains are written: they would be {string.Join(", ", gains.Select(gain => gain.ToString("g4", CultureInfo.InvariantCulture)))}; is the codec trained?";
        OutputGains.Write(Folder, gains);
        return null;
    }

    /// <summary>Encodes a sound.</summary>
    internal CodedAudio Encode(float[] samples, int codebooks)
    {
        var frames = _codec.Encode(_ops, OnEachChannel(samples), codebooks);
        List<int> codes = [.. frames.SelectMany(piece => piece.Codes)];
        return new CodedAudio([.. Enumerable.Range(0, codebooks).Select(book => (IReadOnlyList<int>)[.. codes.Where((_, i) => i % codebooks == book)])],
            Bytes(frames, codebooks, samples.Length), () => OneChannel(_codec.Decode(_ops, frames)));
    }

    /// <summary>Encodes and decodes a sound without quantising between; null if the codec does not allow that.</summary>
    internal float[]? Bypass(float[] samples)
    {
        if (Config.Chunks is not null || Config.Normalise) return null;
        _ops.Reset();
        var rows = Layout.Of(samples.Length);
        var frames = _codec.Model.Encode(_ops, _ops.Input(OnEachChannel(samples), samples.Length, Config.AudioChannels), ref rows);
        return OneChannel([.. _codec.Model.Decode(_ops, frames, ref rows).Span]);
    }

    public void Dispose()
    {
        _ops.Dispose();
        _pool.Dispose();
        _codec.Dispose();
    }

    private double OutputGain(int codebooks) => _codec.OutputGains.Count == 0 ? 1 : _codec.OutputGains[codebooks - 1];

    private int Bytes(IReadOnlyList<CodecFrames> frames, int codebooks, int samples)
    {
        using var file = new MemoryStream();
        var writer = _files.Create(file, codebooks);
        var header = file.Length;
        foreach (var piece in frames) _files.Add(writer, piece);
        writer.Finish(samples);
        return (int)(file.Length - header);
    }

    private float[] OnEachChannel(float[] samples) =>
        Config.AudioChannels == 1 ? samples : [.. samples.SelectMany(sample => Enumerable.Repeat(sample, Config.AudioChannels))];

    private float[] OneChannel(float[] samples) => Config.AudioChannels == 1 ? samples : [.. samples.Chunk(Config.AudioChannels).Select(row => row.Average())];
}

/// <summary>A sound as codes.</summary>
/// <param name="Codes">The codes, [codebook][frame].</param>
/// <param name="Bytes">Bytes of the token file without its header.</param>
/// <param name="Decode">Decodes them.</param>
internal sealed record CodedAudio(IReadOnlyList<IReadOnlyList<int>> Codes, int Bytes, Func<float[]> Decode);
