namespace Qwen2Audio.Tasks.Clips;

/// <summary>The level of audio over time, one value per 10 ms.</summary>
internal sealed class SoundLevels
{
    /// <summary>Seconds per value.</summary>
    public const double Step = 0.01;

    /// <summary>Level of digital silence, in dB.</summary>
    public const double Floor = -120;

    /// <summary>Audio with a lower peak (−80 dB of full scale) counts as silent.</summary>
    public const float SilentPeak = 1e-4f;

    private readonly double[] _levels;

    private const double Range = 50; // dB below the loud parts; limits the effect of digital silence on the threshold

    /// <summary>Levels of mono samples after subtracting their mean; 0 dB is a square wave at full scale.</summary>
    public SoundLevels(ReadOnlySpan<float> samples, int sampleRate)
    {
        var step = Math.Max(1, (int)(sampleRate * Step));
        _levels = new double[(samples.Length + step - 1) / step];
        double total = 0;
        foreach (var sample in samples) total += sample;
        var mean = samples.Length > 10 * step ? total / samples.Length : 0; // the mean of few samples is not meaningful
        for (var i = 0; i < _levels.Length; i++)
        {
            var part = samples[(i * step)..Math.Min(samples.Length, (i + 1) * step)];
            double sum = 0;
            foreach (var sample in part)
            {
                sum += (sample - mean) * (sample - mean);
                Peak = Math.Max(Peak, (float)Math.Abs(sample - mean));
            }

            _levels[i] = Math.Max(Floor, 10 * Math.Log10(sum / part.Length + 1e-12));
        }

        var sorted = _levels.Order().ToArray();
        if (sorted.Length == 0) return;
        var loud = sorted[sorted.Length * 19 / 20];
        var quiet = Math.Max(sorted[sorted.Length / 10], loud - Range);
        Threshold = quiet + 0.3 * (loud - quiet);
    }

    /// <summary>Number of values.</summary>
    public int Count => _levels.Length;

    /// <summary>Largest absolute sample after subtracting the mean.</summary>
    public float Peak { get; }

    /// <summary>Level below which a stretch counts as a pause, in dB: three tenths of the way from the quiet to the loud parts.</summary>
    public double Threshold { get; } = Floor;

    /// <summary>True when the audio is silent.</summary>
    public bool IsSilent => Peak < SilentPeak;

    /// <summary>Level at <paramref name="index"/> in dB.</summary>
    public double this[int index] => _levels[index];

    /// <summary>The quietest index in [from, to), by the mean of <paramref name="width"/> values around it; the last one among equals.</summary>
    public int Quietest(int from, int to, int width)
    {
        from = Math.Clamp(from, 0, Count - 1);
        to = Math.Clamp(to, from + 1, Count);
        var (best, lowest) = (from, double.PositiveInfinity);
        for (var i = from; i < to; i++)
        {
            var (first, last) = (Math.Max(0, i - width / 2), Math.Min(Count, i + (width + 1) / 2));
            double sum = 0;
            for (var j = first; j < last; j++) sum += _levels[j];
            if (sum / (last - first) > lowest) continue;
            (best, lowest) = (i, sum / (last - first));
        }

        return best;
    }
}
