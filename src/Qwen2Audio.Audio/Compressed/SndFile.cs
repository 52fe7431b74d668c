using System.Runtime.InteropServices;

namespace Qwen2Audio.Audio.Compressed;

/// <summary>
/// The part of the libsndfile API (https://libsndfile.github.io/libsndfile/api.html) used here. The library is loaded only when a file
/// needs it; call nothing here unless <see cref="IsInstalled"/>.
/// </summary>
internal static class SndFile
{
    public const int Read = 0x10;
    private const string Library = "sndfile";
    private const int GetFormatInfo = 0x1028;
    private static readonly Lazy<nint> Handle = new(Load);

    static SndFile() => NativeLibrary.SetDllImportResolver(typeof(SndFile).Assembly, (name, _, _) =>
        name == Library ? Handle.Value : name == Mpg123.Library ? Mpg123.Loaded : 0);

    public static bool IsInstalled => Handle.Value != 0;

    /// <summary>The library's own name and version: "libsndfile-1.2.0".</summary>
    public static string Version => Marshal.PtrToStringUTF8(sf_version_string()) ?? "libsndfile";

    public static SndFileHandle Open(ref VirtualIo io, ref Info info) => sf_open_virtual(ref io, Read, ref info, 0);

    public static long ReadFrames(SndFileHandle file, float[] samples, long frames) => sf_readf_float(file, samples, frames);

    public static int ErrorCode(SndFileHandle file) => sf_error(file);

    /// <summary>What went wrong; for a handle that is not open, why opening the last file failed.</summary>
    public static string ErrorText(SndFileHandle file) => (Marshal.PtrToStringUTF8(sf_strerror(file)) ?? "no reason given").TrimEnd('.', ' ');

    /// <summary>Container and encoding as text for users: "OGG (OGG Container format), Vorbis".</summary>
    public static string Describe(int format) => $"{Name(format & 0x0FFF0000)}, {Name(format & 0xFFFF)}";

    /// <summary>Bytes per sample of one channel in codings of fixed size; otherwise 0.</summary>
    public static int SampleBytes(int format) => (format & 0xFFFF) switch
    {
        1 or 5 or 0x10 or 0x11 => 1, // 8 bits, signed and unsigned, µ-law, A-law
        2 => 2,
        3 => 3,
        4 or 6 => 4,
        7 => 8,
        _ => 0,
    };

    private static string Name(int part)
    {
        var info = new FormatInfo { Format = part };
        return sf_command(0, GetFormatInfo, ref info, Marshal.SizeOf<FormatInfo>()) == 0 && Marshal.PtrToStringUTF8(info.Name) is { } name
            ? name : $"format 0x{part:X}";
    }

    private static nint Load()
    {
        string[] names = OperatingSystem.IsWindows() ? ["sndfile.dll", "libsndfile-1.dll"]
            : OperatingSystem.IsMacOS() ? ["libsndfile.dylib", "libsndfile.1.dylib", "/opt/homebrew/lib/libsndfile.dylib"]
            : ["libsndfile.so.1", "libsndfile.so"];
        nint handle = 0;
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, typeof(SndFile).Assembly, null, out handle)) break;
        return handle;
    }

    /// <summary>SF_INFO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Info
    {
        public long Frames;
        public int SampleRate;
        public int Channels;
        public int Format;
        public int Sections;
        public int Seekable;
    }

    /// <summary>SF_VIRTUAL_IO. The delegates must outlive the open file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct VirtualIo
    {
        public LengthCall Length;
        public SeekCall Seek;
        public TransferCall Read;
        public TransferCall Write;
        public LengthCall Tell;
    }

    /// <summary>SF_FORMAT_INFO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FormatInfo
    {
        public int Format;
        public nint Name;
        public nint Extension;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate long LengthCall(nint user);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate long SeekCall(long offset, int origin, nint user);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate long TransferCall(nint bytes, long count, nint user);

#pragma warning disable SYSLIB1054 // the source generator needs unsafe code, which this project avoids
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SndFileHandle sf_open_virtual(ref VirtualIo io, int mode, ref Info info, nint user);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long sf_readf_float(SndFileHandle file, [Out] float[] samples, long frames);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sf_error(SndFileHandle file);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint sf_strerror(SndFileHandle file);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint sf_version_string();

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sf_command(nint file, int command, ref FormatInfo data, int size);

    [DllImport(Library, CallingConvention = CallingConvention.Cdecl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int sf_close(nint file);
#pragma warning restore SYSLIB1054
}

/// <summary>An open SNDFILE.</summary>
internal sealed class SndFileHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => SndFile.sf_close(handle) == 0;
}
