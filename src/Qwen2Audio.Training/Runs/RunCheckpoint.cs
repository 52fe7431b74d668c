using System.Security.Cryptography;
using System.Text.Json;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// A checkpoint holds what the task writes for users (a model folder that any command can load, or an adapter) and a folder <c>training/</c> with
/// float32 weights, Adam's moments, the step, and the conditions of the run. Data position and random numbers follow from the step and
/// the seed.
/// </summary>
internal static class RunCheckpoint
{
    private const string StateFile = "training/state.safetensors";
    private const int Format = 1;
    private const string MeanLoss = "mean_loss";
    private const string Width = "vector_bits";
    private const string Processor = "processor";
    private const string Numerics = "numerics";

    /// <summary>Writes to an existing empty folder.</summary>
    public static void Write(string folder, TrainingTask task, RunProgress progress)
    {
        task.WriteModel(folder);
        Directory.CreateDirectory(Path.Combine(folder, "training"));
        var metadata = new Dictionary<string, string>(task.Conditions.Metadata, StringComparer.Ordinal)
        {
            ["format"] = Whole(Format),
            ["program"] = $"{typeof(RunCheckpoint).Assembly.GetName().Version} on .NET {Environment.Version}",
            [Width] = Whole(VectorWidth.Bits),
            [Processor] = VectorWidth.Processor,
            [Numerics] = NumericsProbe.Bits,
            ["step"] = Whole(progress.Step),
            ["skipped"] = Whole(progress.Skipped),
            ["skipped_in_a_row"] = Whole(progress.SkippedInARow),
            ["layout"] = Layout(task),
            ["sha256"] = Checksum(task),
        };
        if (progress.Overrides.Count > 0) metadata["overrides"] = JsonSerializer.Serialize(progress.Overrides);
        for (var i = 0; i < task.Stages.Count; i++)
        {
            metadata[task.Stages[i].Prefixed("optimizer_step")] = Whole(task.Stages[i].Optimizer.Step);
            if (progress.MeanLosses.Count > 0) metadata[task.Stages[i].Prefixed(MeanLoss)] = progress.MeanLosses[i].ToString("R", CultureInfo.InvariantCulture);
        }

        SafetensorsWriter.Write(Path.Combine(folder, StateFile),
            Blocks(task).Select(block => NewTensor.Pieces(block.Name, DType.F32, [block.Values.Columns], sink => sink.Write(block.Values.Span))), metadata);
    }

    /// <summary>
    /// Loads the newest intact checkpoint of a run and renames newer damaged ones; null when the run has no checkpoint.
    /// </summary>
    /// <exception cref="RunException">Settings or data differ from the run's, or no checkpoint can be read.</exception>
    public static RunProgress? Restore(RunFolder run, TrainingTask task, bool allowChanges)
    {
        var damaged = new List<long>();
        CheckpointException? newest = null;
        foreach (var candidate in run.Steps())
        {
            RunProgress progress;
            try
            {
                run.Checkpoints.Check(candidate);
                progress = Read(run, candidate, task, allowChanges);
            }
            catch (CheckpointException exception)
            {
                newest ??= exception;
                damaged.Add(candidate);
                continue;
            }

            if (newest is not null) run.Warn(MessageText.WithLines(newest.Message, $"The checkpoint after {candidate} steps is used."));
            foreach (var bad in damaged) run.Warn($"The damaged checkpoint after {bad} steps was set aside as {run.SetAside(bad)}.");
            return progress;
        }

        if (newest is null && run.Checkpoints.HasDamaged)
            throw new RunException($"{run.Location} has only damaged checkpoints. Nothing was changed; repair one of them and restore its name (step-N), or choose a new folder.");
        if (newest is null) return null;
        throw new RunException(MessageText.WithLines(
            $"{run.Location}: none of its checkpoints ({damaged.Count}) can be read. The newest: {newest.Message}", "Nothing was changed; repair one of them, or choose a new folder."), newest);
    }

