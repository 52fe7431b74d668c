using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Compared with recorded outputs of Whisper's feature extractor: every case and number of bins in the folder.</summary>
public sealed class LogMelReferenceTests
{
    private const string Missing = "(none recorded)";
    private static readonly bool Present = Fixtures.Has("mel", "cases.safetensors");
    private static readonly Lazy<JsonElement> Recorded = new(() => JsonDocument.Parse(File.ReadAllText(Fixtures.Locate("mel", "cases.json"))).RootElement);
    private static readonly Lazy<Tensors> Values = new(() => new Tensors(Fixtures.Locate("mel", "cases.safetensors")));

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        if (!Present) cases.Add(Missing, 0);
        else
            foreach (var name in Values.Value.Names.Where(n => n.StartsWith("mel", StringComparison.Ordinal)))
                cases.Add(name[(name.IndexOf('.') + 1)..], Number(name[3..name.IndexOf('.')]));
        return cases;
    }

    public static TheoryData<int> Bins()
    {
        var bins = new TheoryData<int>();
        if (!Present) bins.Add(0);
        else
            foreach (var name in Values.Value.Names.Where(n => n.StartsWith("filters.", StringComparison.Ordinal)))
                bins.Add(Number(name["filters.".Length..]));
        return bins;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Equals_whispers_feature_extractor(string name, int bins)
    {
        SkipUnlessPresent();
        JsonElement item = Recorded.Value.GetProperty("cases").EnumerateArray().First(c => c.GetProperty("name").GetString() == name);
        float[] samples = [.. Values.Value.Shorts("pcm." + name).Select(v => v / 32768f)];
        var expected = Values.Value.Floats($"mel{bins}.{name}");
        var stored = item.GetProperty("frames_stored").GetInt32();
        var padding = item.GetProperty($"padding_value_{bins}").GetSingle();

        LogMelSpectrogram found = LogMel.Compute(samples, new LogMelOptions { Bins = bins });

        Assert.Equal(3000, found.Frames);
        Assert.Equal(item.GetProperty("mask_frames").GetInt32(), found.ValidFrames);
        Assert.Equal(padding, LogMel.PaddingValue(found.Largest), 1e-4f);
        var turned = found.ToBinsMajor();
        float worst = 0;
        for (var bin = 0; bin < bins; bin++)
            for (var frame = 0; frame < 3000; frame++)
                worst = Math.Max(worst, Math.Abs(turned[bin * 3000 + frame] - (frame < stored ? expected[bin * stored + frame] : padding)));
        Assert.True(worst <= 1e-4f, $"off by {worst}");
    }

    [Theory]
    [MemberData(nameof(Bins))]
    public void Filters_equal_the_recorded_ones(int bins)
    {
        SkipUnlessPresent();
        var expected = Values.Value.Floats($"filters.{bins}");
        var filters = MelFilters.Of(bins);
        double worst = 0;
        for (var k = 0; k < MelFilters.SpectrumBins; k++)
            for (var bin = 0; bin < bins; bin++) worst = Math.Max(worst, Math.Abs(expected[k * bins + bin] - filters.Weight(k, bin)));
        Assert.True(worst <= 1e-8, $"off by {worst}");
    }

    [Fact]
    public void Token_counts_equal_the_recorded_ones()
    {
        SkipUnlessPresent();
        foreach (JsonElement item in Recorded.Value.GetProperty("token_counts").EnumerateArray())
        {
            var samples = item.GetProperty("samples").GetInt32();
            var frames = AudioLengths.MaskFrames(samples);
            Assert.Equal(item.GetProperty("mask_frames").GetInt32(), frames);
            Assert.Equal(item.GetProperty("encoder_frames").GetInt32(), AudioLengths.EncoderFrames(frames));
            Assert.Equal(item.GetProperty("audio_tokens").GetInt32(), AudioLengths.AudioTokens(AudioLengths.EncoderFrames(frames)));
            Assert.Equal(item.GetProperty("audio_tokens").GetInt32(), AudioLengths.AudioTokensOf(samples));
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static void SkipUnlessPresent() => Assert.SkipUnless(Present, Fixtures.MissingReason("mel", "cases.safetensors"));
}
