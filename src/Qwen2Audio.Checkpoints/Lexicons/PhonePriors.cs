using System.Text.Json;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>
/// How probable the phone head finds the blank and each phone on average over training clips; kept in the model's folder. The search for a lexicon's words divides by them.
/// </summary>
public static class PhonePriors
{
    /// <summary>Name of the file in the model's folder.</summary>
    public const string FileName = "phone_priors.json";

    private const int Version = 1;
    private const double Tolerance = 1e-3; // of the sum

    /// <summary>The priors in a file: the blank's, then those of <see cref="PhoneSet.Names"/>; null if there is no file.</summary>
    /// <exception cref="ConfigException">The file is damaged, or for other phones.</exception>
    public static IReadOnlyList<double>? Read(string path)
    {
        if (!File.Exists(path)) return null;
        return ConfigObject.Read(path, json =>
        {
            json.Version("version", Version);
            var priors = json.NumberListOr("priors", []);
            json.ThrowIfBad();
            if (priors.Count != PhoneSet.Count) json.AddProblem("priors", $"{priors.Count} numbers", $"{PhoneSet.Count}: the blank's, then one for each phone");
            else if (priors.FirstOrDefault(prior => !(prior is > 0 and <= 1), 1) is var wrong and not 1) json.AddProblem("priors", $"{wrong}", "probabilities above 0, up to 1");
            else if (!IsOne(priors.Sum())) json.AddProblem("priors", $"probabilities with the sum {priors.Sum():g6}", "the sum 1");
            return priors;
        });
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="ArgumentException">These are not probabilities above 0 of all phones.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<double> priors)
    {
        ArgumentNullException.ThrowIfNull(priors);
        if (priors.Count != PhoneSet.Count || !priors.All(prior => prior > 0) || !IsOne(priors.Sum()))
            throw new ArgumentException($"Priors of {string.Join(", ", priors)}; allowed: {PhoneSet.Count} probabilities above 0 with the sum 1.", nameof(priors));
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(new { version = Version, priors }));
    }

    private static bool IsOne(double sum) => Math.Abs(sum - 1) <= Tolerance;
}
