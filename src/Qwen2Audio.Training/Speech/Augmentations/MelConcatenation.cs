using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech.Augmentations;

/// <summary>Concatenates frames, with pauses.</summary>
internal sealed class MelConcatenation
{
    private readonly List<float> _values = new(400 * MelFrames.Bins);

    /// <summary>Number of frames so far.</summary>
    public int Frames => _values.Count / MelFrames.Bins;

    /// <summary>Appends frames with <paramref name="level"/> added to all values.</summary>
    public void Add(MelFrames frames, double level = 0)
    {
        foreach (var value in frames.Values) _values.Add(Math.Max(value + (float)level, MelFrames.Lowest));
    }

    /// <summary>Appends silence.</summary>
    public void AddSilence(int frames, float floor)
    {
        for (var i = frames * MelFrames.Bins; i > 0; i--) _values.Add(floor);
    }

    /// <summary>Appends a pause made of the quietest frames of <paramref name="like"/>, repeated in random order.</summary>
    public void AddPause(MelFrames like, int frames, ref CounterRandom random)
    {
        var levels = new float[like.Frames];
        var order = new int[like.Frames];
        for (var frame = 0; frame < levels.Length; frame++)
        {
            order[frame] = frame;
            foreach (var value in like.Frame(frame)) levels[frame] += value;
        }

        Array.Sort(levels, order);
        var quiet = Math.Max(1, order.Length / 12);
        for (var i = 0; i < frames; i++)
            foreach (var value in like.Frame(order[random.NextInt(quiet)])) _values.Add(value);
    }

    /// <summary>All frames.</summary>
    public MelFrames ToFrames(float floor = MelFrames.Lowest) => new([.. _values], floor);
}
