using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Tests.LanguageModel;

/// <summary>A small Qwen2-MoE with its parameters, and random documents for it.</summary>
internal sealed class TinyMixture : IDisposable
{
    private readonly Random _random = new(4);

    public TinyMixture(int layers = 3, int width = 24, int inner = 40, int experts = 4)
    {
        var config = TinyConfigs.Text with
        {
            HiddenSize = width,
            IntermediateSize = inner,
            NumHiddenLayers = layers,
            MaxPositionEmbeddings = 4096,
            Moe = experts == 0 ? null : TinyConfigs.Experts with
            {
                NumExperts = experts,
                MoeIntermediateSize = inner / 2,
                SharedExpertIntermediateSize = inner,
                NormTopkProb = true,
                MlpOnlyLayers = layers > 1 ? [1] : [],
            },
        };
        Qwen2 = new Qwen2Model(config, Parameters.Weights);
        Parameters.Allocate(DecayGroups.Matrices);
        Initialisation.Fill(Parameters, 3);
        foreach (var parameter in Parameters.Parameters.Where(parameter => parameter.Shape.Count == 1))
            foreach (ref var value in parameter.Value.Span) value += (float)(0.2 * (_random.NextDouble() - 0.5));
    }

    public ParameterSet Parameters { get; } = new();

    public Qwen2Model Qwen2 { get; }

    public ILanguageModel Model => new Qwen2LanguageModel(Qwen2);

    public TokenDocument[] Documents(params int[] lengths) =>
        [.. lengths.Select(length => TokenDocument.Plain([.. Enumerable.Range(0, length).Select(_ => _random.Next(61))]))];

    public void Dispose() => Parameters.Dispose();
}
