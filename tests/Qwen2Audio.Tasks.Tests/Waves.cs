namespace Qwen2Audio.Tasks.Tests;

/// <summary>WAV files of 16 bit, mono, 16 kHz.</summary>
internal static class Waves
{
    public static void Write(string path, float[] samples)
    {
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write("RIFF"u8);
        writer.Write(36 + 2 * samples.Length);
        writer.Write("WAVEfmt "u8);
        foreach (var value in new[] { 16, 1 | 1 << 16, 16_000, 32_000, 2 | 16 << 16 }) writer.Write(value);
        writer.Write("data"u8);
        writer.Write(2 * samples.Length);
        foreach (var sample in samples) writer.Write((short)(sample * 32_767));
    }
}
