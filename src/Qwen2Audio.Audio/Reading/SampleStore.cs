using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Audio.Reading;

/// <summary>
/// Collects samples of unknown number. Blocks outside the managed heap are freed one by one while they are copied into the resulting
/// array, so at most one block is held twice.
/// </summary>
/// <param name="expected">Samples that are certain to come; the array is allocated for them at once. 0: unknown.</param>
internal sealed class SampleStore(long expected) : IDisposable
{
    private const int FirstBlock = 1 << 14;
    private const int LargestBlock = 1 << 24; // 64 MiB: the C library returns blocks of this size to the system when they are freed
    private const int Pinned = 1 << 22;
    private readonly float[] _sure = expected > 0 ? NewArray(expected) : [];
    private readonly Queue<NativeBuffer> _blocks = [];
    private NativeBuffer? _last;
    private int _used;

    /// <summary>Samples so far.</summary>
    public long Count { get; private set; }

    /// <summary>Adds samples.</summary>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (Count < _sure.Length)
        {
            var step = (int)Math.Min(samples.Length, _sure.Length - Count);
            samples[..step].CopyTo(_sure.AsSpan((int)Count));
            Count += step;
            samples = samples[step..];
        }

        while (samples.Length > 0)
        {
            if (_last is null || _used == _last.Length)
            {
                (_last, _used) = (new NativeBuffer(Math.Clamp(Count, FirstBlock, LargestBlock)), 0);
                _blocks.Enqueue(_last);
            }

            var step = (int)Math.Min(samples.Length, _last.Length - _used);
            samples[..step].CopyTo(Span(_last)[_used..]);
            _used += step;
            Count += step;
            samples = samples[step..];
        }
    }

    /// <summary>All samples in one array. Nothing can be added afterwards.</summary>
    public float[] ToArray()
    {
        if (_sure.Length == Count) return _sure;
        var all = NewArray(Count);
        var at = Math.Min(Count, _sure.Length);
        _sure.AsSpan(0, (int)at).CopyTo(all);
        while (_blocks.TryDequeue(out var block))
        {
            var count = (int)Math.Min(block.Length, Count - at);
            Span(block)[..count].CopyTo(all.AsSpan((int)at));
            at += count;
            block.Dispose();
        }

        return all;
    }

    public void Dispose()
    {
        while (_blocks.TryDequeue(out var block)) block.Dispose();
    }

    // A large array in the ordinary heap lets the collector allow as much garbage again; one in the pinned heap does not.
    private static float[] NewArray(long length) => GC.AllocateArray<float>(checked((int)length), pinned: length >= Pinned);

    private static Span<float> Span(NativeBuffer block) => block.Matrix(1, (int)block.Length).Span;
}
