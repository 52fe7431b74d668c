using System.Runtime.Intrinsics;

namespace Qwen2Audio.Numerics;

/// <summary>The widest vectors that kernels use on this machine: another width sums in another order.</summary>
public static class VectorWidth
{
    /// <summary>128, 256 or 512.</summary>
    public static int Bits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
}
