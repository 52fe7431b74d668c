using System.Diagnostics;
using System.Reflection;

namespace Qwen2Audio.Testing;

/// <summary>
/// Runs the other tests of an assembly again, in a process of its own in which the runtime leaves out an instruction set; so every
/// form of every kernel is tested on whatever machine the tests run.
/// </summary>
public static class InstructionSetChild
{
    /// <summary>Set in the child: the switch that it runs with.</summary>
    public const string Variable = "QWEN2AUDIO_TEST_SWITCH";

    /// <summary>The runtime's switches, each of which leaves out more.</summary>
    public static IReadOnlyList<string> Switches { get; } = ["DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"];

    /// <summary>The switch that this process runs with; null outside of a child.</summary>
    public static string? Switch => Environment.GetEnvironmentVariable(Variable);

    /// <summary>Runs the tests of <paramref name="caller"/>'s assembly that its class does not hold. Null when all pass, else what they said.</summary>
    public static async Task<string?> FailureWithout(string instructionSet, Type caller, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Executable(caller.Assembly))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])["--filter-not-class", caller.FullName!, "--no-ansi", "--progress", "off"])
            start.ArgumentList.Add(argument);
        start.Environment[instructionSet] = "0";
        start.Environment[Variable] = instructionSet;

        using var child = Process.Start(start)!;
        var error = child.StandardError.ReadToEndAsync(cancellation);
        var output = await child.StandardOutput.ReadToEndAsync(cancellation).ConfigureAwait(false);
        await child.WaitForExitAsync(cancellation).ConfigureAwait(false);
        return child.ExitCode == 0 ? null : $"{instructionSet}=0 ended with {child.ExitCode}:\n{output}\n{await error.ConfigureAwait(false)}";
    }

    private static string Executable(Assembly tests)
    {
        var executable = Path.ChangeExtension(tests.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        return File.Exists(executable) ? executable : throw new FileNotFoundException("The tests' own executable is missing.", executable);
    }
}
