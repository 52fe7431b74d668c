using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Formats.Tests;

public sealed class ManifestTests
{
    private const string Header = "path\tdataset\ttext_or_label\tspeaker\tsplit\tseconds\n";

    [Fact]
    public void RowsAreReadWithPathsBesideTheManifest()
    {
        var manifest = Manifest.Parse(Header + "a/b.flac\tan4\tyes sir\tfash\ttrain\t1.5\r\nc.wav\tesc10\tdog_bark\t\tval\t5\n", "/data/list.tsv");
        Assert.Equal(Path.GetFullPath("/data/a/b.flac"), manifest.Rows[0].Path);
        Assert.Equal(1.5, manifest.Rows[0].Seconds);
        Assert.Equal(3, manifest.Rows[1].Line);
        Assert.Equal("dog_bark", Assert.Single(manifest.Select("val")).Text);
        Assert.Empty(manifest.Select("val", "an4"));
    }

    [Theory]
    [InlineData("path\tdataset\tsplit\n", 1, "text_or_label")]
    [InlineData("path\tpath\tdataset\tsplit\ttext_or_label\n", 1, "path")]
    [InlineData(Header + "a.wav\tan4\tyes\tx\t\t1\n", 2, "split")]
    [InlineData(Header + "a.wav\tan4\tyes\tx\ttrain\tlong\n", 2, "seconds")]
    [InlineData(Header + "a.wav\tan4\t\tx\ttrain\t1\n", 2, "text_or_label")]
    [InlineData(Header + "a.wav\tan4\tyes\tx\ttrain\t1\na.wav\tan4\tno\tx\ttrain\t1\n", 3, "path")]
    [InlineData(Header + "a.wav\tan4\tyes\n", 2, null)]
    [InlineData(Header + "a\0.wav\tan4\tyes\tx\ttrain\t1\n", 2, "path")]
    [InlineData("path\tdataset\ttext_or_label\tsplit\tsample_rate\na.wav\tan4\tyes\ttrain\t44100.5\n", 2, "sample_rate")]
    [InlineData("path,dataset,text_or_label,split\na.wav,an4,yes,train\n", 1, null)]
    public void ErrorsNameLineAndColumn(string text, int line, string? column)
    {
        var error = Assert.Throws<ManifestException>(() => Manifest.Parse(text, "list.tsv"));
        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains("list.tsv", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none.tsv", ": there is no such file.")]
    [InlineData("none/none.tsv", ": there is no such file.")]
    [InlineData(".", ": found a folder; allowed: a readable regular file.")]
    [InlineData("bytes.tsv", ": line 2: found the byte 0xE4, which is not valid UTF-8; allowed: UTF-8 text.")]
    [InlineData("empty.tsv", ": the file is empty; allowed: a table with a header row, or one JSON object per line.")]
    public void A_file_that_cannot_be_read_is_named_once(string name, string reason)
    {
        using var folder = new TemporaryFolder();
        folder.Write("bytes.tsv", [(byte)'a', (byte)'\n', 0xE4]);
        folder.Write("empty.tsv", "\n");
        var path = folder[name];
        Assert.Equal(path + reason, Assert.Throws<ManifestException>(() => Manifest.Read(path)).Message);
    }

    [Theory]
    [InlineData("path,dataset,text_or_label,split", "commas")]
    [InlineData("\"path\", \"text_or_label\"", "commas")]
    [InlineData("audio_filepath,transcript", "commas")]
    [InlineData("path;dataset;text_or_label;split", "semicolons")]
    [InlineData("path|text_or_label", "bars")]
    [InlineData("path   dataset  text_or_label split", "blanks")]
    public void OtherSeparatorsAreTold(string header, string separator) =>
        Assert.Contains($"separated by {separator}; allowed: one tab", Assert.Throws<ManifestException>(() => Manifest.Parse(header + "\nx\n", "list.csv")).Message, StringComparison.Ordinal);

    [Fact]
    public void ColumnsOfWhichNothingIsMadeAreListed() =>
        Assert.Equal(["begin", "duration"], Manifest.Parse("path\tdataset\ttext_or_label\tsplit\tduration\tbegin\na.wav\tan4\tyes\ttrain\t1\t2\n", "l.tsv").Unused);

    [Theory]
    [InlineData("train", "train", true)]
    [InlineData("Train", "train", true)]
    [InlineData("training", "train", true)]
    [InlineData("", "val", true)]
    [InlineData("dev", "val", true)]
    [InlineData("VALID", "val", true)]
    [InlineData("validation", "val", true)]
    [InlineData("val", "dev", false)]
    [InlineData("eval", "val", false)]
    [InlineData("test", "val", false)]
    [InlineData("dev", "train", false)]
    public void SplitsHaveOtherNames(string split, string asked, bool fits)
    {
        Assert.Equal(fits, Splits.Matches(split, asked));
        if (split.Length > 0) Assert.Equal(fits ? 1 : 0, Manifest.Parse(Header + $"a.wav\tan4\tyes\tx\t{split}\t1\n", "l.tsv").Select(asked).Count);
    }

    [Fact]
    public void BytesThatAreNoTextAreRefusedWithTheirLine()
    {
        using var folder = new TemporaryFolder();
        var path = folder["list.tsv"];
        File.WriteAllBytes(path, [.. System.Text.Encoding.UTF8.GetBytes(Header + "a.wav\tan4\tcaf"), 0xE9, .. "\tx\ttrain\t1\n"u8]);
        Assert.Contains("line 2: found the byte 0xE9", Assert.Throws<ManifestException>(() => Manifest.Read(path)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, Header + "a.wav\tan4\tcafé\tx\ttrain\t1\n", System.Text.Encoding.Unicode);
        Assert.Equal("café", Manifest.Read(path).Rows[0].Text);
    }

    [Fact]
    public void WhateverAManifestIsChangedToItIsReadOrRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder["list"];
        byte[][] good =
        [
            System.Text.Encoding.UTF8.GetBytes(Header + "a.wav\tan4\tyes\tx\ttrain\t1\nb.wav\tan4\tno\t\tval\t2.5\r\n"),
            [.. """{"audio_filepath": "a.wav", "duration": 1.5, "text": "yes", "offset": 1, "sample_rate": 16000}"""u8],
            [.. """[{"audio_filepath": "a.wav", "text": "yes", "id": "1"}, {"audio_filepath": "b.wav", "label": "no", "split": "dev"}]"""u8],
        ];
        for (var round = 0; round < 600; round++)
        {
            File.WriteAllBytes(path, new Mutator(round).Change(good[round % good.Length]));
            try
            {
                Manifest.Read(path, skipRepeated: round % 2 == 0);
            }
            catch (ManifestException exception)
            {
                Assert.Contains(path, exception.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void ARowIsComparedWithItsFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.wav"], "sound");
        var row = new ManifestRow { Path = folder["a.wav"], Dataset = "d", Text = "t", Split = "", SampleRate = 16000, Sha256 = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("sound"u8)) };
        Assert.Null(RowCheck.Content(row));
        Assert.Null(RowCheck.Content(row with { Sha256 = "" }));
        Assert.Contains("the manifest says", RowCheck.Content(row, [1]), StringComparison.Ordinal);
        Assert.Null(RowCheck.SampleRate(row, 16000));
        Assert.Contains("the sample rate is 8000 Hz; the manifest says 16000 Hz", RowCheck.SampleRate(row, 8000), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_no_file_can_have_is_refused_in_few_words()
    {
        var path = new string('x', 100_000);
        foreach (var text in (string[])[$"{Header}{path}\tan4\tyes\tx\ttrain\t1\n", $$"""{"audio_filepath": "{{path}}", "text": "yes"}"""])
        {
            var message = Assert.Throws<ManifestException>(() => Manifest.Parse(text, "/m/list")).Message;
            Assert.Contains("found 100000 characters; allowed: the path of an audio file", message, StringComparison.Ordinal);
            Assert.InRange(message.Length, 0, 200);
        }
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("\n\n", "the file is empty")]
    [InlineData("path\tdataset\ttext_or_label\tsplit\n", "there is no row below the header row")]
    public void A_manifest_of_nothing_is_told_as_such(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ManifestException>(() => Manifest.Parse(text, "/m/list.tsv").Require("val")).Message, StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_text_are_told_by_line_with_the_file_named_once()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["m.tsv"], [.. "path\n"u8, 0xE9]);
        var error = Assert.Throws<ManifestException>(() => Manifest.Read(folder["m.tsv"]));
        Assert.StartsWith($"{folder["m.tsv"]}: line 2: found the byte 0xE9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_the_same_file_are_left_out_and_listed_where_that_is_asked_for()
    {
        var text = Header + "a.wav\tan4\tyes\tx\ttrain\t1\n./a.wav\tan4\tno\tx\ttrain\t1\nb.wav\tan4\tno\tx\ttrain\t1\n";
        var manifest = Manifest.Parse(text, "/m/list.tsv", skipRepeated: true);
        Assert.Equal([2, 4], manifest.Rows.Select(row => row.Line));
        var skipped = Assert.Single(manifest.Skipped);
        Assert.Equal(3, skipped.Row.Line);
        Assert.Contains("line 2", skipped.Reason, StringComparison.Ordinal);
        Assert.Throws<ManifestException>(() => Manifest.Parse(text, "/m/list.tsv"));
    }

    [Fact]
    public void UnknownDatasetsAreRefusedWithThoseThereAre()
    {
        var manifest = Manifest.Parse(Header + "a.wav\tan4\tyes\tx\ttrain\t1\n", "list.tsv");
        Assert.Contains("an4", Assert.Throws<ManifestException>(() => manifest.Select("train", "fsdd")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileIsNamed() =>
        Assert.Contains("nowhere.tsv", Assert.Throws<ManifestException>(() => Manifest.Read("nowhere.tsv")).Message, StringComparison.Ordinal);

    [Fact]
    public void WhatIsWrittenIsReadBack()
    {
        var row = new ManifestRow { Path = "x/y.wav", Dataset = "d", Task = "asr", Text = "a b", Speaker = "s", Split = "train", Licence = "l", Source = "o", Seconds = 1.25, SampleRate = 16000 };
        var read = Manifest.Parse(Manifest.Format([row]), "/m/manifest.tsv").Rows.Single();
        Assert.Equal(row with { Path = Path.GetFullPath("/m/x/y.wav"), Line = 2 }, read);
        Assert.Throws<ArgumentException>(() => Manifest.Format([row with { Text = "a\tb" }]));
    }
}
