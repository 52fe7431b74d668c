using System.Runtime.InteropServices;
using Qwen2Audio.Audio.Compressed;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Writes files with libsndfile, as users' programs do.</summary>
internal static partial class SndFileWriter
{
    public const int Vorbis = 0x200060;
    public const int Opus = 0x200064;
    public const int Mp3 = 0x230082;
    public const int Aiff = 0x020002;
    public const int Au = 0x030006; // 32-bit float
    public const int Caf = 0x180003; // 24-bit integer
    private const string Library = "sndfile";
    private static readonly nint Handle = Load();

    /// <summary>Why the format cannot be written here; null when it can.</summary>
    public static string? Missing(int format)
    {
        if (!SndFile.IsInstalled || Handle == 0) return "libsndfile is not installed (apt-get install libsndfile1)";
        var info = new SndFile.Info { SampleRate = 16000, Channels = 1, Format = format };
        return sf_format_check(ref info) != 0 ? null : $"{SndFile.Version} does not write {SndFile.Describe(format)}";
    }

    /// <summary>A file of the samples (interleaved, ±1).</summary>
    public static byte[] Write(int format, float[] samples, int rate, int channels = 1) =>
        Write(format, rate, channels, [samples]);

    /// <summary>A file of blocks, for long audio.</summary>
    public static byte[] Write(int format, int rate, int channels, IEnumerable<float[]> blocks)
    {
        using var folder = new TemporaryFolder();
        var path = folder["file.audio"];
        var info = new SndFile.Info { SampleRate = rate, Channels = channels, Format = format };
        var file = sf_open(path, 0x20, ref info);
        Require(file != 0);
        foreach (var block in blocks) Require(sf_write_float(file, block, block.Length) == block.Length);
        Require(sf_close(file) == 0);
        return File.ReadAllBytes(path);
    }

    private static void Require(bool written)
    {
        if (!written) throw new IOException($"{SndFile.Version} does not write the file.");
    }

    private static nint Load()
    {
        var name = OperatingSystem.IsWindows() ? "sndfile.dll" : OperatingSystem.IsMacOS() ? "libsndfile.dylib" : "libsndfile.so.1";
        if (!NativeLibrary.TryLoad(name, typeof(SndFileWriter).Assembly, null, out var handle)) return 0;
        NativeLibrary.SetDllImportResolver(typeof(SndFileWriter).Assembly, (wanted, _, _) => wanted == Library ? handle : 0);
        return handle;
    }

#pragma warning disable SYSLIB1054, CA2101, CA5392 // a test's own calls; the library's path is decided by the resolver
    [DllImport(Library, CharSet = CharSet.Ansi)]
    private static extern nint sf_open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int mode, ref SndFile.Info info);

    [DllImport(Library)]
    private static extern long sf_write_float(nint file, float[] samples, long count);

    [DllImport(Library)]
    private static extern int sf_close(nint file);

    [DllImport(Library)]
    private static extern int sf_format_check(ref SndFile.Info info);
#pragma warning restore SYSLIB1054, CA2101, CA5392
}
