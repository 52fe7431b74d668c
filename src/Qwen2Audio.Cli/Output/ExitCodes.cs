namespace Qwen2Audio.Cli.Output;

/// <summary>The program's exit codes.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A bug in the program, or a failed parity check.</summary>
    public const int Bug = 1;

    public const int Usage = 2;

    public const int BadInput = 3;

    /// <summary>A problem with the disk, memory, network, or a missing library or tool.</summary>
    public const int Environment = 4;

    /// <summary>Ctrl-C before the work was done. Training that stops on request and saves exits with 0.</summary>
    public const int Interrupted = 130;

    /// <summary>SIGTERM before the work was done, or a second SIGTERM.</summary>
    public const int Terminated = 143;
}
