namespace Qwen2Audio.Model.Codec;

/// <summary>ELU, or snake with its weight <c>alpha</c> [channels].</summary>
internal sealed class ActivationLayer(CodecConfig config, IWeights weights, int channels)
{
    private readonly ActivationSpec _spec =
        config.Activation == CodecActivation.Snake ? ActivationSpec.Snake(weights.Get("alpha", channels)) : Activation.Elu;

    public T Forward<T>(IOps<T> ops, T x) => ops.Activate(x, _spec);
}
