using Qwen2Audio.Audio.Pictures;
using Qwen2Audio.Evaluation.Pages;
using Qwen2Audio.Evaluation.Sound;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>A codec report as a page: the table, and clips before and after as spectrograms with players.</summary>
internal static class CodecReportPage
{
    /// <summary>Name of the clip that was coded.</summary>
    public const string Original = "original";

    private const int MaxSeconds = 8;

    /// <summary>Writes the page.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, CodecReport report, IEnumerable<(LevelledClip Clip, IReadOnlyList<DecodedClip> Made)> clips, SpectralComparison spectra)
    {
        var page = new HtmlPage(report.Model is { } model ? $"Codec report: {Path.GetFileName(Path.TrimEndingDirectorySeparator(model))}" : "Codec report");
        var (all, parts) = (report.Rows.Where(row => row.Dataset == CodecReportRow.All), report.Rows.Where(row => row.Dataset != CodecReportRow.All).ToList());
        List<string> notes = [.. CodecReportText.Notes(report)];
        page.Add($"<p>{HtmlPage.Text(notes[0])}</p>").Table(CodecReportText.LongHeading, all.Select(CodecReportText.Cells), 2);
        foreach (var line in notes.Skip(1)) page.Add($"<p class=\"dim\">{HtmlPage.Text(line)}</p>");
        using var pool = new WorkerPool(1);
        foreach (var (clip, made) in clips) AddClip(page, pool, clip, made, report.Rows, spectra);
        if (report.Codebooks.Count > 0) page.Add("<h2>Codebooks</h2>").Table(CodecReportText.BookHeading, report.Codebooks.Select(CodecReportText.Cells), 1);
        if (parts.Count > 0) page.Add("<h2>By dataset</h2>").Table(CodecReportText.LongHeading, parts.Select(CodecReportText.Cells), 2, i => i > 0 && parts[i].Dataset != parts[i - 1].Dataset);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(page.ToString()));
    }

    private static void AddClip(HtmlPage page, WorkerPool pool, LevelledClip clip, IReadOnlyList<DecodedClip> made, IReadOnlyList<CodecReportRow> rows, SpectralComparison spectra)
    {
        var shown = Math.Min(clip.Samples.Length, MaxSeconds * clip.SamplingRate);
        var original = MelPicture.Of(pool, clip.Samples.AsSpan(0, shown), clip.SamplingRate);
        var about = string.Create(CultureInfo.InvariantCulture, $"{clip.Seconds:0.0} s{(shown < clip.Samples.Length ? $", the first {MaxSeconds} s shown" : "")}");
        page.Add($"<h2>{HtmlPage.Text(clip.Row.Dataset)}: <span class=\"path\">{HtmlPage.Text(Path.GetFileName(clip.Row.Path))}</span></h2>");
        page.Add($"<p>{HtmlPage.Text(clip.Row.Text)} <span class=\"dim\">({about})</span></p>");
        page.Add("<div class=\"grid\">").Add(AudioFigure.Html(Original, "", original, original.Loudest, clip.Samples.AsSpan(0, shown)));
        foreach (var decoded in made)
        {
            var figures = AudioMetrics.Of(clip.Samples, decoded.Samples, clip.SamplingRate, spectra);
            var kilobits = rows.First(row => row.Name == decoded.Name).Kilobits;
            var samples = decoded.Samples.AsSpan(0, shown);
            page.Add(AudioFigure.Html(kilobits is { } some ? string.Create(CultureInfo.InvariantCulture, $"{some:0.##} kbit/s, {decoded.Name}") : decoded.Name,
                string.Create(CultureInfo.InvariantCulture, $"{(figures.Stoi is { } stoi ? $"STOI {stoi:0.000}, " : "")}mel {figures.Mel:0.000}"),
                MelPicture.Of(pool, samples, clip.SamplingRate), original.Loudest, samples));
        }

        page.Add("</div>");
    }
}
