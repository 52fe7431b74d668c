using Qwen2Audio.Evaluation.Sound;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Tasks.Manifests;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>
/// Measures a codec at several bitrates on the clips of a manifest or folder, and sounds that other programs have decoded from the same
/// clips. A clip that cannot be measured is listed and does not stop the others.
/// </summary>
public sealed class CodecReportRun
{
    private readonly ReportedCodec? _codec;
    private readonly CodecReportOptions _options;
    private readonly SpectralComparison _spectra;
    private readonly ClipMeasure _measure;
    private readonly List<IReadOnlyList<ManifestRow>> _datasets;
    private readonly HashSet<string> _warnings = new(StringComparer.Ordinal);
    private int _clippedSamples;

    private CodecReportRun(ReportedCodec? codec, CodecReportOptions options, SpectralComparison spectra)
    {
        (_codec, _options, _spectra) = (codec, options, spectra);
        var isFolder = Directory.Exists(options.Source);
        var root = Path.GetFullPath(options.Source);
        _measure = new ClipMeasure(codec, options, isFolder ? root : Path.GetDirectoryName(root)!);
        _datasets = isFolder ? ClipSelection.Datasets(SoundFiles.Of(options.Source), options.Source, options.Split, options.Datasets) : OfManifest();
    }

    /// <summary>Measures.</summary>
    /// <param name="codec">The codec; null: only decoded sounds are compared.</param>
    /// <param name="options">What is measured.</param>
    /// <param name="spectra">Computes spectral distances.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="ManifestException">The manifest or folder is not usable, or the file of answers cannot be resumed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static CodecReport Run(ReportedCodec? codec, CodecReportOptions options, SpectralComparison spectra, CancellationToken cancellation = default) =>
        new CodecReportRun(codec, options, spectra).Run(cancellation);

    private CodecReport Run(CancellationToken cancellation)
    {
        if (_options.Page is { } planned) AtomicFile.Require(planned);
        if (_options.Sounds is { } sounds)
        {
            if (File.Exists(sounds)) throw new IOException($"{sounds} is a file; allowed: a folder.");
            Directory.CreateDirectory(sounds);
        }

        var (model, settings) = (_codec?.Name ?? "", _measure.Settings);
        var answers = _options.Answers is { } path ? AnswerFile<MeasuredClip>.Open(path, _options.Resume, model, settings, MeasuredClip.Parse) : null;
        var statistics = new TokenStatistics(_codec?.Config.Stages ?? 0, _codec?.Config.Entries ?? 0);
        var tally = new CodecTally();
        List<ManifestRow> rows = [.. _datasets.SelectMany(dataset => ClipSelection.Spread(dataset, _options.Limit))];
        foreach (var row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            var clip = answers?.Take(row.Path, row.Offset);
            if (clip is null)
            {
                clip = Measure(row, new MeasuredClip { Path = row.Path, Offset = row.Offset, Dataset = row.Dataset, Model = model, Decoding = settings }, cancellation);
                answers?.Add(clip);
            }

            for (var book = 0; book < (clip.Codes?.Count ?? 0); book++) statistics.Add(book, clip.Codes![book]);
            tally.Add(clip);
            _options.Progress?.Report(new ManifestProgress(tally.Clips.Count + tally.Skipped.Count, rows.Count, row.Path));
        }

        List<CodebookUse> use = [.. statistics.Counts.Take(_measure.Codebooks is [var most, ..] ? most : 0).Select((counts, book) => CodebookUse.Of(book + 1, counts))];
        var report = new CodecReport
        {
            Model = _codec?.Name,
            Source = _options.Source,
            SamplingRate = _measure.SamplingRate,
            Threads = _codec?.Threads ?? 1,
            Clips = tally.Clips.Count,
            Seconds = tally.Clips.Sum(clip => clip.Seconds),
            Rows = tally.Rows(_codec?.Config.FrameRate ?? 0, use),
            Codebooks = use,
            Streaming = _codec?.MeasureStreaming(),
            Frames = use.Count > 0 ? statistics.Counts[0].Sum() : 0,
            HasStatistics = _codec?.Statistics is not null,
            Skipped = tally.Skipped,
            Warnings = [.. _codec?.Warnings ?? [], .. _warnings, .. OfClips(tally), .. Lengths(tally), .. Clipped()],
        };
        if (_options.WriteStatistics && report.Frames > 0) statistics.Write(_codec!.Folder);
        if (_options.WriteGains && report.Clips > 0 && _codec!.WriteGains(report.Rows) is { } problem) report = report with { Warnings = [.. report.Warnings, problem] };
        if (_options.Page is { } page && report.Clips > 0) CodecReportPage.Write(page, report, OnPage(tally, cancellation), _spectra);
        return report;
    }

