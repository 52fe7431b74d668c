using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>A decoder that generates: the tokens of a step become rows, the rows go through it over a state, and logits come out.</summary>
public interface IDecoder
{
    /// <summary>Sizes that generation needs to know.</summary>
    DecoderShape Shape { get; }

    /// <summary>The rows of the next tokens, [rows, width], laid out by <paramref name="rows"/>; <see cref="DecoderShape.TokensPerRow"/> tokens make a row.</summary>
    Matrix Embed(InferenceOps ops, ReadOnlySpan<int> tokens, Layout rows);

    /// <summary>Rows → rows after the final norm, [rows, width]; their keys and values are added to the state. <paramref name="x"/> is lost.</summary>
    Matrix Hidden(InferenceOps ops, Matrix x, Layout rows, SequenceState state);

    /// <summary>Hidden rows → logits [rows, vocabulary].</summary>
    Matrix Logits(InferenceOps ops, Matrix hidden);
}

/// <summary>Sizes of a decoder.</summary>
/// <param name="Vocabulary">Logits of a row.</param>
/// <param name="RowsAtOnce">Rows of prompts that go through it in one pass at most.</param>
/// <param name="TokensPerRow">Tokens that make a row: one, or one for each codebook.</param>
public readonly record struct DecoderShape(int Vocabulary, int RowsAtOnce = 256, int TokensPerRow = 1);
