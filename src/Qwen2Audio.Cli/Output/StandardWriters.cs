namespace Qwen2Audio.Cli.Output;

/// <summary>Writes messages, and ignores failures.</summary>
internal sealed class MessageWriter(TextWriter? inner) : TextWriter
{
    public override Encoding Encoding => inner?.Encoding ?? Encoding.UTF8;

    public override void Write(char value) => Try(() => inner?.Write(value));

    public override void Write(string? value) => Try(() => inner?.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner?.Write(buffer, index, count));

    public override void WriteLine(string? value) => Try(() => inner?.WriteLine(value));

    public override void Flush() => Try(() => inner?.Flush());

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
        }
    }
}

/// <summary>Writes results; a failure is an error that names standard output.</summary>
internal sealed class ResultWriter(TextWriter? inner) : TextWriter
{
    public override Encoding Encoding => inner?.Encoding ?? Encoding.UTF8;

    public override void Write(char value) => Try(() => Inner.Write(value));

    public override void Write(string? value) => Try(() => Inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => Inner.Write(buffer, index, count));

    public override void WriteLine(string? value) => Try(() => Inner.WriteLine(value));

    public override void Flush() => Try(() => inner?.Flush());

    private TextWriter Inner => inner ?? throw new IOException("it is closed");

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OutputException($"cannot write to standard output: {(exception is UnauthorizedAccessException ? "it is closed" : exception.Message)}", exception);
        }
    }
}
