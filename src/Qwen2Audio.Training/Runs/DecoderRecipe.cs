using Qwen2Audio.Model.Qwen2;
using static Qwen2Audio.Training.Recipes.RecipeRanges;

namespace Qwen2Audio.Training.Runs;

/// <summary>Sizes of a Qwen2-MoE decoder that is trained from scratch.</summary>
internal record DecoderRecipe
{
    private const int Most = 1 << 14;

    public int Width { get; init; } = 192;

    public int Layers { get; init; } = 3;

    public int Heads { get; init; } = 4;

    public int KvHeads { get; init; } = 2;

    public int Experts { get; init; } = 4;

    public int ExpertsPerToken { get; init; } = 2;

    public int ExpertWidth { get; init; } = 128;

    public int SharedExpertWidth { get; init; } = 384;

    /// <summary>The configuration, with tied embeddings.</summary>
    internal Qwen2Config Config(int vocabulary, int positions) => new()
    {
        VocabSize = vocabulary,
        HiddenSize = Width,
        IntermediateSize = 4 * Width,
        NumHiddenLayers = Layers,
        NumAttentionHeads = Heads,
        NumKeyValueHeads = KvHeads,
        RmsNormEps = 1e-6,
        RopeTheta = 10_000,
        MaxPositionEmbeddings = positions,
        TieWordEmbeddings = true,
        MaxWindowLayers = Layers,
        Moe = new Qwen2MoeConfig
        {
            NumExperts = Experts,
            NumExpertsPerTok = ExpertsPerToken,
            MoeIntermediateSize = ExpertWidth,
            SharedExpertIntermediateSize = SharedExpertWidth,
            NormTopkProb = false,
            DecoderSparseStep = 1,
            MlpOnlyLayers = [],
            RouterAuxLossCoef = 0.01,
        },
    };

    /// <summary>Settings of the section <c>model</c> that are out of range.</summary>
    internal IEnumerable<string> SizeProblems()
    {
        foreach (var (name, value, limit) in new[]
        {
            ("width", Width, Most), ("layers", Layers, 256), ("heads", Heads, Most), ("kv_heads", KvHeads, Most), ("experts", Experts, 1024), ("experts_per_token", ExpertsPerToken, 1024),
            ("expert_width", ExpertWidth, Most), ("shared_expert_width", SharedExpertWidth, Most),
        })
            foreach (var problem in Between($"model.{name}", value, name == "shared_expert_width" ? 0 : 1, limit)) yield return problem;
        if (Heads > 0 && Width % (2 * Heads) != 0) yield return $"model.width is {Width}: a multiple of 2 × heads ({2 * Heads}) is allowed";
        if (KvHeads > 0 && Heads % KvHeads != 0) yield return $"model.heads is {Heads}: a multiple of kv_heads ({KvHeads}) is allowed";
        if (ExpertsPerToken > Experts) yield return $"model.experts_per_token is {ExpertsPerToken}: at most experts ({Experts}) is allowed";
    }
}
