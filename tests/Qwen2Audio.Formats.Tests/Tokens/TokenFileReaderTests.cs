using System.Buffers.Binary;
using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Formats.Tests.Tokens;

public sealed class TokenFileReaderTests
{
    private static readonly TokenStatistics Counted = Counts([5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(32)]
    public void Codes_and_length_come_back_whatever_the_shape(int codebooks)
    {
        foreach (var entries in (int[])[2, 3, 1000, 1024, 65_536])
            foreach (var frames in (int[])[0, 1, 300])
            {
                var codes = TokenFiles.Codes(frames * codebooks, entries, frames);
                var statistics = new TokenStatistics(codebooks, entries); // up to 16 MiB
                for (var book = 0; book < codebooks; book++) statistics.Add(book, codes.Where((_, i) => i % codebooks == book));
                var samples = Math.Max(0, frames * 320L - 7);
                foreach (ITokenModel[] models in (ITokenModel[][])[[], [statistics.Model()]])
                {
                    var (blocks, read, length) = TokenFiles.Read(TokenFiles.Write(TokenFiles.Header(codebooks, entries), codes, samples, models.FirstOrDefault()), models);
                    Assert.Equal(codes, blocks.SelectMany(block => block.Codes));
                    Assert.Equal((frames, samples), (read, length));
                }
            }
    }

    [Fact]
    public void The_header_comes_back()
    {
        var header = new TokenFileHeader { Model = new("mimi", "名/x", new string('7', 64)), SamplingRate = 24_000, Channels = 2, SamplesPerFrame = 1920, Codebooks = 2, Entries = 16, Gain = 0.1f };
        using var stream = new MemoryStream(TokenFiles.Write(header, [], 0, Counted.Model()));
        Assert.Equal(header with { Probabilities = Counted.Model().Identity }, new TokenFileReader(stream, "x").Header);
        Assert.Equal(12.5, header.FrameRate);
    }

    [Fact]
    public void Blocks_have_their_scales_and_places()
    {
        var (blocks, frames, samples) = TokenFiles.Read(TokenFiles.ThreeBlocks());
        Assert.Equal([(0, 0.5f, "1 2 3 4 5 6"), (3, 2, "7 8 9 10"), (5, 3, "0 0 15 15 0 15 11 12")], blocks.Select(block => (block.FirstFrame, block.Scale, string.Join(' ', block.Codes))));
        Assert.Equal((9, 2870), (frames, samples));
    }

    /// <summary>Files that the first version of the program wrote, with equal probabilities and with statistics.</summary>
    [Fact]
    public void Files_of_version_1_are_read()
    {
        var (blocks, frames, samples) = TokenFiles.Read(TokenFiles.Version1());
        Assert.Equal([(0, 0.5f, "1 2 3 4 5 6"), (3, 2, "7 8 9 10"), (5, 3, "0 0 15 15 0 15 11 12")], blocks.Select(block => (block.FirstFrame, block.Scale, string.Join(' ', block.Codes))));
        Assert.Equal((9, 2870), (frames, samples));
        var statistics = new TokenStatistics(2, 16);
        statistics.Add(0, [0, 0, 0, 0, 1, 1, 2, 3, 15]);
        var file = Convert.FromHexString(
            "895141540D0A1A0A01008800" +
            "0B006672616D655F636F646563040074696E792000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA06007374617469631500746F6B656E5F737461746973746963732E6A736F6E20003676822842D4B77DD9871A6650C4246A28B5BDC2B6DE53760C971D56F8DF4895803E0000014001000002100000000000803F" +
            "AC0F22E9" +
            "0A0501B4FE999EA1860E430005C00CFCCA6FBA");
        Assert.Equal([0, 0, 1, 15, 0, 3, 0, 5, 12, 0], Assert.Single(TokenFiles.Read(file, statistics.Model()).Blocks).Codes);
        using var stream = new MemoryStream(file);
        Assert.Equal(1, new TokenFileReader(stream, "x").Header.Version);
    }

    [Fact]
    public void Reading_starts_at_any_block()
    {
        using var stream = new MemoryStream(TokenFiles.ThreeBlocks());
        var reader = new TokenFileReader(stream, "x");
        reader.Start(TokenFiles.Codec);
        Assert.Equal((3, 2), (reader.Skip(), reader.Skip()));
        Assert.Null(reader.Samples);
        Assert.Equal(5, reader.Read()!.FirstFrame);
        Assert.Equal(0, reader.Skip());
        Assert.Null(reader.Read());
        Assert.Equal((9, 2870L), (reader.Frames, reader.Samples));
    }

    /// <summary>A stream that gives one byte at a time, and none beyond the end that a pipe's writer has written so far.</summary>
    [Fact]
    public void A_block_is_read_as_soon_as_it_is_flushed()
    {
        using var pipe = new Drip();
        var writer = new TokenFileWriter(pipe, TokenFiles.Header());
        var reader = new TokenFileReader(pipe, "pipe");
        reader.Start(TokenFiles.Codec);
        writer.Write([1, 2, 3, 4]);
        writer.Write([5, 6]);
        Assert.Equal(0, pipe.Left);
        writer.Flush();
        Assert.Equal([1, 2, 3, 4, 5, 6], reader.Read()!.Codes);
        Assert.Equal(0, pipe.Left);
        writer.Finish(900);
        Assert.Null(reader.Read());
    }

    [Fact]
    public void Memory_does_not_grow_with_the_file()
    {
        var codes = TokenFiles.Codes(12_000, 1024);
        using var pipe = new Drip(longest: int.MaxValue);
        var writer = new TokenFileWriter(pipe, TokenFiles.Header(6, 1024));
        var reader = new TokenFileReader(pipe, "pipe");
        reader.Start(TokenFiles.Codec);
        var most = 0;
        for (var i = 0; i < 50; i++)
        {
            writer.Write(codes);
            most = Math.Max(most, pipe.Left);
            while (pipe.Left > 0) Assert.InRange(reader.Read()!.Codes.Length, 1, 2048);
        }

        Assert.InRange(most, 1, 12_000 * 10 / 8 * 11 / 10);
    }

    [Fact]
    public void Another_codec_is_refused_by_name()
    {
        var error = Refused(TokenFiles.ThreeBlocks(), reader => reader.Start(new("frame_codec", "other", new string('b', 64))));
        Assert.Equal("""x.tok: model: found "tiny" (type "frame_codec", SHA-256 aaaaaaaaaaaaaaaa…); allowed: "other" (type "frame_codec", SHA-256 bbbbbbbbbbbbbbbb…), the model given""", error);
        using var stream = new MemoryStream(TokenFiles.ThreeBlocks());
        new TokenFileReader(stream, "x").Start(TokenFiles.Codec with { Name = "renamed" });
    }

    [Fact]
    public void Other_statistics_are_refused_by_name()
    {
        var file = TokenFiles.Write(TokenFiles.Header(), [1, 2], 640, Counted.Model());
        var none = Refused(file, reader => reader.Start(TokenFiles.Codec));
        Assert.Matches("^x.tok: probabilities: found \"token_statistics.json\" \\(type \"static\", SHA-256 [0-9a-f]{16}…\\); allowed: \"uniform\"$", none);
        var other = Refused(file, reader => reader.Start(TokenFiles.Codec, Counts([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]).Model()));
        Assert.Matches("allowed: \"uniform\" or \"token_statistics.json\" \\(type \"static\", SHA-256", other);
        // a file without statistics is read by a folder that has some
        Assert.Single(TokenFiles.Read(TokenFiles.Write(TokenFiles.Header(), [1, 2], 640), Counted.Model()).Blocks);
    }

    [Fact]
    public void Another_version_is_refused()
    {
        var file = TokenFiles.ThreeBlocks();
        foreach (ushort version in (ushort[])[0, 3])
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), version);
            Assert.Equal($"x.tok: version: found {version}; allowed: 1…2, which this build reads", Refused(file));
        }
    }

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("89504E470D0A1A0A0000", "the bytes 89504E470D0A1A0A")]
    [InlineData("8951", "the bytes 8951")]
    [InlineData("7B22636F646573223A205B5D7D", "JSON that begins \"{\\\"codes\\\"\"")] // {"codes": []}
    [InlineData("0A5B312C20325D", "JSON that begins \"\\u000a[1, 2]\"")]
    [InlineData("68656C6C6F0A", "text that begins \"hello\\u000a\"")]
    [InlineData("7072C3BC66656E", "text that begins \"prüfen\"")]
    [InlineData("6162636465666720C3BC", "text that begins \"abcdefg \"")]
    [InlineData("616263646566C3BC", "text that begins \"abcdefü\"")]
    [InlineData("524946462408000057415645", "a WAV file")]
    [InlineData("664C614300000022", "a FLAC file")]
    [InlineData("895141540A1A0A02", "a token file whose line ends were converted, as if it were text")]
    public void What_is_no_token_file_is_refused(string bytes, string found) =>
        Assert.Equal($"x.tok: byte 0: found {found}; allowed: a token file, which begins with the bytes 895141540D0A1A0A", Refused(Convert.FromHexString(bytes)));

    [Fact]
    public void It_must_be_told_the_codec() => Assert.Throws<InvalidOperationException>(() => new TokenFileReader(new MemoryStream(TokenFiles.ThreeBlocks()), "x").Read());

    private static string Refused(byte[] file, Action<TokenFileReader>? use = null) => Assert.Throws<TokenFileException>(() =>
    {
        var reader = new TokenFileReader(new MemoryStream(file), "x.tok");
        use?.Invoke(reader);
    }).Message;

    private static TokenStatistics Counts(int[] counts)
    {
        var statistics = new TokenStatistics(2, counts.Length);
        for (var i = 0; i < counts.Length; i++) statistics.Add(0, Enumerable.Repeat(i, counts[i]));
        return statistics;
    }

    /// <summary>What is written is read, at most so many bytes at a time.</summary>
    private sealed class Drip(int longest = 1) : MemoryStream
    {
        private readonly Queue<byte> _bytes = new();

        public int Left => _bytes.Count;

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(Math.Min(longest, buffer.Length), _bytes.Count);
            for (var i = 0; i < count; i++) buffer[i] = _bytes.Dequeue();
            return count;
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            foreach (var value in buffer) _bytes.Enqueue(value);
        }
    }
}
