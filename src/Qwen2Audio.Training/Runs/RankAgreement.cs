using System.Security.Cryptography;
using System.Text.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Runs;

/// <summary>Checks that all ranks begin with the same settings, data, program and weights.</summary>
internal static class RankAgreement
{
    private const int TextBytes = 1 << 16;

    /// <summary>Compares each rank with rank 0.</summary>
    /// <exception cref="RanksException">They differ; thrown on every rank, so that all end.</exception>
    public static void Check(IRanks ranks, TrainingTask task)
    {
        var mine = Facts(task);
        var first = new byte[TextBytes];
        var written = Encoding.UTF8.GetBytes(mine);
        if (ranks.Rank == 0) written.AsSpan(0, Math.Min(written.Length, TextBytes)).CopyTo(first);
        ranks.Broadcast(first);
        var theirs = Encoding.UTF8.GetString(first).TrimEnd('\0');
        var different = new double[ranks.Count];
        different[ranks.Rank] = mine == theirs ? 0 : 1;
        ranks.Sum(different);
        var others = Enumerable.Range(0, ranks.Count).Where(rank => different[rank] > 0).ToList();
        if (others.Count == 0) return;
        var lines = mine.Split('\n').Except(theirs.Split('\n'), StringComparer.Ordinal).Take(5);
        throw new RanksException(
            $"Rank {string.Join(", ", others)} has other settings, other data, another version of the program or another kind of processor than rank 0."
            + (different[ranks.Rank] > 0 ? $" On rank {ranks.Rank}: {string.Join("; ", lines)}" : ""));
    }

    /// <summary>Sends all ranks what rank 0 has restored: weights and moments of one step.</summary>
    public static RunProgress? Share(IRanks ranks, TrainingTask task, RunProgress? restored)
    {
        var state = new byte[TextBytes];
        if (ranks.Rank == 0)
        {
            var steps = task.Stages.Select(stage => stage.Optimizer.Step).ToArray();
            JsonSerializer.SerializeToUtf8Bytes(new State(restored, steps)).CopyTo(state, 0);
        }

        ranks.Broadcast(state);
        var shared = JsonSerializer.Deserialize<State>(Encoding.UTF8.GetString(state).TrimEnd('\0'))!;
        for (var i = 0; i < task.Stages.Count; i++)
        {
            task.Stages[i].Optimizer.Step = shared.OptimizerSteps[i];
            foreach (var (_, values) in task.Stages[i].Blocks()) FloatBytes.Each(values.Span, (bytes, _) => ranks.Broadcast(bytes));
        }

        return shared.Progress;
    }

    /// <summary>What must be equal on all ranks. Each updates its own copy of the weights, so the order of sums must be equal too.</summary>
    internal static string Facts(TrainingTask task)
    {
        var lines = task.Conditions.Metadata.Select(pair => $"{pair.Key}: {pair.Value}")
            .Append($"vector_bits: {VectorWidth.Bits}").Append($"processor: {VectorWidth.Processor}").Append($"program: {typeof(RankAgreement).Assembly.ManifestModule.ModuleVersionId}");
        var text = string.Join('\n', lines);
        return text.Length < TextBytes / 4 ? text : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private sealed record State(RunProgress? Progress, long[] OptimizerSteps);
}
