using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>The words and phones of concatenated clips.</summary>
internal sealed class SpokenText
{
    private readonly List<string> _texts = [];
    private List<string>? _phones = [];

    /// <summary>The texts, separated by spaces.</summary>
    public string Text => string.Join(' ', _texts);

    /// <summary>The phones; null if any clip has none.</summary>
    public string[]? Phones => _phones is null ? null : [.. _phones];

    /// <summary>Appends a clip.</summary>
    public void Add(ClipFeatures clip)
    {
        _texts.Add(clip.Text);
        if (clip.Phones is null) _phones = null;
        else _phones?.AddRange(clip.Phones);
    }
}
