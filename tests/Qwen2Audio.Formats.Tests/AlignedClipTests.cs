using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Formats.Tests;

public sealed class AlignedClipTests
{
    private static readonly AlignedClip Clip = new()
    {
        Path = "/a.wav",
        Text = "the \"cat\"",
        Seconds = 1.5,
        Model = "m",
        Decoding = "d",
        Words = [new("the", 0.1, 0.3, 0.9, [new("DH", 0.1, 0.2), new("AH", 0.2, 0.3)]), new("cat", 0.3, 0.8, 0.8, [new("K", 0.3, 0.5), new("AE", 0.5, 0.6), new("T", 0.6, 0.8)])],
    };

    [Fact]
    public void A_line_gives_the_same_clip()
    {
        var again = AlignedClip.Parse(Clip.ToJson());
        Assert.Equal(Clip.ToJson(), again.ToJson());
        Assert.Equal(Clip.Words[1].Phones, again.Words[1].Phones);
    }

    [Fact]
    public void Other_forms_have_every_phone_with_its_time()
    {
        Assert.Equal("/a.wav\tthe\tDH\t0.100\t0.200", AlignmentText.Table(Clip).Split('\n')[0]);
        Assert.Equal(6, AlignmentText.Table(Clip).Split('\n').Length);
        var grid = AlignmentText.TextGrid(Clip);
        Assert.Contains("name = \"words\"\n        xmin = 0\n        xmax = 1.5\n        intervals: size = 4\n", grid); // silence before and after
        Assert.Contains("        intervals [4]:\n            xmin = 0.8\n            xmax = 1.5\n            text = \"\"\n", grid);
        Assert.Contains("name = \"phones\"\n        xmin = 0\n        xmax = 1.5\n        intervals: size = 7\n", grid);
    }

    [Theory]
    [InlineData("""{"path":"a","text":"b","model":"m","decoding":"d","seconds":1,"words":[{"text":"b","start":0,"end":2,"confidence":1,"phones":[{"phone":"B","start":0,"end":2}]}]}""", "2 s")]
    [InlineData("""{"path":"a","text":"b","model":"m","decoding":"d","seconds":1,"words":[{"text":"b","start":0,"end":1,"confidence":1,"phones":[{"phone":"B","start":0.5,"end":0.5}]}]}""", "0.5")]
    [InlineData("""{"path":"a"}""", "line 2")]
    [InlineData("no json", "line 2")]
    public void A_damaged_line_is_named(string line, string named)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder, "a.jsonl");
        File.WriteAllText(path, Clip.ToJson() + "\n" + line + "\n");
        var error = Assert.Throws<ManifestException>(() => AlignedClip.Read(path));
        Assert.Contains(named, error.Message);
        Assert.Contains("2", error.Message);
    }

    [Fact]
    public void A_missing_file_is_named() => Assert.Contains("gone.jsonl", Assert.Throws<ManifestException>(() => AlignedClip.Read("/gone.jsonl")).Message);
}
