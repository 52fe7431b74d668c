using Microsoft.Win32.SafeHandles;

namespace Qwen2Audio.Formats.Files;

/// <summary>Standard output whose reader may go away.</summary>
public static class StandardOutput
{
    /// <summary>
    /// Opens it. Unlike the console's stream, which drops what is written to a pipe without a reader, this one throws: otherwise an endless input
    /// would be worked on for nobody.
    /// </summary>
    public static Stream Open()
    {
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream; // a file's position is shared with the shell, and only the console's stream moves it
    }

    /// <summary>The same for text, which is written at once.</summary>
    public static TextWriter OpenText(Encoding encoding) => new StreamWriter(Open(), encoding) { AutoFlush = true };
}
