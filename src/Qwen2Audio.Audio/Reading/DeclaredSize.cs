namespace Qwen2Audio.Audio.Reading;

/// <summary>Recognises sizes in headers that mean "unknown".</summary>
internal static class DeclaredSize
{
    private const ulong Near = 1 << 25;

    /// <summary>
    /// True for 0, and for sizes within 32 MiB of the largest 31, 32, 63 or 64-bit number. A program that writes to a pipe cannot go back to
    /// fill in the size; it leaves 0 there, or about the largest number that fits.
    /// </summary>
    public static bool IsOpen(ulong size) => size == 0 || size >= ulong.MaxValue - Near
        || IsNear(size, 1UL << 31) || IsNear(size, 1UL << 32) || IsNear(size, 1UL << 63);

    private static bool IsNear(ulong size, ulong limit) => size >= limit - Near && size <= limit + Near;
}
