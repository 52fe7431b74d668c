using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Model.Whisper;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// Parameters and tensors of a model, from its configuration alone. A model without layers and one with a single layer of each kind are
/// built without weights and multiplied, so a configuration with 2^31 layers takes no longer.
/// </summary>
/// <param name="Total">All weights; tied ones once.</param>
/// <param name="Active">Weights used to compute one token: of the experts, only those chosen.</param>
internal sealed record ModelCounts(WeightCount Total, WeightCount Active)
{
    public static ModelCounts Of(Qwen2Config config) => Decoder(config, text => weights => _ = new Qwen2Model(text, weights));

    public static ModelCounts Of(Qwen2AudioConfig config)
    {
        Action<IWeights> Build(Qwen2Config text, int encoderLayers) => weights => _ = new Qwen2AudioModel(
            config with { TextConfig = text, AudioConfig = config.AudioConfig with { EncoderLayers = encoderLayers } }, weights);
        var empty = config.TextConfig with { NumHiddenLayers = 0 };
        var layer = WeightCount.Of(Build(empty, 1)) - WeightCount.Of(Build(empty, 0));
        var encoder = layer * config.AudioConfig.EncoderLayers;
        var rest = Decoder(config.TextConfig, text => Build(text, 0));
        return new ModelCounts(rest.Total + encoder, rest.Active + encoder);
    }

    public static ModelCounts Of(WhisperConfig config)
    {
        WeightCount With(int encoderLayers, int decoderLayers) => WeightCount.Of(weights => _ = new WhisperModel(
            config with { DecoderLayers = decoderLayers, Encoder = config.Encoder with { EncoderLayers = encoderLayers } }, weights));
        var outside = With(0, 0);
        var total = outside + (With(1, 0) - outside) * config.Encoder.EncoderLayers + (With(0, 1) - outside) * config.DecoderLayers;
        return new ModelCounts(total, total);
    }

    private static ModelCounts Decoder(Qwen2Config config, Func<Qwen2Config, Action<IWeights>> build)
    {
        var outside = WeightCount.Of(build(config with { NumHiddenLayers = 0 }));
        WeightCount Layer(Qwen2MoeConfig? moe, Predicate<string>? counts = null) =>
            WeightCount.Of(build(config with { NumHiddenLayers = 1, Moe = moe }), counts);
        var sparse = config.Moe is { } settings ? SparseLayers(config.NumHiddenLayers, settings) : 0;
        var total = outside + (Layer(null) - outside) * (config.NumHiddenLayers - sparse);
        if (sparse == 0) return new ModelCounts(total, total);
        var one = config.Moe! with { NumExperts = 1, DecoderSparseStep = 1, MlpOnlyLayers = [] };
        var (withOne, withTwo) = (Layer(one), Layer(one with { NumExperts = 2 }));
        var layer = withOne - outside + (withTwo - withOne) * (config.Moe!.NumExperts - 1);
        var expert = Layer(one, name => name.Contains(".experts.0.", StringComparison.Ordinal));
        total += layer * sparse;
        return new ModelCounts(total, total - expert * (config.Moe.NumExperts - config.Moe.NumExpertsPerTok) * sparse);
    }

    private static long SparseLayers(int layers, Qwen2MoeConfig moe)
    {
        var chosen = layers / moe.DecoderSparseStep;
        return chosen - moe.MlpOnlyLayers.Distinct().Count(layer => layer >= 0 && layer < layers && (layer + 1) % moe.DecoderSparseStep == 0);
    }
}
