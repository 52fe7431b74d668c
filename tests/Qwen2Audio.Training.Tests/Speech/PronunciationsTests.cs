using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Speech.Phones;

namespace Qwen2Audio.Training.Tests.Speech;

public sealed class PronunciationsTests
{
    private static readonly string[] Lines = [";;; comment", "HELP  HH EH1 L P", "read R IY1 D", "read(2) R EH1 D", "a AH0", "b\tB IY1", ""];

    [Fact]
    public void TheFirstPronunciationCountsWithoutStress()
    {
        var words = new Pronunciations();
        words.Add(Lines);
        Assert.Equal(["R", "IY", "D", "HH", "EH", "L", "P"], words.Find("read help")!);
        Assert.Equal(["EY", "B", "IY"], words.Find("a b", isSpelled: true)!);
        Assert.Equal(["AH", "B", "IY"], words.Find("a b")!);
        Assert.Empty(words.Find("")!);
        Assert.Null(words.Find("read unknownword"));
    }

    [Fact]
    public void TheFirstDictionaryWins()
    {
        var words = new Pronunciations();
        words.Add(["read R EH D"]);
        words.Add(Lines);
        Assert.Equal(["R", "EH", "D"], words.Find("read")!);
    }

    [Theory]
    [InlineData("word W XX D", "XX")]
    [InlineData("word", "no phones")]
    public void BadLinesAreNamed(string line, string expected)
    {
        var error = Assert.Throws<PronunciationException>(() => new Pronunciations().Add(["b B IY", line], "my.dict"));
        Assert.Contains("my.dict, line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ThereAre39PhonesAndABlank()
    {
        Assert.Equal(40, PhoneSet.Count);
        Assert.Equal(1, PhoneSet.Id("AA"));
        Assert.Equal(39, PhoneSet.Id("ZH"));
        Assert.Throws<ArgumentException>(() => PhoneSet.Id("AX"));
    }

    [Fact]
    public void EveryTrainingTranscriptOfAn4HasPhones()
    {
        var data = Fixtures.Locate("..", "data");
        var dictionary = Path.Combine(data, "recogniser", "an4.dict");
        Assert.SkipUnless(File.Exists(dictionary), $"{dictionary} is not there");
        var words = Pronunciations.Read(dictionary);
        foreach (var row in Manifest.Read(Path.Combine(data, "MANIFEST.tsv")).Select("train", "an4"))
            Assert.True(words.Find(TranscriptText.Normalise(row.Text), isSpelled: true) is { Length: > 0 }, row.Text);
    }
}
