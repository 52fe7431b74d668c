namespace Qwen2Audio.Model.Qwen2;

/// <summary>Sizes and constants of a Qwen2 or Qwen2-MoE decoder, from config.json; published names in Pascal case.</summary>
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

    /// <summary>Rotary scaling for a longer context; null: none.</summary>
    public YarnSpec? Yarn { get; init; }

    public required int MaxPositionEmbeddings { get; init; }

    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Attention window of layers from <see cref="MaxWindowLayers"/> on, in positions; 0: none.</summary>
    public int SlidingWindow { get; init; }

    public int MaxWindowLayers { get; init; }

    /// <summary>Whether the query, key and value projections have biases.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>The experts; null for a dense model.</summary>
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

    /// <summary>Width of the shared expert; 0: none.</summary>
    public required int SharedExpertIntermediateSize { get; init; }

    public required bool NormTopkProb { get; init; }

    /// <summary>Every n-th layer has experts, starting with layer n − 1.</summary>
    public required int DecoderSparseStep { get; init; }

    /// <summary>Layers that are dense nevertheless.</summary>
    public required IReadOnlyList<int> MlpOnlyLayers { get; init; }

    public required double RouterAuxLossCoef { get; init; }

    /// <summary>True when the layer has experts.</summary>
    public bool IsSparse(int layer) => NumExperts > 0 && (layer + 1) % DecoderSparseStep == 0 && !MlpOnlyLayers.Contains(layer);
}
