namespace Qwen2Audio.Model.Ops;

/// <summary>Element-wise functions. <see cref="Gelu"/> is the exact form with the error function.</summary>
public enum Activation { Gelu, Silu, Relu }

/// <summary>
/// Scaled dot-product attention: query head h reads key/value head ⌊h / (Heads / KvHeads)⌋, scores are multiplied by 1/√HeadDim.
/// A key is seen when it belongs to the query's sequence and, if <paramref name="Causal"/>, its position is not later and, with
/// <paramref name="Window"/> &gt; 0, lies less than Window positions back.
/// </summary>
public readonly record struct AttentionSpec(int Heads, int KvHeads, int HeadDim, bool Causal, int Window = 0);

/// <summary>
/// Routing: softmax over all experts, the <paramref name="ExpertsPerToken"/> largest, divided by their sum only with
/// <paramref name="NormaliseTopK"/>.
/// </summary>
public readonly record struct MoeSpec(int ExpertsPerToken, bool NormaliseTopK);

/// <summary>
/// A convolution over time with zeros around each sequence: a sequence of n rows becomes
/// ⌊(n + PadLeft + PadRight − Kernel) / Stride⌋ + 1 rows. Groups is 1 or the number of channels (depthwise).
/// </summary>
public readonly record struct ConvSpec(int Kernel, int Stride, int Groups, int PadLeft, int PadRight)
{
    /// <summary>Rows that come out for a sequence of <paramref name="rows"/> rows.</summary>
    public int OutputLength(int rows) =>
        rows + PadLeft + PadRight < Kernel ? 0 : (rows + PadLeft + PadRight - Kernel) / Stride + 1;
}

/// <summary>What an interpretability probe may listen to.</summary>
public enum TapPoint
{
    /// <summary>Rows that enter the first decoder layer; audio already put in.</summary>
    Embedding,

    /// <summary>Rows after a decoder layer.</summary>
    LayerOutput,

    /// <summary>Rows after the final norm.</summary>
    FinalNorm,

    /// <summary>Attention probabilities of a decoder layer, [heads · rows, keys], one sequence.</summary>
    AttentionProbabilities,

    /// <summary>Router logits of a sparse layer, [rows, experts].</summary>
    RouterLogits,

    /// <summary>Probabilities of a decoder layer's attention to the encoder's rows, [heads · rows, audio rows], one sequence.</summary>
    CrossAttentionProbabilities,

    /// <summary>Rows that enter the first encoder layer, positions added.</summary>
    EncoderInput,

    /// <summary>Rows after an encoder layer.</summary>
    EncoderLayerOutput,

    /// <summary>Audio encoder output after pooling and norm.</summary>
    EncoderOutput,

    /// <summary>Audio rows in the decoder's width.</summary>
    ProjectorOutput,
}
