using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Qwen2Audio.Numerics.Products;

namespace Qwen2Audio.Numerics.Tests;

/// <summary>Checks that the runtime disables an instruction set, and that the kernels fall back to the next one, when these tests run without it.</summary>
public sealed class InstructionSetSwitchTests
{
    [Fact]
    public void The_runtime_leaves_out_what_the_switch_names()
    {
        var name = InstructionSetSwitch.Name;
        Assert.SkipWhen(name is null, "bench/instruction-sets.sh sets the switches");
        Assert.False(Avx512F.IsSupported);
        Assert.NotEqual("Avx512", GemmTile.Form);
        if (name == "DOTNET_EnableAVX512") return;
        Assert.False(Avx2.IsSupported);
        Assert.NotEqual("Avx2", GemmTile.Form);
        if (name == "DOTNET_EnableAVX2") return;
        Assert.False(Vector128.IsHardwareAccelerated);
        Assert.Equal("Scalar", GemmTile.Form);
    }
}
