using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Audio.Reading;

internal enum ContentKind
{
    Wav,
    Flac,

    /// <summary>MPEG audio of layer II or III.</summary>
    Mp3,

    /// <summary>A format that libsndfile may read.</summary>
    Other,

    /// <summary>A WAV file in a coding that is not decoded here; libsndfile may read it.</summary>
    CodedWav,

    /// <summary>An unknown format; libsndfile may know it.</summary>
    Unknown,
}

/// <summary>A file's format and its name for users.</summary>
internal readonly record struct Content(ContentKind Kind, string Name);

/// <summary>Recognises formats by their first bytes.</summary>
internal static class ContentKinds
{
    private const int TransportPacket = 188;

    /// <summary>Recognises the format of the next bytes; consumes a leading ID3 tag only.</summary>
    public static Content Recognise(ByteSource source)
    {
        var tagged = SkipId3(source);
        var head = Encoding.Latin1.GetString(source.Peek(16));
        if (head.Length == 0 && !tagged) throw source.Fault(AudioFault.NotAudio, "content", "0 bytes", AudioFile.Accepted + "; needs at least a RIFF header");
        if (head.StartsWith("fLaC", StringComparison.Ordinal)) return new Content(ContentKind.Flac, "FLAC");
        if (IsMpegAudio(head)) return new Content(ContentKind.Mp3, "an MP3 file");
        if (tagged) throw source.Fault(AudioFault.NotSupported, "content", "an ID3 tag that is not followed by FLAC or MP3", AudioFile.Accepted);
        if (head.StartsWith("RIFF", StringComparison.Ordinal) || head.StartsWith("RF64", StringComparison.Ordinal) || head.StartsWith("BW64", StringComparison.Ordinal))
            return RecogniseRiff(source, head);
        if (FileSignatures.Find(head) is { } known)
            return known.Advice is null ? new Content(ContentKind.Other, known.Name) : throw source.Fault(AudioFault.NotSupported, "content", known.Name, AudioFile.Accepted + known.Advice);
        if (head[0] == 'G' && source.Peek(TransportPacket + 1) is { Length: > TransportPacket } packet && packet[TransportPacket] == 'G')
            throw source.Fault(AudioFault.NotSupported, "content", "an MPEG transport stream", AudioFile.Accepted + FileSignatures.ConvertAdvice);
        return new Content(ContentKind.Unknown, "bytes that begin " + FileSignatures.Shown(head));
    }

    private static Content RecogniseRiff(ByteSource source, string head)
    {
        if (head.Length < 12) throw source.Fault(AudioFault.Truncated, "content", $"{head.Length} bytes", "at least a RIFF header of 12 bytes and samples");
        var form = head[8..12];
        if (form == "WAVE")
            return WavFormat.OtherCoding(source) is { } coding ? new Content(ContentKind.CodedWav, $"a WAV file of {coding}") : new Content(ContentKind.Wav, "WAV");
        if (FileSignatures.FindForm(form) is { } known) throw source.Fault(AudioFault.NotSupported, "content", known.Name, AudioFile.Accepted + known.Advice);
        throw source.Fault(AudioFault.NotAudio, "RIFF form", FileSignatures.Shown(form), "WAVE: " + AudioFile.Accepted);
    }

    // 11 sync bits, then layer II or III (layer I could be mistaken for UTF-16), a valid bit rate and a valid sampling rate
    private static bool IsMpegAudio(string head) => head.Length >= 4 && head[0] == '\u00ff' && (head[1] & 0xE0) == 0xE0 && (head[1] & 0x18) != 0x08
        && (head[1] & 0x06) is (2 or 4) && (head[2] & 0xF0) != 0xF0 && (head[2] & 0x0C) != 0x0C;

    private static bool SkipId3(ByteSource source)
    {
        var head = source.Peek(10);
        if (head.Length < 10 || !head[..3].SequenceEqual("ID3"u8) || ((head[6] | head[7] | head[8] | head[9]) & 0x80) != 0) return false;
        var size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9];
        var footer = (head[5] & 0x10) != 0;
        source.Skip(10L + size + (footer ? 10 : 0));
        return true;
    }
}
