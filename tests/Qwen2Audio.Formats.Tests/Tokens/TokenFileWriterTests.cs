using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Formats.Tests.Tokens;

public sealed class TokenFileWriterTests
{
    /// <summary>The format of a version does not change: files that exist stay readable.</summary>
    [Fact]
    public void The_bytes_of_version_2_stay_the_same() => Assert.Equal(
        "895141540D0A1A0A02005400" +
        "0B006672616D655F636F646563040074696E792000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0700756E69666F726D00000000803E0000014001000002100000000000003F" +
        "3FE0B273" +
        "0C03123456CBF65F4E" +
        "090000004002789AD911E0C9" +
        "11000040400400FF0FBC6D5808C20009B6169822BF0A",
        Convert.ToHexString(TokenFiles.ThreeBlocks()));

    [Fact]
    public void The_bytes_of_static_statistics_stay_the_same()
    {
        var statistics = new TokenStatistics(2, 16);
        statistics.Add(0, [0, 0, 0, 0, 1, 1, 2, 3, 15]);
        Assert.Equal(
            "895141540D0A1A0A02008800" +
            "0B006672616D655F636F646563040074696E792000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA06007374617469631500746F6B656E5F737461746973746963732E6A736F6E20003676822842D4B77DD9871A6650C4246A28B5BDC2B6DE53760C971D56F8DF4895803E0000014001000002100000000000803F" +
            "64C63CBD" +
            "140501B4FE999E88A2BF220005C00C76762CFA",
            Convert.ToHexString(TokenFiles.Write(TokenFiles.Header(), [0, 0, 1, 15, 0, 3, 0, 5, 12, 0], 1600, statistics.Model())));
        Assert.EndsWith("22084545454544B0F0F1D6FBE5A800088014F274A6E6", // 22: eight frames, plain
            Convert.ToHexString(TokenFiles.Write(TokenFiles.Header(), [.. Enumerable.Range(0, 16).Select(i => 4 + i % 2)], 2560, statistics.Model())), StringComparison.Ordinal);
    }

    /// <summary>Whatever the sound and the statistics, and in blocks of any length, the codes need no more than a byte more than their plain bits.</summary>
    [Theory]
    [InlineData(1, 1024)]
    [InlineData(2, 1024)]
    [InlineData(6, 1000)]
    [InlineData(2, 2)]
    public void Codes_never_need_more_than_plain_ones(int codebooks, int entries)
    {
        var statistics = new TokenStatistics(codebooks, entries);
        for (var book = 0; book < codebooks; book++) statistics.Add(book, TokenFiles.Codes(20_000, entries, book));
        foreach (var frames in (int[])[1, 3, 50, 150, 1500])
        {
            // the statistics expect low entries
            var blocks = Enumerable.Range(0, 4).Select(i => (int[])[.. TokenFiles.Codes(frames * codebooks, entries, 9 + i).Select(code => i % 2 == 0 ? code : entries - 1 - code)]).ToList();
            using var stream = new MemoryStream();
            var writer = new TokenFileWriter(stream, TokenFiles.Header(codebooks, entries), statistics.Model());
            foreach (var block in blocks) writer.WriteBlock(block);
            writer.Finish(1);
            var (read, _, _) = TokenFiles.Read(stream.ToArray(), statistics.Model());
            Assert.Equal(blocks, read.Select(block => block.Codes));
            stream.Position = 0;
            var reader = new TokenFileReader(stream, "x");
            var before = 0L;
            while (reader.Skip() > 0)
            {
                Assert.InRange(reader.CodedBytes - before, 0, frames * codebooks * Math.Log2(entries) / 8 + 1);
                before = reader.CodedBytes;
            }

            Assert.Equal(4, reader.Blocks);
            if (frames >= 50 && entries > 2) Assert.Equal(2, reader.PlainBlocks);
        }
    }

    [Theory]
    [InlineData(1, 1024)]
    [InlineData(6, 1024)]
    [InlineData(32, 2048)]
    public void The_size_is_within_1_percent_of_the_entropy(int codebooks, int entries)
    {
        var codes = TokenFiles.Codes(60_000 * codebooks, entries);
        var statistics = new TokenStatistics(codebooks, entries);
        for (var book = 0; book < codebooks; book++) statistics.Add(book, codes.Where((_, i) => i % codebooks == book));
        var bits = statistics.Counts.Sum(counts => counts.Where(count => count > 0).Sum(count => -count * Math.Log2((double)count / counts.Sum())));
        var written = TokenFiles.Write(TokenFiles.Header(codebooks, entries), codes, 1, statistics.Model()).Length * 8.0;
        Assert.InRange(written, bits, 1.01 * bits);
    }

