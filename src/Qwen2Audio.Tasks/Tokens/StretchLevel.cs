using Qwen2Audio.Audio;

namespace Qwen2Audio.Tasks.Tokens;

/// <summary>A stretch of audio at the training level.</summary>
/// <param name="Samples">One channel.</param>
/// <param name="Scale">What they were divided by.</param>
/// <param name="Mean">What was subtracted first.</param>
/// <param name="Ends">Whether it is the last one.</param>
internal sealed record LevelledStretch(float[] Samples, float Scale, double Mean, bool Ends);

/// <summary>
/// Brings a stream to the training level (<see cref="ActiveLevel"/>), each stretch of ten seconds by itself. The last stretch may have up to fifteen
/// seconds, so that no short remainder is left. A clip of up to fifteen seconds is thus treated as in training, and the result depends neither on the
/// pieces nor on whether the length is known. A silent stretch keeps the previous scale. From one stretch to the next the scale fades
/// over two frames (<see cref="StretchFade"/>).
/// </summary>
/// <param name="sampleRate">In Hz.</param>
/// <param name="samplesPerFrame">Samples per frame.</param>
/// <param name="gain">A factor for the whole stream, which then need not wait for complete stretches; null: none.</param>
internal sealed class StretchLevel(int sampleRate, int samplesPerFrame, double? gain)
{
    private const int Seconds = 10;
    private readonly int _stretch = Seconds * sampleRate / samplesPerFrame * samplesPerFrame;
    private readonly List<float> _waiting = [];
    private (float Scale, double Mean) _last = (1, 0);
    private bool _first = true;

    /// <summary>Adds samples and returns the complete stretches; at the end of the stream, also the last one.</summary>
    public IEnumerable<LevelledStretch> Add(ReadOnlySpan<float> samples, bool ends)
    {
        if (gain is { } factor)
        {
            var scale = (float)(1 / factor);
            return [new LevelledStretch(Array.ConvertAll(samples.ToArray(), sample => sample / scale), scale, 0, ends)];
        }

        _waiting.AddRange(samples);
        var done = new List<LevelledStretch>();
        while (_waiting.Count > _stretch + _stretch / 2) done.Add(Take(_stretch, false));
        if (ends) done.Add(Take(_waiting.Count, true));
        return done;
    }

    private LevelledStretch Take(int count, bool ends)
    {
        var samples = _waiting.GetRange(0, count).ToArray();
        _waiting.RemoveRange(0, count);
        var (mean, found) = ActiveLevel.Measure(samples, sampleRate);
        var scale = found is { } factor && (float)(1 / factor) is > 0 and var some ? some : _last.Scale;
        var fade = new StretchFade(2 * samplesPerFrame, _first ? scale : _last.Scale, scale);
        var before = _first ? mean : _last.Mean;
        for (var i = 0; i < samples.Length; i++) samples[i] = (float)((samples[i] - (before + (mean - before) * fade.Share(i))) / fade.Scale(i));
        (_last, _first) = ((scale, mean), false);
        return new LevelledStretch(samples, scale, mean, ends);
    }
}

/// <summary>How the scale changes at the beginning of a stretch: linearly in its logarithm.</summary>
/// <param name="length">Number of samples.</param>
/// <param name="from">The scale before.</param>
/// <param name="to">The scale after.</param>
internal readonly struct StretchFade(int length, float from, float to)
{
    /// <summary>Progress of the fade at sample <paramref name="i"/> of the stretch, 0…1.</summary>
    public double Share(long i) => i >= length ? 1 : (i + 0.5) / length;

    /// <summary>The scale at sample <paramref name="i"/> of the stretch.</summary>
    public float Scale(long i) => i >= length || from == to || from <= 0 || to <= 0 ? to : (float)(from * Math.Pow((double)to / from, Share(i)));
}
