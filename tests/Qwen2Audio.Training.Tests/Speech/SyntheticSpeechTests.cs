using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Speech.SyntheticData;

namespace Qwen2Audio.Training.Tests.Speech;

public sealed class SyntheticSpeechTests
{
    private static readonly SyntheticSpeechOptions Options = new()
    {
        Seed = 4,
        Sets = Sets(400, 60, 45),
        KeywordTexts = ["bed", "view glass"],
        Transcripts = ["enter five", "rubout g m e f three nine", "july fourth nineteen ten"],
    };

    private static SyntheticSet[] Sets(int spelled, int digits, int keywords) =>
        [new("spoken-letters", DatasetKind.Spelled, spelled), new("spoken-digits", DatasetKind.Digits, digits), new("spoken-words", DatasetKind.Keywords, keywords)];

    [Fact]
    public void ThePlanIsAFunctionOfTheOptions()
    {
        var plan = SyntheticUtterance.Plan(Options);
        Assert.Equal(plan, SyntheticUtterance.Plan(Options));
        Assert.NotEqual(plan, SyntheticUtterance.Plan(Options with { Seed = 5 }));
        Assert.Equal(plan.Count, plan.Select(utterance => utterance.File).Distinct().Count());
        Assert.Equal(plan.Take(100), SyntheticUtterance.Plan(Options with { Sets = Sets(100, 60, 45) }).Take(100));
    }

    [Fact]
    public void TextsAreOfTheKindsWanted()
    {
        var texts = SyntheticUtterance.Plan(Options).Where(utterance => utterance.Kind == DatasetKind.Spelled).Select(utterance => utterance.Text).ToList();
        Assert.All(texts, text => Assert.Equal(text, TranscriptText.Normalise(text)));
        Assert.All(texts, text => Assert.InRange(text.Split(' ').Length, 1, 24));
        Assert.InRange(texts.Distinct().Count(), 300, 400);
        Assert.Contains(texts, text => text.StartsWith("rubout ", StringComparison.Ordinal));
        Assert.Contains(texts, text => SpokenNumbers.Months.Any(month => text.StartsWith(month, StringComparison.Ordinal)));
        Assert.InRange(texts.Count(text => text.Split(' ').All(word => word.Length == 1)), 120, 240);
    }

    [Fact]
    public void LettersAreWrittenAsEachSynthesiserReadsThem()
    {
        Assert.Equal("b ay zee oh", new SyntheticVoice(SynthesisEngine.Flite, "slt", 1, 180).Spoken("b a z o", " "));
        Assert.Equal("b, eigh", new SyntheticVoice(SynthesisEngine.EspeakNg, "en-us+m1", 150, 50).Spoken("b a", ", "));
    }

    [Theory]
    [InlineData(7, "seven")]
    [InlineData(40, "forty")]
    [InlineData(342, "three hundred forty two")]
    [InlineData(9015, "nine thousand fifteen")]
    public void NumbersAreSpoken(int value, string expected) => Assert.Equal(expected, SpokenNumbers.Cardinal(value));

    [Theory]
    [InlineData(3, "third")]
    [InlineData(20, "twentieth")]
    [InlineData(22, "twenty second")]
    [InlineData(30, "thirtieth")]
    [InlineData(31, "thirty first")]
    public void DaysAreSpoken(int day, string expected) => Assert.Equal(expected, SpokenNumbers.Ordinal(day));

    [Fact]
    public void AMissingProgramIsNamedWithItsPackage()
    {
        var error = Assert.Throws<SynthesisException>(() => SynthesisProgram.Run("no-such-synthesiser", []));
        Assert.Contains("apt-get install no-such-synthesiser", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACorpusIsMadeOnceAndKept()
    {
        foreach (var program in (string[])["flite", "espeak-ng"])
            Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program))), $"{program} is not installed");
        using var folder = new TemporaryFolder();
        var options = Options with { Sets = Sets(6, 3, 3) };
        var result = SyntheticSpeech.Make(folder, options);
        Assert.Equal((12, 0), (result.Made, result.Kept));
        var rows = Manifest.Read(result.Manifest).Rows;
        Assert.Equal(12, rows.Count);
        Assert.All(rows, row => Assert.Equal((16000, 1), (AudioFile.Read(row.Path).SampleRate, AudioFile.Read(row.Path).Channels)));
        Assert.All(rows, row => Assert.Equal(row.Seconds, AudioFile.Read(row.Path).Seconds, 3));
        // one is missing, one was cut off, one has a changed sample, one is no sound
        var wanted = rows.ToDictionary(row => row.Path, row => File.ReadAllBytes(row.Path));
        File.Delete(rows[0].Path);
        File.WriteAllBytes(rows[1].Path, wanted[rows[1].Path][..3000]);
        File.WriteAllBytes(rows[2].Path, [.. wanted[rows[2].Path][..^1], 77]);
        File.WriteAllBytes(rows[3].Path, new byte[5000]);
        var again = SyntheticSpeech.Make(folder, options);
        Assert.Equal((4, 8), (again.Made, again.Kept));
        Assert.All(wanted, clip => Assert.Equal(clip.Value, File.ReadAllBytes(clip.Key)));
        File.Delete(again.Manifest);
        File.WriteAllBytes(rows[1].Path, wanted[rows[1].Path][..3000]);
        var third = SyntheticSpeech.Make(folder, options);
        Assert.Equal((1, 11), (third.Made, third.Kept));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories), file => !file.EndsWith(".wav", StringComparison.Ordinal) && !file.EndsWith(".tsv", StringComparison.Ordinal));
    }
}
