using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>A decoder for generation: embeds the tokens of a step, runs the rows over a state and returns logits.</summary>
public interface IDecoder
{
    /// <summary>The sizes that generation needs.</summary>
    DecoderShape Shape { get; }

    /// <summary>Embeds the next tokens as rows [rows, width], laid out by <paramref name="rows"/>; a row takes <see cref="DecoderShape.TokensPerRow"/> tokens.</summary>
    Matrix Embed(InferenceOps ops, ReadOnlySpan<int> tokens, Layout rows);

    /// <summary>Runs rows and appends their keys and values to the state. Returns the rows after the final norm, [rows, width]; <paramref name="x"/> is overwritten.</summary>
    Matrix Hidden(InferenceOps ops, Matrix x, Layout rows, SequenceState state);

    /// <summary>Hidden rows → logits [rows, vocabulary].</summary>
    Matrix Logits(InferenceOps ops, Matrix hidden);
}

/// <summary>Sizes of a decoder.</summary>
/// <param name="Vocabulary">Logits per row.</param>
/// <param name="RowsAtOnce">Maximum prompt rows per pass.</param>
/// <param name="TokensPerRow">Tokens per row: one, or one for each codebook.</param>
public readonly record struct DecoderShape(int Vocabulary, int RowsAtOnce = 256, int TokensPerRow = 1);
