using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Formats.Tests.Tokens;

public sealed class TokenStatisticsTests : TestInFolder
{
    [Fact]
    public void A_folder_gives_the_probabilities_that_were_written()
    {
        Assert.Null(TokenStatistics.ReadModel(Folder, 2, 4));
        var statistics = new TokenStatistics(2, 4);
        statistics.Add(0, [0, 0, 0, 3]);
        statistics.Add(1, [2, 1]);
        statistics.Write(Folder);
        Assert.Equal("{\"version\": 1, \"counts\": [\n[3,0,0,1],\n[0,1,1,0]\n]}\n", File.ReadAllText(Folder["token_statistics.json"]));
        var read = TokenStatistics.ReadModel(Folder, 2, 4)!;
        Assert.Equal(statistics.Model().Identity, read.Identity);
        Assert.True(read.Fits(1, 4));
        Assert.False(read.Fits(3, 4));
        for (var book = 0; book < 2; book++) Assert.Equal(statistics.Model().Cumulative(book), read.Cumulative(book));
    }

    /// <summary>1 and ⌊7/12 (2²⁴ − 4)⌋, 1 and ⌊1/12 (2²⁴ − 4)⌋, …; what rounding leaves goes to the most frequent.</summary>
    [Fact]
    public void Frequencies_are_as_the_format_says()
    {
        var statistics = new TokenStatistics(1, 4);
        statistics.Add(0, [0, 0, 0, 3]);
        Assert.Equal([0u, 9_786_708, 11_184_810, 12_582_912, 16_777_216], statistics.Model().Cumulative(0).ToArray());
        Assert.Equal([0u, 4_194_304, 8_388_608, 12_582_912, 16_777_216], new TokenStatistics(1, 4).Model().Cumulative(0).ToArray());
    }

    [Theory]
    [InlineData("""{"version": 1, "counts": [[1,2,3],[1,2,3]]}""", "$.counts: found a codebook of 3 entries; allowed: 2 codebooks of 4 entries, those of the codec")]
    [InlineData("""{"version": 1, "counts": [[1,2,3,4]]}""", "$.counts: found 1 codebooks; allowed: 2 codebooks of 4 entries")]
    [InlineData("""{"version": 1, "counts": [[1,2,3,-1],[1,2,3,4]]}""", "$.counts[0]: found an array; allowed: a list of at least one of whole numbers ≥ 0")]
    [InlineData("""{"version": 2, "counts": []}""", "$.version: found 2; allowed: up to 1")]
    [InlineData("""{"version": 1}""", "$.counts: found 0 codebooks")]
    [InlineData("[]", "$: found an array")]
    public void Damaged_statistics_are_refused(string json, string problem)
    {
        Folder.Write("token_statistics.json", json);
        Assert.Contains(problem, Assert.Throws<ConfigException>(() => TokenStatistics.ReadModel(Folder, 2, 4)).Message, StringComparison.Ordinal);
    }
}
