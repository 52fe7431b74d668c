using Qwen2Audio.Formats.Shards;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Data;

/// <summary>Tables, JSON lines and shards give the same corpus.</summary>
public sealed class RecordingListTests : TestInFolder
{
    [Fact]
    public void A_table_JSON_lines_and_shards_give_the_same_clips()
    {
        double[] seconds = [0.5, 0.75, 1];
        for (var i = 0; i < 3; i++) TestAudio.WriteWave(Folder, $"{i}.wav", seconds[i], 300 + (200 * i));
        var table = Write("list.tsv", ["path\tdataset\ttext_or_label\tsplit\tseconds", .. seconds.Select((s, i) => FormattableString.Invariant($"{i}.wav\tan4\tyes\ttrain\t{s}"))]);
        var json = Write("an4.jsonl", [.. seconds.Select((s, i) => FormattableString.Invariant($$"""{"audio_filepath": "{{i}}.wav", "duration": {{s}}, "text": "yes"}"""))]);
        TestAudio.WriteShard(Path.Combine(Folder, "an4-0.tar"), Enumerable.Range(0, 2).SelectMany(Files));
        TestAudio.WriteShard(Path.Combine(Folder, "an4-1.tar"), Files(2));
        var corpora = ((string[])[table, json, Path.Combine(Folder, "an4-{0..1}.tar")]).Select(source => Load(source)).ToList();
        foreach (var corpus in corpora)
        {
            Assert.Empty(corpus.Failures);
            Assert.Equal(["an4 yes 50", "an4 yes 75", "an4 yes 100"], corpus.Clips.Select(clip => $"{clip.Row.Dataset} {clip.Text} {clip.Frames}"));
            Assert.Equal(corpora[0].Scale.Mean, corpus.Scale.Mean);
        }

        IEnumerable<(string, byte[])> Files(int i) =>
            [($"{i}.wav", File.ReadAllBytes(Path.Combine(Folder, $"{i}.wav"))), ($"{i}.txt", TestAudio.Utf8("yes\n"))];
    }

    [Fact]
    public void Parts_of_a_file_are_clips_and_those_beyond_its_end_are_skipped()
    {
        TestAudio.WriteWave(Folder, "long.wav", 3);
        var json = Write("an4.jsonl",
            """{"audio_filepath": "long.wav", "duration": 1, "offset": 0, "text": "one"}""",
            """{"audio_filepath": "long.wav", "duration": 1.5, "offset": 1.5, "text": "two"}""",
            """{"audio_filepath": "long.wav", "duration": 2, "offset": 1.5, "text": "three"}""",
            """{"audio_filepath": "long.wav", "duration": 2, "text": "whole but shorter"}""",
            """{"audio_filepath": "gone.wav", "duration": 2, "text": "gone"}""");
        var corpus = Load(json, 60);
        Assert.Equal([("one", 100), ("two", 150)], corpus.Clips.Select(clip => (clip.Text, clip.Frames)));
        Assert.Equal([3, 4, 5], corpus.Failures.Select(failure => failure.Row.Line));
        Assert.Contains("3.5 s is not within the clip, which is 3 s long", corpus.Failures[0].Reason, StringComparison.Ordinal);
        Assert.Throws<CorpusException>(() => Load(json, 59));
    }

    [Fact]
    public void What_differs_from_the_row_is_skipped()
    {
        for (var i = 0; i < 4; i++) TestAudio.WriteWave(Folder, $"{i}.wav", 0.5);
        var sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder, "0.wav"))));
        var table = Write("list.tsv", "path\tdataset\ttext_or_label\tsplit\tsample_rate\tsha256", $"0.wav\tan4\tyes\ttrain\t16000\t{sum}",
            "1.wav\tan4\tyes\ttrain\t8000\t", $"2.wav\tan4\tyes\ttrain\t\t{sum[1..]}0", "3.wav\tan4\tyes\ttrain\t\t");
        var corpus = Load(table, 50);
        Assert.Equal([2, 5], corpus.Clips.Select(clip => clip.Row.Line));
        Assert.Contains("the sample rate is 16000 Hz; the manifest says 8000 Hz", corpus.Failures[0].Reason, StringComparison.Ordinal);
        Assert.Contains("its SHA-256 is", corpus.Failures[1].Reason, StringComparison.Ordinal);
        TestAudio.WriteShard(Path.Combine(Folder, "an4-0.tar"), [("a.wav", TestAudio.Wave(0.5)), ("a.json", TestAudio.Utf8($$"""{"text": "yes", "sha256": "{{sum[1..]}}0"}"""))]);
        Assert.Contains("its SHA-256 is", Assert.Throws<CorpusException>(() => Load(Path.Combine(Folder, "an4-0.tar"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_other_splits_and_unused_fields_are_told()
    {
        var table = Write("list.tsv", ["path\tdataset\ttext_or_label\tsplit\tmood", .. ((string[])["Train", "dev", "test", "test", "fold3"]).Select((split, i) => $"{i}.wav\tan4\tyes\t{split}\tsad")]);
        var list = RecordingList.Read([table], "train");
        Assert.Single(list.Recordings);
        Assert.Equal(3, list.Warnings.Count);
        foreach (var (warning, part) in list.Warnings.Zip((string[])["these fields are not used: mood", "1 row of split \"fold3\" not used", "2 rows of split \"test\" not used"]))
            Assert.Contains(part, warning, StringComparison.Ordinal);
        Assert.Equal(5, RecordingList.Read([table]).Recordings.Count);
    }

    [Fact]
    public void A_damaged_shard_gives_the_clips_that_it_has_and_the_report_names_the_rest()
    {
        var path = Path.Combine(Folder, "an4-0.tar");
        TestAudio.WriteShard(path, Enumerable.Range(0, 4).SelectMany(i => (IEnumerable<(string, byte[])>)[($"{i}.wav", TestAudio.Wave(0.5)), ($"{i}.txt", TestAudio.Utf8("yes"))]));
        ShardIndex.Write(path);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        var corpus = Load(path, 60);
        Assert.Equal(["0.wav", "1.wav"], corpus.Clips.Select(clip => Path.GetFileName(clip.Row.Path)));
        Assert.Equal(2, corpus.Failures.Count);
        Assert.All(corpus.Failures, failure => Assert.Contains("ends after the shard's", failure.Reason, StringComparison.Ordinal));
        Assert.Throws<CorpusException>(() => Load(path, 40));

        // shorter after it was opened
        var list = RecordingList.Read([path]);
        File.WriteAllBytes(path, bytes[..2000]);
        Assert.Null(list.Recordings[1].TryRead(out var reason));
        Assert.Contains("1.wav", reason, StringComparison.Ordinal);
    }

    private static SpeechCorpus Load(string source, double percent = 0) =>
        SpeechCorpus.Load(new SpeechRecipe { Data = new DataRecipe { Manifests = [source], MaxSkippedPercent = percent, Datasets = { ["an4"] = new DatasetRecipe() } } });

    private string Write(string name, params IEnumerable<string> lines)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllLines(path, lines);
        return path;
    }
}
