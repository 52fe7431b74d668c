using System.Text.Json;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Samples that failed to load during training, on all ranks, in this and earlier parts of the run.</summary>
internal sealed class LostSamples(TuningData data, double percent, IRanks ranks)
{
    private readonly HashSet<(string File, int Line)> _known = [];
    private IReadOnlyList<SkippedSample> _before = [];

    /// <summary>Number of these samples.</summary>
    public int Count => _known.Count;

    /// <summary>Sets the samples of earlier parts, which rank 0 knows.</summary>
    public void Before(IReadOnlyList<SkippedSample> samples) => _before = samples;

    /// <summary>Returns the samples that failed to load in a step, over all ranks; every rank must call it.</summary>
    /// <exception cref="CorpusException">More samples are lost than allowed; thrown on every rank.</exception>
    public IReadOnlyList<SkippedSample> Add(long step, IReadOnlyList<SkippedSample> mine)
    {
        var said = _before.Concat(mine.Select(sample => sample with { Step = step + 1 }));
        var texts = RankTexts.Gather(ranks, JsonSerializer.Serialize(said) is var text && text != "[]" ? text : "");
        _before = [];
        List<SkippedSample> all = [.. texts.Where(one => one.Length > 0).SelectMany(one => JsonSerializer.Deserialize<SkippedSample[]>(one)!)];
        if (all.Count == 0) return [];
        foreach (var sample in all) _known.Add((sample.File, sample.Line));
        SkippedClips.CheckLost(all, data.Train.Skipped.Count + Count, data.Train.Skipped.Count + data.Train.Count, percent);
        return [.. all.Where(sample => sample.Step == step + 1)];
    }
}
