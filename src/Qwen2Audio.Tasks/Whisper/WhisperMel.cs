using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>
/// The log-mel of a whole recording, read window by window. A recording that fits the window is padded with silence before the transform; a
/// longer one is transformed as a whole (its maximum sets the floor everywhere) and its last window is padded with zeros, as in the reference.
/// </summary>
internal sealed class WhisperMel
{
    private readonly LongLogMel? _long;
    private readonly int _windowFrames;
    private readonly float[] _window;

    public WhisperMel(float[] samples, int bins, int windowFrames)
    {
        var longest = windowFrames * AudioLengths.Hop;
        _windowFrames = windowFrames;
        _window = new float[windowFrames * bins];
        if (samples.Length > longest) _long = new LongLogMel(samples, bins);
        else LogMel.Compute(samples, new LogMelOptions { Bins = bins, PadTo = longest }, _window);
        Frames = (samples.Length + AudioLengths.Hop - 1) / AudioLengths.Hop;
    }

    /// <summary>Frames of the recording, without padding.</summary>
    public int Frames { get; }

    /// <summary>Layout of a window.</summary>
    public Layout Layout => Layout.Of(_windowFrames);

    /// <summary>The window starting at frame <paramref name="first"/>, [window frames, bins]; valid until the next call.</summary>
    public float[] Window(int first)
    {
        if (_long is not null)
        {
            _long.Fill(first, _window);
            return _window;
        }

        if (first == 0) return _window;
        // a later window of a short recording is also padded with zeros
        var rest = new float[_window.Length];
        var bins = _window.Length / _windowFrames;
        _window.AsSpan(Math.Min(_window.Length, first * bins)).CopyTo(rest);
        return rest;
    }
}
