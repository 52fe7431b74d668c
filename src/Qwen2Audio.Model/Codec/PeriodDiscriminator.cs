namespace Qwen2Audio.Model.Codec;

/// <summary>
/// Divides each waveform into interleaved sequences (sequence j has the samples j, j + period, j + 2 · period, …) and runs the
/// same convolutions over each. Waveforms are zero-padded to a multiple of the period.
/// </summary>
public sealed class PeriodDiscriminator
{
    private readonly int _period;
    private readonly DiscriminatorLayers _layers;

    /// <summary>Requests the weights of <see cref="DiscriminatorLayers"/>.</summary>
    public PeriodDiscriminator(DiscriminatorConfig config, int period, IWeights weights) => (_period, _layers) = (period, new DiscriminatorLayers(config, 1, weights));

    /// <summary>The discriminators of a configuration, <c>0</c>, <c>1</c>, … under <paramref name="weights"/>.</summary>
    public static IReadOnlyList<PeriodDiscriminator> All(DiscriminatorConfig config, IWeights weights)
    {
        var all = new PeriodDiscriminator[config.Periods.Count];
        for (var i = 0; i < all.Length; i++) all[i] = new PeriodDiscriminator(config, config.Periods[i], weights.Sub($"{i}"));
        return all;
    }

    /// <summary>Waveforms [samples, 1] → scores and features, rows ordered by waveform, then by interleaved sequence.</summary>
    public DiscriminatorOutput<T> Forward<T>(IOps<T> ops, T waveforms, Layout rows)
    {
        var h = Interleave(ops, waveforms, ref rows);
        return _layers.Forward(ops, h, rows);
    }

    private T Interleave<T>(IOps<T> ops, T waveforms, ref Layout rows)
    {
        var places = new int[rows.Rows];
        var lengths = new int[checked(rows.Sequences * _period)];
        var start = 0;
        for (var b = 0; b < rows.Sequences; b++)
        {
            var samples = rows.Length(b);
            var length = (samples + _period - 1) / _period;
            for (var i = 0; i < samples; i++) places[rows.Starts[b] + i] = start + i % _period * length + i / _period;
            lengths.AsSpan(b * _period, _period).Fill(length);
            start = checked(start + _period * length);
        }

        var interleaved = ops.Input(new float[start], start, 1);
        ops.PutRows(ref interleaved, places, waveforms);
        rows = Layout.Of(lengths);
        return interleaved;
    }
}
