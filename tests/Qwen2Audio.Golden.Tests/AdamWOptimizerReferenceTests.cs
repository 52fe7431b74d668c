using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Rates of the schedules and traces of the optimisers: fixtures/schedules*.</summary>
public sealed class AdamWOptimizerReferenceTests
{
    public static TheoryData<string, int> Schedules() => Cases("schedules", root => root.GetProperty("schedules").GetArrayLength());

    public static TheoryData<string, int> Traces() => Cases("schedules", root => root.GetProperty("optimizers").EnumerateObject().Count());

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Rates_are_the_references(string folder, int index)
    {
        Assert.SkipWhen(index < 0, Fixtures.MissingReason("schedules"));
        using var document = Read(folder);
        var recorded = document.RootElement.GetProperty("schedules")[index];
        var settings = RecordedRun.Schedule(recorded.GetProperty("settings"), document.RootElement.GetProperty("learning_rate").GetDouble());
        var schedule = new LearningRateSchedule(settings);
        var tolerance = Tolerance(document, "learning_rates");
        var step = 0;
        foreach (var rate in recorded.GetProperty("rates").EnumerateArray())
        {
            var (wanted, actual) = (rate.GetDouble(), schedule.Rate(step));
            Assert.True(Math.Abs(wanted - actual) <= tolerance * Math.Max(Math.Abs(wanted), 1e-12), $"{settings.Type}, step {step}: {actual:r}, {wanted:r} expected");
            step++;
        }
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void Weights_and_moments_are_the_references(string folder, int index)
    {
        Assert.SkipWhen(index < 0, Fixtures.MissingReason("schedules"));
        using var document = Read(folder);
        using var tensors = SafetensorsFile.Open(Fixtures.Locate(folder, "optimizers.safetensors"));
        var entry = document.RootElement.GetProperty("optimizers").EnumerateObject().ElementAt(index);
        var (name, recorded, json) = (entry.Name, entry.Value, entry.Value.GetProperty("optimizer"));
        var (options, decays) = RecordedRun.Optimizer(json);
        var tolerance = Tolerance(document, "optimizer_traces");
        using var pool = new WorkerPool(2);
        using var parameters = new ParameterSet();
        for (var i = 0; tensors.Tensors.TryGetValue($"{name}.initial.{i}", out var tensor); i++)
            parameters.Weights.Get($"{i}", [.. tensor.Shape.Select(axis => (int)axis)]);
        parameters.Allocate(decays);
        foreach (var parameter in parameters.Parameters) tensors.ReadFloats($"{name}.initial.{parameter.Name}", parameter.Value.Span);
        var optimizer = new AdamWOptimizer(parameters, options, pool);

        var steps = document.RootElement.GetProperty("steps").GetInt32();
        (float[], float[], float[]) before = default;
        var rate = 0.0;
        using var task = new RecordedTask(steps, parameters, optimizer, _ => rate, s =>
        {
            foreach (var parameter in parameters.Parameters) tensors.ReadFloats($"{name}.grad.{s}.{parameter.Name}", parameter.Gradient.Span);
            rate = json.GetProperty("learning_rate").GetDouble() * (json.TryGetProperty("rates", out var rates) ? rates[(int)s].GetDouble() : 1);
            before = (parameters.Values.Span.ToArray(), parameters.FirstMoments.Span.ToArray(), parameters.SecondMoments.Span.ToArray());
            return new StepLosses(0, []);
        });
        task.Run(done =>
        {
            var (s, stage) = ((int)done.Step - 1, done.Stages[0]);
            Assert.Equal(recorded.GetProperty("applied")[s].GetBoolean(), stage.Updated);
            if (recorded.GetProperty("gradient_norm")[s] is { ValueKind: JsonValueKind.Number } norm)
                RecordedRun.Close(norm.GetDouble(), stage.GradientNorm, tolerance, $"{name}: norm of step {s}");
            foreach (var parameter in parameters.Parameters)
            {
                Near("param", parameters.Values);
                Near("exp_avg", parameters.FirstMoments);
                Near("exp_avg_sq", parameters.SecondMoments);

                void Near(string part, Matrix block) => Numbers.Near(
                    $"{name}: {part} {parameter.Name} after step {s}", tensors.ReadFloats($"{name}.{part}.{s}.{parameter.Name}"), Part(parameters, block, parameter), tolerance);
            }

            if (stage.Updated) return;
            Assert.Equal(before.Item1, parameters.Values.Span.ToArray());
            Assert.Equal(before.Item2, parameters.FirstMoments.Span.ToArray());
            Assert.Equal(before.Item3, parameters.SecondMoments.Span.ToArray());
        });

        Assert.Equal(recorded.GetProperty("steps_taken").GetInt64(), optimizer.Step);
    }

    /// <summary>The part of a flat block that belongs to a parameter, found by the position of its value.</summary>
    private static Span<float> Part(ParameterSet parameters, Matrix block, Parameter parameter)
    {
        parameters.Values.Span.Overlaps(parameter.Value.Span, out var offset);
        return block.Span.Slice(offset, parameter.Value.Span.Length);
    }

    private static JsonDocument Read(string folder) => JsonDocument.Parse(File.ReadAllBytes(Fixtures.Locate(folder, "expected.json")));

    private static double Tolerance(JsonDocument document, string name) =>
        document.RootElement.GetProperty("tolerances").GetProperty(name).GetProperty("tolerance").GetDouble();

    private static TheoryData<string, int> Cases(string prefix, Func<JsonElement, int> count)
    {
        var data = new TheoryData<string, int>();
        foreach (var folder in Fixtures.Folders(prefix, "expected.json"))
        {
            using var document = Read(folder);
            for (var i = 0; i < count(document.RootElement); i++) data.Add(folder, i);
        }

        if (!data.Any()) data.Add("", -1);
        return data;
    }
}
