using System.Diagnostics;

namespace Qwen2Audio.Cli.Tests;

/// <summary>Runs the program as a user does: another process, its exit code and what it printed.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    public static ProgramRun Of(params string[] arguments) => Run(Fixtures.Repository, [], arguments);

    /// <summary>As <see cref="Of"/>, in another folder.</summary>
    public static ProgramRun In(string folder, string[] arguments) => Run(folder, [], arguments);

    /// <summary>As <see cref="Of"/>, with environment variables set.</summary>
    public static ProgramRun With(Dictionary<string, string?> environment, params string[] arguments) => Run(Fixtures.Repository, environment, arguments);

    /// <summary>As <see cref="Of"/>, by a shell, with redirections such as <c>2>&amp;-</c>.</summary>
    public static ProgramRun Redirected(string redirections, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Fixtures.Repository,
        };
        foreach (var argument in new[] { "-c", $"exec dotnet \"$@\" {redirections}", "sh", Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll") }.Concat(arguments))
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramRun(process.ExitCode, output, error.Result);
    }

    /// <summary>As <see cref="Of"/>, with a terminal as standard output, provided by <c>script</c> of util-linux; its output has a terminal's line ends.</summary>
    public static ProgramRun OnTerminal(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(script) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Fixtures.Repository };
        var command = string.Join(' ', new[] { "dotnet", Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll") }.Concat(arguments).Select(argument => $"'{argument}'"));
        foreach (var argument in new[] { "-qec", command, "/dev/null" }) start.ArgumentList.Add(argument);
        start.Environment["TERM"] = "dumb";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramRun(process.ExitCode, output, error.Result);
    }

    private static ProgramRun Run(string folder, Dictionary<string, string?> environment, string[] arguments)
    {
        using var process = Start(folder, environment, arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        // line ends of the program's own are not escaped as those in names are
        if (!arguments.Any(argument => argument.Contains('\n', StringComparison.Ordinal))) Assert.DoesNotContain("\\u000a", error.Result, StringComparison.Ordinal);
        return new ProgramRun(process.ExitCode, output, error.Result);
    }

    /// <summary>Starts the program and leaves it running.</summary>
    public static Process Start(params string[] arguments) => Start(Fixtures.Repository, [], arguments);

    /// <summary>The same with environment variables set.</summary>
    public static Process Start(Dictionary<string, string?> environment, params string[] arguments) => Start(Fixtures.Repository, environment, arguments);

    private static Process Start(string folder, Dictionary<string, string?> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
