using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Formats.Tests.Tokens;

/// <summary>Small token files.</summary>
internal static class TokenFiles
{
    public static readonly ModelIdentity Codec = new("frame_codec", "tiny", new string('a', 64));

    public static TokenFileHeader Header(int codebooks = 2, int entries = 16) =>
        new() { Model = Codec, SamplingRate = 16_000, SamplesPerFrame = 320, Codebooks = codebooks, Entries = entries };

    /// <summary>Codes of which the lower entries are more frequent.</summary>
    public static int[] Codes(int count, int entries, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (int)(entries * Math.Pow(random.NextDouble(), 3)))];
    }

    public static byte[] Write(TokenFileHeader header, int[] codes, long samples, ITokenModel? model = null)
    {
        using var stream = new MemoryStream();
        var writer = new TokenFileWriter(stream, header, model);
        writer.Write(codes);
        writer.Finish(samples);
        return stream.ToArray();
    }

    /// <summary>Three blocks with different scales, the first of which is the header's gain.</summary>
    public static byte[] ThreeBlocks()
    {
        using var stream = new MemoryStream();
        var writer = new TokenFileWriter(stream, Header() with { Gain = 0.5f });
        writer.WriteBlock([1, 2, 3, 4, 5, 6]);
        writer.WriteBlock([7, 8, 9, 10], 2);
        writer.WriteBlock([0, 0, 15, 15, 0, 15, 11, 12], 3);
        writer.Finish(2870);
        return stream.ToArray();
    }

    /// <summary>The same as version 1 of the format stored it.</summary>
    public static byte[] Version1() => Convert.FromHexString(
        "895141540D0A1A0A01005400" +
        "0B006672616D655F636F646563040074696E792000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0700756E69666F726D00000000803E0000014001000002100000000000003F" +
        "CAB28C7A" +
        "0603123456FADC83B3" +
        "050000004002789AC8436815" +
        "09000040400400FF0FBCACE4A9F00009B616A1A7D3C2");

    /// <summary>Reads a file to its end.</summary>
    public static (List<TokenBlock> Blocks, long Frames, long Samples) Read(byte[] file, params ITokenModel[] models)
    {
        using var stream = new MemoryStream(file);
        var reader = new TokenFileReader(stream, "x.tok");
        reader.Start(reader.Header.Model, models);
        var blocks = new List<TokenBlock>();
        while (reader.Read() is { } block) blocks.Add(block);
        return (blocks, reader.Frames, reader.Samples!.Value);
    }
}
