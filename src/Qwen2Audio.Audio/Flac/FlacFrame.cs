namespace Qwen2Audio.Audio.Flac;

/// <summary>Decodes frames one after another into its buffers.</summary>
internal sealed class FlacFrame(FlacBits bits, FlacStreamInfo info)
{
    private readonly FlacSubframe _subframe = new(bits);
    private readonly int[][] _channels = new int[info.Channels][];
    private readonly float _scale = 1f / (1L << (info.Bits - 1));
    private long[] _side = [];
    private float[] _interleaved = [];
    private int _capacity;

    /// <summary>Samples of one channel of the last frame.</summary>
    public ReadOnlySpan<int> Channel(int channel, int size) => _channels[channel].AsSpan(0, size);

    /// <summary>Decodes the next frame; returns its header.</summary>
    public FlacFrameHeader Read()
    {
        bits.StartCrc();
        var header = FlacFrameHeader.Read(bits, info);
        Reserve(header.Size);
        if (header.Assignment < 8)
            foreach (var channel in _channels) _subframe.Read(channel.AsSpan(0, header.Size), info.Bits);
        else if (info.Bits < 32) ReadStereo(header.Size, header.Assignment);
        else ReadWideStereo(header.Size, header.Assignment);
        if (!bits.Align()) throw new FlacDamageException("padding", "a bit of 1", "0");
        var computed = bits.Crc();
        var stored = bits.Read(16);
        if (stored != computed) throw new FlacDamageException("frame checksum", $"0x{stored:X4}", $"0x{computed:X4} computed from the frame");
        return header;
    }

    /// <summary>The last frame as interleaved floats, full scale ±1.</summary>
    public ReadOnlySpan<float> Interleave(int size)
    {
        var all = _interleaved.AsSpan(0, size * _channels.Length);
        for (var channel = 0; channel < _channels.Length; channel++)
        {
            ReadOnlySpan<int> samples = _channels[channel].AsSpan(0, size);
            if (_channels.Length == 1)
                for (var i = 0; i < samples.Length; i++) all[i] = samples[i] * _scale;
            else
                for (int i = 0, at = channel; i < samples.Length; i++, at += _channels.Length) all[at] = samples[i] * _scale;
        }

        return all;
    }

    private void ReadStereo(int size, int assignment)
    {
        var first = _channels[0].AsSpan(0, size);
        var second = _channels[1].AsSpan(0, size);
        _subframe.Read(first, info.Bits + (assignment == 9 ? 1 : 0));
        _subframe.Read(second, info.Bits + (assignment == 9 ? 0 : 1));
        switch (assignment)
        {
            case 8:
                for (var i = 0; i < size; i++) second[i] = first[i] - second[i];
                break;
            case 9:
                for (var i = 0; i < size; i++) first[i] += second[i];
                break;
            default:
                for (var i = 0; i < size; i++)
                {
                    var side = second[i];
                    var sum = first[i] << 1 | (side & 1);
                    (first[i], second[i]) = ((sum + side) >> 1, (sum - side) >> 1);
                }

                break;
        }
    }

    private void ReadWideStereo(int size, int assignment)
    {
        var first = _channels[0].AsSpan(0, size);
        var second = _channels[1].AsSpan(0, size);
        if (_side.Length < size) _side = new long[_capacity];
        var side = _side.AsSpan(0, size);
        if (assignment == 9)
        {
            _subframe.ReadWide(side);
            _subframe.Read(second, 32);
            for (var i = 0; i < size; i++) first[i] = (int)(side[i] + second[i]);
            return;
        }

        _subframe.Read(first, 32);
        _subframe.ReadWide(side);
        for (var i = 0; i < size; i++)
        {
            if (assignment == 8) second[i] = (int)(first[i] - side[i]);
            else
            {
                var sum = (long)first[i] << 1 | (side[i] & 1);
                (first[i], second[i]) = ((int)((sum + side[i]) >> 1), (int)((sum - side[i]) >> 1));
            }
        }
    }

    private void Reserve(int size)
    {
        if (size <= _capacity) return;
        _capacity = size;
        for (var channel = 0; channel < _channels.Length; channel++) _channels[channel] = new int[size];
        _interleaved = new float[size * _channels.Length];
    }
}
