// the compiler looks for the handler of $"…" by this name, and takes the project's own before the runtime's
#pragma warning disable IDE0130
namespace System.Runtime.CompilerServices;
#pragma warning restore IDE0130

/// <summary>
/// Makes every interpolated string of a project that compiles this file independent of the locale: numbers are written with the
/// invariant culture, where the runtime's handler takes that of the thread (1,5 under de-DE).
/// </summary>
[InterpolatedStringHandler]
internal readonly ref struct DefaultInterpolatedStringHandler
{
    private readonly StringBuilder _text;
    private readonly StringBuilder.AppendInterpolatedStringHandler _values;

    public DefaultInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        _text = new StringBuilder(literalLength + 12 * formattedCount);
        _values = new StringBuilder.AppendInterpolatedStringHandler(literalLength, formattedCount, _text, CultureInfo.InvariantCulture);
    }

    public void AppendLiteral(string value) => _text.Append(value);

    public void AppendFormatted<T>(T value) => _values.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => _values.AppendFormatted(value, format);

    public void AppendFormatted<T>(T value, int alignment) => _values.AppendFormatted(value, alignment);

    public void AppendFormatted<T>(T value, int alignment, string? format) => _values.AppendFormatted(value, alignment, format);

    public void AppendFormatted(string? value) => _text.Append(value);

    public void AppendFormatted(ReadOnlySpan<char> value, int alignment = 0, string? format = null) => _values.AppendFormatted(value, alignment, format);

    public string ToStringAndClear() => _text.ToString();
}
