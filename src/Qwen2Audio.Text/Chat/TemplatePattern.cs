namespace Qwen2Audio.Text.Chat;

/// <summary>
/// A published template with a placeholder for its default system text, which differs within a family. The placeholder may occur several
/// times.
/// </summary>
/// <param name="Source">The template's source with <see cref="System"/> as the placeholder.</param>
/// <param name="IsQuoted">Whether the placeholder is in a literal of the template language, not in plain text.</param>
internal sealed record TemplatePattern(string Source, bool IsQuoted)
{
    /// <summary>The placeholder.</summary>
    public const char System = '\0';

    /// <summary>The source with a system text, which must be one line without quotes.</summary>
    public string With(string system) => Source.Replace(System.ToString(), system, StringComparison.Ordinal);

    /// <summary>The system text of a template that matches; null for any other template.</summary>
    public string? SystemOf(string source)
    {
        var parts = Source.Split(System);
        if (!source.StartsWith(parts[0], StringComparison.Ordinal)) return null;
        var end = source.IndexOf(parts[1], parts[0].Length, StringComparison.Ordinal);
        if (end < 0) return null;
        var written = source[parts[0].Length..end];
        if (With(written) != source) return null;
        return IsQuoted ? Unquoted(written) : Jinja.All(mark => !written.Contains(mark, StringComparison.Ordinal)) ? written : null;
    }

    private static readonly string[] Jinja = ["{{", "{%", "{#"];

    private static string? Unquoted(string written)
    {
        var text = new StringBuilder(written.Length);
        for (var i = 0; i < written.Length; i++)
        {
            if (written[i] == '\'') return null; // the literal ends here
            if (written[i] != '\\')
            {
                text.Append(written[i]);
                continue;
            }

            if (++i == written.Length || "\\'\"nt".IndexOf(written[i], StringComparison.Ordinal) is < 0) return null;
            text.Append(written[i] switch { 'n' => '\n', 't' => '\t', var other => other });
        }

        return text.ToString();
    }
}
