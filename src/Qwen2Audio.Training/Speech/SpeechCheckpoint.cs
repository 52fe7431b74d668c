using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Qwen2Audio.Formats;
using Qwen2Audio.Model;
using Qwen2Audio.Numerics;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Speech;

/// <summary>
/// A checkpoint is an ordinary model folder that any command can load, with <c>training/</c> beside it: float32 weights, Adam's moments
/// and the step. Data position and random numbers follow from the step and the recipe's seed.
/// </summary>
internal static class SpeechCheckpoint
{
    private const string StateFile = "training/state.safetensors";

    public static void Write(
        string folder, long step, Qwen2AudioConfig config, RunConditions conditions, ParameterSet parameters, AdamWOptimizer optimizer,
        SpeechCorpus corpus)
    {
        SpeechModelFolder.Write(folder, config, parameters, corpus, DType.F16);
        Directory.CreateDirectory(Path.Combine(folder, "training"));
        var metadata = new Dictionary<string, string>(conditions.Metadata, StringComparer.Ordinal)
        {
            ["step"] = step.ToString(CultureInfo.InvariantCulture),
            ["optimizer_step"] = optimizer.Step.ToString(CultureInfo.InvariantCulture),
            ["layout"] = Layout(parameters),
            ["sha256"] = Checksum(parameters),
        };
        SafetensorsWriter.Write(Path.Combine(folder, StateFile),
            Blocks(parameters).Select(block => NewTensor.Floats(block.Name, [block.Values.Columns], block.Values.Span.ToArray(), DType.F32)),
            metadata);
    }

    /// <summary>
    /// Loads the newest checkpoint of a run that is whole, and sets damaged ones that are newer aside; false when the run has none.
    /// </summary>
    /// <exception cref="RunException">Other settings or data than the run's, or none of its checkpoints can be read.</exception>
    public static bool Restore(RunFolder run, RunConditions conditions, ParameterSet parameters, AdamWOptimizer optimizer, out long step)
    {
        var damaged = new List<long>();
        CheckpointException? newest = null;
        foreach (var candidate in run.Steps())
        {
            try
            {
                run.Check(candidate);
                Read(run, candidate, conditions, parameters, optimizer);
            }
            catch (CheckpointException exception)
            {
                newest ??= exception;
                damaged.Add(candidate);
                continue;
            }

            if (newest is not null) run.Warn($"{newest.Message}\nThe checkpoint after {candidate} steps is used.");
            foreach (var bad in damaged) run.Warn($"The damaged checkpoint after {bad} steps was set aside as {run.SetAside(bad)}.");
            step = candidate;
            return true;
        }

        step = 0;
        if (newest is null && run.HasDamaged)
            throw new RunException($"{run.Location} has damaged checkpoints alone. Nothing was changed; mend one of them and give it back its name (step-N), or name a new folder.");
        if (newest is null) return false;
        throw new RunException(
            $"{run.Location}: none of its checkpoints ({damaged.Count}) can be read. The newest: {newest.Message}\nNothing was changed; mend one of them, or name a new folder.", newest);
    }

    private static void Read(RunFolder run, long step, RunConditions conditions, ParameterSet parameters, AdamWOptimizer optimizer)
    {
        using var file = SafetensorsFile.Open(Path.Combine(run.Checkpoint(step), StateFile));
        if (Number(file, "step") is var found && found != step) throw Damaged(file, "step", found.ToString(CultureInfo.InvariantCulture), $"{step}, as the folder says");
        if (!RunConditions.In(file.Metadata)) throw Damaged(file, "run.seed", "nothing", "the conditions of the run, as this version writes them");
        var differences = conditions.Differences(file.Metadata);
        if (differences.Count > 0)
            throw new RunException(
                $"{run.Location} was made by another recipe, or its data has changed. Resume with what began it, or name a new folder. The differences:\n  {string.Join("\n  ", differences)}");
        if (Text(file, "layout") != Layout(parameters)) throw Damaged(file, "layout", Text(file, "layout"), Layout(parameters));
        var updates = Number(file, "optimizer_step");
        foreach (var (name, values) in Blocks(parameters))
        {
            if (!file.Tensors.TryGetValue(name, out var tensor) || tensor.Count != values.Columns)
                throw new CheckpointException(file.Path, $"tensor {name}", tensor is null ? "nothing" : $"{tensor.Count} numbers", $"{values.Columns} numbers");
            file.ReadFloats(name, values.Span);
        }

        if (Checksum(parameters) is var sum && sum != Text(file, "sha256")) throw Damaged(file, "sha256", Text(file, "sha256"), $"{sum}, that of its numbers");
        optimizer.Step = updates;
    }

    private static string Text(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out var text) ? text : throw Damaged(file, key, "nothing", "a text");

    private static long Number(SafetensorsFile file, string key) =>
        long.TryParse(Text(file, key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw Damaged(file, key, Text(file, key), "a whole number, 0 or more");

    private static CheckpointException Damaged(SafetensorsFile file, string key, string found, string allowed) =>
        new(file.Path, $"__metadata__.{key}", found.Length <= 80 ? found : found[..80] + "…", allowed);

    private static (string Name, Matrix Values)[] Blocks(ParameterSet parameters) =>
        [("values", parameters.Values), ("first_moments", parameters.FirstMoments), ("second_moments", parameters.SecondMoments)];

    private static string Layout(ParameterSet parameters) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\n', parameters.Parameters.Select(parameter => $"{parameter.Name} {string.Join('x', parameter.Shape)}")))));

    private static string Checksum(ParameterSet parameters)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, values) in Blocks(parameters)) sum.AppendData(MemoryMarshal.AsBytes<float>(values.Span));
        return Convert.ToHexStringLower(sum.GetHashAndReset());
    }
}
