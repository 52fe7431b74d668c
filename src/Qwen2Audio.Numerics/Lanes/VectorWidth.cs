using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Products;

namespace Qwen2Audio.Numerics.Lanes;

/// <summary>What of this machine decides the last bits of a result: kernels sum in the order that its vectors give.</summary>
public static class VectorWidth
{
    /// <summary>The widest vectors that kernels use: 128, 256 or 512.</summary>
    public static int Bits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>Its architecture, and whether it multiplies and adds with one rounding.</summary>
    public static string Processor => $"{RuntimeInformation.ProcessArchitecture}, {(GemmTile.IsFused ? "fused" : "separate")} multiply-add";
}
