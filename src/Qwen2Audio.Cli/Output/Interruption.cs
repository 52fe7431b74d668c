using System.Runtime.InteropServices;

namespace Qwen2Audio.Cli.Output;

/// <summary>
/// Handles Ctrl-C, SIGTERM and SIGHUP (the terminal was closed). The first signal asks the current work to finish, or does what <see cref="OnFirst"/> says; the second ends the
/// process at once, as does the first while the program waits for input. Work that need not be finished gets one second to stop, after which the
/// process ends even if the code ignores the token, as when it loads a model or waits for a pipe.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly List<PosixSignalRegistration> _signals;
    private static volatile bool _terminated;
    private static volatile bool _waiting;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private Timer? _end;
    private int _count;

    public Interruption()
    {
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];
        if (!IsDetached()) _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop));
    }

    /// <summary>The exit code of work that a signal interrupted.</summary>
    public static int Code => _terminated ? ExitCodes.Terminated : ExitCodes.Interrupted;

    /// <summary>Reads input. Until it returns, the first signal ends the process, since no work is in progress.</summary>
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

    /// <summary>Whether to wait for the work to finish, however long it takes.</summary>
    public bool IsPatient { get; set; } = true;

    /// <summary>What Ctrl-C does while this is set, for example end an answer instead of the program.</summary>
    public static Action? OnCtrlC { get; set; }

    /// <summary>What the first signal does while this is set, instead of cancelling: for example end the input, so that what was read is finished. A second signal ends the process at once.</summary>
    public static Action? OnFirst { get; set; }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _asked.Token;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _end?.Dispose();
        _asked.Dispose();
    }

    // nohup starts programs with SIGHUP ignored; keep it ignored.
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
        if (context.Signal == PosixSignal.SIGINT && OnCtrlC is { } instead)
        {
            instead();
            return;
        }

        _terminated = context.Signal != PosixSignal.SIGINT;
        if (Interlocked.Increment(ref _count) > 1 || _waiting) End();
        if (OnFirst is { } finish)
        {
            finish();
            return;
        }

        if (!IsPatient) _end = new Timer(_ => End(), null, Patience, Timeout.InfiniteTimeSpan);
        _asked.Cancel();
    }

    private static void End()
    {
        Console.Error.WriteLine("qwen2audio: interrupted");
        Environment.Exit(Code);
    }
}
