using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

/// <summary>Reads values inside a model while it runs, and may replace them (<see cref="IOps{T}.Tap(Site, T)"/>).</summary>
public interface IProbe
{
    /// <summary>Whether <see cref="Visit"/> is called for this site. Values that no probe wants are not computed.</summary>
    bool Wants(Site site);

    /// <summary>
    /// Receives a value, valid only during the call. The probe may overwrite it; later layers and the caches then use the new values.
    /// Attention probabilities come one sequence at a time, in batch order.
    /// </summary>
    /// <returns>True when the probe changed the value.</returns>
    bool Visit(Site site, Matrix value);
}
