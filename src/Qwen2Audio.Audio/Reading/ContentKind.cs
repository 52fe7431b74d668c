using System.Text;

namespace Qwen2Audio.Audio;

internal enum ContentKind
{
    Wav,
    Flac,

    /// <summary>What libsndfile reads.</summary>
    Other,
}

/// <summary>What a file is, and how people call it.</summary>
internal readonly record struct Content(ContentKind Kind, string Name);

/// <summary>Tells formats apart by their first bytes.</summary>
internal static class ContentKinds
{
    private static readonly (int Offset, string Mark, string Name, bool Decodable)[] Others =
    [
        (0, "OggS", "an Ogg file (Vorbis, Opus or Ogg FLAC)", true), (4, "ftyp", "an MP4/M4A file (AAC or ALAC)", false), (0, "FORM", "an AIFF file", true),
        (0, "caff", "a Core Audio file", true), (0, "#!AMR", "an AMR file", false), (0, "RIFX", "a big-endian WAV file (RIFX)", true), (0, "wvpk", "a WavPack file", false),
        (0, "MAC ", "a Monkey's Audio file", false), (0, ".snd", "a Sun/NeXT AU file", true), (0, "\u001aE\u00df\u00a3", "a Matroska/WebM file", false),
        (0, "\u0089PNG", "a PNG picture", false), (0, "\u00ff\u00d8\u00ff", "a JPEG picture", false), (0, "GIF8", "a GIF picture", false), (0, "%PDF", "a PDF document", false),
        (0, "PK\u0003\u0004", "a ZIP archive", false), (0, "\u001f\u008b", "a gzip file", false), (0, "riff", "a Wave64 file", true), (0, "ID3", "an MP3 file", false),
    ];

    /// <summary>Recognises what comes next, taking a leading ID3 tag and nothing else.</summary>
    public static Content Recognise(ByteSource source)
    {
        bool tagged = SkipId3(source);
        string head = Encoding.Latin1.GetString(source.Peek(16));
        if (head.Length == 0 && !tagged) throw source.Fault(AudioFault.NotAudio, "content", "0 bytes", AudioFile.Accepted + "; needs at least a RIFF header");
        if (head.StartsWith("fLaC", StringComparison.Ordinal)) return new Content(ContentKind.Flac, "FLAC");
        if (IsMpegAudio(head)) return new Content(ContentKind.Other, "an MP3 file");
        if (tagged) throw source.Fault(AudioFault.NotSupported, "content", "an ID3 tag that neither FLAC nor MP3 follows", AudioFile.Accepted);
        if (head.StartsWith("RIFF", StringComparison.Ordinal) || head.StartsWith("RF64", StringComparison.Ordinal) || head.StartsWith("BW64", StringComparison.Ordinal))
        {
            if (head.Length < 12) throw source.Fault(AudioFault.Truncated, "content", $"{head.Length} bytes", "at least a RIFF header of 12 bytes and samples");
            if (head.AsSpan(8, 4).SequenceEqual("WAVE")) return new Content(ContentKind.Wav, "WAV");
            throw source.Fault(AudioFault.NotAudio, "RIFF form", Shown(head[8..12]), "WAVE");
        }
        foreach ((int offset, string mark, string name, bool decodable) in Others)
            if (head.Length >= offset + mark.Length && head.AsSpan(offset, mark.Length).SequenceEqual(mark))
                return decodable ? new Content(ContentKind.Other, name) : throw source.Fault(AudioFault.NotSupported, "content", name, AudioFile.Accepted);
        if (head.Length >= 2 && head[0] == '\u00ff' && (head[1] & 0xF6) == 0xF0)
            throw source.Fault(AudioFault.NotSupported, "content", "MPEG audio in ADTS frames (AAC)", AudioFile.Accepted);
        throw source.Fault(AudioFault.NotAudio, "content", "bytes that begin " + Shown(head), AudioFile.Accepted);
    }

    /// <summary>Text for messages: what is printable as it is, else in hexadecimal.</summary>
    public static string Shown(string latin1) => latin1.All(c => c is >= ' ' and <= '~')
        ? $"'{latin1}'" : string.Join(' ', latin1.Select(c => ((int)c).ToString("X2")));

    // 11 bits of synchronisation, then layer II or III (layer I would be taken for UTF-16), a bit rate and a sampling rate that there are
    private static bool IsMpegAudio(string head) => head.Length >= 4 && head[0] == '\u00ff' && (head[1] & 0xE0) == 0xE0 && (head[1] & 0x18) != 0x08
        && (head[1] & 0x06) is (2 or 4) && (head[2] & 0xF0) != 0xF0 && (head[2] & 0x0C) != 0x0C;

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
