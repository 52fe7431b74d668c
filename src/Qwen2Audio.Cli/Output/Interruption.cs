using System.Globalization;
using System.Runtime.InteropServices;

namespace Qwen2Audio.Cli.Output;

/// <summary>
/// Ctrl-C, SIGTERM and SIGHUP (the terminal is gone): the first asks the work in progress to come to its end, the second ends the process at
/// once, as the first does while the program waits for input. Work that leaves nothing behind has a second for it, wherever it is: in a
/// command that does not check the token, loading a model, or waiting for a pipe.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _signals;
    private static volatile bool _terminated;
    private static volatile bool _waiting;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private Timer? _end;
    private int _count;

    public Interruption()
    {
        List<PosixSignal> signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM];
        if (!IsDetached()) signals.Add(PosixSignal.SIGHUP);
        _signals = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Stop))];
    }

    /// <summary>The exit code of work that a signal ended.</summary>
    public static int Code => _terminated ? ExitCodes.Terminated : ExitCodes.Interrupted;

    /// <summary>Reads input, during which the first signal ends the process: nothing is in progress that could come to an end.</summary>
    public static T WhileWaiting<T>(Func<T> read)
    {
        _waiting = true;
        try
        {
            return read();
        }
        finally
        {
            _waiting = false;
        }
    }

    /// <summary>Whether the work is waited for, however long it takes to come to its end.</summary>
    public bool IsPatient { get; set; } = true;

    /// <summary>What Ctrl-C does instead, while it is set: ends an answer and not the program.</summary>
    public static Action? Instead { get; set; }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _asked.Token;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _end?.Dispose();
        _asked.Dispose();
    }

    // nohup starts programs with SIGHUP ignored: so it stays
    private static bool IsDetached()
    {
        const string name = "SigIgn:";
        try
        {
            var line = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith(name, StringComparison.Ordinal)) : null;
            return line is not null && ulong.TryParse(line[name.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask) && (mask & 1) != 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGINT && Instead is { } instead)
        {
            instead();
            return;
        }

        _terminated = context.Signal != PosixSignal.SIGINT;
        if (Interlocked.Increment(ref _count) > 1 || _waiting) End();
        if (!IsPatient) _end = new Timer(_ => End(), null, Patience, Timeout.InfiniteTimeSpan);
        _asked.Cancel();
    }

    private static void End()
    {
        Console.Error.WriteLine("qwen2audio: interrupted");
        Environment.Exit(Code);
    }
}
