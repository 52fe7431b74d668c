using System.Runtime.InteropServices;

namespace Qwen2Audio.Audio.Compressed;

/// <summary>
/// The part of the libmpg123 API (https://mpg123.de/api) used here. libsndfile decodes MP3 with the same library, but lets it write
/// messages about damaged files to standard error and cannot stop that. Call nothing here unless <see cref="IsInstalled"/>.
/// </summary>
internal static class Mpg123
{
    public const int Done = -12;
    public const int NewFormat = -11;
    public const int NeedMore = -10;
    public const string Library = "mpg123";
    private const int AddFlags = 2;
    private const int RemoveFlags = 13;
    private const int ResyncLimit = 14;
    private const int Quiet = 0x20;
    private const int Gapless = 0x40;
    private const int ForceFloat = 0x400;
    private const int SkipId3 = 0x2000;
    private const int AutoResample = 0x8000;
    private const int NoFrankenstein = 0x100_0000; // keep the format of the first frame
    private static readonly Lazy<nint> Handle = new(Load);

    /// <summary>Whether the library is installed; it usually comes with libsndfile.</summary>
    public static bool IsInstalled => SndFile.IsInstalled && Handle.Value != 0;

    /// <summary>The library's handle, for the resolver of this assembly.</summary>
    public static nint Loaded => Handle.Value;

    /// <summary>A decoder that takes bytes and returns 32-bit floats; null when out of memory.</summary>
    public static Mpg123Handle? Open()
    {
        _ = mpg123_init(); // needed before version 1.27
        var decoder = mpg123_new(0, out _);
        var ready = !decoder.IsInvalid
            && mpg123_param(decoder, AddFlags, new CLong(Quiet | Gapless | ForceFloat | SkipId3 | NoFrankenstein), 0) == 0
            && mpg123_param(decoder, RemoveFlags, new CLong(AutoResample), 0) == 0
            && mpg123_param(decoder, ResyncLimit, new CLong(-1), 0) == 0
            && mpg123_open_feed(decoder) == 0;
        if (ready) return decoder;
        decoder.Dispose();
        return null;
    }

    /// <summary>Takes bytes and returns samples; the result is 0, <see cref="NeedMore"/>, <see cref="Done"/>, <see cref="NewFormat"/> or an error.</summary>
    public static int Decode(Mpg123Handle decoder, byte[] bytes, int count, float[] samples, out int written)
    {
        var result = mpg123_decode(decoder, bytes, (nuint)count, samples, (nuint)samples.Length * sizeof(float), out var done);
        written = (int)done / sizeof(float);
        return result;
    }

    /// <summary>Sampling rate and channels of the samples that follow.</summary>
    public static (int Rate, int Channels) Format(Mpg123Handle decoder) =>
        mpg123_getformat(decoder, out var rate, out var channels, out _) == 0 ? ((int)rate.Value, channels) : (0, 0);

    /// <summary>Samples per channel that the file declares; negative when it declares none.</summary>
    public static long Length(Mpg123Handle decoder) => mpg123_length(decoder);

    /// <summary>What went wrong.</summary>
    public static string ErrorText(Mpg123Handle decoder) => (Marshal.PtrToStringUTF8(mpg123_strerror(decoder)) ?? "no reason given").TrimEnd('.', ' ');

    private static nint Load()
    {
        if (IntPtr.Size < 8) return 0; // lengths are 64-bit only on 64-bit platforms
        string[] names = OperatingSystem.IsWindows() ? ["mpg123.dll", "libmpg123-0.dll"]
            : OperatingSystem.IsMacOS() ? ["libmpg123.dylib", "libmpg123.0.dylib", "/opt/homebrew/lib/libmpg123.dylib"]
            : ["libmpg123.so.0", "libmpg123.so"];
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, typeof(Mpg123).Assembly, null, out var handle)) return handle;
        return 0;
    }

#pragma warning disable SYSLIB1054 // the source generator needs unsafe code, which this project avoids
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mpg123_init();

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern Mpg123Handle mpg123_new(nint decoder, out int error);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mpg123_param(Mpg123Handle decoder, int type, CLong value, double number);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mpg123_open_feed(Mpg123Handle decoder);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mpg123_decode(Mpg123Handle decoder, byte[] bytes, nuint count, [Out] float[] samples, nuint size, out nuint done);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mpg123_getformat(Mpg123Handle decoder, out CLong rate, out int channels, out int encoding);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long mpg123_length(Mpg123Handle decoder);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint mpg123_strerror(Mpg123Handle decoder);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern void mpg123_delete(nint decoder);
#pragma warning restore SYSLIB1054
}

/// <summary>A decoder of libmpg123.</summary>
internal sealed class Mpg123Handle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Mpg123.mpg123_delete(handle);
        return true;
    }
}
