using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Model.Qwen2;

/// <summary>Sizes and constants of a Qwen2 or Qwen2-MoE decoder, from config.json; names as published (in this language's case).</summary>
public sealed record Qwen2Config
{
    public required int VocabSize { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int NumHiddenLayers { get; init; }

    public required int NumAttentionHeads { get; init; }

    public required int NumKeyValueHeads { get; init; }

    public required double RmsNormEps { get; init; }

    public required double RopeTheta { get; init; }

    /// <summary>Rotary positions stretched for a longer context; null as trained.</summary>
    public YarnSpec? Yarn { get; init; }

    public required int MaxPositionEmbeddings { get; init; }

    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Keys further back than this are not seen in layers from <see cref="MaxWindowLayers"/> on; 0: no window.</summary>
    public int SlidingWindow { get; init; }

    public int MaxWindowLayers { get; init; }

    /// <summary>Bias on the query, key and value projections.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Experts; null in a dense model.</summary>
    public Qwen2MoeConfig? Moe { get; init; }

    /// <summary>Width of one head.</summary>
    public int HeadDim => HiddenSize / NumAttentionHeads;
}

/// <summary>The fields that Qwen2-MoE adds.</summary>
public sealed record Qwen2MoeConfig
{
    public required int NumExperts { get; init; }

    public required int NumExpertsPerTok { get; init; }

    public required int MoeIntermediateSize { get; init; }

    /// <summary>Width of the shared expert; 0: there is none.</summary>
    public required int SharedExpertIntermediateSize { get; init; }

    public required bool NormTopkProb { get; init; }

    /// <summary>Every n-th layer has experts, counted so that layer n − 1 is the first.</summary>
    public required int DecoderSparseStep { get; init; }

    /// <summary>Layers that stay dense all the same.</summary>
    public required IReadOnlyList<int> MlpOnlyLayers { get; init; }

    public required double RouterAuxLossCoef { get; init; }

    /// <summary>True when the layer has experts.</summary>
    public bool IsSparse(int layer) => NumExperts > 0 && (layer + 1) % DecoderSparseStep == 0 && !MlpOnlyLayers.Contains(layer);
}
