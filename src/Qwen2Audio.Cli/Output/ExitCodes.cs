namespace Qwen2Audio.Cli.Output;

/// <summary>What the program's exit codes mean.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A defect of the program, or a check that did not pass (parity).</summary>
    public const int Bug = 1;

    public const int Usage = 2;

    public const int BadInput = 3;

    /// <summary>Disk, memory, the network or access to it, a missing library or tool.</summary>
    public const int Environment = 4;

    /// <summary>Ctrl-C before the work was done. Training that was asked to stop saves and has done what it was asked: 0.</summary>
    public const int Interrupted = 130;

    /// <summary>SIGTERM before the work was done, or a second one.</summary>
    public const int Terminated = 143;
}
