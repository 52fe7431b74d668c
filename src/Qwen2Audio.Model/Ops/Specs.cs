namespace Qwen2Audio.Model.Ops;

/// <summary>
/// Element-wise functions. <see cref="Gelu"/> is the exact form with the error function; <see cref="Elu"/> is x for x &gt; 0, else eˣ − 1.
/// </summary>
public enum Activation { Gelu, Silu, Relu, Elu, Tanh }

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
