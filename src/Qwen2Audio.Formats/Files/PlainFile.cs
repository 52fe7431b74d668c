using System.Buffers;

namespace Qwen2Audio.Formats.Files;

/// <summary>Reads text files that a user names. Named pipes and devices are refused before they are opened, so that nothing blocks.</summary>
public static class PlainFile
{
    /// <summary>Largest file in bytes if the caller sets no limit.</summary>
    public const int MaxBytes = 1 << 30;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The file's text: UTF-8, or UTF-16 with a byte order mark. Invalid bytes are errors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">Largest size in bytes; no more are read, so an endless pipe is refused too.</param>
    /// <exception cref="TextFileException">It is too long, or not text.</exception>
    /// <exception cref="IOException">It cannot be read, or is not a regular file; /dev/stdin may be a pipe.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string ReadAllText(string path, int maxBytes = MaxBytes)
    {
        if (Directory.Exists(path)) throw new FileNotFoundException($"'{path}': found a folder; allowed: a readable regular file.", path);
        Require(path);
        using var file = Open(path);
        if (file.CanSeek && file.Length > maxBytes) throw TooLong(path, maxBytes);
        using var bytes = new MemoryStream(file.CanSeek ? (int)file.Length : 0);
        var piece = new byte[1 << 16];
        while (file.Read(piece) is > 0 and var read)
        {
            if (bytes.Length + read > maxBytes) throw TooLong(path, maxBytes);
            bytes.Write(piece, 0, read);
        }

        return Text(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), path);
    }

    /// <summary>Decodes text: UTF-8, or UTF-16 with a byte order mark, which is dropped. Invalid bytes are errors.</summary>
    /// <param name="path">For the message.</param>
    /// <exception cref="TextFileException">The bytes are not text; names the line.</exception>
    public static string Text(ReadOnlySpan<byte> bytes, string path)
    {
        var isUtf16 = bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..];
        Encoding encoding = isUtf16 ? new UnicodeEncoding(bytes[0] == 0xFE, byteOrderMark: true, throwOnInvalidBytes: true) : Utf8;
        try
        {
            var text = encoding.GetString(bytes);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException exception)
        {
            if (isUtf16) throw new TextFileException($"'{path}': found an unpaired surrogate; allowed: valid UTF-16.", exception);
            var at = FirstInvalid(bytes);
            var line = 1 + bytes[..at].Count((byte)'\n');
            throw new TextFileException($"'{path}', line {line}: found the byte 0x{bytes[at]:X2}, which is not valid UTF-8; allowed: UTF-8 text.", exception);
        }
    }

    /// <summary>Whether the process was started without this file descriptor (0: standard input, 1: output, 2: error), even if the number is in use now.</summary>
    public static bool IsClosed(int descriptor) => FileKinds.IsClosed(descriptor);

    /// <summary>Refuses a path that names a pipe, a device or a socket; a path that does not exist is accepted.</summary>
    /// <exception cref="FileNotFoundException">The path is not a regular file.</exception>
    public static void Require(string path)
    {
        if (FileKinds.Refused(path) is { } found and not "a folder")
            throw new FileNotFoundException($"'{path}': found {found}; allowed: a readable regular file.", path);
    }

    /// <summary>What is wrong with a file, for messages that already name it.</summary>
    public static string Reason(Exception exception, string path)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var named = $"'{path}'";
        return exception.Message.StartsWith(named, StringComparison.Ordinal) ? exception.Message[named.Length..].TrimStart(':', ',', ' ') : exception.Message;
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"'{path}': there is no such file.", path, exception);
        }
    }

    private static TextFileException TooLong(string path, int maxBytes) => new($"'{path}': found more than {maxBytes} bytes; allowed: at most {maxBytes}.");

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == OperationStatus.Done) at += length;
        return at;
    }
}

/// <summary>A file that should be text is too long or is not text.</summary>
public sealed class TextFileException(string message, Exception? inner = null) : IOException(message, inner);
