namespace Qwen2Audio.Audio.Flac;

/// <summary>Compares each frame's number with the frames before it, so that no frame is repeated, missing or out of order.</summary>
internal sealed class FlacSequence(FlacStreamInfo info)
{
    private long _frames;
    private long _samples;
    private bool _variable;

    /// <summary>The number of the first frame; 0 at the beginning of a stream.</summary>
    public long First { get; private set; }

    /// <summary>Counts the next frame.</summary>
    /// <exception cref="FlacDamageException">It is not the next one.</exception>
    public void Advance(in FlacFrameHeader header)
    {
        if (_frames == 0) (First, _variable) = (header.Number, header.Variable);
        if (header.Variable != _variable)
            throw new FlacDamageException("blocking strategy", header.Variable ? "variable" : "fixed", "the same in all frames");
        var expected = First + (_variable ? _samples : _frames);
        // Before the blocking strategy was stored, encoders counted samples when STREAMINFO's block sizes differ.
        var old = !_variable && info.MinBlock != info.MaxBlock && header.Number == First + _samples;
        if (header.Number != expected && !old)
            throw new FlacDamageException(_variable ? "sample number" : "frame number", $"{header.Number}", $"{expected}, which continues the previous frame");
        _frames++;
        _samples += header.Size;
    }
}
