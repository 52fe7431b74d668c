using System.Text.Json.Nodes;

namespace Qwen2Audio.Training.Runs;

/// <summary>What one stage of a step did.</summary>
/// <param name="Name">Of the stage; empty when there is only one.</param>
/// <param name="Losses">Before the update.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">The rate that it used.</param>
/// <param name="Moved">Whether its parameters were updated; not when loss or gradient were not finite or leapt.</param>
public sealed record StageReport(string Name, StepLosses Losses, double GradientNorm, double LearningRate, bool Moved = true);

/// <summary>What a training step did.</summary>
/// <param name="Step">Steps done, this one included.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Stages">At least one; those of a skipped step end with the one that did not move.</param>
/// <param name="Data">What it trained on.</param>
/// <param name="Seconds">Its time.</param>
/// <param name="SkippedSteps">Steps so far that were skipped.</param>
public sealed record StepReport(
    long Step, long TotalSteps, IReadOnlyList<StageReport> Stages, StepData Data, double Seconds, long SkippedSteps)
{
    /// <summary>The sum over the stages.</summary>
    public double Loss => Stages.Sum(stage => stage.Losses.Total);

    /// <summary>All losses, those of a named stage with its name in front.</summary>
    public IEnumerable<LossPart> Parts => Stages.SelectMany(stage => stage.Losses.Parts.Select(part =>
        stage.Name.Length == 0 ? part : part with { Name = $"{stage.Name}.{part.Name}" }));

    /// <summary>One line of metrics.jsonl; loss is the sum of the parts, each times its weight.</summary>
    public string ToJson()
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
            if (!stage.Moved) yield return (prefix + "moved", false);
        }
    }

    private static JsonNode? Round(double value) => double.IsFinite(value) ? Math.Round(value, 5) : null;
}
