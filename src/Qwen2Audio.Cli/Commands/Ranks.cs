using Qwen2Audio.Checkpoints;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The other processes of a training run, when mpirun started several.</summary>
internal static class Ranks
{
    private const string LimitVariable = "QWEN2AUDIO_RANK_LIMIT";
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <summary>Connects the processes; a single process needs no library.</summary>
    public static IRanks Join(string runFolder)
    {
        var rank = Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_RANK");
        return IRanks.Join(Patience, Lost, Warnings.Write);

        // The main thread may wait in the MPI library for the lost rank forever.
        void Lost(string problem)
        {
            if (rank == "0" || problem.StartsWith("rank 0,", StringComparison.Ordinal)) Console.Error.WriteLine($"qwen2audio: {TerminalText.Message(Message(runFolder, problem))}");
            Environment.Exit(ExitCodes.Environment);
        }
    }

    // How many seconds the other ranks may wait for a busy one.
    private static RankTimeouts Patience()
    {
        var patience = new RankTimeouts(Silence);
        if (Environment.GetEnvironmentVariable(LimitVariable) is not { Length: > 0 } text) return patience;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0)
            return patience with { Limit = TimeSpan.FromSeconds(seconds), Warn = TimeSpan.FromSeconds(Math.Min(seconds, patience.Warn.TotalSeconds)) };
        throw new RanksException($"{LimitVariable} is {text}; allowed: a whole number of seconds, at least 1.");
    }

    private static string Message(string runFolder, string problem)
    {
        string? checkpoint = null;
        try
        {
            checkpoint = RunCheckpoints.Find(runFolder) is [var newest, ..] ? newest : null;
        }
        catch (IOException)
        {
            // The message is needed anyway.
        }

        return $"{char.ToUpperInvariant(problem[0])}{problem[1..]}. The run stops; "
            + (checkpoint is null ? "it has no checkpoint yet." : $"the same command resumes from {checkpoint}.");
    }
}
