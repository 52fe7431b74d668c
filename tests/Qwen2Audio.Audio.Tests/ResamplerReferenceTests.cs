using Qwen2Audio.Audio.Resampling;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Compared with signals whose resampled form is known in closed form: every case in the folder.</summary>
[Trait("Row", "A13")]
public sealed class ResamplerReferenceTests(ITestOutputHelper output)
{
    private static readonly bool Present = Fixtures.Has("resample", "cases.json");
    private static readonly Lazy<JsonElement> Recorded = new(() => JsonDocument.Parse(File.ReadAllText(Fixtures.Locate("resample", "cases.json"))).RootElement);

    public static TheoryData<string> Cases() =>
        Present ? [.. Recorded.Value.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)] : ["(none recorded)"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Error_stays_under_the_bound(string name)
    {
        Assert.SkipUnless(Present, Fixtures.MissingReason("resample", "cases.json"));
        JsonElement item = Recorded.Value.GetProperty("cases").EnumerateArray().First(c => c.GetProperty("name").GetString() == name);
        int rate = item.GetProperty("rate").GetInt32(), target = Recorded.Value.GetProperty("target_rate").GetInt32();
        double duration = Recorded.Value.GetProperty("duration").GetDouble(), fade = Recorded.Value.GetProperty("fade").GetDouble();
        (double Hz, double Amplitude, double Phase)[] tones = [.. item.GetProperty("tones").EnumerateArray().Select(t =>
            (t.GetProperty("hz").GetDouble(), t.GetProperty("amplitude").GetDouble(), t.GetProperty("phase").GetDouble()))];
        var input = Signals.Tones(tones, rate, item.GetProperty("samples").GetInt32(), duration, fade);
        var expected = Signals.Tones([.. tones.Where(t => t.Hz < target / 2.0)], target, item.GetProperty("expected_samples").GetInt32(), duration, fade);
        Assert.Equal(item.GetProperty("input_rms").GetDouble(), Signals.Rms(input), 1e-6);
        Check(item, input, expected, target);
    }

    [Fact]
    public void Error_stays_under_the_bound_for_the_recorded_signals()
    {
        Assert.SkipUnless(Fixtures.Has("resample", "cases.safetensors"), Fixtures.MissingReason("resample", "cases.safetensors"));
        var signals = new Tensors(Fixtures.Locate("resample", "cases.safetensors"));
        foreach (JsonElement item in Recorded.Value.GetProperty("cases").EnumerateArray())
        {
            var name = item.GetProperty("name").GetString()!;
            Check(item, signals.Floats("input." + name), signals.Floats("expected." + name), Recorded.Value.GetProperty("target_rate").GetInt32());
        }
    }

    private void Check(JsonElement item, float[] input, float[] expected, int target)
    {
        var found = Resampler.Resample(input, item.GetProperty("rate").GetInt32(), target);
        Assert.InRange(found.Length, expected.Length - 1, expected.Length + 1);
        var error = Signals.Decibels(found, expected, item.GetProperty("input_rms").GetDouble());
        output.WriteLine($"{item.GetProperty("name").GetString()}: {error:0.0} dB");
        Assert.True(error <= item.GetProperty("bound_db").GetDouble(), $"{item.GetProperty("name").GetString()}: {error:0.0} dB");
    }
}
