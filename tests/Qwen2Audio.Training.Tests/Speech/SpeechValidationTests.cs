using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>Which rows a speech run is measured on.</summary>
public sealed class SpeechValidationTests : IDisposable
{
    private const string Header = "path\tdataset\ttext_or_label\tsplit\n";
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("a.wav\twords\tone\ttrain\nb.wav\twords\ttwo\tval\nc.wav\tother\tthree\ttest\n", true)]
    [InlineData("x.wav\twords\tfour\ttrain\nb.wav\twords\ttwo\tval\n", true)] // other rows to train on
    [InlineData("b.wav\twords\ttoo\tval\n", false)]
    [InlineData("b.wav\tothers\ttwo\tval\n", false)]
    [InlineData("b.wav\twords\ttwo\tval\nc.wav\twords\tthree\tdev\n", false)]
    public void Measurements_are_comparable_if_the_rows_are_the_same(string rows, bool same)
    {
        var on = On("a.wav\twords\tone\ttrain\nb.wav\twords\ttwo\tval\n");
        Assert.StartsWith("1 rows sha256 ", on, StringComparison.Ordinal);
        Assert.Equal(same, on == On(rows));
    }

    [Fact]
    public void Without_validation_rows_nothing_is_measured() => Assert.Equal("", On("a.wav\twords\tone\ttrain\nb.wav\twords\ttwo\ttest\n"));

    public void Dispose() => _folder.Dispose();

    private string On(string rows)
    {
        var manifest = Path.Combine(_folder, "manifest.tsv");
        File.WriteAllText(manifest, Header + rows);
        return SpeechValidation.Identity(new DataRecipe { Manifests = [manifest, "shards-{000..001}.tar"] }, "val");
    }
}
