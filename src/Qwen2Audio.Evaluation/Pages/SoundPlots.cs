using Qwen2Audio.Audio.Pictures;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Evaluation.Pages;

/// <summary>Parts of a figure that share its time axis: words, waveform, codes.</summary>
internal static class SoundPlots
{
    private const int MostColumns = 1200; // of the waveform
    private const float LeastPeak = 1e-4f;

    /// <summary>The words at their times.</summary>
    public static string Words(IEnumerable<TranscribedWord> words, double seconds)
    {
        var html = new StringBuilder("<div class=\"plot words\">");
        foreach (var word in words.Where(word => word.Start < seconds))
        {
            html.Append(CultureInfo.InvariantCulture,
                $"<span style=\"left:{100 * word.Start / seconds:0.##}%;width:{100 * (Math.Min(word.End, seconds) - word.Start) / seconds:0.##}%\" title=\"{HtmlPage.Text(word.Text)}: {word.Start:0.00}–{word.End:0.00} s\">{HtmlPage.Text(word.Text)}</span>");
        }

        return html.Append("</div>").ToString();
    }

    /// <summary>The waveform, scaled to its peak.</summary>
    public static string Waveform(ReadOnlySpan<float> samples)
    {
        var peak = LeastPeak;
        foreach (var sample in samples) peak = Math.Max(peak, Math.Abs(sample));
        var columns = Math.Min(MostColumns, samples.Length);
        StringBuilder upper = new(), lower = new();
        for (var column = 0; column < columns; column++)
        {
            var (from, to) = ((int)((long)samples.Length * column / columns), (int)((long)samples.Length * (column + 1) / columns));
            var (least, most) = (float.MaxValue, float.MinValue);
            foreach (var sample in samples[from..to]) (least, most) = (Math.Min(least, sample), Math.Max(most, sample));
            upper.Append(CultureInfo.InvariantCulture, $"{(column == 0 ? "M" : "L")}{column} {-most / peak:0.###}");
            lower.Insert(0, string.Create(CultureInfo.InvariantCulture, $"L{column} {-least / peak:0.###}"));
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"<div class=\"plot wave\"><svg viewBox=\"0 -1 {columns} 2\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Waveform\"><path d=\"{upper}{lower}Z\" /></svg><span class=\"y\" style=\"bottom:50%\">±{peak:0.##}</span></div>");
    }

    /// <summary>The codes, a row for each codebook; <paramref name="axis"/> follows inside.</summary>
    /// <param name="codes">The codes, [frames, codebooks].</param>
    /// <param name="codebooks">Number of codebooks.</param>
    /// <param name="entries">Entries of a codebook.</param>
    /// <param name="frameRate">Frames a second.</param>
    /// <param name="seconds">Length of the time axis; frames after it are not shown.</param>
    /// <param name="axis">The axis as HTML.</param>
    public static string Codes(IReadOnlyList<int> codes, int codebooks, int entries, double frameRate, double seconds, string axis)
    {
        var frames = Math.Clamp((int)Math.Round(seconds * frameRate), 1, codes.Count / codebooks);
        var picture = CodePicture.ToPng([.. codes.Take(frames * codebooks)], codebooks, entries);
        var html = new StringBuilder().Append(CultureInfo.InvariantCulture,
            $"<div class=\"plot codes\"><img alt=\"Tokens by codebook and time\" style=\"width:{Math.Min(100, 100 * frames / frameRate / seconds):0.##}%;height:{Math.Max(3, 0.9 * codebooks):0.#}rem\" src=\"{HtmlPage.DataUri("image/png", picture)}\" />");
        for (var book = 0; book < codebooks; book++)
            if (book == 0 || book == codebooks - 1) html.Append(CultureInfo.InvariantCulture, $"<span class=\"y\" style=\"bottom:{100 * (codebooks - book - 0.5) / codebooks:0.#}%\">{book + 1}</span>");
        return html.Append(axis).Append("</div>").ToString();
    }
}
