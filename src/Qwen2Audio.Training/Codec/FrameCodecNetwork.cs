using Qwen2Audio.Model;
using Qwen2Audio.Model.FrameCodec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>Our codec in training, where each crop may use a different number of codebooks.</summary>
internal sealed class FrameCodecNetwork(FrameCodecConfig config, IWeights weights) : ICodecNetwork
{
    /// <summary>The codec.</summary>
    public FrameCodecModel Model { get; } = new(config, weights);

    public int Hop => Model.Config.Hop;

    public CodecOutput Forward(TrainingOps ops, Variable sound, Layout rows, ReadOnlySpan<int> books)
    {
        var latent = Model.Encoder.Forward(ops, sound, ref rows);
        var depths = new int[rows.Rows];
        for (var s = 0; s < rows.Sequences; s++) depths.AsSpan(rows.Starts[s], rows.Length(s)).Fill(books.IsEmpty ? Model.Config.Books : books[s]);
        var codes = new int[checked(rows.Rows * Model.Config.Books)];
        var quantised = Model.Quantiser.Quantise(ops, latent, Model.Config.Books, codes, depths);
        return new CodecOutput(latent, codes, Model.Decoder.Forward(ops, quantised, ref rows));
    }
}
