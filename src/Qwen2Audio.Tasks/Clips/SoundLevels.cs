namespace Qwen2Audio.Tasks.Clips;

/// <summary>The level of audio over time, a figure each 10 ms.</summary>
internal sealed class SoundLevels
{
    /// <summary>Seconds a figure covers.</summary>
    public const double Step = 0.01;

    /// <summary>Level of digital silence, in dB.</summary>
    public const double Floor = -120;

    /// <summary>Samples whose largest value is below this (−80 dB of full scale) count as silence.</summary>
    public const float SilentPeak = 1e-4f;

    private readonly double[] _levels;

    private const double Range = 50; // dB below the loud parts: digital silence says nothing about where a word ends

    /// <summary>Levels of mono samples without their mean; 0 dB is a square wave at full scale.</summary>
    public SoundLevels(ReadOnlySpan<float> samples, int sampleRate)
    {
        var step = Math.Max(1, (int)(sampleRate * Step));
        _levels = new double[(samples.Length + step - 1) / step];
        double total = 0;
        foreach (var sample in samples) total += sample;
        var mean = samples.Length > 10 * step ? total / samples.Length : 0; // too few samples have no mean to speak of
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

    /// <summary>Number of figures.</summary>
    public int Count => _levels.Length;

    /// <summary>Largest absolute sample, the mean taken off.</summary>
    public float Peak { get; }

    /// <summary>Level under which a stretch counts as pause: three tenths of the way from the quiet to the loud parts, in dB.</summary>
    public double Threshold { get; } = Floor;

    /// <summary>True when every sample counts as silence.</summary>
    public bool IsSilent => Peak < SilentPeak;

    /// <summary>Level of figure <paramref name="index"/> in dB.</summary>
    public double this[int index] => _levels[index];

    /// <summary>The quietest figure within [from, to), the mean of <paramref name="width"/> figures around it; the latest of equals.</summary>
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
