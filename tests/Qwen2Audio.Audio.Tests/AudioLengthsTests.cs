using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Recorded clip lengths of conversations: mel frames and positions in the language model.</summary>
public sealed class AudioLengthsTests
{
    [Theory]
    [InlineData("cases.jsonl")]
    [InlineData("placeholders.jsonl")]
    public void Every_recorded_clip_has_its_frames_and_tokens(string file)
    {
        Assert.SkipUnless(Fixtures.Has("chat-template", file), Fixtures.MissingReason("chat-template", file));
        var clips = 0;
        foreach (var line in File.ReadLines(Fixtures.Locate("chat-template", file)))
        {
            using var document = JsonDocument.Parse(line);
            if (!document.RootElement.TryGetProperty("audio_samples", out var samples)) continue;
            for (var i = 0; i < samples.GetArrayLength(); i++, clips++)
            {
                var length = samples[i].GetInt64();
                Assert.Equal((length, document.RootElement.GetProperty("audio_frames")[i].GetInt32()), (length, AudioLengths.MaskFrames(length)));
                Assert.Equal((length, document.RootElement.GetProperty("audio_tokens")[i].GetInt32()), (length, AudioLengths.AudioTokensOf(length)));
            }
        }

        Assert.True(clips > 0);
    }
}
