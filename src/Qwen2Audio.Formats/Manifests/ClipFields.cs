using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Formats.Manifests;

/// <summary>The fields of a clip in NeMo's JSON form, from a line of a manifest or a file in a shard.</summary>
internal static class ClipFields
{
    private const double MaxSeconds = 1e9;

    /// <summary>
    /// Reads a clip's fields from an object: text (or label, or command), duration, offset, lang, speaker, dataset, split, task, licence (or
    /// license), source, sample_rate, sha256, id. Other fields stay unread. Problems are recorded in the object.
    /// </summary>
    /// <param name="fields">The object.</param>
    /// <param name="path">The clip's file.</param>
    /// <param name="dataset">The dataset if the object names none.</param>
    /// <param name="text">The text, if it is given elsewhere; the object then needs none.</param>
    public static ManifestRow Row(ConfigObject fields, string path, string dataset, string? text = null)
    {
        var label = fields.Has("text") ? null : fields.Has("label") ? "label" : fields.Has("command") ? "command" : null;
        if (label is null && !fields.Has("text") && text is null) fields.AddProblem("text", "nothing", "text, or label or command");
        return new ManifestRow
        {
            Path = path,
            Dataset = NotEmpty(fields.StringOr("dataset", ""), dataset),
            Task = NotEmpty(fields.StringOr("task", ""), label is null ? "asr" : "classification"),
            Text = fields.StringOr(label ?? "text", text ?? ""),
            Speaker = fields.StringOr("speaker", ""),
            Split = fields.StringOr("split", ""),
            Licence = fields.StringOr(fields.Has("license") ? "license" : "licence", ""),
            Source = fields.StringOr("source", ""),
            Seconds = fields.NumberOr("duration", 0, 0, MaxSeconds),
            Offset = fields.Has("offset") ? fields.Number("offset", 0, MaxSeconds) : null,
            SampleRate = fields.IntOr("sample_rate", 0, 0),
            Sha256 = fields.StringOr("sha256", ""),
            Language = fields.StringOr("lang", ""),
            Id = fields.StringOr("id", ""),
        };
    }

    private static string NotEmpty(string text, string otherwise) => text.Length > 0 ? text : otherwise;
}
