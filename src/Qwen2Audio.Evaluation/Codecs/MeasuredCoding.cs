using System.Text.Json.Serialization;
using Qwen2Audio.Evaluation.Sound;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>A clip at one bitrate, or one that another program has decoded.</summary>
/// <param name="Name">Name of the bitrate's row in the report.</param>
/// <param name="Figures">How close the decoded sound is.</param>
internal sealed record MeasuredCoding(string Name, AudioMetrics Figures)
{
    /// <summary>Number of codebooks; null if the model did not code it.</summary>
    public int? Codebooks { get; init; }

    /// <summary>Bytes of the token file without its header; null if the model did not code it.</summary>
    public int? Bytes { get; init; }

    /// <summary>Time to encode in seconds; null if the model did not.</summary>
    public double? EncodeSeconds { get; init; }

    /// <summary>Time to decode in seconds; null if the model did not.</summary>
    public double? DecodeSeconds { get; init; }

    /// <summary>Difference of the decoded sound's length from the clip's, in seconds; a missing end counts as silence, a longer one is not compared.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double LengthDifference { get; init; }
}
