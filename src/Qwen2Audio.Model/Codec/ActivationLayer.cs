using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Model.Codec;

/// <summary>ELU, or snake with its weight <c>alpha</c> [channels].</summary>
internal sealed class ActivationLayer(CodecConfig config, IWeights weights, int channels)
{
    private readonly IWeight? _alpha = config.Activation == CodecActivation.Snake ? weights.Get("alpha", channels) : null;

    public T Forward<T>(IOps<T> ops, T x) => _alpha is null ? ops.Activate(x, Activation.Elu) : ops.Snake(x, _alpha);
}
