using Qwen2Audio.Audio;
using Qwen2Audio.Inference;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Tasks.Hearing;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Clips as rows of the decoder's width. The encoder computes the rows of the clip itself: those that the reference computes from
/// padding are masked there and change nothing. The last few clips are kept, since a conversation repeats them at every turn.
/// </summary>
internal sealed class AudioRows(Qwen2AudioModel model, InferenceOps ops)
{
    private const int Kept = 8;
    private readonly List<(AudioClip Clip, float[] Rows)> _known = [];
    private readonly int _windowFrames = model.Config.AudioConfig.MaxSourcePositions * 2;

    /// <summary>Seconds that the encoder takes at once.</summary>
    public double WindowSeconds => _windowFrames / 100.0;

    /// <summary>All clips' rows one behind the other, and how many each has.</summary>
    /// <exception cref="ClipLengthException">A clip is longer than the encoder's window.</exception>
    public (float[] Rows, int[] Counts) Of(IReadOnlyList<AudioClip> clips, List<TaskWarning> warnings, CancellationToken cancellation)
    {
        var all = new List<float>();
        var counts = new int[clips.Count];
        for (var i = 0; i < counts.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var rows = Of(clips[i], i, warnings);
            counts[i] = rows.Length / model.Config.TextConfig.HiddenSize;
            all.AddRange(rows);
        }

        return ([.. all], counts);
    }

    private float[] Of(AudioClip clip, int number, List<TaskWarning> warnings)
    {
        var prepared = AudioPreparation.Prepare(clip);
        warnings.AddRange(prepared.Warnings.Select(Listening.Warning));
        if (prepared.Samples.Length > _windowFrames * 160)
            throw new ClipLengthException(number + 1, prepared.Seconds, WindowSeconds);

        foreach (var (known, held) in _known)
            if (ReferenceEquals(known, clip)) return held;
        var rows = Encode(prepared.Samples);
        if (_known.Count == Kept) _known.RemoveAt(0);
        _known.Add((clip, rows));
        return rows;
    }

    private float[] Encode(float[] samples)
    {
        var bins = model.Config.AudioConfig.NumMelBins;
        var mel = LogMel.Compute(samples, new LogMelOptions { Bins = bins, PadTo = _windowFrames * 160 });
        var convolved = model.Encoder.Conv2.OutputLength(model.Encoder.Conv1.OutputLength(mel.ValidFrames));
        if (mel.ValidFrames < 1 || convolved < 2) return [];
        ops.Reset();
        var encoded = model.Encoder.Forward(ops, ops.Input(mel.Values.AsSpan(0, mel.Frames * bins), mel.Frames, bins), Layout.Of(mel.Frames), [convolved]);
        var rows = model.Project(ops, encoded.Pooled).Span.ToArray();
        ops.Reset();
        return rows;
    }
}
