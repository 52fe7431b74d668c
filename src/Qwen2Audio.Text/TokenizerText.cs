namespace Qwen2Audio.Text;

/// <summary>Reads the text of a tokenizer's file: UTF-8, of limited size.</summary>
internal static class TokenizerText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Read(string path)
    {
        try
        {
            if (FileKinds.Refused(path) is { } found) throw new TokenizerFileException(path, "path", found, "a readable regular file");
            var length = new FileInfo(path).Length;
            if (length is 0 or > TokenizerLimits.Bytes)
                throw new TokenizerFileException(path, "file size", $"{length} bytes", $"1 to {TokenizerLimits.Bytes} bytes");
            var bytes = File.ReadAllBytes(path).AsSpan();
            if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new TokenizerFileException(path, $"byte {exception.Index}: found bytes that are not UTF-8; allowed: UTF-8 text.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerFileException(path, exception.Message, exception);
        }
    }
}
