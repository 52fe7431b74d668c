using System.ComponentModel;
using System.Diagnostics;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>The speech synthesisers used for training data, both Debian packages.</summary>
internal enum SynthesisEngine
{
    Flite,
    EspeakNg,
}

/// <summary>Runs a synthesiser's program.</summary>
internal static class SynthesisProgram
{
    private const int TimeoutMilliseconds = 60_000;

    // Ctrl-C also reaches the synthesisers, which may end before this process handles it
    private const int Interrupted = 128 + 2;
    private const int Terminated = 128 + 15;

    /// <summary>The program of an engine.</summary>
    public static string Program(SynthesisEngine engine) => engine == SynthesisEngine.Flite ? "flite" : "espeak-ng";

    /// <summary>Runs the program until it ends.</summary>
    /// <exception cref="OperationCanceledException">A signal from the terminal ended it.</exception>
    /// <exception cref="SynthesisException">It is not installed, failed, or ran for more than a minute.</exception>
    public static void Run(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Start(start, program);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeoutMilliseconds))
        {
            process.Kill(entireProcessTree: true);
            throw new SynthesisException($"{program} did not end within {TimeoutMilliseconds / 1000} s: {string.Join(' ', arguments)}");
        }

        process.WaitForExit();
        _ = output.GetAwaiter().GetResult();
        var message = errors.GetAwaiter().GetResult().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (process.ExitCode is Interrupted or Terminated) throw new OperationCanceledException($"{program} was interrupted.");
        if (process.ExitCode != 0)
            throw new SynthesisException(MessageText.WithLines(
                $"{program} {string.Join(' ', arguments)}: ended with exit code {process.ExitCode}{(message.Length > 0 ? " and said:" : ".")}", message));
    }

    private static Process Start(ProcessStartInfo start, string program)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new SynthesisException($"The program {program} cannot be started ({exception.Message}). It is in Debian's package {program}: apt-get install {program}", exception);
        }
    }
}
