namespace Qwen2Audio.Training.Codec;

/// <summary>The datasets of a phase by their weights, and their recordings by length.</summary>
internal sealed class CropSource
{
    private readonly List<CropSet> _sets = [];

    public CropSource(IReadOnlyList<CodecClip> clips, Dictionary<string, double> draws)
    {
        var sum = 0.0;
        foreach (var group in clips.GroupBy(clip => clip.Row.Dataset, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
            if (draws.GetValueOrDefault(group.Key) is > 0 and var share) _sets.Add(new CropSet([.. group], sum += share));
    }

    /// <summary>The dataset at a place in [0, 1) of all weights.</summary>
    public CropSet Set(double draw) => _sets.Find(set => draw * _sets[^1].End < set.End)!;
}

/// <summary>The recordings of a dataset; <see cref="End"/> is the sum of the weights of the datasets up to this one.</summary>
internal sealed class CropSet
{
    private readonly CodecClip[] _clips;
    private readonly double[] _ends;

    public CropSet(CodecClip[] clips, double end)
    {
        (_clips, _ends, End) = (clips, new double[clips.Length], end);
        var samples = 0.0;
        for (var i = 0; i < clips.Length; i++) _ends[i] = samples += clips[i].Samples.Length;
    }

    public double End { get; }

    /// <summary>The recording at a place in [0, 1) of all samples.</summary>
    public CodecClip Clip(double draw)
    {
        var at = Array.BinarySearch(_ends, draw * _ends[^1]);
        return _clips[Math.Min(at < 0 ? ~at : at + 1, _clips.Length - 1)];
    }
}