    private static RunProgress Read(RunFolder run, long step, TrainingTask task, bool allowChanges)
    {
        using var file = SafetensorsFile.Open(Path.Combine(run.Checkpoint(step), StateFile));
        // a checkpoint of a newer version is not damaged, so it is not renamed
        if (file.Metadata.ContainsKey("format") && Number(file, "format") is var format && format > Format)
            throw new RunException($"{file.Path}: written by a newer version (format {format}); this version reads formats up to {Format}. Nothing was changed.");
        if (Number(file, "step") is var found && found != step) throw Damaged(file, "step", Whole(found), $"{step}, as the folder says");
        var overrides = Conditions(run, file, task, allowChanges);
        if (Text(file, "layout") != Layout(task)) throw Damaged(file, "layout", Text(file, "layout"), Layout(task));
        var updates = task.Stages.Select(stage => Number(file, stage.Prefixed("optimizer_step"))).ToList();
        IReadOnlyList<double> means = file.Metadata.ContainsKey(task.Stages[0].Prefixed(MeanLoss))
            ? [.. task.Stages.Select(stage => Real(file, stage.Prefixed(MeanLoss)))] : [];
        var progress = new RunProgress
        {
            Step = step,
            Skipped = Number(file, "skipped"),
            SkippedInARow = Number(file, "skipped_in_a_row"),
            MeanLosses = means,
            Overrides = overrides,
        };
        foreach (var (name, values) in Blocks(task))
        {
            if (!file.Tensors.TryGetValue(name, out var tensor) || tensor.Count != values.Columns)
                throw new CheckpointException(file.Path, $"tensor {name}", tensor is null ? "nothing" : $"{tensor.Count} numbers", $"{values.Columns} numbers");
            file.ReadFloats(name, values.Span);
        }

        progress = Machine(run, file, progress);
        if (Checksum(task) is var sum && sum != Text(file, "sha256")) throw Damaged(file, "sha256", Text(file, "sha256"), $"{sum}, the hash of its content");
        for (var i = 0; i < updates.Count; i++) task.Stages[i].Optimizer.Step = updates[i];
        return progress;
    }

    // another kind of processor or version sums in another order: the run resumes, but with other bits than without the change
    private static RunProgress Machine(RunFolder run, SafetensorsFile file, RunProgress progress)
    {
        List<string> differences = [.. new[] { (Width, Whole(VectorWidth.Bits)), (Processor, VectorWidth.Processor), (Numerics, NumericsProbe.Bits) }
            .Where(fact => file.Metadata.TryGetValue(fact.Item1, out var earlier) && earlier != fact.Item2)
            .Select(fact => $"{fact.Item1}: {fact.Item2}, the run has {file.Metadata[fact.Item1]}")];
        if (differences.Count == 0) return progress;
        var maker = differences[0].StartsWith(Numerics, StringComparison.Ordinal) ? "by a version of this program with another order of summation" : "on another kind of processor";
        run.Warn($"The run was made {maker} ({string.Join("; ", differences)}). It resumes, but the last bits of its weights will differ from what they would have been there; its checkpoints record this.");
        return progress with { Overrides = [.. progress.Overrides, .. differences.Select(line => $"after step {progress.Step}: {line}")] };
    }

    // earlier and current overrides
    private static List<string> Conditions(RunFolder run, SafetensorsFile file, TrainingTask task, bool allowChanges)
    {
        if (!RunConditions.In(file.Metadata)) throw Damaged(file, "run.seed", "nothing", "the conditions of the run, as this version writes them");
        List<string> overrides = [];
        if (file.Metadata.TryGetValue("overrides", out var earlier))
        {
            try
            {
                overrides = JsonSerializer.Deserialize<List<string>>(earlier) ?? [];
            }
            catch (JsonException)
            {
                throw Damaged(file, "overrides", earlier, "a JSON list of texts");
            }
        }

        var differences = task.Conditions.Differences(file.Metadata);
        if (differences.Count == 0) return overrides;
        if (!allowChanges)
        {
            var begun = differences.All(line => line.StartsWith(RunConditions.Program, StringComparison.Ordinal))
                ? "was started by a version of this program that trains in another way" : "was made by another recipe, or its data has changed";
            throw new RunException(MessageText.WithLines(
                $"{run.Location} {begun}. Resume it with the original, choose a new folder, or pass --allow-changes, which records them. The differences:", differences));
        }

        run.Warn(MessageText.WithLines("The run resumes with other settings or data, as allowed; its checkpoints record this:", differences));
        overrides.AddRange(differences.Select(line => $"after step {Text(file, "step")}: {line}"));
        return overrides;
    }

    private static string Text(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out var text) ? text : throw Damaged(file, key, "nothing", "a text");

    private static long Number(SafetensorsFile file, string key) =>
        long.TryParse(Text(file, key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw Damaged(file, key, Text(file, key), "a whole number, 0 or more");

    private static double Real(SafetensorsFile file, string key) =>
        double.TryParse(Text(file, key), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
            : throw Damaged(file, key, Text(file, key), "a number");

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static CheckpointException Damaged(SafetensorsFile file, string key, string found, string allowed) =>
        new(file.Path, $"__metadata__.{key}", found.Length <= 80 ? found : found[..80] + "…", allowed);

    private static IEnumerable<(string Name, Matrix Values)> Blocks(TrainingTask task) => task.Stages.SelectMany(stage => stage.Blocks());

    private static string Layout(TrainingTask task) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\n', task.Stages.SelectMany(stage => stage.Parameters.Parameters.Select(parameter => $"{stage.Prefixed(parameter.Name)} {string.Join('x', parameter.Shape)}"))))));

    private static string Checksum(TrainingTask task)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, values) in Blocks(task)) FloatBytes.Each(values.Span, (bytes, _) => sum.AppendData(bytes));
        return Convert.ToHexStringLower(sum.GetHashAndReset());
    }
}
