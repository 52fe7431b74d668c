using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>WAV files of 16 bit, mono, 16 kHz.</summary>
internal static class Waves
{
    public static void Write(string path, float[] samples)
    {
        using var file = File.Create(path);
        WavWriter.Write(file, samples, 16_000);
    }
}
