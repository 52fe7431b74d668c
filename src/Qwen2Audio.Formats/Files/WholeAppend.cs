namespace Qwen2Audio.Formats.Files;

/// <summary>Adds to a file that is read while it grows: all of a piece or nothing of it.</summary>
internal static class WholeAppend
{
    /// <summary>Puts bytes at <paramref name="end"/>, where the whole pieces end, and returns where they end now.</summary>
    /// <exception cref="IOException">They cannot be written. The part that was is cut off again, now or before the next piece.</exception>
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
            // The error that led here says more than this one.
        }
    }
}
