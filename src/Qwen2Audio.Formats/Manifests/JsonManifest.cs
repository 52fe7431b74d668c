namespace Qwen2Audio.Formats;

/// <summary>NeMo's manifests: a JSON object a line, with audio_filepath, duration and text.</summary>
internal static class JsonManifest
{
    /// <summary>True for text that is JSON lines, not a table.</summary>
    public static bool Is(string text) => text.AsSpan().TrimStart('\uFEFF').TrimStart() is ['{', ..];

    /// <summary>The rows in order; relative paths begin at <paramref name="folder"/>.</summary>
    /// <exception cref="ManifestException">A line is no strict JSON object, or a field is missing or not of its form; names all problems of the line.</exception>
    public static IEnumerable<ManifestRow> Rows(string text, string path, string folder)
    {
        var number = 0;
        foreach (var line in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line)) yield return Row(line, path, number, folder);
        }
    }

    private static ManifestRow Row(string line, string path, int number, string folder)
    {
        try
        {
            return ConfigObject.Parse(line, path).Build(fields =>
            {
                var file = fields.String("audio_filepath");
                if (file.Length == 0 && fields.Has("audio_filepath")) fields.Refuse("audio_filepath", "\"\"", "the path of an audio file");
                if (file.Contains('\0', StringComparison.Ordinal)) fields.Refuse("audio_filepath", "a NUL", "the path of an audio file");
                var full = file.Length == 0 || file.Contains('\0', StringComparison.Ordinal) ? folder : Path.GetFullPath(file, folder);
                return ClipFields.Row(fields, full, Path.GetFileNameWithoutExtension(path), needsDuration: true) with { Line = number };
            });
        }
        catch (ConfigException exception)
        {
            throw new ManifestException(path, number, null, string.Join("; ", exception.Problems), exception);
        }
    }
}
