using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Formats.Tests;

public sealed class JsonManifestTests
{
    [Fact]
    public void NeMo_lines_become_rows_with_paths_beside_the_manifest()
    {
        var manifest = Manifest.Parse("""
            {"audio_filepath": "a/b.flac", "duration": 1.5, "text": "yes sir", "lang": "en", "speaker": "s1", "pnc": "no"}

            {"audio_filepath": "/x/c.wav", "duration": 2, "offset": 0.5, "label": "dog_bark", "dataset": "sounds", "split": "val", "id": "c1"}
            {"audio_filepath": "/x/c.wav", "duration": 2, "offset": 2.5, "command": "stop", "lang": null}
            {"audio_filepath": "noise.wav", "duration": 3, "text": ""}
            """, "/data/train.jsonl");
        Assert.Equal(
            new ManifestRow { Path = Path.GetFullPath("/data/a/b.flac"), Dataset = "train", Task = "asr", Text = "yes sir", Split = "", Seconds = 1.5, Language = "en", Speaker = "s1", Line = 1 },
            manifest.Rows[0]);
        Assert.Equal((0.5, 2, "dog_bark", "sounds", "classification", "c1", 3),
            (manifest.Rows[1].Offset, manifest.Rows[1].Seconds, manifest.Rows[1].Text, manifest.Rows[1].Dataset, manifest.Rows[1].Task, manifest.Rows[1].Id, manifest.Rows[1].Line));
        Assert.Equal((2.5, "stop"), (manifest.Rows[2].Offset, manifest.Rows[2].Text));
        Assert.Equal("", manifest.Rows[3].Text);
        Assert.Equal([1, 4, 5], manifest.Select("train").Select(row => row.Line)); // rows that name no split fit any
        Assert.Equal(4, manifest.Select("val").Count);
    }

    [Fact]
    public void EveryFieldOfAClipIsRead_AndWhatIsAbsentIsEmpty()
    {
        var manifest = Manifest.Parse("""
            {"audio_filepath": "/a.wav", "text": "yes", "dataset": "d", "task": "t", "speaker": "s", "split": "val", "licence": "CC0", "source": "http://x", "duration": 3, "offset": 1, "sample_rate": 8000, "sha256": "ab", "lang": "de", "id": "i"}
            {"audio_filepath": "/b.wav", "text": "", "license": "MIT"}
            """, "/m/list.jsonl");
        Assert.Equal(new ManifestRow
        {
            Path = "/a.wav",
            Dataset = "d",
            Task = "t",
            Text = "yes",
            Speaker = "s",
            Split = "val",
            Licence = "CC0",
            Source = "http://x",
            Seconds = 3,
            Offset = 1,
            SampleRate = 8000,
            Sha256 = "ab",
            Language = "de",
            Id = "i",
            Line = 1,
        }, manifest.Rows[0]);
        Assert.Equal(new ManifestRow { Path = "/b.wav", Dataset = "list", Task = "asr", Text = "", Split = "", Licence = "MIT", Line = 2 }, manifest.Rows[1]);
        Assert.Empty(manifest.Unused);
    }

    [Theory]
    [InlineData("{\"audio_filepath\": \"a.wav\", \"duration\": 1}", 2, "$.text", "label")]
    [InlineData("{\"duration\": 1, \"text\": \"a\"}", 2, "$.audio_filepath", "nothing")]
    [InlineData("{\"audio_filepath\": \"a.wav\", \"duration\": \"1\", \"text\": \"a\"}", 2, "$.duration", "\"1\"")]
    [InlineData("{\"audio_filepath\": \"a.wav\", \"duration\": -1, \"text\": \"a\"}", 2, "$.duration", "-1")]
    [InlineData("{\"audio_filepath\": \"\", \"duration\": 1, \"text\": \"a\"}", 2, "$.audio_filepath", "\"\"")]
    [InlineData("{\"audio_filepath\": \"a\\u0000.wav\", \"duration\": 1, \"text\": \"a\"}", 2, "$.audio_filepath", "NUL")]
    [InlineData("{\"audio_filepath\": \"a.wav\", \"duration\": 1, \"text\": 7}", 2, "$.text", "7")]
    [InlineData("{\"audio_filepath\": \"a.wav\", \"duration\": 1, \"duration\": 2, \"text\": \"a\"}", 2, "$.duration", "twice")]
    [InlineData("a.wav\t1\tyes", 2, "invalid JSON", "line 1, byte 1")]
    [InlineData("{\"audio_filepath\": \"ok.wav\", \"duration\": 1, \"text\": \"b\"}", 2, "ok.wav", "line 1")]
    public void ErrorsNameFileLineFieldAndWhatWasFound(string second, int line, string place, string found)
    {
        var text = "{\"audio_filepath\": \"ok.wav\", \"duration\": 1, \"text\": \"a\"}\n" + second;
        var error = Assert.Throws<ManifestException>(() => Manifest.Parse(text, "list.jsonl"));
        Assert.Equal(line, error.Line);
        foreach (var part in (string[])["list.jsonl, line 2", place, found]) Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnArrayIsReadLikeLines_DurationMayBeMissing_AndUnusedFieldsAreListed()
    {
        var manifest = Manifest.Parse("""
            [
              {"audio_filepath": "a.wav", "text": "one", "pnc": "no", "lang": "en"},
              {"audio_filepath": "b.wav",
               "duration": 2, "text": "two"}, {"audio_filepath": "c.wav", "label": "three"}
            ]
            """, "/m/list.json");
        Assert.Equal([("one", 0, 2), ("two", 2, 3), ("three", 0, 4)], manifest.Rows.Select(row => (row.Text, row.Seconds, row.Line)));
        Assert.Equal(["pnc"], manifest.Unused);
        Assert.Contains("list.json, line 2: $.text", Assert.Throws<ManifestException>(() => Manifest.Parse("[\n{\"audio_filepath\": \"a.wav\"}]", "list.json")).Message, StringComparison.Ordinal);
        foreach (var text in (string[])["[", "[{}", "[{\"a\":}]", "[{}] {}", "[1]", "[\"\ud800\"]"])
            Assert.Contains("list.json", Assert.Throws<ManifestException>(() => Manifest.Parse(text, "list.json")).Message, StringComparison.Ordinal);
        Assert.Empty(Manifest.Parse("[]", "list.json").Rows);
    }

    [Fact]
    public void Repeated_clips_and_ids_are_left_out_and_listed()
    {
        var manifest = Manifest.Parse("""
            {"audio_filepath": "a.wav", "duration": 1, "text": "a", "id": "one"}
            {"audio_filepath": "a.wav", "duration": 1, "text": "b"}
            {"audio_filepath": "b.wav", "duration": 1, "text": "c", "id": "one"}
            {"audio_filepath": "a.wav", "duration": 1, "offset": 1, "text": "d"}
            {"audio_filepath": "a.wav", "duration": 1, "offset": 1, "text": "e"}
            """, "/m/list.jsonl", skipRepeated: true);
        Assert.Equal([1, 4], manifest.Rows.Select(row => row.Line));
        Assert.Equal([2, 3, 5], manifest.Skipped.Select(skipped => skipped.Row.Line));
        Assert.Contains("id \"one\"", manifest.Skipped[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ATableKeepsOffsetLanguageAndId()
    {
        var row = new ManifestRow { Path = "/m/x.wav", Dataset = "d", Text = "a", Split = "train", Seconds = 1, Offset = 0.125, Language = "de", Id = "i" };
        Assert.Equal(row with { Line = 2 }, Manifest.Parse(Manifest.Format([row]), "/m/list.tsv").Rows.Single());
    }
}
