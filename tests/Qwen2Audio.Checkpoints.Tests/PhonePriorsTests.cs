using Qwen2Audio.Checkpoints.Lexicons;

namespace Qwen2Audio.Checkpoints.Tests;

public sealed class PhonePriorsTests
{
    private static readonly double[] Priors = [0.61, .. Enumerable.Repeat(0.01, PhoneSet.Count - 1)];

    [Fact]
    public void What_is_written_is_read_and_a_folder_may_have_none()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(PhonePriors.Read(folder[PhonePriors.FileName]));
        PhonePriors.Write(folder[PhonePriors.FileName], Priors);
        Assert.Equal(Priors, PhonePriors.Read(folder[PhonePriors.FileName]));
    }

    [Theory]
    [InlineData("{\"version\": 1, \"priors\": [0.5, 0.5]}", "2 numbers")]
    [InlineData("{\"version\": 1}", "0 numbers")]
    [InlineData("{\"version\": 2, \"priors\": []}", "version")]
    [InlineData("{\"version\": 1, \"priors\": \"x\"}", "priors")]
    [InlineData("[]", "object")]
    public void Another_content_is_an_error_that_names_file_and_place(string json, string place)
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<ConfigException>(() => PhonePriors.Read(folder.Write("x.json", json))).Message;
        Assert.Contains("x.json", error, StringComparison.Ordinal);
        Assert.Contains(place, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.01)]
    [InlineData(1.5)]
    [InlineData(0.5)]
    [InlineData(double.NaN)]
    public void Numbers_that_are_no_distribution_are_neither_written_nor_read(double wrong)
    {
        using var folder = new TemporaryFolder();
        double[] priors = [.. Priors[..^1], wrong];
        Assert.Throws<ArgumentException>(() => PhonePriors.Write(folder["x.json"], priors));
        Assert.False(File.Exists(folder["x.json"]));
        if (double.IsNaN(wrong)) return; // JSON has none
        var text = $"{{\"version\": 1, \"priors\": [{string.Join(", ", priors.Select(prior => prior.ToString(System.Globalization.CultureInfo.InvariantCulture)))}]}}";
        Assert.Contains("$.priors", Assert.Throws<ConfigException>(() => PhonePriors.Read(folder.Write("x.json", text))).Message, StringComparison.Ordinal);
    }
}
