namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>The parts of a codec report as text, for tables and pages.</summary>
public static class CodecReportText
{
    /// <summary>Column headings of <see cref="Cells(CodecReportRow)"/>; the first two columns are names.</summary>
    public static IReadOnlyList<string> Heading { get; } =
        ["clips of", "coding", "kbit/s", "in a file", "mel", "STFT", "SI-SDR", "STOI", "ESTOI", "level", "encode ×", "decode ×", "clips", "with STOI"];

    /// <summary>The same for a page: with units, and which direction is better.</summary>
    public static IReadOnlyList<string> LongHeading { get; } =
    [
        "clips of", "coding", "kbit/s of the codes", "kbit/s in a file", "mel distance ↓", "STFT distance ↓", "SI-SDR, dB ↑", "STOI ↑", "ESTOI ↑", "level, dB",
        "encoding, × real time ↑", "decoding, × real time ↑", "clips", "clips with STOI",
    ];

    /// <summary>Column headings of <see cref="Cells(CodebookUse)"/>.</summary>
    public static IReadOnlyList<string> BookHeading { get; } = ["codebook", "entries", "used", "perplexity", "entropy, bits"];

    /// <summary>The cells of a row.</summary>
    public static string[] Cells(CodecReportRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return
        [
            row.Dataset, row.Name, Number(row.Kilobits, "0.00"), Number(row.FileKilobits, "0.00"), Number(row.Mel, "0.000"), Number(row.Stft, "0.000"),
            Number(row.SiSdr, "0.0"), Number(row.Stoi, "0.000"), Number(row.Estoi, "0.000"), Number(row.Level, "0.0"), Number(row.EncodeSpeed, "0"), Number(row.DecodeSpeed, "0"),
            Number(row.Clips, "0"), Number(row.StoiClips, "0"),
        ];
    }

    /// <summary>The cells of a codebook.</summary>
    public static string[] Cells(CodebookUse book)
    {
        ArgumentNullException.ThrowIfNull(book);
        return [Number(book.Codebook, "0"), Number(book.Entries, "0"), Number(100.0 * book.Used / book.Entries, "0.0") + " %", Number(book.Perplexity, "0"), Number(book.Bits, "0.00")];
    }

    /// <summary>What was measured and how, a sentence or two per line.</summary>
    public static IEnumerable<string> Notes(CodecReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{report.Source}: {report.Clips} clips, {report.Seconds:0.0} s, one channel at {report.SamplingRate} Hz and at the level at which codecs are trained. Figures are means over clips; levels are medians.");
        yield return "mel, STFT: distances of spectra as in codec training, lower is better. STOI, ESTOI: intelligibility, 1 is best; clips shorter than 0.5 s have none. SI-SDR: difference of the samples in dB, higher is better; far below 0 if a codec invents phases. level: how much louder the decoded sound is, in dB.";
        if (report.Model is null) yield break;
        yield return "not quantised: encoder and decoder without codebooks, the limit for more bits. kbit/s: the plain codes.";
        yield return string.Create(CultureInfo.InvariantCulture,
            $"encode ×, decode ×: times faster than real time, {report.Threads} {(report.Threads == 1 ? "thread" : "threads")}. in a file: kbit/s of token files without their headers, {(report.HasStatistics ? "with the statistics of the codec's folder" : "without statistics, which --statistics writes into the codec's folder")}. Codebooks: over {report.Frames} frames; entropies are too low for few frames.");
        if (report.Streaming is { } streaming)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"As a stream, on one thread: delay {streaming.DelayMilliseconds:0.#} ms; each 20 ms take {streaming.EncodeMilliseconds:0.00} ms to encode and {streaming.DecodeMilliseconds:0.00} ms to decode, {streaming.EncodeSpeed:0} and {streaming.DecodeSpeed:0} times faster than real time.");
    }

    private static string Number(double? value, string format) =>
        value is not { } some ? "–" : double.IsInfinity(some) ? "∞" : some.ToString(format, CultureInfo.InvariantCulture);
}
