namespace Qwen2Audio.Formats.Files;

/// <summary>Appends to a file that is read while it grows: everything or nothing.</summary>
internal static class AtomicAppend
{
    /// <summary>Writes bytes at <paramref name="end"/>, the end of the complete records, and returns the new end.</summary>
    /// <exception cref="IOException">They cannot be written. A part that was written is truncated now or before the next append.</exception>
    public static long Write(Stream file, long end, ReadOnlySpan<byte> bytes)
    {
        if (file.Length != end) file.SetLength(end);
        file.Position = end;
        try
        {
            file.Write(bytes);
            file.Flush();
            return end + bytes.Length;
        }
        catch
        {
            Cut(file, end);
            throw;
        }
    }

    private static void Cut(Stream file, long end)
    {
        try
        {
            file.SetLength(end);
        }
        catch (IOException)
        {
            // The original error matters more than this one.
        }
    }
}
