using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Model;
using Qwen2Audio.Model.FrameCodec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>The codec whose tokens a model learns to speak: it makes the tokens, and gives the model its codebooks.</summary>
internal sealed class SynthesisCodec : IDisposable
{
    private readonly ParameterSet _parameters = new();
    private readonly TrainingOps _ops;
    private readonly FrameCodecModel _model;
    private readonly string _folder;

    /// <summary>Reads a codec.</summary>
    /// <param name="folder">A codec of ours, or a training run.</param>
    /// <param name="pool">The workers, which the caller keeps.</param>
    /// <exception cref="ConfigException">It is another kind of model, or its configuration is damaged.</exception>
    /// <exception cref="CheckpointException">Files or weights are missing, or of another shape.</exception>
    public SynthesisCodec(string folder, WorkerPool pool)
    {
        using var source = ModelSource.Open(folder);
        if (source.Config.StringOr("model_type", "") is var kind and not ModelKinds.FrameCodec)
            throw new ConfigException(source.Config.File, "$.model_type", kind, $"{ModelKinds.FrameCodec}, a codec of ours");
        _model = new FrameCodecModel(FrameCodecConfigFile.Read(source.Config), _parameters.Weights);
        if (_parameters.Parameters.FirstOrDefault(parameter => !source.Tensors.ContainsKey(parameter.Name)) is { } missing)
            throw new CheckpointException(source.Path, missing.Name, "nothing", "the codec's weights");
        _parameters.Allocate(DecayGroups.All);
        _parameters.ReadTrained(source);
        (Hash, _folder) = (source.ReadIdentity().Sha256, Path.GetDirectoryName(source.Files[0])!);
        _ops = new TrainingOps(pool) { Records = false };
    }

    /// <summary>Sizes.</summary>
    public FrameCodecConfig Config => _model.Config;

    /// <summary>SHA-256 of the weights.</summary>
    public string Hash { get; }

    /// <summary>The entries of a codebook, [entries, dimension].</summary>
    public ReadOnlySpan<float> Entries(int book) => _parameters[_model.Quantiser.Stages[book].Codebook.Name].Value.Span;

    /// <summary>The codes [frames, books] of samples at the level of training.</summary>
    public int[] Encode(ReadOnlySpan<float> samples, int books)
    {
        var frames = (samples.Length + Config.Hop - 1) / Config.Hop;
        var whole = new float[frames * Config.Hop];
        samples.CopyTo(whole);
        _ops.Begin();
        var rows = Layout.Of(whole.Length);
        var latent = _model.Encoder.Forward(_ops, _ops.Input(whole, whole.Length, 1), ref rows);
        var codes = new int[rows.Rows * books];
        _model.Quantiser.Quantise(_ops, latent, books, codes);
        return codes;
    }

    /// <summary>The standard deviation of the numbers of all frames.</summary>
    public double Deviation(IEnumerable<int[]> codes, int books)
    {
        var (sum, square, count, width) = (0.0, 0.0, 0L, Config.Dimension);
        var frame = new float[width];
        foreach (var clip in codes)
            for (var at = 0; at < clip.Length; at += books)
            {
                frame.AsSpan().Clear();
                for (var book = 0; book < books; book++)
                {
                    var entry = Entries(book).Slice(clip[at + book] * width, width);
                    for (var d = 0; d < width; d++) frame[d] += entry[d];
                }

                foreach (var value in frame) (sum, square) = (sum + value, square + (double)value * value);
                count += width;
            }

        return Math.Sqrt(Math.Max(1e-12, square / count - sum / count * (sum / count)));
    }

    /// <summary>Copies the codec's files to an existing folder.</summary>
    public void CopyTo(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(_folder).Where(file => Path.GetExtension(file) is ".json" or ".safetensors"))
            AtomicFile.Write(Path.Combine(folder, Path.GetFileName(file)), stream =>
            {
                using var source = File.OpenRead(file);
                source.CopyTo(stream);
            });
    }

    public void Dispose()
    {
        _ops.Dispose();
        _parameters.Dispose();
    }
}
