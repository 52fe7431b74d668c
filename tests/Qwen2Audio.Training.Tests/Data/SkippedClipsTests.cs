using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Speech.SyntheticData;

namespace Qwen2Audio.Training.Tests.Data;

/// <summary>Unusable rows of a corpus are listed, and a run with too many is rejected.</summary>
public sealed class SkippedClipsTests : TestInFolder
{
    [Fact]
    public void Missing_damaged_repeated_and_wrong_clips_are_listed_and_bounded()
    {
        float[] tone = [.. Enumerable.Range(0, 8000).Select(i => 0.3f * MathF.Sin(i * 0.2f))];
        List<string> lines = ["path\tdataset\ttext_or_label\tsplit\tseconds"];
        for (var i = 0; i < 16; i++)
        {
            File.WriteAllBytes(Path.Combine(Folder, $"{i}.wav"), WaveBytes.Of(tone, 16000));
            lines.Add($"{i}.wav\tan4\tyes\ttrain\t{(i == 15 ? "7" : "0.5")}"); // 15: another length
        }
        File.WriteAllText(Path.Combine(Folder, "14.wav"), "no sound");
        lines.Add("gone.wav\tan4\tyes\ttrain\t0.5");
        lines.Add("0.wav\tan4\tno\ttrain\t0.5"); // a second time
        lines.Add("0.wav\tan4\tno\tval\t0.5"); // of another split: not counted
        var manifest = Path.Combine(Folder, "list.tsv");
        File.WriteAllLines(manifest, lines);

        var corpus = SpeechCorpus.Load(Recipe(manifest, 23)); // 4 of 18 are 22.2 %
        Assert.Equal(14, corpus.Clips.Count);
        Assert.Equal(["0.wav", "14.wav", "15.wav", "gone.wav"], corpus.Failures.Select(failure => Path.GetFileName(failure.Row.Path)).Order(StringComparer.Ordinal));
        var report = Path.Combine(Folder, "skipped.jsonl");
        SkippedClips.Write(report, corpus.Failures);
        var written = File.ReadAllLines(report);
        Assert.Equal(4, written.Length);
        using (var first = JsonDocument.Parse(written[0]))
        {
            Assert.Equal(19, first.RootElement.GetProperty("line").GetInt32());
            Assert.Contains("line 2", first.RootElement.GetProperty("reason").GetString(), StringComparison.Ordinal);
        }

        var error = Assert.Throws<CorpusException>(() => SpeechCorpus.Load(Recipe(manifest, 22)));
        Assert.Contains("4 of 18 clips", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, error.Failures.Count);
    }

    [Theory]
    [InlineData(0, 100, 0, true)]
    [InlineData(1, 100, 0, false)]
    [InlineData(5, 100, 5, true)]
    [InlineData(6, 100, 5, false)]
    [InlineData(100, 100, 100, true)]
    public void The_limit_is_inclusive(int skipped, int rows, double percent, bool passes)
    {
        var row = new ManifestRow { Path = "x", Dataset = "d", Text = "t", Split = "train" };
        var failures = Enumerable.Repeat(new ClipFailure(row, "why"), skipped).ToList();
        if (passes) SkippedClips.Check(failures, rows, percent);
        else Assert.Throws<CorpusException>(() => SkippedClips.Check(failures, rows, percent));
    }

    private static SpeechRecipe Recipe(string manifest, double percent) => new() { Data = new DataRecipe { Manifests = [manifest], MaxSkippedPercent = percent, Datasets = { ["an4"] = new DatasetRecipe() } } };
}
