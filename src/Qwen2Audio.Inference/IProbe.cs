using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

/// <summary>Looks at values inside a model while it computes, and may replace them (<see cref="IOps{T}.Tap"/>).</summary>
public interface IProbe
{
    /// <summary>True when the values of this site are to be shown; what nobody wants is not computed.</summary>
    bool Wants(Site site);

    /// <summary>
    /// Shows a value, valid only during the call. The probe may write other numbers into it; what follows computes with these, and caches
    /// keep what was made of them. Attention probabilities come once a sequence, in the order of the batch.
    /// </summary>
    /// <returns>True when it wrote into the value.</returns>
    bool Visit(Site site, Matrix value);
}
