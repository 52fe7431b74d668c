using System.Formats.Tar;
using Qwen2Audio.Training.Speech.SyntheticData;

namespace Qwen2Audio.Training.Tests.Data;

/// <summary>Audio and shards made by tests.</summary>
internal static class TestAudio
{
    public static float[] Tone(double seconds, double hertz = 500, int rate = 16_000) =>
        [.. Enumerable.Range(0, (int)(seconds * rate)).Select(i => (float)(0.3 * Math.Sin(2 * Math.PI * hertz * i / rate)))];

    public static byte[] Wave(double seconds, double hertz = 500, int rate = 16_000) => WaveBytes.Of(Tone(seconds, hertz, rate), rate);

    public static string WriteWave(string folder, string name, double seconds, double hertz = 500)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, Wave(seconds, hertz));
        return path;
    }

    public static void WriteShard(string path, params IEnumerable<(string Name, byte[] Content)> files)
    {
        using var stream = File.Create(path);
        using var writer = new TarWriter(stream, TarEntryFormat.Ustar);
        foreach (var (name, content) in files)
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
