using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Numerics.Tests;

/// <summary>
/// Runs all other tests of this assembly again, in a process of its own in which the runtime leaves out an instruction set; so every
/// form of every kernel is tested on whatever machine the tests run.
/// </summary>
public sealed class InstructionSets
{
    /// <summary>Set in the child: the switch that it runs with.</summary>
    internal const string ChildVariable = "QWEN2AUDIO_TEST_SWITCH";

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task Every_test_passes_without(string instructionSet)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(ChildVariable) is not null, "this is the child");
        var start = new ProcessStartInfo(Executable())
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])["--filter-not-class", typeof(InstructionSets).FullName!, "--no-ansi", "--progress", "off"])
            start.ArgumentList.Add(argument);
        start.Environment[instructionSet] = "0";
        start.Environment[ChildVariable] = instructionSet;

        using var child = Process.Start(start)!;
        var error = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0, $"{instructionSet}=0 ended with {child.ExitCode}:\n{output}\n{await error}");
    }

    private static string Executable()
    {
        var assembly = typeof(InstructionSets).Assembly.Location;
        var executable = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        return File.Exists(executable) ? executable : throw new FileNotFoundException("The tests' own executable is missing.", executable);
    }
}

/// <summary>What a child of <see cref="InstructionSets"/> checks first: that its switch is in force.</summary>
public sealed class InstructionSetInForce
{
    [Fact]
    public void The_runtime_leaves_out_what_the_switch_names()
    {
        var instructionSet = Environment.GetEnvironmentVariable(InstructionSets.ChildVariable);
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
