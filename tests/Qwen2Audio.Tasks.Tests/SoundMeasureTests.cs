using Qwen2Audio.Evaluation.Sound;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Intelligibility and distortion of degraded speech: fixtures/metrics, and what follows from their definition.</summary>
public sealed class SoundMeasureTests
{
    [Fact]
    public void Measures_are_those_of_the_reference()
    {
        Assert.SkipUnless(Fixtures.Has("metrics", "audio.jsonl"), Fixtures.MissingReason("metrics", "audio.jsonl"));
        using var signals = SafetensorsFile.Open(Fixtures.Locate("metrics", "audio.safetensors"));
        foreach (var line in File.ReadLines(Fixtures.Locate("metrics", "audio.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            var (signal, degraded) = (row.GetProperty("signal").GetString()!, row.GetProperty("degraded").GetString()!);
            float[] x = Samples($"{signal}.reference"), y = Samples($"{signal}.{degraded}");
            var found = ShortTimeIntelligibility.Measure(x, y, row.GetProperty("rate").GetInt32());
            Near("stoi", found!.Value.Stoi, 1e-6);
            Near("estoi", found.Value.Estoi, 1e-6);
            Near("si_sdr", SignalDistortion.ScaleInvariant(x, y), 1e-3);

            void Near(string name, double value, double tolerance)
            {
                var wanted = row.GetProperty(name);
                var difference = wanted.ValueKind == JsonValueKind.Null ? double.IsPositiveInfinity(value) ? 0 : 1 : Math.Abs(value - wanted.GetDouble());
                Assert.True(difference <= tolerance, $"{name} of {signal}, {degraded}: {value}, {wanted} expected");
            }
        }

        float[] Samples(string name)
        {
            var bytes = signals.ReadBytes(name);
            return [.. Enumerable.Range(0, bytes.Length / 2).Select(i => BitConverter.ToInt16(bytes, 2 * i) / 32768f)];
        }
    }

    [Theory, InlineData(8000), InlineData(10_000), InlineData(16_000), InlineData(44_100)]
    public void Speech_is_understood_as_itself_and_noise_is_not(int rate)
    {
        var random = new Random(3);
        float[] speech = [.. Enumerable.Range(0, 2 * rate).Select(i => (float)(Math.Sin(2 * Math.PI * 3 * i / rate) * (random.NextDouble() - 0.5)))];
        float[] noise = [.. speech.Select(_ => random.NextSingle() - 0.5f)];
        var same = ShortTimeIntelligibility.Measure(speech, speech, rate)!.Value;
        Assert.Equal((1, 1), (Math.Round(same.Stoi, 6), Math.Round(same.Estoi, 6)));
        var other = ShortTimeIntelligibility.Measure(speech, noise, rate)!.Value;
        Assert.InRange(other.Stoi, -0.3, 0.3);
        Assert.InRange(SignalDistortion.ScaleInvariant(speech, noise), -100, -10);
    }

    [Fact]
    public void What_is_too_short_has_no_intelligibility_and_lengths_must_be_equal()
    {
        Assert.Null(ShortTimeIntelligibility.Measure(new float[3000], new float[3000], 10_000));
        Assert.Null(ShortTimeIntelligibility.Measure([], [], 16_000));
        Assert.Throws<ArgumentException>(() => ShortTimeIntelligibility.Measure(new float[3000], new float[3001], 10_000));
        Assert.Throws<ArgumentException>(() => SignalDistortion.ScaleInvariant(new float[3], new float[2]));
        Assert.True(double.IsNaN(SignalDistortion.ScaleInvariant(new float[4], [1, 2, 3, 4])));
    }
}
