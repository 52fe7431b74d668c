using System.Runtime.CompilerServices;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Cli.Output;

/// <summary>Reads standard input as UTF-8, within a size limit. Invalid bytes are errors.</summary>
internal static class StandardInput
{
    private const int LineLimit = 1 << 24; // bytes per line; no model's context holds as many
    private const int TextLimit = 1 << 29;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Lazy<Stream> Bytes = new(() => PlainFile.IsClosed(0) ? Stream.Null : new BufferedStream(Console.OpenStandardInput(), 1 << 16));
    private static int _lines;
    private static bool _ended;

    /// <summary>The next line; null at the end. A signal during the read ends the program.</summary>
    /// <exception cref="InputException">The line is not UTF-8 (later lines can still be read), or too long (they cannot).</exception>
    public static string? ReadLine() => Interruption.WhileWaiting(() => Console.IsInputRedirected ? Line() : Console.In.ReadLine());

    /// <summary>All of the input. A signal during the read ends the program.</summary>
    /// <exception cref="InputException">It is too long.</exception>
    /// <exception cref="TextFileException">It is not text.</exception>
    public static string ReadToEnd() => Interruption.WhileWaiting(() =>
    {
        using var bytes = new MemoryStream();
        var piece = new byte[1 << 16];
        while (Bytes.Value.Read(piece) is > 0 and var count)
        {
            if (bytes.Length + count > TextLimit) throw TooLong("standard input", TextLimit);
            bytes.Write(piece, 0, count);
        }

        return PlainFile.Text(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), "standard input");
    });

    /// <summary>The text as it comes, in pieces that end at any character.</summary>
    /// <param name="cancellation">Ends waiting at once.</param>
    /// <exception cref="InputException">The input is not UTF-8 from some byte on; what comes before that piece was returned.</exception>
    public static async IAsyncEnumerable<string> Pieces([EnumeratorCancellation] CancellationToken cancellation)
    {
        var (decoder, bytes, text) = (Utf8.GetDecoder(), new byte[1 << 14], new char[Utf8.GetMaxCharCount(1 << 14)]); // the decoder may hold a character that the last read began
        var (at, isFirst, count) = (0L, true, 0);
        do
        {
            // a waiting read of the console's stream cannot be cancelled
            count = PlainFile.IsClosed(0) ? 0 : await Bytes.Value.ReadAsync(bytes, cancellation).AsTask().WaitAsync(cancellation).ConfigureAwait(false);
            var piece = Decoded(count);
            at += count;
            if (piece.Length == 0) continue;
            yield return isFirst ? piece.TrimStart('\uFEFF') : piece;
            isFirst = false;
        }
        while (count > 0);

        string Decoded(int length)
        {
            try
            {
                return new string(text, 0, decoder.GetChars(bytes.AsSpan(0, length), text, flush: length == 0));
            }
            catch (DecoderFallbackException exception)
            {
                throw new InputException($"standard input, byte {at + exception.Index}: found the byte 0x{exception.BytesUnknown![0]:X2}, which is not valid UTF-8; allowed: UTF-8 text.");
            }
        }
    }

    private static string? Line()
    {
        if (_ended) return null;
        _lines++;
        using var line = new MemoryStream();
        int next;
        while ((next = Bytes.Value.ReadByte()) is >= 0 and not '\n')
        {
            line.WriteByte((byte)next);
            if (line.Length <= LineLimit) continue;
            _ended = true;
            throw TooLong($"standard input, line {_lines}", LineLimit);
        }

        if (next < 0 && line.Length == 0) return null;
        try
        {
            var text = Utf8.GetString(line.GetBuffer().AsSpan(0, (int)line.Length)).TrimEnd('\r');
            return _lines == 1 ? text.TrimStart('\uFEFF') : text;
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException($"standard input, line {_lines}: found the byte 0x{exception.BytesUnknown![0]:X2}, which is not valid UTF-8; allowed: UTF-8 text.");
        }
    }

    private static InputException TooLong(string what, int limit) => new($"{what}: found more than {limit} bytes; allowed: {limit} at most.");
}
