using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>Qwen2 or Qwen2-MoE as an <see cref="IDecoder"/>.</summary>
public sealed class Qwen2Decoder(Qwen2Model model) : IDecoder
{
    private const int Sparse = 1024; // larger parts for sparse models: an expert gets only some of the rows, and its weights are read once per part

    public DecoderShape Shape { get; } =
        model.Config.Moe is null ? new DecoderShape(model.Config.VocabSize) : new DecoderShape(model.Config.VocabSize, Sparse);

    public Matrix Embed(InferenceOps ops, ReadOnlySpan<int> tokens, Layout rows) => model.Embed(ops, tokens);

    public Matrix Hidden(InferenceOps ops, Matrix x, Layout rows, SequenceState state) => model.Hidden(ops, x, rows, state);

    public Matrix Logits(InferenceOps ops, Matrix hidden) => model.Logits(ops, hidden);
}
