using System.Runtime.InteropServices;

namespace Qwen2Audio.Cli.Output;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks the work in progress to come to its end, the second ends the process at once, as the first does
/// while the program waits for input.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _signals;
    private static volatile bool _terminated;
    private static volatile bool _waiting;
    private int _count;

    public Interruption() => _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];

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

    /// <summary>What Ctrl-C does instead, while it is set: ends an answer and not the program.</summary>
    public static Action? Instead { get; set; }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _asked.Token;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _asked.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGINT && Instead is { } instead)
        {
            instead();
            return;
        }

        _terminated = context.Signal == PosixSignal.SIGTERM;
        if (Interlocked.Increment(ref _count) > 1 || _waiting)
        {
            Console.Error.WriteLine("qwen2audio: interrupted");
            Environment.Exit(Code);
        }

        _asked.Cancel();
    }
}
