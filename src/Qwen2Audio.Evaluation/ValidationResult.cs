namespace Qwen2Audio.Evaluation;

/// <summary>What a validation run found.</summary>
public sealed record ValidationResult
{
    /// <summary>Folder of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The manifest that was used.</summary>
    public required string Manifest { get; init; }

    /// <summary>The split that was used.</summary>
    public required string Split { get; init; }

    /// <summary>What was done to texts before they were compared.</summary>
    public required string Normaliser { get; init; }

    /// <summary>How combined texts were chosen.</summary>
    public required string Decoding { get; init; }

    /// <summary>The figures.</summary>
    public required IReadOnlyList<ValidationMeasure> Measures { get; init; }

    /// <summary>Wrong answers by label set: truth, answer, count.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<(string Truth, string Answer, int Count)>> Mistakes { get; init; }

    /// <summary>Rows that were measured.</summary>
    public required int Rows { get; init; }

    /// <summary>Rows that could not be used, with the reason.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }

    /// <summary>What of the manifest was passed over: columns or fields without a use, rows of splits with unusual names.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Share of the rows that could not be used, 0…1.</summary>
    public double SkippedShare => Skipped.Count == 0 ? 0 : (double)Skipped.Count / (Rows + Skipped.Count);

    /// <summary>Duration of all clips in seconds.</summary>
    public required double SecondsOfAudio { get; init; }

    /// <summary>Time for combined transcription of all clips (files read already) in seconds.</summary>
    public required double SecondsTaken { get; init; }

    /// <summary>Seconds taken a second of audio: below 1 is faster than real time.</summary>
    public double RealTimeFactor => SecondsOfAudio > 0 ? SecondsTaken / SecondsOfAudio : 0;

    /// <summary>The figure of that name, or null.</summary>
    public ValidationMeasure? Find(string name, string on, string by) =>
        Measures.FirstOrDefault(measure => measure.Name == name && measure.On == on && measure.By == by);
}
