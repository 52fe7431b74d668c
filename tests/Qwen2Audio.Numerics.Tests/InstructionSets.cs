using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Testing;

namespace Qwen2Audio.Numerics.Tests;

/// <summary>All other tests of this assembly, at each instruction-set level.</summary>
public sealed class InstructionSets
{
    public static TheoryData<string> Switches => [.. InstructionSetChild.Switches];

    [Theory, MemberData(nameof(Switches))]
    public async Task Every_test_passes_without(string instructionSet)
    {
        Assert.SkipWhen(InstructionSetChild.Switch is not null, "this is the child");
        var failure = await InstructionSetChild.FailureWithout(
            instructionSet, typeof(InstructionSets), TestContext.Current.CancellationToken);
        Assert.True(failure is null, failure);
    }
}

/// <summary>What a child of <see cref="InstructionSets"/> checks first: that its switch is in force.</summary>
public sealed class InstructionSetInForce
{
    [Fact]
    public void The_runtime_leaves_out_what_the_switch_names()
    {
        var instructionSet = InstructionSetChild.Switch;
        Assert.SkipWhen(instructionSet is null, "no switch: this is not a child");
        Assert.Equal("0", Environment.GetEnvironmentVariable(instructionSet));
        Assert.False(Avx512F.IsSupported);
        Assert.NotEqual("Avx512", GemmTile.Form);
        if (instructionSet == "DOTNET_EnableAVX512") return;
        Assert.False(Avx2.IsSupported);
        Assert.NotEqual("Avx2", GemmTile.Form);
        if (instructionSet == "DOTNET_EnableAVX2") return;
        Assert.False(Vector128.IsHardwareAccelerated);
        Assert.Equal("Scalar", GemmTile.Form);
    }
}
