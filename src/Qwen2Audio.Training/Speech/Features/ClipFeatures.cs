using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Training.Speech.Features;

/// <summary>A clip in memory: its manifest row, its normalised text and its features in half precision (2 bytes each).</summary>
internal sealed class ClipFeatures
{
    private readonly Half[] _values;

    internal ClipFeatures(ManifestRow row, string text, string[]? phones, MelFrames frames)
    {
        (Row, Text, Phones, Floor) = (row, text, phones, frames.Floor);
        _values = Array.ConvertAll(frames.Values, value => (Half)value);
    }

    /// <summary>The clip's row.</summary>
    public ManifestRow Row { get; }

    /// <summary>Transcript or label in lower case.</summary>
    public string Text { get; }

    /// <summary>Phones of the transcript; null when a word has no pronunciation.</summary>
    public string[]? Phones { get; }

    /// <summary>Value of digital silence within the clip.</summary>
    public float Floor { get; }

    /// <summary>Number of frames of 10 ms.</summary>
    public int Frames => _values.Length / MelFrames.Bins;

    internal ReadOnlySpan<Half> Values => _values;

    /// <summary>A copy of the features, or of <paramref name="count"/> frames from <paramref name="first"/> on.</summary>
    public MelFrames ToFrames(int first = 0, int count = -1)
    {
        var part = _values.AsSpan(first * MelFrames.Bins, (count < 0 ? Frames - first : count) * MelFrames.Bins);
        var values = new float[part.Length];
        for (var i = 0; i < values.Length; i++) values[i] = (float)part[i];
        return new MelFrames(values, Floor);
    }
}
