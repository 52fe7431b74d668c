using System.Diagnostics;

namespace Qwen2Audio.Cli.Tests;

/// <summary>Runs the program as a user does: another process, its exit code and what it printed.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    /// <summary>The program, which <c>dotnet</c> runs.</summary>
    public static readonly string Program = Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll");

    public static ProgramRun Of(params string[] arguments) => Run(Info(null, [], arguments));

    /// <summary>As <see cref="Of"/>, in another folder.</summary>
    public static ProgramRun In(string folder, string[] arguments) => Run(Info(folder, [], arguments));

    /// <summary>As <see cref="Of"/>, with environment variables set.</summary>
    public static ProgramRun With(Dictionary<string, string?> environment, params string[] arguments) => Run(Info(null, environment, arguments));

    /// <summary>As <see cref="Of"/>, by a shell, with redirections such as <c>2>&amp;-</c>.</summary>
    public static ProgramRun Redirected(string redirections, params string[] arguments) =>
        Run(Info("/bin/sh", ["-c", $"exec dotnet \"$@\" {redirections}", "sh", Program, .. arguments]));

    /// <summary>As <see cref="Of"/>, with a terminal as standard output, provided by <c>script</c> of util-linux; its output has a terminal's line ends.</summary>
    public static ProgramRun OnTerminal(string script, params string[] arguments)
    {
        var command = string.Join(' ', new[] { "dotnet", Program }.Concat(arguments).Select(argument => $"'{argument}'"));
        var start = Info(script, ["-qec", command, "/dev/null"]);
        start.Environment["TERM"] = "dumb";
        return Run(start);
    }

    /// <summary>Runs another program to its end.</summary>
    public static ProgramRun Run(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramRun(process.ExitCode, output, error.Result);
    }

    /// <summary>Starts the program and leaves it running.</summary>
    public static Process Start(params string[] arguments) => Process.Start(Info(null, [], arguments))!;

    /// <summary>The same with environment variables set.</summary>
    public static Process Start(Dictionary<string, string?> environment, params string[] arguments) => Process.Start(Info(null, environment, arguments))!;

    /// <summary>A program with its output redirected, in the repository's folder unless another is named.</summary>
    public static ProcessStartInfo Info(string program, IEnumerable<string> arguments, string? folder = null) => new(program, arguments)
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = folder ?? Fixtures.Repository,
    };

    private static ProcessStartInfo Info(string? folder, Dictionary<string, string?> environment, string[] arguments)
    {
        var start = Info("dotnet", [Program, .. arguments], folder);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }
}
