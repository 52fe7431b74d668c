using Qwen2Audio.Model.FrameCodec;

namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>config.json of our frame-rate codec.</summary>
public sealed class FrameCodecConfigFileTests
{
    public static TheoryData<string, string> Faults => new()
    {
        { """{"model_type": "encodec"}""", "model_type" },
        { """{"model_type": "frame_codec", "frame_rate": 49}""", "frame_rate" },
        { """{"model_type": "frame_codec", "frame_rate": 0}""", "frame_rate" },
        { """{"model_type": "frame_codec", "sub_frames": 3}""", "sub_frames" },
        { """{"model_type": "frame_codec", "sub_frames": 1, "analysis_window": 300}""", "analysis_window" },
        { """{"model_type": "frame_codec", "mel_bins": 0}""", "mel_bins" },
        { """{"model_type": "frame_codec", "spectrum_bins": 322}""", "spectrum_bins" },
        { """{"model_type": "frame_codec", "synthesis_window": 641}""", "synthesis_window" },
        { """{"model_type": "frame_codec", "synthesis_window": 318}""", "synthesis_window" },
        { """{"model_type": "frame_codec", "synthesis_window": 481}""", "synthesis_window" },
        { """{"model_type": "frame_codec", "decoder_look_ahead": 7}""", "decoder_look_ahead" },
        { """{"model_type": "frame_codec", "books": 1.5}""", "books" },
        { """{"model_type": "frame_codec", "entries": 1}""", "entries" },
    };

    [Fact]
    public void What_is_written_is_read_again()
    {
        var config = new FrameCodecConfig
        {
            SamplingRate = 24_000,
            FrameRate = 25,
            SubFrames = 4,
            AnalysisWindow = 1000,
            MelBins = 40,
            SpectrumBins = 50,
            SynthesisWindow = 1440,
            EncoderWidth = 1,
            EncoderInner = 2,
            EncoderBlocks = 0,
            DecoderWidth = 4,
            DecoderInner = 5,
            DecoderBlocks = 6,
            Kernel = 8,
            DecoderKernel = 9,
            EncoderLookAhead = 3,
            DecoderLookAhead = 0,
            Dimension = 11,
            Books = 12,
            Entries = 13,
        };
        Assert.Equal(config, Read(FrameCodecConfigFile.Write(config).ToJsonString()));
    }

    [Fact]
    public void Fields_that_are_absent_have_the_recipes_values() => Assert.Equal(new FrameCodecConfig(), Read("""{"model_type": "frame_codec"}"""));

    [Theory, MemberData(nameof(Faults))]
    public void Sizes_that_do_not_fit_are_refused_by_name(string json, string field)
    {
        var error = Assert.Throws<ConfigException>(() => Read(json));
        Assert.Contains(field, error.Message);
        Assert.Contains("config.json", error.Message);
    }

    private static FrameCodecConfig Read(string json) => FrameCodecConfigFile.Read(ConfigObject.Parse(json, "config.json"));
}
