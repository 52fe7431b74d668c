using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>16-bit mono WAV files at 16 kHz.</summary>
internal static class Waves
{
    public static void Write(string path, float[] samples)
    {
        using var file = File.Create(path);
        WavWriter.Write(file, samples, 16_000);
    }
}
