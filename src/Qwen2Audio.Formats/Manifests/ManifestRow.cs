namespace Qwen2Audio.Formats.Manifests;

/// <summary>One clip of a manifest.</summary>
public sealed record ManifestRow
{
    /// <summary>The audio file. In rows read from a manifest, relative paths are resolved against its folder.</summary>
    public required string Path { get; init; }

    /// <summary>The collection that the clip belongs to.</summary>
    public required string Dataset { get; init; }

    /// <summary>The task, such as "asr" or "classification".</summary>
    public string Task { get; init; } = "";

    /// <summary>The transcript or label; in a JSON manifest it may be "" for a clip without words.</summary>
    public required string Text { get; init; }

    /// <summary>The speaker; "" or "unknown" if not known.</summary>
    public string Speaker { get; init; } = "";

    /// <summary>The split: "train", "val", …; "" if the manifest does not say, which matches any.</summary>
    public required string Split { get; init; }

    /// <summary>The recording's licence.</summary>
    public string Licence { get; init; } = "";

    /// <summary>The recording's source.</summary>
    public string Source { get; init; } = "";

    /// <summary>Duration in seconds; 0 if the manifest does not say.</summary>
    public double Seconds { get; init; }

    /// <summary>Sampling rate in Hz; 0 if the manifest does not say.</summary>
    public int SampleRate { get; init; }

    /// <summary>SHA-256 of the file in hex; "" if the manifest does not say.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>
    /// Start of the clip within its file, in seconds; <see cref="Seconds"/> is then the length of the clip, not of the file. Null: the clip is
    /// the whole file.
    /// </summary>
    public double? Offset { get; init; }

    /// <summary>Language of the text, such as "en"; "" if the manifest does not say.</summary>
    public string Language { get; init; } = "";

    /// <summary>Unique name of the clip; "" if the manifest gives none.</summary>
    public string Id { get; init; } = "";

    /// <summary>Line in the manifest (a table's header row is 1); 0 for a clip that is not from a manifest.</summary>
    public int Line { get; init; }
}

/// <summary>A row that is left out, and the reason.</summary>
public sealed record SkippedRow(ManifestRow Row, string Reason);
