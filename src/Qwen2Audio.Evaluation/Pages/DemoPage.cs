using Qwen2Audio.Audio.Pictures;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Evaluation.Pages;

/// <summary>A demonstration as a page in one file: the sound with its words, waveform, spectrogram and tokens, what was heard, and what it is.</summary>
public static class DemoPage
{
    private const int MaxSeconds = 30; // of the pictures and players
    private const int MaxLabels = 5;

    /// <summary>Writes the page.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, DemoResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(Html(result)));
    }

    /// <summary>The page.</summary>
    internal static string Html(DemoResult result)
    {
        var page = new HtmlPage("Qwen2Audio: speech, tokens and text");
        var sound = result.Sound;
        page.Add(sound.Text is { } text
            ? $"<p>The voice <b>{HtmlPage.Text(sound.Source)}</b> says: “{HtmlPage.Text(text)}” <span class=\"dim\">Read as: {HtmlPage.Text(string.Join(' ', sound.SpokenWords))}</span></p>"
            : $"<p>The recording <span class=\"path\">{HtmlPage.Text(sound.Source)}</span>.</p>");
        AddSound(page, sound, result.Transcription.Words);
        AddText(page, result);
        AddLabels(page, result);
        if (result.Warnings.Count > 0)
        {
            page.Add("<h2>Warnings</h2>");
            foreach (var warning in result.Warnings) page.Add($"<p>{HtmlPage.Text(warning)}</p>");
        }

        return page.ToString();
    }

    private static void AddSound(HtmlPage page, DemoSound sound, IReadOnlyList<TranscribedWord> words)
    {
        using var pool = new WorkerPool(1);
        var (rate, clip) = (sound.Clip.SampleRate, sound.Clip);
        var samples = clip.Samples.AsSpan(0, Math.Min(clip.Samples.Length, MaxSeconds * rate));
        var picture = MelPicture.Of(pool, samples, rate);
        var (seconds, kilobits) = (picture.Seconds, sound.FrameRate * sound.Codebooks * Math.Log2(sound.Entries) / 1000);
        page.Add("<h2>The sound</h2>");
        page.Add(string.Create(CultureInfo.InvariantCulture,
            $"<figure class=\"sound\">\n<figcaption><b>{clip.Seconds:0.00} s, {rate / 1000.0:0.#} kHz</b><span class=\"dim\">{(samples.Length < clip.Samples.Length ? $"the first {MaxSeconds} s; " : "")}from the top: words as heard, waveform, spectrogram, tokens</span></figcaption>"));
        page.Add(SoundPlots.Words(words, seconds)).Add(SoundPlots.Waveform(samples)).Add(AudioFigure.Spectrogram("the sound", picture, picture.Loudest) + "</div>");
        page.Add(SoundPlots.Codes(sound.Codes, sound.Codebooks, sound.Entries, sound.FrameRate, seconds, AudioFigure.TimeAxis(seconds)));
        page.Add(AudioFigure.Player(samples, rate)).Add("</figure>");
        page.Add(string.Create(CultureInfo.InvariantCulture,
            $"<p class=\"dim\">Tokens: {sound.Codes.Count / sound.Codebooks} frames of {1000 / sound.FrameRate:0.#} ms with {sound.Codebooks} codebooks of {sound.Entries} entries, {kilobits:0.##} kbit/s before entropy coding. A column of the lowest picture is a frame, a row a codebook (1 is the coarsest), a colour the number of an entry.</p>"));
        if (sound.Decoded is not { } decoded) return;
        var again = decoded.Samples.AsSpan(0, Math.Min(decoded.Samples.Length, MaxSeconds * rate));
        page.Add("<h2>Decoded from its tokens</h2>").Add(AudioFigure.Html("decoded", "the same brightness as above", MelPicture.Of(pool, again, rate), picture.Loudest, again, "sound"));
    }

    private static void AddText(HtmlPage page, DemoResult result)
    {
        var heard = result.Transcription;
        page.Add("<h2>What was heard</h2>");
        page.Add(heard.Text.Length > 0 ? $"<p class=\"heard\">{HtmlPage.Text(heard.Text)}</p>" : "<p class=\"dim\">No words.</p>");
        if (heard.Words.Count > 0) page.Table(["word", "from", "to", "confidence"], heard.Words.Select(word => (string[])[word.Text, Number(word.Start, " s"), Number(word.End, " s"), Percent(word.Confidence)]), 1);
    }

    private static void AddLabels(HtmlPage page, DemoResult result)
    {
        var labels = result.Classification.Labels;
        page.Add("<h2>What it is</h2>");
        if (labels.Count == 0)
        {
            page.Add("<p class=\"dim\">No label.</p>");
            return;
        }

        List<string[]> rows = [.. labels.Take(MaxLabels).Select(label => (string[])[label.Label, Percent(label.Probability)])];
        if (labels.Count > MaxLabels) rows.Add([$"{labels.Count - MaxLabels} other labels", Percent(labels.Skip(MaxLabels).Sum(label => label.Probability))]);
        page.Table(["label", "probability among these"], rows, 1);
    }

    private static string Number(double value, string unit) => value.ToString("0.00", CultureInfo.InvariantCulture) + unit;

    private static string Percent(double value) => (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
