using System.Xml.Linq;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Evaluation.Sound;
using Qwen2Audio.Training.Codec;

namespace Qwen2Audio.Cli.Tests;

/// <summary>codec-report.</summary>
public sealed class CodecReportCommandTests : TestInFolder
{
    private const int Rate = 16_000;

    /// <summary>Six clips of two datasets, the last one short, and two folders of clips as another codec might decode them.</summary>
    public CodecReportCommandTests()
    {
        var random = new Random(5);
        List<string> rows = ["path\tdataset\ttext_or_label\tsplit"];
        for (var i = 0; i < 6; i++)
        {
            var file = $"clips/{i}.wav";
            float[] sound = [.. Enumerable.Range(0, i == 5 ? 6000 : 12_000 + 900 * i).Select(t => 0.2f * MathF.Sin(t * 0.02f * (i + 2)) * MathF.Sin(t * 0.0007f) + 0.02f * (random.NextSingle() - 0.5f))];
            Write(file, sound);
            Write($"noisy/{file}", [.. sound.Select(sample => sample + 0.02f * (random.NextSingle() - 0.5f))]);
            Write($"shorter/{file}", sound[..^160]);
            rows.Add($"{file}\t{(i % 2 == 0 ? "even" : "odd")}\t<{i} & more>\tval");
        }

        File.WriteAllLines(Manifest, rows);
    }

    private string Manifest => Folder["manifest.tsv"];

    [Fact]
    public void Decoded_sounds_are_compared_with_their_clips()
    {
        var report = Report(Manifest, "--decoded", Folder["noisy"], Folder["shorter"]);
        Assert.Equal(["all noisy", "all shorter", "even noisy", "even shorter", "odd noisy", "odd shorter"],
            report.GetProperty("rows").EnumerateArray().Select(row => $"{row.GetProperty("dataset").GetString()} {row.GetProperty("name").GetString()}"));
        using var spectra = new SpectralDistance();
        foreach (var (folder, number) in new[] { ("noisy", 0), ("shorter", 1) })
        {
            var wanted = Enumerable.Range(0, 6).Select(i =>
            {
                var (clip, made) = (Read($"clips/{i}.wav"), Read($"{folder}/clips/{i}.wav"));
                var (mean, gain) = ActiveLevel.Normalise(clip, Rate);
                float[] levelled = [.. made.Concat(new float[clip.Length - made.Length]).Select((sample, at) => at < made.Length ? (float)(gain * (sample - mean)) : (float)(gain * -mean))];
                return (Spectra: spectra.Measure(clip, levelled, Rate), Ratio: SignalDistortion.ScaleInvariant(clip, levelled), Heard: clip.Length < 8000 ? null : ShortTimeIntelligibility.Measure(clip, levelled, Rate));
            }).ToList();
            var row = report.GetProperty("rows")[number];
            Near(wanted.Average(clip => clip.Spectra.Mel), "mel");
            Near(wanted.Average(clip => clip.Spectra.LogMagnitude + clip.Spectra.Convergence), "stft");
            Near(wanted.Average(clip => clip.Ratio), "si_sdr");
            Near(wanted.Average(clip => clip.Heard?.Stoi)!.Value, "stoi");
            Near(wanted.Average(clip => clip.Heard?.Estoi)!.Value, "estoi");
            Assert.Equal((6, 5), (row.GetProperty("clips").GetInt32(), row.GetProperty("stoi_clips").GetInt32()));

            void Near(double value, string name) => Assert.Equal(value, row.GetProperty(name).GetDouble(), 1e-9);
        }

        Assert.Contains("shorter: 6 decoded sounds are up to 10 ms longer or shorter", report.GetProperty("warnings").ToString(), StringComparison.Ordinal);
    }

