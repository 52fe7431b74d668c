namespace Qwen2Audio.Audio.Tests;

internal static class FlacSubframeWriter
{
    private static readonly int[][] Fixed = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

    public static void Write(PlainFlacEncoder how, BitWriter bits, long[] samples, int width)
    {
        bits.Write(0, 1);
        var order = Math.Min(how.Order, samples.Length);
        bits.Write(how.Kind switch { FlacKind.Constant => 0, FlacKind.Verbatim => 1, FlacKind.Fixed => 8 + order, _ => 31 + order }, 6);
        bits.Write(how.Wasted > 0 ? 1 : 0, 1);
        if (how.Wasted > 0) bits.Write(1, how.Wasted);
        width -= how.Wasted;
        samples = [.. samples.Select(v => v >> how.Wasted)];
        if (how.Kind == FlacKind.Constant) bits.Write(samples[0], width);
        else if (how.Kind == FlacKind.Verbatim)
            foreach (var sample in samples) bits.Write(sample, width);
        else
        {
            for (var i = 0; i < order; i++) bits.Write(samples[i], width);
            var coefficients = how.Kind == FlacKind.Fixed ? Fixed[order] : Linear(order);
            var shift = how.Kind == FlacKind.Fixed ? 0 : 9;
            if (how.Kind == FlacKind.Linear)
            {
                bits.Write(12 - 1, 4);
                bits.Write(shift, 5);
                foreach (var coefficient in coefficients) bits.Write(coefficient, 12);
            }

            var residual = new long[samples.Length];
            for (var i = order; i < samples.Length; i++)
            {
                long sum = 0;
                for (var j = 0; j < order; j++) sum += coefficients[j] * samples[i - 1 - j];
                residual[i] = samples[i] - (sum >> shift);
            }

            WriteResidual(how, bits, residual, order);
        }
    }

    /// <summary>Some predictor of that order: most of the newest sample, a little of each older one.</summary>
    private static int[] Linear(int order) => [.. Enumerable.Range(0, order).Select(i => i == 0 ? 500 : i % 2 == 0 ? 3 : -2)];

    private static void WriteResidual(PlainFlacEncoder how, BitWriter bits, long[] residual, int order)
    {
        var partitionOrder = residual.Length % (1 << how.PartitionOrder) == 0 && residual.Length >> how.PartitionOrder >= order ? how.PartitionOrder : 0;
        bits.Write(how.Residual == FlacResidual.Rice5 ? 1 : 0, 2);
        bits.Write(partitionOrder, 4);
        var parameterBits = how.Residual == FlacResidual.Rice5 ? 5 : 4;
        var size = residual.Length >> partitionOrder;
        for (var p = 0; p < 1 << partitionOrder; p++)
        {
            var part = residual[(p == 0 ? order : p * size)..((p + 1) * size)];
            if (how.Residual == FlacResidual.Escape)
            {
                var raw = 0;
                while (part.Any(v => v < -(1L << raw >> 1) || v > (1L << raw >> 1) - 1) && !(raw == 0 && part.All(v => v == 0))) raw++;
                bits.Write((1 << parameterBits) - 1, parameterBits);
                bits.Write(raw, 5);
                foreach (var value in part) bits.Write(value, raw);
                continue;
            }

            var mean = part.Length == 0 ? 0 : part.Average(v => Math.Abs((double)v));
            var k = Math.Clamp((int)Math.Log2(mean + 1), 0, (1 << parameterBits) - 2);
            bits.Write(k, parameterBits);
            foreach (var value in part)
            {
                var folded = value >= 0 ? value << 1 : (-value << 1) - 1;
                for (var q = folded >> k; q > 0; q--) bits.Write(0, 1);
                bits.Write(1, 1);
                bits.Write(folded & ((1L << k) - 1), k);
            }
        }
    }
}
