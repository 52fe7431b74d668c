namespace Qwen2Audio.Evaluation;

/// <summary>The result of a validation run.</summary>
public sealed record ValidationResult
{
    /// <summary>Folder of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The manifest.</summary>
    public required string Manifest { get; init; }

    /// <summary>The split.</summary>
    public required string Split { get; init; }

    /// <summary>Name of the text normaliser.</summary>
    public required string Normaliser { get; init; }

    /// <summary>The combined decoding.</summary>
    public required string Decoding { get; init; }

    /// <summary>The measures.</summary>
    public required IReadOnlyList<ValidationMeasure> Measures { get; init; }

    /// <summary>Wrong answers by label set: truth, answer, count.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<(string Truth, string Answer, int Count)>> Mistakes { get; init; }

    /// <summary>Number of rows measured.</summary>
    public required int Rows { get; init; }

    /// <summary>Rows that could not be measured, with the reason.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }

    /// <summary>Ignored parts of the manifest: unused columns or fields, rows with unusual split names.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Fraction of rows that could not be measured, 0…1.</summary>
    public double SkippedShare => Skipped.Count == 0 ? 0 : (double)Skipped.Count / (Rows + Skipped.Count);

    /// <summary>Duration of all clips in seconds.</summary>
    public required double SecondsOfAudio { get; init; }

    /// <summary>Time for the combined transcription of all clips in seconds, without reading files.</summary>
    public required double SecondsTaken { get; init; }

    /// <summary>Processing time divided by audio duration: below 1 is faster than real time.</summary>
    public double RealTimeFactor => SecondsOfAudio > 0 ? SecondsTaken / SecondsOfAudio : 0;

    /// <summary>The measure with these names, or null.</summary>
    public ValidationMeasure? Find(string name, string on, string by) =>
        Measures.FirstOrDefault(measure => measure.Name == name && measure.On == on && measure.By == by);
}
