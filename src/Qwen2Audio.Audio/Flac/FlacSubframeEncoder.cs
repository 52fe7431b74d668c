namespace Qwen2Audio.Audio.Flac;

/// <summary>
/// Writes one channel of a block in the shortest of these forms: a constant, the samples themselves, or a fixed predictor of order 0 to 4 whose residuals are Rice-coded, in partitions with a
/// parameter each.
/// </summary>
internal sealed class FlacSubframeEncoder(FlacBitWriter bits)
{
    private const int Bits = 16;
    private const int MostOrder = 4;
    private const int MostPartitionOrder = 8; // of the streamable subset
    private const int Parameters = 15; // 0 to 14; 15 would announce samples that are not coded
    private const int ParameterBits = 4;

    private readonly int[] _residuals = new int[FlacPieces.Block];
    private readonly int[] _best = new int[FlacPieces.Block];
    private readonly long[] _lengths = new long[Parameters << MostPartitionOrder];
    private readonly int[] _parameters = new int[1 << MostPartitionOrder];
    private readonly int[] _bestParameters = new int[1 << MostPartitionOrder];

    /// <summary>Writes the samples of a block.</summary>
    public void Write(ReadOnlySpan<int> samples)
    {
        var (order, partitionOrder, length) = (-1, 0, (long)Bits * samples.Length);
        if (!samples.ContainsAnyExcept(samples[0]))
        {
            Header(0);
            Put(samples[..1]);
            return;
        }

        samples.CopyTo(_residuals);
        for (var tried = 0; tried <= Math.Min(MostOrder, samples.Length - 1); tried++)
        {
            if (tried > 0) Difference(_residuals.AsSpan(0, samples.Length), tried);
            var (partitions, coded) = Cost(_residuals.AsSpan(0, samples.Length), tried);
            if (coded + Bits * tried >= length) continue;
            (order, partitionOrder, length) = (tried, partitions, coded + Bits * tried);
            _residuals.AsSpan(0, samples.Length).CopyTo(_best);
            _parameters.AsSpan(0, 1 << partitions).CopyTo(_bestParameters);
        }

        Header(order < 0 ? 1 : 8 + order);
        Put(order < 0 ? samples : samples[..order]);
        if (order >= 0) PutResiduals(_best.AsSpan(0, samples.Length), order, partitionOrder);
    }

    private void Header(int kind) => bits.Write((uint)kind << 1, 8); // the low bit: no wasted bits

    private void Put(ReadOnlySpan<int> samples)
    {
        foreach (var sample in samples) bits.Write((uint)sample, Bits);
    }

    private void PutResiduals(ReadOnlySpan<int> residuals, int order, int partitionOrder)
    {
        bits.Write(0, 2);
        bits.Write((uint)partitionOrder, 4);
        for (var partition = 0; partition < 1 << partitionOrder; partition++)
        {
            var k = _bestParameters[partition];
            bits.Write((uint)k, ParameterBits);
            foreach (var residual in Partition(residuals, order, partitionOrder, partition)) bits.WriteRice(residual, k);
        }
    }

    /// <summary>From the differences of one order less; what comes before the first of them stays.</summary>
    private static void Difference(Span<int> values, int order)
    {
        for (var i = values.Length - 1; i >= order; i--) values[i] -= values[i - 1];
    }

    private static ReadOnlySpan<int> Partition(ReadOnlySpan<int> residuals, int order, int partitionOrder, int partition)
    {
        var size = residuals.Length >> partitionOrder;
        return residuals[Math.Max(order, partition * size)..((partition + 1) * size)];
    }

    /// <summary>The number of partitions with the fewest bits, as a power of 2, and these bits; leaves the parameters.</summary>
    private (int PartitionOrder, long Bits) Cost(ReadOnlySpan<int> residuals, int order)
    {
        var finest = 0;
        while (finest < MostPartitionOrder && residuals.Length % (2 << finest) == 0 && residuals.Length >> (finest + 1) > MostOrder) finest++;
        for (var partition = 0; partition < 1 << finest; partition++) Measure(Partition(residuals, order, finest, partition), _lengths.AsSpan(partition * Parameters, Parameters));
        var best = (PartitionOrder: 0, Bits: long.MaxValue);
        Span<int> chosen = stackalloc int[1 << MostPartitionOrder];
        for (var partitionOrder = finest; partitionOrder >= 0; partitionOrder--)
        {
            long total = 2 + 4;
            for (var partition = 0; partition < 1 << partitionOrder; partition++)
            {
                var lengths = _lengths.AsSpan(partition * Parameters, Parameters);
                var k = 0;
                for (var other = 1; other < Parameters; other++)
                    if (lengths[other] < lengths[k]) k = other;
                (chosen[partition], total) = (k, total + ParameterBits + lengths[k]);
            }

            if (total < best.Bits)
            {
                best = (partitionOrder, total);
                chosen[..(1 << partitionOrder)].CopyTo(_parameters);
            }

            // two partitions become one: their lengths add up
            for (var i = 0; partitionOrder > 0 && i < Parameters << (partitionOrder - 1); i++)
                _lengths[i] = _lengths[2 * (i - i % Parameters) + i % Parameters] + _lengths[2 * (i - i % Parameters) + Parameters + i % Parameters];
        }

        return best;
    }

    /// <summary>The bits of Rice codes for each parameter.</summary>
    private static void Measure(ReadOnlySpan<int> residuals, Span<long> lengths)
    {
        for (var k = 0; k < Parameters; k++) lengths[k] = (long)residuals.Length * (1 + k);
        foreach (var residual in residuals)
        {
            var folded = FlacBitWriter.Fold(residual);
            for (var k = 0; k < Parameters && folded > 0; k++, folded >>= 1) lengths[k] += folded;
        }
    }
}
