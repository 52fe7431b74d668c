namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>Accumulates clips into the rows of a report.</summary>
internal sealed class CodecTally
{
    private readonly List<MeasuredClip> _clips = [];

    /// <summary>Clips that could not be measured, with the reason.</summary>
    public List<string> Skipped { get; } = [];

    /// <summary>The clips measured.</summary>
    public IReadOnlyList<MeasuredClip> Clips => _clips;

    /// <summary>Adds a clip.</summary>
    public void Add(MeasuredClip clip)
    {
        if (clip.Error is { } error) Skipped.Add(Formats.Manifests.RowCheck.Named(clip.Path, error));
        else _clips.Add(clip with { Codes = null });
    }

    /// <summary>The rows for all clips and, if there are several datasets, for each.</summary>
    /// <param name="frameRate">The codec's frames per second.</param>
    /// <param name="books">The use of its codebooks.</param>
    public IReadOnlyList<CodecReportRow> Rows(double frameRate, IReadOnlyList<CodebookUse> books)
    {
        var datasets = _clips.GroupBy(clip => clip.Dataset, StringComparer.Ordinal).ToList();
        IEnumerable<(string Name, IEnumerable<MeasuredClip> Clips)> groups = [(CodecReportRow.All, _clips)];
        if (datasets.Count > 1) groups = groups.Concat(datasets.Select(group => (group.Key, group.AsEnumerable())));
        return [.. groups.SelectMany(group => group.Clips
            .SelectMany(clip => clip.Codings.Select(coding => (clip.Seconds, Coding: coding))).GroupBy(pair => pair.Coding.Name, StringComparer.Ordinal)
            .Select(pairs => Row(group.Name, [.. pairs])))];

        CodecReportRow Row(string dataset, List<(double Seconds, MeasuredCoding Coding)> pairs)
        {
            List<MeasuredCoding> codings = [.. pairs.Select(pair => pair.Coding)];
            var used = codings[0].Codebooks;
            return new CodecReportRow
            {
                Dataset = dataset,
                Name = codings[0].Name,
                Codebooks = used,
                Kilobits = used is { } some ? frameRate * some * Math.Log2(books[0].Entries) / 1000 : null,
                FileKilobits = codings.TrueForAll(coding => coding.Bytes is not null) ? 8 * codings.Sum(coding => coding.Bytes) / 1000.0 / pairs.Sum(pair => pair.Seconds) : null,
                Mel = codings.Average(coding => coding.Figures.Mel),
                Stft = codings.Average(coding => coding.Figures.Stft),
                LogMagnitude = codings.Average(coding => coding.Figures.LogMagnitude),
                Convergence = codings.Average(coding => coding.Figures.Convergence),
                SiSdr = codings.Average(coding => coding.Figures.SiSdr),
                Stoi = codings.Average(coding => coding.Figures.Stoi),
                Estoi = codings.Average(coding => coding.Figures.Estoi),
                Level = Median([.. codings.Select(coding => coding.Figures.Level).OfType<double>()]),
                Clips = codings.Count,
                StoiClips = codings.Count(coding => coding.Figures.Stoi is not null),
                EncodeSpeed = Speed(pairs, coding => coding.EncodeSeconds),
                DecodeSpeed = Speed(pairs, coding => coding.DecodeSeconds),
            };
        }
    }

    private static double? Median(List<double> values)
    {
        if (values.Count == 0) return null;
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }

    private static double? Speed(List<(double Seconds, MeasuredCoding Coding)> pairs, Func<MeasuredCoding, double?> time) =>
        pairs.TrueForAll(pair => time(pair.Coding) is not null) ? pairs.Sum(pair => pair.Seconds) / pairs.Sum(pair => time(pair.Coding)) : null;
}
