
namespace Qwen2Audio.Cli.Output;

/// <summary>Formats numbers of bytes.</summary>
internal static class Bytes
{
    /// <summary>In KiB, MiB or GiB, depending on the size.</summary>
    public static string Shown(long bytes) => bytes switch
    {
        < 1 << 20 => $"{bytes / 1024.0:0.0} KiB",
        < 1L << 30 => $"{bytes / 1048576.0:0.0} MiB",
        _ => $"{bytes / 1073741824.0:0.00} GiB",
    };
}
