using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>What is drawn under one name: the clips of a dataset, or synthetic noise.</summary>
internal sealed class DrawSource
{
    /// <summary>The name of synthetic noise.</summary>
    public const string Noise = "noise";

    private readonly DatasetRecipe? _dataset;
    private readonly Dictionary<string, ClipFeatures[]> _bySpeaker;
    private readonly Dictionary<int, ClipFeatures[]> _byLength = [];

    /// <param name="name">Its name in the weights of a phase.</param>
    /// <param name="dataset">Its description; null: noise.</param>
    /// <param name="clips">Its clips.</param>
    /// <param name="longestJoined">Maximum frames of clips that are joined with others.</param>
    public DrawSource(string name, DatasetRecipe? dataset, ClipFeatures[] clips, int longestJoined)
    {
        (Name, _dataset, Clips) = (name, dataset, clips);
        _bySpeaker = clips.Where(clip => clip.Frames <= longestJoined && clip.Row.Speaker is not ("" or "unknown"))
            .GroupBy(clip => clip.Row.Speaker, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }

    public string Name { get; }

    public ClipFeatures[] Clips { get; }

    /// <summary>The clips of at most this many frames, in their order. For one caller at a time.</summary>
    public ClipFeatures[] UpTo(int frames) => frames == int.MaxValue ? Clips : _byLength.TryGetValue(frames, out var clips) ? clips : _byLength[frames] = [.. Clips.Where(clip => clip.Frames <= frames)];

    public bool IsNoise => _dataset is null;

    public bool IsSound => _dataset?.Kind == DatasetKind.Sounds;

    public bool IsSpeech => !IsNoise && !IsSound;

    public bool IsKeyword => _dataset?.Kind == DatasetKind.Keywords;

    public bool IsDigit => _dataset?.Kind == DatasetKind.Digits;

    public bool IsSpelled => _dataset?.Kind == DatasetKind.Spelled;

    public bool IsTight => _dataset is { Tight: true };

    public bool IsNarrowBand => _dataset is { NarrowBand: true };

    /// <summary>Short clips of one speaker.</summary>
    public ClipFeatures[] ShortClipsOf(string speaker) => _bySpeaker.GetValueOrDefault(speaker, []);
}
