using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>Draws the recordings of a step as a pure function of seed and step: dataset by its weight, recording evenly, until the step has its frames. Some are followed by another of their speaker.</summary>
internal sealed class SynthesisSampler(SpeakRecipe recipe, ulong seed, IReadOnlyList<SynthesisClip> clips, int voices)
{
    private readonly Dictionary<(int, string, string), SynthesisClip[]> _bySpeaker = clips.Where(clip => clip.SpeakerOf(voices) is not null).GroupBy(clip => clip.SpeakerOf(voices)!.Value)
        .ToDictionary(group => group.Key, group => group.ToArray());
    private readonly (SynthesisClip[] Clips, double End)[] _sets = Sets(clips, recipe.Draws);

    /// <summary>The recordings of a step; those that are spoken as one are together.</summary>
    public List<IReadOnlyList<SynthesisClip>> Step(long step)
    {
        var random = new CounterRandom(seed, (ulong)step);
        var (drawn, frames) = (new List<IReadOnlyList<SynthesisClip>>(), 0);
        while (frames < recipe.FramesPerBatch)
        {
            var draw = random.NextDouble() * _sets[^1].End;
            var clip = random.Pick(Array.Find(_sets, set => draw < set.End).Clips);
            SynthesisClip[] others = recipe.Joined > 0 && random.Chance(recipe.Joined) && clip.SpeakerOf(voices) is { } speaker ? [.. _bySpeaker[speaker].Where(other => !ReferenceEquals(other, clip))] : [];
            IReadOnlyList<SynthesisClip> clips = others.Length > 0 ? [clip, random.Pick(others)] : [clip];
            drawn.Add(clips);
            frames += clips.Sum(one => one.Rows);
        }

        return drawn;
    }

    private static (SynthesisClip[] Clips, double End)[] Sets(IReadOnlyList<SynthesisClip> clips, Dictionary<string, double> draws)
    {
        var sum = 0.0;
        return [.. clips.GroupBy(clip => clip.Row.Dataset, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Where(group => draws.GetValueOrDefault(group.Key) > 0).Select(group => (group.ToArray(), sum += draws[group.Key]))];
    }
}
