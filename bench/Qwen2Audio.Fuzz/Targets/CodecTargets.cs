using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Tests.Tokens;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;
using Qwen2Audio.Inference.Codec;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>Token files and the statistics of a codec's folder.</summary>
internal static class CodecTargets
{
    private static readonly ITokenModel Statistics = Counted().Model();

    public static IEnumerable<FuzzTarget> All()
    {
        yield return new("token-file", InputForm.Binary,
            [
                TokenFiles.ThreeBlocks(), TokenFiles.Write(TokenFiles.Header(), TokenFiles.Codes(4000, 16), 640_000, Statistics), TokenFiles.Write(TokenFiles.Header(8, 1024), TokenFiles.Codes(80, 1024), 3200),
                TokenFiles.Write(TokenFiles.Header(1, 65_536), [65_535, 0], 1), TokenFiles.Write(TokenFiles.Header(), [], 0),
                TokenFiles.Version1(), TokenFiles.Write(TokenFiles.Header(), [.. TokenFiles.Codes(400, 16).Select(code => 15 - code)], 64_000, Statistics), // plain blocks
            ],
            ReadTokens, typeof(TokenFileException))
        {
            Repair = Repairs.Tokens,
            Tokens = ["uniform", "static", "frame_codec", "tiny", "\u0089QAT\r\n\u001a\n"],
            Allocated = 2 << 20, // a few bytes may stand for a whole block of codes
        };
        var header = TokenFiles.Write(TokenFiles.Header(), [], 0, Statistics)[..^7]; // without the end of the file
        yield return new("token-file-blocks", InputForm.Binary, [.. new[] { 0, 2, 40, 4000 }.Select(codes => TokenFiles.Write(TokenFiles.Header(), TokenFiles.Codes(codes, 16), 160L * codes, Statistics)[header.Length..])],
            (input, place) => ReadTokens([.. header, .. input], place), typeof(TokenFileException))
        {
            Repair = input => Repairs.Tokens([.. header, .. input])[header.Length..],
            Allocated = 2 << 20,
        };
        yield return Gains();
        yield return new("token-statistics", InputForm.Json, [Bytes("[3,0,0,1],[0,1,2,9999]"), Bytes("[0,0,0,0],[2147483647,1,1,2147483647]")], (input, place) =>
        {
            place.Write(TokenStatistics.FileName, input);
            if (TokenStatistics.ReadModel(place.Folder, 2, 4) is not { } model) throw new WrongResultException("the file is not seen");
            for (var book = 0; book < 2; book++)
                if (model.Cumulative(book) is not [0, .., ITokenModel.FrequencySum]) throw new WrongResultException("frequencies of another sum");
            return "read";
        }, typeof(ConfigException))
        { Tokens = ["version", "counts", "[1,2,3,4]", "2147483648"] };
    }

    private static FuzzTarget Gains() => new("output-gains", InputForm.Json, ["{\"version\": 1, \"gains\": [1.2, 1.05]}"u8.ToArray()], (input, place) =>
    {
        place.Write(OutputGains.FileName, input);
        var gains = OutputGains.Read(place.Folder, 2);
        return gains.Count == 2 && gains.All(OutputGains.IsGain) ? "read" : throw new WrongResultException($"the gains {string.Join(", ", gains)}");
    }, typeof(ConfigException))
    { Tokens = ["version", "gains", "1e-9", "1e308"] };

    private static string ReadTokens(byte[] input, Workspace place)
    {
        var path = place.Write("x.tok", input);
        using var file = File.OpenRead(path);
        var reader = new TokenFileReader(file, path);
        var header = reader.Header;
        reader.Start(header.Model, Statistics); // tests try other models
        using var again = new MemoryStream();
        var writer = new TokenFileWriter(again, header, header.Probabilities == Statistics.Identity ? Statistics : null);
        var (blocks, most) = (0, 0);
        while (reader.Read() is { } block)
        {
            writer.WriteBlock(block.Codes, block.Scale); // refuses what is no code
            blocks++;
            most = Math.Max(most, block.Codes.Length);
        }

        writer.Finish(reader.Samples!.Value);
        // signs of zero, and scales that are the gain, may be stored in two ways
        // the number with which a block begins may take a byte more than in version 1
        if (again.Length > input.Length + (header.Version == 1 ? blocks : 0)) throw new WrongResultException($"{input.Length} bytes stand for what needs {again.Length}");
        return $"read {Math.Min(3, blocks)} {most > 2048}";
    }

    private static TokenStatistics Counted()
    {
        var statistics = new TokenStatistics(2, 16);
        statistics.Add(0, TokenFiles.Codes(1000, 16));
        statistics.Add(1, [1, 2, 3]);
        return statistics;
    }

    private static byte[] Bytes(string counts) => System.Text.Encoding.ASCII.GetBytes($"{{\"version\": 1, \"counts\": [{counts}]}}");
}
