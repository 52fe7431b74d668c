using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>The speaker embeddings of the training recordings. A recording gets that of another one of its speaker, as it will when it is spoken: an embedding of itself would say what it says.</summary>
internal sealed class SpeakerReferences
{
    private readonly int _voices;
    private readonly Dictionary<(int Voice, string Dataset, string Speaker), List<SynthesisClip>> _bySpeaker = [];
    private readonly Dictionary<SynthesisClip, SpeakerEmbedding?> _embeddings = new(ReferenceEqualityComparer.Instance);

    /// <summary>Embeds the training recordings.</summary>
    /// <param name="clips">The recordings.</param>
    /// <param name="voices">Number of voices.</param>
    /// <param name="embed">The embedding of one; null if it has no sound.</param>
    public SpeakerReferences(IReadOnlyList<SynthesisClip> clips, int voices, Func<SynthesisClip, SpeakerEmbedding?> embed)
    {
        _voices = voices;
        foreach (var clip in clips)
        {
            _embeddings[clip] = embed(clip);
            if (clip.SpeakerOf(voices) is not { } speaker) continue;
            if (!_bySpeaker.TryGetValue(speaker, out var same)) _bySpeaker[speaker] = same = [];
            same.Add(clip);
        }
    }

    /// <summary>The embedding for recordings that are spoken as one: of another one of their speaker, or of the first if there is none or the speaker is unknown; null if that has no sound.</summary>
    public SpeakerEmbedding? For(IReadOnlyList<SynthesisClip> clips, ref CounterRandom random)
    {
        List<SynthesisClip> others = clips[0].SpeakerOf(_voices) is { } speaker && _bySpeaker.TryGetValue(speaker, out var same) ? [.. same.Where(other => !clips.Contains(other, ReferenceEqualityComparer.Instance))] : [];
        return _embeddings.GetValueOrDefault(others.Count > 0 ? random.Pick(others) : clips[0]);
    }
}
