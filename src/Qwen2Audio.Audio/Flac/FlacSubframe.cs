namespace Qwen2Audio.Audio.Flac;

/// <summary>Decodes one channel of a frame, with up to 32 bits per sample, or 33 bits for a side channel of 32-bit audio.</summary>
internal sealed class FlacSubframe(FlacBits bits)
{
    private readonly int[] _coefficients = new int[32];
    private int[] _residual = [];

    /// <summary>Decodes samples of <paramref name="width"/> bits (4 to 32).</summary>
    public void Read(Span<int> samples, int width)
    {
        var (type, wasted) = ReadType(width);
        width -= wasted;
        if (type == 0) samples.Fill(bits.ReadSigned(width));
        else if (type == 1)
            for (var i = 0; i < samples.Length; i++) samples[i] = bits.ReadSigned(width);
        else
        {
            var order = type < 32 ? type - 8 : type - 31;
            CheckOrder(order, samples.Length);
            for (var i = 0; i < order; i++) samples[i] = bits.ReadSigned(width);
            if (type < 32)
            {
                ReadResidual(samples, order);
                FlacPrediction.RestoreFixed(samples, order);
            }
            else
            {
                var (precision, shift) = ReadCoefficients(order);
                ReadResidual(samples, order);
                FlacPrediction.Restore(samples, _coefficients.AsSpan(0, order), shift, width, precision);
            }
        }

        if (wasted > 0)
            for (var i = 0; i < samples.Length; i++) samples[i] <<= wasted;
    }

    /// <summary>Decodes samples of 33 bits.</summary>
    public void ReadWide(Span<long> samples)
    {
        var (type, wasted) = ReadType(33);
        var width = 33 - wasted;
        if (type == 0) samples.Fill(ReadLong(width));
        else if (type == 1)
            for (var i = 0; i < samples.Length; i++) samples[i] = ReadLong(width);
        else
        {
            var order = type < 32 ? type - 8 : type - 31;
            CheckOrder(order, samples.Length);
            for (var i = 0; i < order; i++) samples[i] = ReadLong(width);
            var shift = 0;
            if (type < 32) FlacPrediction.FixedCoefficients(order).CopyTo(_coefficients);
            else (_, shift) = ReadCoefficients(order);
            if (_residual.Length < samples.Length) _residual = new int[samples.Length];
            var residual = _residual.AsSpan(0, samples.Length);
            ReadResidual(residual, order);
            FlacPrediction.RestoreWide(samples, residual, _coefficients.AsSpan(0, order), shift);
        }

        if (wasted > 0)
            for (var i = 0; i < samples.Length; i++) samples[i] <<= wasted;
    }

    private long ReadLong(int width) => width <= 32 ? bits.ReadSigned(width) : (long)bits.ReadSigned(width - 32) << 32 | bits.Read(32);

    private (int Type, int Wasted) ReadType(int width)
    {
        var head = bits.Read(8);
        if (head >> 7 != 0) throw new FlacDamageException("subframe", "a first bit of 1", "0");
        var type = (int)(head >> 1);
        if (type is not (0 or 1 or (>= 8 and <= 12) or >= 32))
            throw new FlacDamageException("subframe type", $"{type} (reserved)", "0, 1, 8 to 12, 32 to 63");
        if ((head & 1) == 0) return (type, 0);
        var wasted = bits.ReadUnary() + 1;
        if (wasted >= width) throw new FlacDamageException("wasted bits", $"{wasted}", $"fewer than the {width} bits of a sample");
        return (type, (int)wasted);
    }

    private static void CheckOrder(int order, int size)
    {
        if (order > size) throw new FlacDamageException("predictor order", $"{order}", $"at most the {size} samples of the block");
    }

    /// <summary>Fills the coefficients, oldest sample first.</summary>
    private (int Precision, int Shift) ReadCoefficients(int order)
    {
        var precision = (int)bits.Read(4) + 1;
        if (precision == 16) throw new FlacDamageException("coefficient precision", "code 15 (forbidden)", "0 to 14");
        var shift = bits.ReadSigned(5);
        if (shift < 0) throw new FlacDamageException("predictor shift", $"{shift}", "0 to 15");
        for (var i = order - 1; i >= 0; i--) _coefficients[i] = bits.ReadSigned(precision);
        return (precision, shift);
    }

    private void ReadResidual(Span<int> samples, int order)
    {
        var method = bits.Read(2);
        if (method > 1) throw new FlacDamageException("residual coding", $"{method} (reserved)", "0 or 1");
        var parameterBits = method == 0 ? 4 : 5;
        var partitionOrder = (int)bits.Read(4);
        var partition = samples.Length >> partitionOrder;
        if (partition << partitionOrder != samples.Length || partition < order)
            throw new FlacDamageException("residual partitions", $"2^{partitionOrder} of {samples.Length} samples",
                $"a power of 2 that divides the block, with a first partition not shorter than the order {order}");
        for (int p = 0, start = order; p < 1 << partitionOrder; p++)
        {
            var end = (p + 1) * partition;
            var part = samples[start..end];
            var k = (int)bits.Read(parameterBits);
            if (k == (1 << parameterBits) - 1)
            {
                var width = (int)bits.Read(5);
                for (var i = 0; i < part.Length; i++) part[i] = bits.ReadSigned(width);
            }
            else bits.ReadRice(part, k);
            start = end;
        }
    }
}
