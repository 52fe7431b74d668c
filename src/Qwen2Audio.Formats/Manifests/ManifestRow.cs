namespace Qwen2Audio.Formats.Manifests;

/// <summary>One clip of a manifest.</summary>
public sealed record ManifestRow
{
    /// <summary>The audio file; in a row that was read, relative paths are completed with the manifest's folder.</summary>
    public required string Path { get; init; }

    /// <summary>Which collection it belongs to.</summary>
    public required string Dataset { get; init; }

    /// <summary>What it is for, such as "asr" or "classification".</summary>
    public string Task { get; init; } = "";

    /// <summary>What is said, or what it is; a JSON manifest may say "" where nothing is said.</summary>
    public required string Text { get; init; }

    /// <summary>Who speaks; "" or "unknown" where that is not known.</summary>
    public string Speaker { get; init; } = "";

    /// <summary>What the row is for: "train", "val", …; "" where the manifest does not say, which fits any.</summary>
    public required string Split { get; init; }

    /// <summary>Terms of the recording.</summary>
    public string Licence { get; init; } = "";

    /// <summary>Where it comes from.</summary>
    public string Source { get; init; } = "";

    /// <summary>Length in seconds; 0 where the manifest does not say.</summary>
    public double Seconds { get; init; }

    /// <summary>Samples a second; 0 where the manifest does not say.</summary>
    public int SampleRate { get; init; }

    /// <summary>SHA-256 of the file in hex; "" where the manifest does not say.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>Where the clip begins in its file, in seconds; <see cref="Seconds"/> is then the length of the clip, not of the file. Null: the clip is the whole file.</summary>
    public double? Offset { get; init; }

    /// <summary>Language of the text, such as "en"; "" where the manifest does not say.</summary>
    public string Language { get; init; } = "";

    /// <summary>Name of the clip, which no other has; "" where the manifest gives none.</summary>
    public string Id { get; init; } = "";

    /// <summary>Line of the manifest, a table's header row being 1; 0 for a clip that comes from no manifest.</summary>
    public int Line { get; init; }
}

/// <summary>A row that is left out, and why.</summary>
public sealed record SkippedRow(ManifestRow Row, string Reason);
