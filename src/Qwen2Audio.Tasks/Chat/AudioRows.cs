using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Inference;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Chat;

/// <summary>
/// Encodes clips as rows of the decoder's width. Only the rows of the clip itself are computed: the reference masks the rows that it computes
/// from padding. A conversation repeats its clips at every turn, so rows are cached by the clips' samples:
/// all clips of the last conversation, and others up to <see cref="MaxCached"/> elements.
/// </summary>
internal sealed class AudioRows(Qwen2AudioModel model, InferenceOps ops)
{
    private const long MaxCached = 64 << 20;
    private readonly List<Encoding> _known = []; // most recent last
    private readonly int _windowFrames = model.Config.AudioConfig.MaxSourcePositions * 2;

    /// <summary>Maximum length of a clip, in seconds.</summary>
    public double WindowSeconds => _windowFrames / 100.0;

    /// <summary>Number of clips encoded, counting again those that had left the cache.</summary>
    public int Encoded { get; private set; }

    /// <summary>The rows of all clips, concatenated, and the number of rows of each. Adds the warnings of clips from <paramref name="answered"/> on.</summary>
    /// <exception cref="ClipLengthException">A clip is longer than the encoder's window.</exception>
    public (float[] Rows, int[] Counts) Of(IReadOnlyList<AudioClip> clips, int answered, List<TaskWarning> warnings, CancellationToken cancellation)
    {
        var all = new List<float>();
        var counts = new int[clips.Count];
        var used = new HashSet<Encoding>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < counts.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var encoding = Of(clips[i], i);
            used.Add(encoding);
            if (i >= answered) warnings.AddRange(encoding.Warnings);
            counts[i] = encoding.Rows.Length / model.Config.TextConfig.HiddenSize;
            all.AddRange(encoding.Rows);
        }

        Forget(used);
        return ([.. all], counts);
    }

    private Encoding Of(AudioClip clip, int number)
    {
        var key = Key(clip);
        if (_known.FindIndex(known => known.Key == key) is >= 0 and var place)
        {
            var known = _known[place];
            _known.RemoveAt(place);
            _known.Add(known);
            return known;
        }

        var prepared = AudioPreparation.Prepare(clip);
        if (prepared.Samples.Length > _windowFrames * 160) throw new ClipLengthException(number + 1, prepared.Seconds, WindowSeconds);
        var encoding = new Encoding(key, Encode(prepared.Samples), [.. prepared.Warnings.Select(TaskWarning.Of)]);
        _known.Add(encoding);
        return encoding;
    }

    private void Forget(HashSet<Encoding> used)
    {
        var kept = _known.Sum(known => (long)known.Rows.Length);
        for (var i = 0; i < _known.Count && kept > MaxCached;)
        {
            if (used.Contains(_known[i]))
            {
                i++;
                continue;
            }

            kept -= _known[i].Rows.Length;
            _known.RemoveAt(i);
        }
    }

    // by content, since a client may send a conversation's files again at every turn
    private static string Key(AudioClip clip) => string.Join(
        ' ', [Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(clip.Samples.AsSpan()))), $"{clip.SampleRate} {clip.Channels}", .. clip.Warnings.Select(warning => warning.Text)]);

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
        Encoded++;
        return rows;
    }

    private sealed record Encoding(string Key, float[] Rows, IReadOnlyList<TaskWarning> Warnings);
}
