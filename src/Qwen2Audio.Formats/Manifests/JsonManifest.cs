using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Formats.Manifests;

/// <summary>NeMo's manifests: one JSON object per line, or one array of objects, with audio_filepath, text and usually duration.</summary>
internal static class JsonManifest
{
    /// <summary>Whether the text is JSON rather than a table.</summary>
    public static bool Is(string text) => text.AsSpan().TrimStart() is ['{' or '[', ..];

    /// <summary>The rows in order; paths are relative to <paramref name="folder"/>.</summary>
    /// <param name="text">The manifest's text.</param>
    /// <param name="path">The manifest's path, for messages.</param>
    /// <param name="folder">The folder that relative paths start from.</param>
    /// <param name="unused">Receives the names of unused fields.</param>
    /// <exception cref="ManifestException">A line is not a strict JSON object, or a field is missing or invalid; names all problems of the line.</exception>
    public static IEnumerable<ManifestRow> Rows(string text, string path, string folder, ISet<string> unused)
    {
        if (text.AsSpan().TrimStart()[0] == '[')
        {
            foreach (var (line, item) in Items(text, path)) yield return Row(item, path, line, folder, unused);
            yield break;
        }

        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line)) yield return Row(Encoding.UTF8.GetBytes(line), path, number, folder, unused);
        }
    }

    private static IReadOnlyList<(int Line, ReadOnlyMemory<byte> Text)> Items(string text, string path)
    {
        try
        {
            return JsonArray.Items(Encoding.UTF8.GetBytes(text), path);
        }
        catch (ConfigException exception)
        {
            throw new ManifestException(path, 0, null, string.Join("; ", exception.Problems), exception);
        }
    }

    private static ManifestRow Row(ReadOnlyMemory<byte> json, string path, int number, string folder, ISet<string> unused)
    {
        try
        {
            return ConfigObject.Of(StrictJson.Parse(json, path), path).Build(fields =>
            {
                var file = fields.String("audio_filepath");
                if (file.Length == 0 && fields.Has("audio_filepath")) fields.AddProblem("audio_filepath", "\"\"", "the path of an audio file");
                var fault = RowCheck.PathFault(file);
                if (fault is not null) fields.AddProblem("audio_filepath", fault, "the path of an audio file");
                var full = file.Length == 0 || fault is not null ? folder : Path.GetFullPath(file, folder);
                var row = ClipFields.Row(fields, full, Path.GetFileNameWithoutExtension(path)) with { Line = number };
                unused.UnionWith(fields.Unread.Select(name => name[2..]));
                return row;
            });
        }
        catch (ConfigException exception)
        {
            throw new ManifestException(path, number, null, string.Join("; ", exception.Problems), exception);
        }
    }
}
