namespace Qwen2Audio.Audio.Reading;

/// <summary>Handles samples that are infinite, NaN or over <see cref="AudioClip.MostMagnitude"/> as the options say, and records the peak.</summary>
internal sealed class SampleCheck(ByteSource source, AudioReadOptions options, int channels)
{
    private long _replaced;
    private float _peak;

    /// <summary>Checks interleaved samples in place; <paramref name="before"/> is the number of earlier samples.</summary>
    /// <exception cref="AudioFormatException">A sample is one of these, and the options do not say replace.</exception>
    public void Check(Span<float> samples, long before)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            if (Math.Abs(samples[i]) is <= AudioClip.MostMagnitude and var magnitude)
            {
                _peak = Math.Max(_peak, magnitude);
                continue;
            }

            if (options.NonFinite == NonFinite.Refuse)
                throw source.Fault(AudioFault.NonFinite, $"sample {(before + i) / channels} of channel {i % channels}", $"{samples[i]}",
                    $"finite numbers up to {AudioClip.MostMagnitude} in magnitude; full scale is 1");
            samples[i] = 0;
            _replaced++;
        }
    }

    /// <summary>Adds the resulting warnings.</summary>
    public void Report(List<AudioWarning> warnings, bool peak)
    {
        if (_replaced > 0)
            warnings.Add(new AudioWarning(AudioWarningCode.NonFiniteReplaced, $"{_replaced} samples that are infinite, NaN or over {AudioClip.MostMagnitude} in magnitude are replaced with 0."));
        if (peak && _peak > 1)
            warnings.Add(new AudioWarning(AudioWarningCode.OverFullScale, $"Samples exceed full scale; the largest magnitude is {_peak:g6}."));
    }
}
