using System.Text.Json.Nodes;

namespace Qwen2Audio.Training.Runs;

/// <summary>The result of one stage of a step.</summary>
/// <param name="Name">Name of the stage; empty when there is only one.</param>
/// <param name="Losses">Losses before the update.</param>
/// <param name="GradientNorm">Gradient norm before clipping.</param>
/// <param name="LearningRate">The learning rate used.</param>
/// <param name="Updated">Whether its parameters were updated; false when loss or gradient were not finite or the loss spiked.</param>
public sealed record StageReport(string Name, StepLosses Losses, double GradientNorm, double LearningRate, bool Updated = true);

/// <summary>The result of a training step.</summary>
/// <param name="Step">Number of steps done, including this one.</param>
/// <param name="TotalSteps">Number of steps of the whole run.</param>
/// <param name="Stages">At least one; a skipped step ends with the stage that was not updated.</param>
/// <param name="Data">The data of the step.</param>
/// <param name="Seconds">Its duration.</param>
/// <param name="SkippedSteps">Number of skipped steps so far.</param>
public sealed record StepReport(
    long Step, long TotalSteps, IReadOnlyList<StageReport> Stages, StepData Data, double Seconds, long SkippedSteps)
{
    /// <summary>The sum over the stages.</summary>
    public double Loss => Stages.Sum(stage => stage.Losses.Total);

    /// <summary>All losses; names of those in a named stage are prefixed with it.</summary>
    public IEnumerable<LossPart> Parts => Stages.SelectMany(stage => stage.Losses.Parts.Select(part =>
        stage.Name.Length == 0 ? part : part with { Name = $"{stage.Name}.{part.Name}" }));

    /// <summary>One line of metrics.jsonl; loss is the weighted sum of the parts.</summary>
    internal string ToJson()
    {
        var json = new JsonObject { ["step"] = Step, ["loss"] = Round(Loss) };
        foreach (var part in Parts) json[part.Name] = Round(part.Value);
        json["weights"] = new JsonObject(Parts.Select(part => KeyValuePair.Create(part.Name, Round(part.Weight))));
        foreach (var (name, value) in Figures()) json[name] = value;
        json["seconds_of_audio"] = Round(Data.SecondsOfAudio);
        json["tokens"] = Data.Tokens;
        json["seconds"] = Round(Seconds);
        json["skipped"] = SkippedSteps;
        return json.ToJsonString();
    }

    private IEnumerable<(string Name, JsonNode? Value)> Figures()
    {
        foreach (var stage in Stages)
        {
            var prefix = stage.Name.Length == 0 ? "" : stage.Name + ".";
            yield return (prefix + "gradient_norm", Round(stage.GradientNorm));
            yield return (prefix + "learning_rate", stage.LearningRate);
            if (!stage.Updated) yield return (prefix + "moved", false);
        }
    }

    private static JsonNode? Round(double value) => double.IsFinite(value) ? Math.Round(value, 5) : null;
}
