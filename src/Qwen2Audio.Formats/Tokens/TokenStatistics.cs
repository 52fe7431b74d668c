using System.Security.Cryptography;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Formats.Tokens;

/// <summary>How often each entry of each codebook occurred in recordings. Stored in a codec's folder, this makes token files smaller.</summary>
public sealed class TokenStatistics
{
    /// <summary>Name of the file in the codec's folder.</summary>
    public const string FileName = "token_statistics.json";

    private const int Version = 1;
    private const int MaxBytes = 1 << 26;
    private readonly long[][] _counts;

    /// <summary>Starts with all counts 0.</summary>
    public TokenStatistics(int codebooks, int entries) => _counts = [.. Enumerable.Range(0, codebooks).Select(_ => new long[entries])];

    private TokenStatistics(IReadOnlyList<IReadOnlyList<int>> counts) => _counts = [.. counts.Select(book => book.Select(count => (long)count).ToArray())];

    /// <summary>Counts by codebook and entry.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Counts => _counts;

    /// <summary>Adds codes of one codebook.</summary>
    public void Add(int codebook, IEnumerable<int> codes)
    {
        var counts = _counts[codebook];
        foreach (var code in codes) counts[code]++;
    }

    /// <summary>The statistics of a codec's folder; null if it has none.</summary>
    /// <param name="codebooks">Number of the codec's codebooks.</param>
    /// <param name="entries">Entries of each.</param>
    /// <exception cref="ConfigException">The file is damaged, or for another codec.</exception>
    public static ITokenModel? ReadModel(string folder, int codebooks, int entries)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        var bytes = RegularFile.ReadAll(path, MaxBytes, ConfigException.Of);
        var counts = ConfigObject.Of(StrictJson.Parse(bytes, path), path).Build(json =>
        {
            json.Version("version", Version);
            var lists = json.IntListsOr("counts", [], 0);
            json.ThrowIfBad();
            var wrong = lists.FirstOrDefault(list => list.Count != entries);
            if (wrong is not null || lists.Count != codebooks)
                json.AddProblem("counts", wrong is not null ? $"a codebook of {wrong.Count} entries" : $"{lists.Count} codebooks", $"{codebooks} codebooks of {entries} entries, those of the codec");
            return lists;
        });
        return new TokenStatistics(counts).Model(bytes);
    }

    /// <summary>The probabilities estimated from the counts; entries that never occurred get a small one.</summary>
    public ITokenModel Model() => Model(ToBytes());

    /// <summary>Writes the file into a codec's folder.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), ToBytes());

    private FixedTokenModel Model(byte[] file) => FixedTokenModel.Of(new ModelIdentity("static", FileName, Convert.ToHexStringLower(SHA256.HashData(file))), _counts);

    // one line per codebook; if a count is too large for the file, all are scaled down
    private byte[] ToBytes()
    {
        var divisor = _counts.Max(book => book.Max()) / int.MaxValue + 1;
        return Encoding.ASCII.GetBytes($"{{\"version\": {Version}, \"counts\": [\n{string.Join(",\n", _counts.Select(book => $"[{string.Join(',', book.Select(count => count / divisor))}]"))}\n]}}\n");
    }
}
