using System.IO.Compression;
using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks.Tests.Whisper;

public sealed class HallucinationSignsTests
{
    private static readonly WhisperText Plain = new([1, 2], [-0.2f, -0.2f], -0.2f, true, 0.1, 0);

    [Fact]
    public void TheRatioIsThatOfBytesAndTheirZlibForm()
    {
        var text = string.Concat(Enumerable.Repeat("thank you för watching ", 40));
        var bytes = Encoding.UTF8.GetBytes(text);
        using var compressed = new MemoryStream();
        using (var stream = new ZLibStream(compressed, CompressionLevel.Optimal)) stream.Write(bytes);
        Assert.Equal((double)bytes.Length / compressed.ToArray().Length, HallucinationSigns.CompressionRatio(text));
        Assert.True(HallucinationSigns.CompressionRatio(text) > 10);
        Assert.InRange(HallucinationSigns.CompressionRatio("The birch canoe slid on the smooth planks."), 0.7, 1.2);
        Assert.Equal(0, HallucinationSigns.CompressionRatio(""));
    }

    [Theory]
    [InlineData("so so so so so so so", "so", 7)]
    [InlineData("and Thank you. thank you. Thank you. thank you. then", "Thank you.", 4)]
    [InlineData("a b c a b c a b c a b c a", "c a b", 4)]
    public void WordsThatStandAgainAndAgainAreARepetition(string text, string words, int times)
    {
        var found = HallucinationSigns.Repetition(text);
        Assert.NotNull(found);
        Assert.Equal(times, found.Value.Times);
        Assert.Equal(words.Split(' ').Order(StringComparer.OrdinalIgnoreCase), found.Value.Words.Split(' ').Order(StringComparer.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no no no no")]
    [InlineData("ring the bell ring the bell ring the bell")]
    [InlineData("The birch canoe slid on the smooth planks, and the birch canoe slid on.")]
    public void SpeechMayRepeatALittle(string text) => Assert.Null(HallucinationSigns.Repetition(text));

    [Fact]
    public void EachSignIsNamed()
    {
        var levels = new SoundLevels(Sounds.Bursts(4, t => t < 2), 16_000);
        var options = new WhisperOptions();
        IReadOnlyList<string> Of(WhisperText window, double ratio = 1, double start = 0, double end = 2, string text = "one two") =>
            HallucinationSigns.Of(text, ratio, window.AverageLogProbability, window.NoSpeechProbability, options, levels, start, end);
        Assert.Empty(Of(Plain));
        Assert.Contains("compression", Assert.Single(Of(Plain, ratio: 3)), StringComparison.Ordinal);
        Assert.Contains("repetition", Assert.Single(Of(Plain, text: "so so so so so so so")), StringComparison.Ordinal);
        Assert.Contains("too fast: 40 letters a second", Assert.Single(Of(Plain, text: new string([.. Enumerable.Range(0, 100).Select(i => (char)('a' + i * 7 % 26))]))), StringComparison.Ordinal);
        Assert.Contains("low probability", Assert.Single(Of(Plain with { EndLogProbability = -9 })), StringComparison.Ordinal);
        Assert.Contains("of no speech", Assert.Single(Of(Plain with { NoSpeechProbability = 0.9 })), StringComparison.Ordinal);
        Assert.Contains("silence", Assert.Single(Of(Plain, start: 2.5, end: 3.5)), StringComparison.Ordinal);
    }
}
