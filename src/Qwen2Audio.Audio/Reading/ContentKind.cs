using System.Text;

namespace Qwen2Audio.Audio;

internal enum ContentKind
{
    Wav,
    Flac,
}

/// <summary>Tells formats apart by their first bytes.</summary>
internal static class ContentKinds
{
    private static readonly (int Offset, string Mark, string Name)[] Others =
    [
        (0, "OggS", "an Ogg file (Vorbis, Opus or Ogg FLAC)"), (4, "ftyp", "an MP4/M4A file (AAC or ALAC)"), (0, "FORM", "an AIFF file"),
        (0, "caff", "a Core Audio file"), (0, "#!AMR", "an AMR file"), (0, "RIFX", "a big-endian WAV file (RIFX)"), (0, "wvpk", "a WavPack file"),
        (0, "MAC ", "a Monkey's Audio file"), (0, ".snd", "a Sun/NeXT AU file"), (0, "\u001aE\u00df\u00a3", "a Matroska/WebM file"),
        (0, "\u0089PNG", "a PNG picture"), (0, "\u00ff\u00d8\u00ff", "a JPEG picture"), (0, "GIF8", "a GIF picture"), (0, "%PDF", "a PDF document"),
        (0, "PK\u0003\u0004", "a ZIP archive"), (0, "\u001f\u008b", "a gzip file"), (0, "riff", "a Wave64 file"), (0, "ID3", "an MP3 file"),
    ];

    /// <summary>Recognises what comes next, taking a leading ID3 tag and nothing else.</summary>
    public static ContentKind Recognise(ByteSource source)
    {
        bool tagged = SkipId3(source);
        string head = Encoding.Latin1.GetString(source.Peek(16));
        if (head.Length == 0 && !tagged) throw source.Fault(AudioFault.NotAudio, "content", "0 bytes", AudioFile.Accepted + "; needs at least a RIFF header");
        if (head.StartsWith("fLaC", StringComparison.Ordinal)) return ContentKind.Flac;
        if (tagged) throw source.Fault(AudioFault.NotSupported, "content", "an ID3 tag that no FLAC follows (an MP3 file)", AudioFile.Accepted);
        if (head.StartsWith("RIFF", StringComparison.Ordinal) || head.StartsWith("RF64", StringComparison.Ordinal) || head.StartsWith("BW64", StringComparison.Ordinal))
        {
            if (head.Length < 12) throw source.Fault(AudioFault.Truncated, "content", $"{head.Length} bytes", "at least a RIFF header of 12 bytes and samples");
            if (head.AsSpan(8, 4).SequenceEqual("WAVE")) return ContentKind.Wav;
            throw source.Fault(AudioFault.NotAudio, "RIFF form", Shown(head[8..12]), "WAVE");
        }
        foreach ((int offset, string mark, string name) in Others)
            if (head.Length >= offset + mark.Length && head.AsSpan(offset, mark.Length).SequenceEqual(mark))
                throw source.Fault(AudioFault.NotSupported, "content", name, AudioFile.Accepted);
        if (head.Length >= 2 && head[0] == '\u00ff' && (head[1] & 0xE0) == 0xE0)
            throw source.Fault(AudioFault.NotSupported, "content", "MPEG audio (MP3 or AAC)", AudioFile.Accepted);
        throw source.Fault(AudioFault.NotAudio, "content", "bytes that begin " + Shown(head), AudioFile.Accepted);
    }

    /// <summary>Text for messages: what is printable as it is, else in hexadecimal.</summary>
    public static string Shown(string latin1) => latin1.All(c => c is >= ' ' and <= '~')
        ? $"'{latin1}'" : string.Join(' ', latin1.Select(c => ((int)c).ToString("X2")));

    private static bool SkipId3(ByteSource source)
    {
        ReadOnlySpan<byte> head = source.Peek(10);
        if (head.Length < 10 || !head[..3].SequenceEqual("ID3"u8) || ((head[6] | head[7] | head[8] | head[9]) & 0x80) != 0) return false;
        int size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9];
        bool footer = (head[5] & 0x10) != 0;
        source.Skip(10L + size + (footer ? 10 : 0));
        return true;
    }
}
