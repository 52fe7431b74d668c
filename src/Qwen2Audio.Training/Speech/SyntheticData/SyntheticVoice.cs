using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>A synthesiser with voice, rate and pitch.</summary>
internal sealed record SyntheticVoice(SynthesisEngine Engine, string Name, double Rate, double Pitch)
{
    private static readonly string[] FliteVoices = ["slt", "rms", "awb", "kal16", "kal"];
    private static readonly (double Low, double High)[] FlitePitches = [(150, 215), (80, 120), (100, 150), (85, 130), (85, 130)];
    private static readonly string[] Accents = ["en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc", "en-029", "en-gb-x-gbclan"];
    private static readonly string[] Variants = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5"];

    /// <summary>A short name of the voice, for file names and the speaker column.</summary>
    public string Speaker => $"{(Engine == SynthesisEngine.Flite ? "flite" : "espeak")}-{Name.Replace('+', '-')}";

    /// <summary>All settings as text.</summary>
    public string Settings => $"{Speaker} rate {Rate:F3} pitch {Pitch:F0}";

    /// <summary>Draws a voice: 40 % flite; half of the others American.</summary>
    public static SyntheticVoice Draw(ref CounterRandom random)
    {
        if (random.Chance(0.4))
        {
            var index = random.NextInt(FliteVoices.Length);
            return new SyntheticVoice(
                SynthesisEngine.Flite, FliteVoices[index], random.Uniform(0.75, 1.15), random.Uniform(FlitePitches[index].Low, FlitePitches[index].High));
        }

        var accent = random.Chance(0.5) ? Accents[0] : random.Pick(Accents);
        return new SyntheticVoice(
            SynthesisEngine.EspeakNg, $"{accent}+{random.Pick(Variants)}", random.Between(120, 210), random.Between(20, 80));
    }

    /// <summary>Arguments for writing <paramref name="spoken"/> to a WAV file.</summary>
    public IReadOnlyList<string> Arguments(string spoken, string output) => Engine == SynthesisEngine.Flite
        ?
        [
            "-voice", Name, "--setf", $"duration_stretch={Text(Rate, "F3")}", "--setf", $"int_f0_target_mean={Text(Pitch, "F0")}",
            "-t", spoken, "-o", output,
        ]
        : ["-v", Name, "-s", Text(Rate, "F0"), "-p", Text(Pitch, "F0"), "-w", output, spoken];

    /// <summary>
    /// The text spelled so that the synthesiser reads single letters by their names: "a" would be the article, and some voices
    /// read "z" as "zed".
    /// </summary>
    public string Spoken(string text, string separator) => string.Join(separator, text.Split(' ').Select(word => word switch
    {
        "a" => Engine == SynthesisEngine.Flite ? "ay" : "eigh", // espeak-ng reads "ay" as the letter i
        "o" => "oh",
        "z" => "zee",
        _ => word,
    }));

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
