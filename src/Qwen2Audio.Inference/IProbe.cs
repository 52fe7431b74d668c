using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

/// <summary>Looks at values inside a model while it computes (<see cref="IOps{T}.Tap"/>).</summary>
public interface IProbe
{
    /// <summary>True when values of this kind are to be shown; what nobody wants is not computed.</summary>
    bool Wants(TapPoint point, int layer);

    /// <summary>
    /// Shows a value, valid only during the call. <see cref="TapPoint.AttentionProbabilities"/> come once a sequence, in the order of
    /// the batch.
    /// </summary>
    void Observe(TapPoint point, int layer, Matrix value);
}
