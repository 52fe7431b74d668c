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
    /// <param name="style">Class of the figure; may be empty.</param>
    public static string Html(string name, string details, MelPicture picture, double top, ReadOnlySpan<float> samples, string style = "") =>
        $"<figure{(style.Length == 0 ? "" : $" class=\"{style}\"")}>\n<figcaption><b>{HtmlPage.Text(name)}</b>{(details.Length == 0 ? "" : $" <span class=\"dim\">{HtmlPage.Text(details)}</span>")}</figcaption>\n"
        + $"{Spectrogram(name, picture, top)}{TimeAxis(picture.Seconds)}</div>\n{Player(samples, picture.SampleRate)}\n</figure>";

    /// <summary>The spectrogram with its frequencies, as a division that is still open.</summary>
    public static string Spectrogram(string name, MelPicture picture, double top)
    {
        var html = new StringBuilder($"<div class=\"plot\"><img alt=\"Spectrogram: {HtmlPage.Text(name)}\" src=\"{HtmlPage.DataUri("image/png", picture.ToPng(top))}\" />");
        foreach (var tick in FrequencyTicks(picture))
            html.Append(CultureInfo.InvariantCulture, $"<span class=\"y\" style=\"bottom:{100 * picture.HeightOf(1000 * tick):0.##}%\">{tick:0.#}{(tick == 0 ? " kHz" : "")}</span>");
        return html.ToString();
    }

    /// <summary>The seconds below a plot.</summary>
    public static string TimeAxis(double seconds)
    {
        var html = new StringBuilder();
        foreach (var tick in TimeTicks(seconds))
            html.Append(CultureInfo.InvariantCulture, $"<span class=\"x{(tick == 0 ? " first" : "")}\" style=\"left:{100 * tick / seconds:0.##}%\">{tick:0.#}{(tick == 0 ? " s" : "")}</span>");
        return html.ToString();
    }

    /// <summary>A player.</summary>
    public static string Player(ReadOnlySpan<float> samples, int sampleRate)
    {
        using var wav = new MemoryStream();
        WavWriter.Write(wav, samples, sampleRate);
        return $"<audio controls=\"controls\" preload=\"none\" src=\"{HtmlPage.DataUri("audio/wav", wav.ToArray())}\"></audio>";
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
