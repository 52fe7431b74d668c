namespace Qwen2Audio.Testing;

/// <summary>The instruction set that is disabled in this process, as set by <c>bench/instruction-sets.sh</c>.</summary>
public static class InstructionSetSwitch
{
    /// <summary>The environment variable of the runtime that is 0; null when none of the three is.</summary>
    public static string? Name { get; } = Array.Find(
        ["DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"], name => Environment.GetEnvironmentVariable(name) == "0");
}
