using Qwen2Audio.Audio.Pictures;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Evaluation.Pages;

/// <summary>A clip on a page: its log-mel spectrogram with axes in seconds and kHz, and a player.</summary>
internal static class AudioFigure
{
    private const double MinSpace = 0.1; // between two labels of an axis, as a fraction of its length
    private static readonly double[] Kilohertz = [0, 0.5, 1, 2, 4, 8, 16];
    private static readonly double[] Steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

    /// <summary>The figure as HTML.</summary>
    /// <param name="name">Its title.</param>
    /// <param name="details">Short text beside it; may be empty.</param>
    /// <param name="picture">The spectrogram.</param>
    /// <param name="top">The value in dB that is lightest.</param>
    /// <param name="samples">The sound, one channel; clipped to full scale.</param>
    public static string Html(string name, string details, MelPicture picture, double top, ReadOnlySpan<float> samples)
    {
        using var wav = new MemoryStream();
        WavWriter.Write(wav, samples, picture.SampleRate);
        var html = new StringBuilder($"<figure>\n<figcaption><b>{HtmlPage.Text(name)}</b>{(details.Length == 0 ? "" : $" <span class=\"dim\">{HtmlPage.Text(details)}</span>")}</figcaption>\n");
        html.Append(CultureInfo.InvariantCulture,
            $"<div class=\"plot\"><img alt=\"Spectrogram: {HtmlPage.Text(name)}\" src=\"{HtmlPage.DataUri("image/png", picture.ToPng(top))}\" />");
        foreach (var tick in FrequencyTicks(picture))
            html.Append(CultureInfo.InvariantCulture, $"<span class=\"y\" style=\"bottom:{100 * picture.HeightOf(1000 * tick):0.##}%\">{tick:0.#}{(tick == 0 ? " kHz" : "")}</span>");
        foreach (var tick in TimeTicks(picture.Seconds))
            html.Append(CultureInfo.InvariantCulture, $"<span class=\"x{(tick == 0 ? " first" : "")}\" style=\"left:{100 * tick / picture.Seconds:0.##}%\">{tick:0.#}{(tick == 0 ? " s" : "")}</span>");
        return html.Append(CultureInfo.InvariantCulture, $"</div>\n<audio controls=\"controls\" preload=\"none\" src=\"{HtmlPage.DataUri("audio/wav", wav.ToArray())}\"></audio>\n</figure>").ToString();
    }

    private static IEnumerable<double> FrequencyTicks(MelPicture picture)
    {
        var last = double.NegativeInfinity;
        foreach (var tick in Kilohertz.Where(tick => 2000 * tick <= picture.SampleRate))
        {
            if (picture.HeightOf(1000 * tick) - last < MinSpace) continue;
            last = picture.HeightOf(1000 * tick);
            yield return tick;
        }
    }

    private static IEnumerable<double> TimeTicks(double seconds)
    {
        var step = Steps.FirstOrDefault(step => step / seconds >= MinSpace, Steps[^1]);
        for (var i = 0; i * step <= seconds * (1 - MinSpace / 4); i++) yield return i * step;
    }
}
