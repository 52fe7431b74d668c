namespace Qwen2Audio.Fuzz.Running;

/// <summary>A fault that was found, with all that shows it again.</summary>
/// <param name="Target">The reader.</param>
/// <param name="Seed">Of the run.</param>
/// <param name="Number">Of the input in the run.</param>
/// <param name="Kind">The same for faults with the same cause.</param>
/// <param name="Fault">What is wrong.</param>
/// <param name="Input">The input.</param>
internal sealed record Finding(string Target, ulong Seed, long Number, string Kind, string Fault, byte[] Input)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Finding Read(string path) => JsonSerializer.Deserialize<Finding>(File.ReadAllText(path)) ?? throw new InvalidDataException($"{path} holds no finding.");

    /// <summary>Writes it into a folder and returns the file.</summary>
    public string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{Target}-{Seed}-{Number}.json");
        File.WriteAllText(path, JsonSerializer.Serialize(this, Indented));
        return path;
    }
}