    private MeasuredClip Measure(ManifestRow row, MeasuredClip empty, CancellationToken cancellation)
    {
        try
        {
            var clip = LevelledClip.Read(row, _measure.SamplingRate);
            List<DecodedClip> made = [.. _measure.Decode(clip)];
            if (_options.Sounds is { } folder) Write(folder, clip, made);
            return empty with
            {
                Seconds = clip.Seconds,
                Codings = [.. made.Select(decoded => ClipMeasure.Compare(clip, decoded, _spectra))],
                Codes = made.Find(decoded => decoded.Codes is not null)?.Codes, // the first has the most codebooks
                Warnings = clip.Warnings.Count > 0 ? clip.Warnings : null,
            };
        }
#pragma warning disable CA1031 // whatever one clip causes, the others are still measured
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return empty with { Error = exception.Message };
        }
    }

    private void Write(string folder, LevelledClip clip, List<DecodedClip> made)
    {
        var name = _measure.Relative(clip);
        _clippedSamples += SoundFiles.Write(Path.Combine(folder, CodecReportPage.Original), name, clip.Unlevelled(clip.Samples), clip.SamplingRate);
        foreach (var decoded in made)
            _clippedSamples += SoundFiles.Write(Path.Combine(folder, decoded.Name.Replace(' ', '-')), name, clip.Unlevelled(decoded.Samples), clip.SamplingRate);
    }

    /// <summary>The clips of the page, spread over the datasets, from those that were measured.</summary>
    private IEnumerable<(LevelledClip Clip, IReadOnlyList<DecodedClip> Made)> OnPage(CodecTally tally, CancellationToken cancellation)
    {
        var measured = tally.Clips.Select(clip => (clip.Path, clip.Offset)).ToHashSet();
        List<List<ManifestRow>> known = [.. _datasets.Select(dataset => dataset.Where(row => measured.Contains((row.Path, row.Offset))).ToList()).Where(dataset => dataset.Count > 0)];
        var each = (_options.PageClips + known.Count - 1) / known.Count;
        List<List<ManifestRow>> chosen = [.. known.Select(dataset => ClipSelection.Spread(dataset, each).ToList())];
        foreach (var row in Enumerable.Range(0, each).SelectMany(i => chosen.Where(dataset => i < dataset.Count).Select(dataset => dataset[i])).Take(_options.PageClips))
        {
            cancellation.ThrowIfCancellationRequested();
            var clip = LevelledClip.Read(row, _measure.SamplingRate);
            yield return (clip, [.. _measure.Decode(clip)]);
        }
    }

    private List<IReadOnlyList<ManifestRow>> OfManifest()
    {
        var manifest = Manifest.Read(_options.Source);
        foreach (var warning in ValidationRun.PassedOver(manifest, _options.Split)) _warnings.Add(warning);
        return ClipSelection.Datasets(manifest.Require(_options.Split), _options.Source, _options.Split, _options.Datasets);
    }

    private static IEnumerable<string> OfClips(CodecTally tally) => tally.Clips.SelectMany(clip => (clip.Warnings ?? []).Select(warning => (clip.Path, Text: warning)))
        .GroupBy(warning => warning.Text, StringComparer.Ordinal)
        .Select(group => group.Count() == 1 ? $"{group.First().Path}: {group.Key}" : $"{group.Count()} clips such as {group.First().Path}: {group.Key}");

    private static IEnumerable<string> Lengths(CodecTally tally) => tally.Clips.SelectMany(clip => clip.Codings).Where(coding => coding.LengthDifference != 0)
        .GroupBy(coding => coding.Name, StringComparer.Ordinal).Select(group => FormattableString.Invariant(
            $"{group.Key}: {group.Count()} decoded sounds are up to {1000 * group.Max(coding => Math.Abs(coding.LengthDifference)):0.#} ms longer or shorter than their clips; a missing end counts as silence, a longer one is not compared"));

    private IEnumerable<string> Clipped() => _clippedSamples == 0 ? [] : [$"{_options.Sounds}: {_clippedSamples} samples were beyond full scale and were clipped in the WAV files"];
}
