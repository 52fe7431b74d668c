using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
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
        string folder, long step, Qwen2AudioConfig config, SpeechRecipe recipe, ParameterSet parameters, AdamWOptimizer optimizer,
        SpeechCorpus corpus)
    {
        SpeechModelFolder.Write(folder, config, parameters, corpus, DType.F16);
        Directory.CreateDirectory(Path.Combine(folder, "training"));
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["step"] = step.ToString(CultureInfo.InvariantCulture),
            ["optimizer_step"] = optimizer.Step.ToString(CultureInfo.InvariantCulture),
            ["recipe"] = Fingerprint(recipe),
            ["layout"] = Layout(parameters),
        };
        SafetensorsWriter.Write(Path.Combine(folder, StateFile),
            [Flat("values", parameters.Values), Flat("first_moments", parameters.FirstMoments), Flat("second_moments", parameters.SecondMoments)],
            metadata);
    }

    /// <summary>Loads the newest whole checkpoint of a run; false when there is none.</summary>
    /// <exception cref="RunException">The run was made by another recipe.</exception>
    public static bool Restore(RunFolder run, SpeechRecipe recipe, ParameterSet parameters, AdamWOptimizer optimizer, out long step)
    {
        foreach (var candidate in run.Steps())
        {
            var path = Path.Combine(run.Checkpoint(candidate), StateFile);
            SafetensorsFile file;
            try
            {
                file = SafetensorsFile.Open(path);
            }
            catch (CheckpointException exception)
            {
                run.Warn($"{exception.Message} The checkpoint before it is used.");
                continue;
            }

            using (file)
            {
                if (file.Metadata.GetValueOrDefault("recipe") != Fingerprint(recipe) || file.Metadata.GetValueOrDefault("layout") != Layout(parameters))
                    throw new RunException(
                        $"{run.Location} was made by another recipe, or its data has changed. Resume with the recipe that began it, or name a new folder.");
                file.ReadFloats("values", parameters.Values.Span);
                file.ReadFloats("first_moments", parameters.FirstMoments.Span);
                file.ReadFloats("second_moments", parameters.SecondMoments.Span);
                optimizer.Step = long.Parse(file.Metadata["optimizer_step"], CultureInfo.InvariantCulture);
                step = long.Parse(file.Metadata["step"], CultureInfo.InvariantCulture);
                return true;
            }
        }

        step = 0;
        return false;
    }

    /// <summary>What must not change between the parts of a run: all settings but where and when to save.</summary>
    private static string Fingerprint(SpeechRecipe recipe)
    {
        var settings = recipe with { Checkpoints = new CheckpointRecipe() };
        return Hash(JsonSerializer.Serialize(settings));
    }

    private static string Layout(ParameterSet parameters) => Hash(string.Join(
        '\n', parameters.Parameters.Select(parameter => $"{parameter.Name} {string.Join('x', parameter.Shape)}")));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static NewTensor Flat(string name, Matrix values) => NewTensor.Floats(name, [values.Columns], values.Span.ToArray(), DType.F32);
}
