using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Products;

namespace Qwen2Audio.Numerics.Lanes;

/// <summary>The properties of this machine that decide the last bits of a result: the order in which kernels sum depends on the vector width.</summary>
public static class VectorWidth
{
    /// <summary>The widest vectors that kernels use: 128, 256 or 512.</summary>
    public static int Bits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>The architecture, and whether multiply-adds round once.</summary>
    public static string Processor => $"{RuntimeInformation.ProcessArchitecture}, {(GemmTile.IsFused ? "fused" : "separate")} multiply-add";
}
