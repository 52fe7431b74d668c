using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Formats.Tests.Tokens;

/// <summary>No damage gives wrong codes: it is refused, and the message names the place.</summary>
public sealed class TokenFileReaderDamageTests
{
    private static readonly byte[] File = TokenFiles.ThreeBlocks();

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(7, true)]
    [InlineData(8, true)]
    public void A_file_that_ends_within_the_first_bytes_is_still_recognised_as_a_token_file(int length, bool recognised)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(recognised, TokenFileReader.Is(folder.Write("cut.tokens", File[..length])));
        Assert.False(TokenFileReader.Is(folder.Write("other.tokens", "abc"u8.ToArray())));
    }

    [Fact]
    public void Every_other_value_of_every_byte_is_refused()
    {
        for (var at = 0; at < File.Length; at++)
            for (var change = 1; change < 256; change++)
            {
                var file = File.ToArray();
                file[at] ^= (byte)change;
                Refuse(file, $"byte {at} ^ {change}");
            }
    }

    [Fact]
    public void Every_cut_missing_and_doubled_byte_is_refused()
    {
        for (var at = 0; at < File.Length; at++)
        {
            Refuse(File[..at], $"cut at {at}");
            Refuse([.. File[..at], .. File[(at + 1)..]], $"without {at}");
            Refuse([.. File[..at], 0, .. File[at..]], $"a zero before {at}");
        }

        Refuse([.. File, 0], "a byte more");
        Refuse([.. File, .. File], "two files");
    }

    [Fact]
    public void Blocks_in_other_order_or_of_another_file_are_refused()
    {
        var block = Block(TokenFiles.Header(), 3);
        Assert.Equal(block.Length, Block(TokenFiles.Header(), 4).Length);
        Refuse(Assembled(Block(TokenFiles.Header(), 4), block), "exchanged");
        Refuse(Assembled(block, block), "doubled");
        Refuse(Assembled(Block(TokenFiles.Header() with { SamplingRate = 8000 }, 3), Block(TokenFiles.Header(), 4)), "of another file");

        static byte[] Assembled(byte[] one, byte[] two)
        {
            var file = Two(TokenFiles.Header(), 3, 4);
            var first = HeaderBytes(TokenFiles.Header());
            return [.. file[..first], .. one, .. two, .. file[(first + one.Length + two.Length)..]];
        }
    }

    [Theory]
    [InlineData(0, "header")]
    [InlineData(1, "block 0, frames 0–2, byte 100")]
    [InlineData(2, "block 1, frames 3–4, byte 109")]
    [InlineData(3, "block 2, frames 5–8, byte 121")]
    public void The_place_is_named(int part, string place)
    {
        var starts = Starts();
        var file = File.ToArray();
        file[starts[part + 1] - 1] ^= 1; // the part's checksum
        Assert.Contains($"x.tok: {place}", Message(file), StringComparison.Ordinal);
    }

    private static int[] Starts()
    {
        using var stream = new MemoryStream(File);
        var reader = new TokenFileReader(stream, "x");
        List<int> starts = [0, (int)stream.Position];
        while (reader.Skip() > 0) starts.Add((int)stream.Position);
        return [.. starts];
    }

    private static int HeaderBytes(TokenFileHeader header)
    {
        using var stream = new MemoryStream();
        _ = new TokenFileWriter(stream, header);
        return (int)stream.Length;
    }

    private static byte[] Two(TokenFileHeader header, int first, int second)
    {
        using var stream = new MemoryStream();
        var writer = new TokenFileWriter(stream, header);
        writer.WriteBlock([first, first]);
        writer.WriteBlock([second, second]);
        writer.Finish(640);
        return stream.ToArray();
    }

    private static byte[] Block(TokenFileHeader header, int code)
    {
        var (file, first) = (Two(header, code, code), HeaderBytes(header));
        using var stream = new MemoryStream(file);
        var reader = new TokenFileReader(stream, "x");
        reader.Skip();
        return file[first..(int)stream.Position];
    }

    private static void Refuse(byte[] file, string what)
    {
        try
        {
            TokenFiles.Read(file);
        }
        catch (TokenFileException)
        {
            return;
        }

        Assert.Fail($"{what}: accepted");
    }

    private static string Message(byte[] file) => Assert.Throws<TokenFileException>(() => TokenFiles.Read(file)).Message;
}
