using System.Text.Json.Serialization;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Golden.Tests;

/// <summary>A recorded training run: its expected.json, its tensors, and the comparisons that its README defines.</summary>
internal sealed class RecordedRun : IDisposable
{
    private static readonly JsonSerializerOptions Snake = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private readonly JsonDocument _document;

    public RecordedRun(string folder)
    {
        _document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Locate(folder, "expected.json")));
        Tensors = SafetensorsFile.Open(Fixtures.Locate(folder, "expected.safetensors"));
    }

    public JsonElement Expected => _document.RootElement;

    public SafetensorsFile Tensors { get; }

    public int Steps => Expected.GetProperty("steps").GetInt32();

    public static TheoryData<string> Folders(string prefix, string file = "expected.json")
    {
        var data = new TheoryData<string>();
        foreach (var folder in Fixtures.Folders(prefix, file)) data.Add(folder);
        if (!data.Any()) data.Add("");
        return data;
    }

    public static LearningRateSettings Schedule(JsonElement settings, double rate) =>
        settings.Deserialize<LearningRateSettings>(Snake)! with { LearningRate = rate };

    public LearningRateSchedule Schedule()
    {
        var json = Expected.GetProperty("optimizer");
        return new LearningRateSchedule(Schedule(json.GetProperty("schedule"), json.GetProperty("learning_rate").GetDouble()));
    }

    /// <summary>An optimiser's constants, and which tensors decay.</summary>
    public static (AdamWOptions Options, Predicate<Parameter> Decays) Optimizer(JsonElement json)
    {
        double Number(string name) => json.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : 0;
        var betas = json.GetProperty("betas");
        var options = new AdamWOptions(
            betas[0].GetDouble(), betas[1].GetDouble(), Number("eps"), Number("weight_decay"), Number("max_gradient_norm"),
            Decoupled: json.GetProperty("type").GetString() == "AdamW");
        return (options, json.TryGetProperty("no_decay", out _) ? DecayGroups.Matrices : DecayGroups.All);
    }

    public double Tolerance(string name) => Expected.GetProperty("tolerances").GetProperty(name).GetProperty("tolerance").GetDouble();

    public static void Close(double wanted, double actual, double tolerance, string what)
    {
        var difference = wanted == 0 ? Math.Abs(actual) : Math.Abs(actual - wanted) / Math.Abs(wanted);
        Assert.True(difference <= tolerance, $"{what}: {actual}, {wanted} expected ({difference:e2} over {tolerance:e2})");
    }

    public void Gradients(ParameterSet parameters, string prefix = "grad.")
    {
        foreach (var parameter in parameters.Parameters)
        {
            var wanted = Tensors.ReadFloats(prefix + parameter.Name);
            Numbers.Near($"gradient of {parameter.Name}", wanted, parameter.Gradient.Span, Tolerance("gradient"));
        }
    }

    /// <summary>Compares the changes of the final weights; <paramref name="value"/> gives the values of a parameter.</summary>
    public void Update(ParameterSet parameters, ITensorSource initial, ITensorSource final, Func<Parameter, Matrix> value, string name = "final_update")
    {
        var keys = Expected.GetProperty("tolerances").TryGetProperty(name + "_k_proj_bias", out _);
        foreach (var parameter in parameters.Parameters)
        {
            var isKey = parameter.Name.EndsWith("k_proj.bias", StringComparison.Ordinal);
            if (isKey && !keys) continue;
            var (end, start) = (final.ReadFloats(parameter.Name), initial.ReadFloats(parameter.Name));
            var actual = value(parameter).Span;
            var update = Differences.Distance(actual, end) / Differences.Distance(end, start);
            var bound = Tolerance(isKey ? name + "_k_proj_bias" : name);
            Assert.True(update <= bound, $"{parameter.Name}: {name} off by {update:e2}, {bound:e2} is allowed");
            if (name == "final_update" && !isKey) Numbers.Near($"{parameter.Name} at the end", end, actual, Tolerance("final_weights"));
        }
    }

    public void Dispose()
    {
        Tensors.Dispose();
        _document.Dispose();
    }
}
