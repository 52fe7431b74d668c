using System.Diagnostics;
using Qwen2Audio.Testing;

namespace Qwen2Audio.Cli.Tests;

/// <summary>Runs the program as a user does: another process, its exit code and what it printed.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    public static ProgramRun Of(params string[] arguments) => With([], arguments);

    /// <summary>As <see cref="Of"/>, with environment variables set.</summary>
    public static ProgramRun With(Dictionary<string, string?> environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramRun(process.ExitCode, output, error.Result);
    }

    /// <summary>Starts the program and leaves it running.</summary>
    public static Process Start(Dictionary<string, string?> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Fixtures.Repository,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
