using System.Text.RegularExpressions;
using Qwen2Audio.Audio;
using Qwen2Audio.Evaluation.Pages;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

public sealed class DemoPageTests
{
    /// <summary>Words, waveform, spectrogram and tokens share one time axis; the page needs no other file, and no text of it is taken as HTML.</summary>
    [Fact]
    public void Everything_is_on_one_page()
    {
        var page = DemoPage.Html(Result(Clip(2), "one < two", null));
        Assert.Contains("says: “one &lt; two”", page, StringComparison.Ordinal);
        Assert.Contains("Read as: one two", page, StringComparison.Ordinal);
        Assert.Contains("<span style=\"left:25%;width:50%\" title=\"&lt;b&gt;: 0.50–1.50 s\">&lt;b&gt;</span>", page, StringComparison.Ordinal);
        Assert.Contains("aria-label=\"Waveform\"", page, StringComparison.Ordinal);
        Assert.Contains("alt=\"Tokens by codebook and time\"", page, StringComparison.Ordinal);
        Assert.Contains("Tokens: 100 frames of 20 ms with 2 codebooks of 16 entries, 0.4 kbit/s", page, StringComparison.Ordinal);
        Assert.Contains("4 other labels", page, StringComparison.Ordinal);
        Assert.Contains("<p>careful</p>", page, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(page, "src=\"data:image/png"));
        Assert.Single(Regex.Matches(page, "<audio"));
        Assert.All(Regex.Matches(page, "(src|href)=\"([^\"]{5})"), link => Assert.Equal("data:", link.Groups[2].Value));
    }

    [Fact]
    public void A_recording_is_shown_beside_what_its_tokens_give()
    {
        var clip = Clip(2);
        var page = DemoPage.Html(Result(clip, null, clip));
        Assert.Contains("The recording <span class=\"path\">ann</span>", page, StringComparison.Ordinal);
        Assert.Contains("Decoded from its tokens", page, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(page, "<audio"));
    }

    /// <summary>The first half minute of a long one; silence and a clip without words are pages too.</summary>
    [Fact]
    public void Long_silent_and_wordless_sounds_are_shown()
    {
        var result = Result(new AudioClip(new float[40 * 8000], 8000, 1, []), null, null);
        var page = DemoPage.Html(result with { Transcription = result.Transcription with { Text = "", Words = [] }, Classification = result.Classification with { Labels = [] } });
        Assert.Contains("the first 30 s", page, StringComparison.Ordinal);
        Assert.Contains("No words.", page, StringComparison.Ordinal);
        Assert.Contains("No label.", page, StringComparison.Ordinal);
    }

    private static AudioClip Clip(int seconds) => new([.. Enumerable.Range(0, seconds * 8000).Select(i => 0.4f * MathF.Sin(i * 0.1f))], 8000, 1, []);

    private static DemoResult Result(AudioClip clip, string? text, AudioClip? decoded)
    {
        var sound = new DemoSound
        {
            Text = text,
            SpokenWords = ["one", "two"],
            Source = "ann",
            Clip = clip,
            Codes = [.. Enumerable.Range(0, (int)(clip.Seconds * 100)).Select(i => i % 16)],
            Codebooks = 2,
            Entries = 16,
            FrameRate = 50,
            Decoded = decoded,
            Warnings = ["careful"],
        };
        var transcription = new Transcription
        {
            Text = "<b>",
            Words = [new TranscribedWord("<b>", 0.5, 1.5, 0.9)],
            Warnings = [new TaskWarning("x", "careful")],
            Decoding = Decoding.Combined,
            SpeechProbability = 1,
            SecondsOfAudio = clip.Seconds,
            SecondsTaken = 0,
        };
        return new DemoResult(sound, transcription, new Classification
        {
            Labels = [.. Enumerable.Range(0, 9).Select(i => new LabelProbability($"label {i}", 1 / 9.0))],
            Task = "speech",
            SpeechProbability = 1,
            Warnings = [],
            SecondsOfAudio = clip.Seconds,
            SecondsTaken = 0,
        });
    }
}