    [Fact]
    public void Pieces_of_any_length_give_the_same_file()
    {
        var codes = TokenFiles.Codes(6 * 2000, 16);
        var whole = TokenFiles.Write(TokenFiles.Header(6), codes, 1);
        foreach (var piece in (int[])[1, 7, 341, 342, 1999])
        {
            using var stream = new MemoryStream();
            var writer = new TokenFileWriter(stream, TokenFiles.Header(6));
            for (var at = 0; at < codes.Length; at += 6 * piece) writer.Write(codes.AsSpan(at, Math.Min(6 * piece, codes.Length - at)));
            writer.Finish(1);
            Assert.Equal(whole, stream.ToArray());
        }
    }

    /// <summary>Also a change to the header's gain, which no scale stands for.</summary>
    [Fact]
    public void A_change_of_scale_ends_a_block()
    {
        using var stream = new MemoryStream();
        var writer = new TokenFileWriter(stream, TokenFiles.Header(1));
        foreach (var scale in (float?[])[0.5f, null, null, 0.25f, 1, null]) writer.Write([3], scale);
        writer.Finish(1);
        Assert.Equal([(1, 0.5f), (2, 1f), (1, 0.25f), (2, 1f)], TokenFiles.Read(stream.ToArray()).Blocks.Select(block => (block.Codes.Length, block.Scale)));
    }

    [Fact]
    public void A_block_of_a_chunk_is_not_cut()
    {
        using var stream = new MemoryStream();
        var writer = new TokenFileWriter(stream, TokenFiles.Header(16));
        var chunk = TokenFiles.Codes(150 * 16, 16);
        writer.Write([.. Enumerable.Repeat(1, 16)]);
        writer.WriteBlock(chunk, 0.25f);
        writer.WriteBlock(chunk, 0.25f);
        writer.Write([.. Enumerable.Repeat(2, 16)]);
        writer.WriteBlock([]);
        writer.Finish(1);
        Assert.Equal([(1, 1f), (150, 0.25f), (150, 0.25f), (1, 1f)], TokenFiles.Read(stream.ToArray()).Blocks.Select(block => (block.Codes.Length / 16, block.Scale)));
    }

    [Fact]
    public void What_cannot_be_stored_is_refused()
    {
        var writer = new TokenFileWriter(Stream.Null, TokenFiles.Header());
        Assert.Contains("3 codes are not whole frames of 2", Assert.Throws<ArgumentException>(() => writer.Write([1, 2, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("Code 16; a codebook has the entries 0…15", Assert.Throws<ArgumentException>(() => writer.Write([1, 16])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => writer.Write([1, -1]));
        foreach (var wrong in new[] { float.NaN, -1, 1e38f })
            Assert.Contains("allowed: a number from 0 to 1E+20", Assert.Throws<ArgumentException>(() => writer.Write([1, 2], wrong)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => writer.WriteBlock(new int[(1 << 17) + 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Finish(-1));
        writer.Finish(0);
        Assert.Throws<InvalidOperationException>(() => writer.Write([1, 2]));
        foreach (var bad in (TokenFileHeader[])
            [
                TokenFiles.Header(0), TokenFiles.Header(256), TokenFiles.Header(1, 1), TokenFiles.Header(1, 65_537), TokenFiles.Header() with { Gain = float.NaN }, TokenFiles.Header() with { SamplingRate = 0 },
                TokenFiles.Header() with { Channels = 0 }, TokenFiles.Header() with { SamplesPerFrame = 0 }, TokenFiles.Header() with { Model = TokenFiles.Codec with { Sha256 = "ABC" } },
            ]) Assert.Throws<ArgumentException>(() => new TokenFileWriter(Stream.Null, bad));
        Assert.Throws<ArgumentException>(() => new TokenFileWriter(Stream.Null, TokenFiles.Header(3), new TokenStatistics(2, 16).Model()));
        Assert.Throws<ArgumentException>(() => new TokenFileWriter(Stream.Null, TokenFiles.Header(2, 17), new TokenStatistics(2, 16).Model()));
    }
}
