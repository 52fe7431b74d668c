namespace Qwen2Audio.Audio.Reading;

/// <summary>The first bytes of many file formats.</summary>
internal static class FileSignatures
{
    private const string Convert = "; convert it first, for example: ffmpeg -i FILE FILE.wav";
    private const string Unpack = "; unpack it first";
    private static readonly (int Offset, string Mark, string Name, string? Advice)[] Marks =
    [
        // formats that libsndfile may read
        (0, "OggS", "an Ogg file (Vorbis, Opus or Ogg FLAC)", null), (0, "FORM", "an AIFF file", null), (0, "caff", "a Core Audio file", null),
        (0, "RIFX", "a big-endian WAV file (RIFX)", null), (0, ".snd", "a Sun/NeXT AU file", null), (0, "dns.", "a Sun/NeXT AU file (little-endian)", null),
        (0, "riff", "a Wave64 file", null), (0, "NIST_1A", "a NIST SPHERE file", null), (0, "Creative Voice", "a Creative VOC file", null),
        (0, "\u0064\u00a3", "an IRCAM file", null), (2, "\u00a3\u0064", "an IRCAM file", null), (0, " paf", "an Ensoniq PAF file", null),
        (0, "fap ", "an Ensoniq PAF file", null), (0, "PVF1", "a Portable Voice file", null), (0, "2BIT", "an AVR file", null),

        // audio in containers or codings that are not supported
        (4, "ftypM4", "an M4A file (AAC or ALAC)", Convert), (4, "ftypqt", "a QuickTime file", Convert), (4, "ftyp3g", "a 3GP file (AMR or AAC)", Convert),
        (4, "ftyp", "an MP4 file (M4A: AAC or ALAC)", Convert), (4, "moov", "a QuickTime file", Convert), (4, "mdat", "a QuickTime file", Convert),
        (4, "wide", "a QuickTime file", Convert), (0, "\u001aE\u00df\u00a3", "a WebM or Matroska file", Convert),
        (0, "0&\u00b2u\u008ef\u00cf\u0011", "a WMA or ASF file", Convert), (0, "#!AMR", "an AMR file", Convert), (0, "#!SILK", "a SILK file", Convert),
        (1, "#!SILK", "a SILK file", Convert), (0, "wvpk", "a WavPack file", Convert), (0, "MAC ", "a Monkey's Audio file", Convert),
        (0, "MPCK", "a Musepack file", Convert), (0, "MP+", "a Musepack file", Convert), (0, "TTA1", "a True Audio file", Convert),
        (0, "TTA2", "a True Audio file", Convert), (0, "ajkg", "a Shorten file", Convert), (0, "OFR ", "an OptimFROG file", Convert),
        (0, "DSD ", "a DSF file (DSD)", Convert), (0, "FRM8", "a DSDIFF file (DSD)", Convert), (0, ".RMF", "a RealMedia file", Convert),
        (0, ".ra\u00fd", "a RealAudio file", Convert), (0, "FLV\u0001", "a Flash video", Convert), (0, "\u0000\u0000\u0001\u00ba", "an MPEG video", Convert),
        (0, "\u0000\u0000\u0001\u00b3", "an MPEG video", Convert), (0, "\u000bw", "an AC-3 file", Convert), (0, "\u007f\u00fe\u0080\u0001", "a DTS file", Convert),
        (0, "MThd", "a MIDI file, which holds notes and no sound", ""),

        // not audio
        (0, "\u0089PNG", "a PNG picture", ""), (0, "\u00ff\u00d8\u00ff", "a JPEG picture", ""), (0, "GIF8", "a GIF picture", ""), (0, "%PDF", "a PDF document", ""),
        (0, "PK\u0003\u0004", "a ZIP archive", Unpack), (0, "\u001f\u008b", "a gzip file", Unpack), (0, "BZh", "a bzip2 file", Unpack),
        (0, "\u00fd7zXZ", "an XZ file", Unpack), (0, "(\u00b5/\u00fd", "a Zstandard file", Unpack), (0, "7z\u00bc\u00af", "a 7-Zip archive", Unpack),
        (0, "Rar!", "a RAR archive", Unpack),
    ];

    private static readonly (string Form, string Name, string Advice)[] RiffForms =
    [
        ("AVI ", "an AVI video", Convert), ("QLCM", "a QCP file", Convert), ("RMID", "a MIDI file, which holds notes and no sound", ""), ("WEBP", "a WebP picture", ""),
    ];

    /// <summary>The format of a file, and what to do if it is not supported (null when libsndfile may read it). Null for an unknown format.</summary>
    /// <param name="head">The first bytes, as Latin-1.</param>
    public static (string Name, string? Advice)? Find(string head)
    {
        foreach (var (offset, mark, name, advice) in Marks)
            if (head.Length >= offset + mark.Length && head.AsSpan(offset, mark.Length).SequenceEqual(mark)) return (name, advice);
        // MPEG audio with layer 0: AAC
        return head.Length >= 2 && head[0] == '\u00ff' && (head[1] & 0xF6) == 0xF0 ? ("an AAC file (ADTS frames)", Convert) : null;
    }

    /// <summary>The same for a RIFF file, by its form type.</summary>
    public static (string Name, string Advice)? FindForm(string form)
    {
        foreach (var (known, name, advice) in RiffForms)
            if (form == known) return (name, advice);
        return null;
    }

    /// <summary>Advice for a coding that libsndfile does not read.</summary>
    public static string ConvertAdvice => Convert;

    /// <summary>Latin-1 characters for messages: as text if all are printable, otherwise in hexadecimal.</summary>
    public static string Shown(string latin1) => latin1.All(c => c is >= ' ' and <= '~')
        ? $"'{latin1}'" : string.Join(' ', latin1.Select(c => $"{(int)c:X2}"));
}
