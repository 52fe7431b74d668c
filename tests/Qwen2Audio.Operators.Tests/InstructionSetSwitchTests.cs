using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Checks that the runtime disables an instruction set when these tests run without it.</summary>
public sealed class InstructionSetSwitchTests
{
    [Fact]
    public void The_runtime_leaves_out_what_the_switch_names()
    {
        var name = InstructionSetSwitch.Name;
        Assert.SkipWhen(name is null, "bench/instruction-sets.sh sets the switches");
        Assert.False(Avx512F.IsSupported);
        if (name != "DOTNET_EnableAVX512") Assert.False(Avx2.IsSupported);
        if (name == "DOTNET_EnableHWIntrinsic") Assert.False(Vector128.IsHardwareAccelerated);
    }
}
