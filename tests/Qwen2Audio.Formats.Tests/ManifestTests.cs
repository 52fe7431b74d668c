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
    public void ErrorsNameLineAndColumn(string text, int line, string? column)
    {
        var error = Assert.Throws<ManifestException>(() => Manifest.Parse(text, "list.tsv"));
        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains("list.tsv", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A14_rows_of_the_same_file_are_left_out_and_listed_where_that_is_asked_for()
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
