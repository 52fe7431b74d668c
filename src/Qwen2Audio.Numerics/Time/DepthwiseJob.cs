namespace Qwen2Audio.Numerics.Time;

/// <summary>
/// A depthwise convolution as its work items see it: rows of <c>Source</c> contribute to rows of <c>Target</c>, sequence by sequence.
/// Channels are taken a vector at a time; the last vector is padded with zeros.
/// </summary>
internal unsafe struct DepthwiseJob(
    Matrix source, Matrix kernel, Windows windows, int* sourceStarts, Matrix target, int* targetStarts, int sequences, bool add)
{
    public readonly Matrix Source = source;
    public readonly Matrix Kernel = kernel; // [channels, taps]
    public readonly Windows Windows = windows;
    public readonly int* SourceStarts = sourceStarts;
    public readonly Matrix Target = target;
    public readonly int* TargetStarts = targetStarts;
    public readonly int Sequences = sequences;
    public readonly bool Add = add; // to what is in the target
    public Matrix Bias; // [1, channels] or null
    public float* Taps; // [taps, padded channels]
    public float* Start; // [padded channels]: the bias or zeros
    public float** Scratch; // one per worker

    public readonly int Channels => Source.Columns;

    /// <summary>Fills <see cref="Taps"/> and <see cref="Start"/>.</summary>
    public void Pack(float* memory, int padded, bool flip)
    {
        var taps = Windows.Taps;
        Taps = memory;
        Start = Taps + (long)taps * padded;
        new Span<float>(memory, (taps + 1) * padded).Clear();
        if (!Bias.IsNull) Bias.Row(0).CopyTo(new Span<float>(Start, padded));
        for (var c = 0; c < Channels; c++)
        {
            var row = Kernel.Row(c);
            for (var t = 0; t < taps; t++) Taps[(long)t * padded + c] = row[flip ? taps - 1 - t : t];
        }
    }

    /// <summary>
    /// Copies <paramref name="rows"/> rows of a sequence from <paramref name="first"/> on, zeros outside of the sequence and of the channels.
    /// </summary>
    public readonly void CopyWindow(int sequence, int first, int rows, int padded, float* target)
    {
        var start = SourceStarts[sequence];
        var length = SourceStarts[sequence + 1] - start;
        for (var i = 0; i < rows; i++)
        {
            var row = new Span<float>(target + (long)i * padded, padded);
            var inside = first + i >= 0 && first + i < length;
            if (inside) Source.Row(start + first + i).CopyTo(row);
            row[(inside ? Channels : 0)..].Clear();
        }
    }
}
