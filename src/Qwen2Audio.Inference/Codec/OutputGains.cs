using System.Text.Json;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Inference.Codec;

/// <summary>
/// By how much the decoded sound of a codec is multiplied, for each number of codebooks; kept in the codec's folder. A decoder that is trained on
/// distances of log spectra gives what is likeliest, which is quieter than the sound, the more so the fewer codes it gets.
/// </summary>
public static class OutputGains
{
    /// <summary>Name of the file in the codec's folder.</summary>
    public const string FileName = "output_gains.json";

    private const int Version = 1;
    private const double Most = 100;

    /// <summary>The gains of a codec's folder, from one codebook to all; empty if it has none: sound is left as it is decoded.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="codebooks">Number of the codec's codebooks.</param>
    /// <exception cref="ConfigException">The file is damaged, or for another codec.</exception>
    public static IReadOnlyList<double> Read(string folder, int codebooks)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return [];
        return ConfigObject.Read(path, json =>
        {
            json.Version("version", Version);
            var gains = json.NumberListOr("gains", []);
            json.ThrowIfBad();
            if (gains.Count != codebooks) json.AddProblem("gains", $"{gains.Count} numbers", $"{codebooks}, one for each number of codebooks");
            foreach (var gain in gains)
                if (!IsGain(gain)) json.AddProblem("gains", $"{gain}", $"numbers from {1 / Most} to {Most}");
            return gains;
        });
    }

    /// <summary>Writes the file into a codec's folder.</summary>
    /// <exception cref="ArgumentException">A gain is not a number from 1/100 to 100.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string folder, IReadOnlyList<double> gains)
    {
        ArgumentNullException.ThrowIfNull(gains);
        if (!gains.All(IsGain)) throw new ArgumentException($"Gains of {string.Join(", ", gains)}; allowed: numbers from {1 / Most} to {Most}.", nameof(gains));
        AtomicFile.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(new { version = Version, gains = gains.Select(gain => Math.Round(gain, 4)) }));
    }

    /// <summary>Whether a number can be a gain.</summary>
    public static bool IsGain(double gain) => gain is >= 1 / Most and <= Most;
}
