using Qwen2Audio.Audio;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>
/// The log-mel of a whole recording, of which windows are heard: one that fits the window is padded with silence before the transform, a
/// longer one is transformed as a whole (its loudest point sets the floor everywhere) and its last window filled with zeros, as in the reference.
/// </summary>
internal sealed class WhisperMel
{
    private readonly LogMelSpectrogram _mel;
    private readonly int _windowFrames;
    private readonly float[] _window;

    public WhisperMel(ReadOnlySpan<float> samples, int bins, int windowFrames)
    {
        var longest = windowFrames * AudioLengths.Hop;
        _mel = LogMel.Compute(samples, new LogMelOptions { Bins = bins, PadTo = samples.Length <= longest ? longest : null });
        _windowFrames = windowFrames;
        _window = new float[windowFrames * bins];
    }

    /// <summary>Frames of the recording itself.</summary>
    public int Frames => _mel.ValidFrames;

    /// <summary>Layout of a window.</summary>
    public Layout Layout => Layout.Of(_windowFrames);

    /// <summary>The window from frame <paramref name="first"/> on, [window frames, bins]; valid until the next call.</summary>
    public float[] Window(int first)
    {
        var values = _mel.Values.AsSpan(0, _mel.Frames * _mel.Bins)[(first * _mel.Bins)..];
        var count = Math.Min(values.Length, _window.Length);
        values[..count].CopyTo(_window);
        _window.AsSpan(count).Clear();
        return _window;
    }
}
