using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>Draws the recordings of a step as a pure function of seed and step: dataset by its weight in the phase, recording evenly, until the step has its frames.</summary>
internal sealed class SynthesisSampler(SynthesisRecipe recipe, IReadOnlyList<SynthesisClip> clips)
{
    private readonly (SynthesisClip[] Clips, double End)[][] _phases = [.. recipe.Phases.Select(phase => Sets(clips, phase.Draws))];

    /// <summary>The recordings of a step.</summary>
    public List<SynthesisClip> Step(long step)
    {
        var random = new CounterRandom((ulong)recipe.Seed, (ulong)step);
        var sets = _phases[recipe.PhaseOf(step).Phase];
        var (drawn, frames) = (new List<SynthesisClip>(), 0);
        while (frames < recipe.Data.FramesPerBatch)
        {
            var draw = random.NextDouble() * sets[^1].End;
            var clip = random.Pick(Array.Find(sets, set => draw < set.End).Clips);
            drawn.Add(clip);
            frames += clip.Rows;
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
