using System.Text.Json;
using Qwen2Audio.Testing;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Against signals whose resampled form is known in closed form.</summary>
[Trait("Row", "A13")]
public sealed class ResamplerReferenceTests(ITestOutputHelper output)
{
    private static readonly JsonElement Recorded = JsonDocument.Parse(File.ReadAllText(Fixtures.Locate("resample", "cases.json"))).RootElement;

    public static TheoryData<string> Cases() => [.. Recorded.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A13_error_stays_under_the_bound(string name)
    {
        JsonElement item = Recorded.GetProperty("cases").EnumerateArray().First(c => c.GetProperty("name").GetString() == name);
        int rate = item.GetProperty("rate").GetInt32();
        double duration = Recorded.GetProperty("duration").GetDouble();
        (double Hz, double Amplitude, double Phase)[] tones = [.. item.GetProperty("tones").EnumerateArray().Select(t =>
            (t.GetProperty("hz").GetDouble(), t.GetProperty("amplitude").GetDouble(), t.GetProperty("phase").GetDouble()))];
        float[] input = Signals.Tones(tones, rate, item.GetProperty("samples").GetInt32(), duration);
        float[] expected = Signals.Tones([.. tones.Where(t => t.Hz < 8000)], 16000, item.GetProperty("expected_samples").GetInt32(), duration);
        Assert.Equal(item.GetProperty("input_rms").GetDouble(), Signals.Rms(input), 1e-6);

        float[] found = Resampler.Resample(input, rate, 16000);

        Assert.InRange(found.Length, expected.Length - 1, expected.Length + 1);
        double error = Signals.Decibels(found, expected, Signals.Rms(input));
        output.WriteLine($"{name}: {error:0.0} dB");
        Assert.True(error <= item.GetProperty("bound_db").GetDouble(), $"{name}: {error:0.0} dB");
    }

    [Fact]
    public void Signals_equal_the_recorded_ones()
    {
        Assert.SkipUnless(Fixtures.Has("resample", "cases.safetensors"), Fixtures.MissingReason("resample", "cases.safetensors"));
        var recorded = new Tensors(Fixtures.Locate("resample", "cases.safetensors"));
        foreach (JsonElement item in Recorded.GetProperty("cases").EnumerateArray())
        {
            string name = item.GetProperty("name").GetString()!;
            float[] found = Resampler.Resample(recorded.Floats("input." + name), item.GetProperty("rate").GetInt32(), 16000);
            double error = Signals.Decibels(found, recorded.Floats("expected." + name), item.GetProperty("input_rms").GetDouble());
            Assert.True(error <= item.GetProperty("bound_db").GetDouble(), $"{name}: {error:0.0} dB");
        }
    }
}