    /// <summary>A codec with random weights: the report's values for all codebooks equal training's, and its codebook use matches the codes in its lines.</summary>
    [Fact]
    public void A_codec_is_measured_at_each_bitrate()
    {
        var recipe = CodecRecipeFile.Parse($$"""
            task: codec
            stored: float32
            data: {manifests: [{{Manifest}}], split: val, batch: 2, crop_seconds: 0.2}
            model: {sub_frames: 1, mel_bins: 16, encoder_width: 16, encoder_inner: 24, encoder_blocks: 1, decoder_width: 16, decoder_inner: 24, decoder_blocks: 1,
              kernel: 3, dimension: 8, books: 3, entries: 8}
            quantiser: {start_frames: 40}
            phases: [{steps: 1, learning_rate: 1e-3, draws: { even: 1, odd: 1 } }]
            """, "recipe.yaml");
        using var task = new CodecTask(recipe, CodecCorpus.Load(recipe, "recipe.yaml"), 1);
        task.Begin(0);
        Directory.CreateDirectory(Folder["codec"]);
        task.WriteModel(Folder["codec"]);
        var trained = task.Measure().SelectMany(figures => figures.Figures.Where(figure => figure.Name == "mel").Select(figure => (figures.Clips, Mel: figure.Value))).ToList();

        var report = Report(Manifest, "--model", Folder["codec"], "--codebooks", "1,3", "--threads", "1", "--out", Folder["lines.jsonl"], "--sounds", Folder["sounds"]);
        var rows = report.GetProperty("rows").EnumerateArray().Where(row => row.GetProperty("dataset").GetString() == "all").ToList();
        Assert.Equal(["not quantised", "3 codebooks", "1 codebook"], rows.Select(row => row.GetProperty("name").GetString()));
        Assert.Equal(trained.Sum(figure => figure.Clips * figure.Mel) / 6, rows[1].GetProperty("mel").GetDouble(), 2e-3); // training rounds recordings to 16 bits
        Assert.InRange(report.GetProperty("streaming").GetProperty("delay_milliseconds").GetDouble(), 74, 76); // frame 20, window 10, look-ahead 40, overlap 5
        Assert.True(report.GetProperty("streaming").GetProperty("encode_milliseconds").GetDouble() > 0);
        Assert.Equal([0.45, 0.15], rows.Skip(1).Select(row => Math.Round(row.GetProperty("kilobits").GetDouble(), 9)));
        Assert.All(rows.Skip(1), row => Assert.True(row.GetProperty("encode_speed").GetDouble() > 0 && row.GetProperty("decode_speed").GetDouble() > 0));
        Assert.Equal(["1-codebook", "3-codebooks", "not-quantised", "original"], Directory.GetDirectories(Folder["sounds"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(12_000, Read("sounds/3-codebooks/clips/0.wav").Length);

        var lines = File.ReadAllLines(Folder["lines.jsonl"]).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("codes")).ToList();
        var entropies = new double[3];
        var counts = new long[3][];
        for (var book = 0; book < 3; book++)
        {
            List<int> codes = [.. lines.SelectMany(line => line[book].EnumerateArray().Select(code => code.GetInt32()))];
            var bits = codes.GroupBy(code => code).Sum(group => (double)group.Count() / codes.Count * Math.Log2((double)codes.Count / group.Count()));
            var use = report.GetProperty("codebooks")[book];
            Assert.Equal((book + 1, codes.Distinct().Count()), (use.GetProperty("codebook").GetInt32(), use.GetProperty("used").GetInt32()));
            Assert.Equal(Math.Pow(2, bits), use.GetProperty("perplexity").GetDouble(), 1e-9);
            entropies[book] = bits;
            counts[book] = [.. Enumerable.Range(0, 8).Select(entry => codes.LongCount(code => code == entry))];
        }

        // a file of these short clips has about 20 bytes besides the codes
        var overhead = 6 * 20 * 8 / 1000.0 / report.GetProperty("seconds").GetDouble();
        Assert.Equal((false, 0), (report.GetProperty("has_statistics").GetBoolean(), Directory.GetFiles(Folder["codec"], "token*").Length));
        for (var i = 1; i < 3; i++) Assert.InRange(FileRate(report, i), rows[i].GetProperty("kilobits").GetDouble(), rows[i].GetProperty("kilobits").GetDouble() + overhead);
        Assert.Equal(2, ProgramRun.Of("codec-report", Manifest, "--model", Folder["codec"], "--codebooks", "1", "--statistics").ExitCode);
        Report(Manifest, "--model", Folder["codec"], "--statistics");
        var written = JsonDocument.Parse(File.ReadAllText(Folder["codec/token_statistics.json"])).RootElement.GetProperty("counts");
        Assert.Equal(counts, written.EnumerateArray().Select(book => book.EnumerateArray().Select(count => count.GetInt64()).ToArray()));
        var smaller = Report(Manifest, "--model", Folder["codec"], "--codebooks", "1,3");
        Assert.True(smaller.GetProperty("has_statistics").GetBoolean());
        Assert.InRange(FileRate(smaller, 1), entropies.Sum() * 50 / 1000, FileRate(report, 1) - 1e-9);
        Assert.InRange(FileRate(smaller, 2), entropies[0] * 50 / 1000, FileRate(report, 2) - 1e-9);

        var quiet = Levels(Report(Manifest, "--model", Folder["codec"], "--gains"));
        Assert.Contains(quiet, level => Math.Abs(level) > 0.1);
        Assert.All(Levels(Report(Manifest, "--model", Folder["codec"])), level => Assert.Equal(0, level, 0.01));
        var gains = File.ReadAllText(Folder["codec/output_gains.json"]);
        Report(Manifest, "--model", Folder["codec"], "--gains"); // measured with the gains that are there
        Assert.Equal(Numbers(gains), Numbers(File.ReadAllText(Folder["codec/output_gains.json"])), (a, b) => Math.Abs(a - b) <= 1e-3 * a);
        var some = ProgramRun.Of("codec-report", Manifest, "--model", Folder["codec"], "--gains", "--codebooks", "3,1");
        Assert.Equal(2, some.ExitCode);
        Assert.Contains("--gains needs every number of codebooks: --codebooks 3,2,1", some.Error, StringComparison.Ordinal);
        var wrong = ProgramRun.Of("codec-report", Manifest, "--model", Folder["codec"], "--codebooks", "4");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("--codebooks has 4: the codec allows 3, 2, 1", wrong.Error, StringComparison.Ordinal);
    }

    // by number of codebooks, of all clips
    private static double[] Levels(JsonElement report) => [.. report.GetProperty("rows").EnumerateArray().Skip(1).Take(3).Select(row => row.GetProperty("level").GetDouble())];

    private static double[] Numbers(string gains) => [.. JsonDocument.Parse(gains).RootElement.GetProperty("gains").EnumerateArray().Select(gain => gain.GetDouble())];

    private static double FileRate(JsonElement report, int row) => report.GetProperty("rows")[row].GetProperty("file_kilobits").GetDouble();

    [Fact]
    public void Clips_without_a_decoded_sound_of_their_length_are_left_out_by_name()
    {
        File.Delete(Folder["noisy/clips/1.wav"]);
        Write("noisy/clips/2.wav", new float[3000]);
        var run = ProgramRun.Of("codec-report", Manifest, "--decoded", Folder["noisy"], "--json", "--page", Folder["page.html"]);
        Assert.Equal(3, run.ExitCode);
        Assert.True(File.Exists(Folder["page.html"])); // of those that were measured
        Assert.Contains($"{Folder["noisy/clips/1.wav"]}: there is no such file", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{Folder["noisy/clips/2.wav"]}: 0.188 s long; the clip has 0.863 s; allowed: a difference of 0.1 s", run.Error, StringComparison.Ordinal);
        Assert.Equal(4, JsonDocument.Parse(run.Output).RootElement.GetProperty("clips").GetInt32());
    }

    [Fact]
    public void A_folder_of_sounds_is_measured_like_a_manifest()
    {
        var report = Report(Folder["clips"], "--decoded", Folder["noisy/clips"]);
        Assert.Equal(6, report.GetProperty("clips").GetInt32());
        var same = Report(Manifest, "--decoded", Folder["noisy"]);
        Assert.Equal(same.GetProperty("rows")[0].GetProperty("mel").GetDouble(), report.GetProperty("rows")[0].GetProperty("mel").GetDouble(), 1e-9);
    }

    /// <summary>An interrupted run resumes, and its table equals that of an uninterrupted one.</summary>
    [Fact]
    public void A_report_goes_on_from_its_file()
    {
        string[] arguments = [Manifest, "--decoded", Folder["noisy"], "--out", Folder["lines.jsonl"]];
        var whole = Report(arguments);
        var lines = File.ReadAllLines(Folder["lines.jsonl"]);
        Assert.Equal(6, lines.Length);
        File.WriteAllText(Folder["lines.jsonl"], string.Join('\n', lines[..3]) + "\n" + lines[3][..40]);
        Assert.Equal(whole.GetRawText(), Report([.. arguments, "--resume"]).GetRawText());
        Assert.Equal(lines, File.ReadAllLines(Folder["lines.jsonl"]));
        var other = ProgramRun.Of("codec-report", Manifest, "--decoded", Folder["shorter"], "--out", Folder["lines.jsonl"], "--resume");
        Assert.Equal(3, other.ExitCode);
        Assert.Contains("decoded noisy", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_is_whole_and_needs_no_other_file()
    {
        Report(Manifest, "--decoded", Folder["noisy"], "--page", Folder["page.html"], "--page-clips", "3");
        var text = File.ReadAllText(Folder["page.html"]);
        const string type = "<!doctype html>";
        Assert.StartsWith(type, text, StringComparison.Ordinal);
        var page = XDocument.Parse(text[type.Length..]);
        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName is "script" or "link" or "iframe");
        Assert.Empty(page.Descendants().Attributes("href"));
        Assert.DoesNotContain("url(", text, StringComparison.Ordinal);
        Assert.All(page.Descendants().Attributes("src"), source => Assert.Matches("^data:(image/png|audio/wav);base64,", source.Value));
        Assert.Equal(6, page.Descendants("figure").Count());
        Assert.All(page.Descendants("figure"), figure => Assert.Single(figure.Descendants("img")));
        Assert.Contains("<0 & more>", page.Descendants("p").Select(p => p.Value).First(text => text.Contains("& more", StringComparison.Ordinal)), StringComparison.Ordinal);
        var sound = Convert.FromBase64String(page.Descendants("audio").First().Attribute("src")!.Value.Split(',')[1]);
        Assert.Equal(12_000, AudioFile.Read(new MemoryStream(sound)).Samples.Length);
    }

    [Theory]
    [InlineData("--resume needs --out FILE", "clips", "--decoded", "noisy", "--resume")]
    [InlineData("--statistics needs --model DIR", "clips", "--decoded", "noisy", "--statistics")]
    [InlineData("--gains needs --model DIR of our codec", "clips", "--decoded", "noisy", "--gains")]
    [InlineData("--codebooks needs --model DIR", "clips", "--decoded", "noisy", "--codebooks", "2")]
    [InlineData("a name that ends with .html is needed", "clips", "--decoded", "noisy", "--page", "clips.tsv")]
    public void Options_that_do_not_fit_are_refused(string reason, params string[] arguments)
    {
        var run = ProgramRun.In(Folder, ["codec-report", .. arguments]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    /// <summary>Before the first clip is measured, and not once for each clip.</summary>
    [Theory]
    [InlineData("no/page.html: ", "--page", "no/page.html")]
    [InlineData("taken is a file; allowed: a folder", "--sounds", "taken")]
    public void A_place_that_cannot_be_written_is_refused_first(string reason, params string[] arguments)
    {
        File.WriteAllText(Folder["taken"], "x");
        var run = ProgramRun.In(Folder, ["codec-report", Manifest, "--decoded", Folder["noisy"], .. arguments]);
        Assert.InRange(run.ExitCode, 3, 4);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("left out", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
        Assert.Equal("x", File.ReadAllText(Folder["taken"]));
    }

    private static JsonElement Report(params string[] arguments)
    {
        var run = ProgramRun.Of(["codec-report", .. arguments, "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private void Write(string name, float[] samples)
    {
        var path = Folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = File.Create(path);
        WavWriter.Write(file, samples, Rate);
    }

    private float[] Read(string name) => [.. AudioFile.Read(Folder[name]).Samples];
}
