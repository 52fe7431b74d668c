using System.Runtime.InteropServices;

namespace Qwen2Audio.Cli.Output;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks the work in progress to come to its end, the second ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _signals;
    private int _count;

    public Interruption() => _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];

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

        if (Interlocked.Increment(ref _count) > 1)
            Environment.Exit(context.Signal == PosixSignal.SIGTERM ? ExitCodes.Terminated : ExitCodes.Interrupted);
        _asked.Cancel();
    }
}
