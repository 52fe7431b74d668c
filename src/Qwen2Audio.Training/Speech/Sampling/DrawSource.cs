using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>The clips of one collection.</summary>
internal sealed class DrawSource
{
    private readonly Dictionary<string, ClipFeatures[]> _bySpeaker;

    public DrawSource(string name, ClipFeatures[] clips, int longestJoined)
    {
        (Name, Clips) = (name, clips);
        _bySpeaker = clips.Where(clip => clip.Frames <= longestJoined && clip.Row.Speaker is not ("" or "unknown"))
            .GroupBy(clip => clip.Row.Speaker, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }

    public string Name { get; }

    public ClipFeatures[] Clips { get; }

    public bool IsNoise => Name == "noise";

    public bool IsSound => Name == "esc10";

    public bool IsSpeech => !IsNoise && !IsSound;

    public bool IsKeyword => Name is "keywords" or "synthetic-keywords";

    public bool IsDigit => Name is "fsdd" or "synthetic-digits";

    public bool IsSpelled => Name is "an4" or "synthetic-an4";

    /// <summary>Clips are cut close to the digit: there is nothing in them that a pause could be made of.</summary>
    public bool IsTight => Name == "fsdd";

    /// <summary>Short clips of one speaker.</summary>
    public ClipFeatures[] ShortClipsOf(string speaker) => _bySpeaker.GetValueOrDefault(speaker, []);

    /// <summary>The name under which the weights of a phase have a manifest's collection.</summary>
    public static string GroupOf(string dataset) => dataset is "speech_commands_v1" or "picovoice_wakewords" ? "keywords" : dataset;
}
