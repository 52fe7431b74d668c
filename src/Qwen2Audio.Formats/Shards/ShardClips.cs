using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Formats.Shards;

/// <summary>
/// The clips of shards: samples with an audio file and a .txt (the transcript) or .json file (NeMo's fields: text, duration, lang, …), or
/// both. Samples that cannot be used are listed.
/// </summary>
public sealed class ShardClips
{
    private const int MaxTextBytes = 1 << 20;
    private static readonly string[] AudioExtensions = ["wav", "flac", "mp3", "ogg", "opus", "aiff", "aif", "au", "caf", "m4a", "w64"];
    private readonly List<ShardClip> _clips = [];
    private readonly List<SkippedRow> _skipped = [];
    private readonly SortedSet<string> _unused = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);

    private ShardClips()
    {
    }

    /// <summary>Clips in shard order.</summary>
    public IReadOnlyList<ShardClip> Clips => _clips;

    /// <summary>Samples and parts of shards that cannot be used, and why.</summary>
    public IReadOnlyList<SkippedRow> Skipped => _skipped;

    /// <summary>Names of fields of .json files that are not used.</summary>
    public IReadOnlyCollection<string> Unused => _unused;

    /// <summary>Finds the clips of all shards of a pattern and reads their text files, but no audio.</summary>
    /// <exception cref="ShardException">The pattern or an index is invalid, or no shard of the pattern can be opened.</exception>
    public static ShardClips Read(string pattern)
    {
        var result = new ShardClips();
        var dataset = ShardPattern.Stem(pattern);
        var paths = ShardPattern.Expand(Path.GetFullPath(pattern));
        var refused = 0;
        foreach (var path in paths)
        {
            Shard shard;
            try
            {
                shard = Shard.Open(path);
            }
            catch (ShardException exception)
            {
                if (++refused == paths.Count) throw;
                result.Skip(path, dataset, exception.Message);
                continue;
            }

            foreach (var problem in shard.Problems) result.Skip(path, dataset, $"{path}: {problem}");
            foreach (var sample in shard.Samples) result.Add(shard, sample, dataset);
        }

        return result;
    }

    private void Add(Shard shard, ShardSample sample, string dataset)
    {
        var audio = sample.Find(AudioExtensions);
        var path = $"{shard.Path}/{sample.Key}{(audio is null ? "" : $".{audio.Extension}")}";
        try
        {
            if (audio is null)
                throw new ShardException(shard.Path, sample.Key, string.Join(", ", sample.Members.Select(member => "." + member.Extension)), "a sample with an audio file");
            Single(shard, sample, "audio file", AudioExtensions);
            Single(shard, sample, ".txt file", "txt");
            Single(shard, sample, ".json file", "json");
            var row = Row(shard, sample, path, dataset);
            var id = row.Id.Length > 0 ? row.Id : sample.Key;
            if (_seen.TryAdd(id, shard.Path)) _clips.Add(new ShardClip(row with { Id = id }, shard, sample, audio));
            else Skip(path, row.Dataset, $"{path}: its id \"{id}\" is also in {_seen[id]}.", row.Split);
        }
        catch (BadFileException exception)
        {
            Skip(path, dataset, exception.Message);
        }
    }

    // names may have several dots: a.left.wav and a.right.wav are two audio files
    private static void Single(Shard shard, ShardSample sample, string what, params ReadOnlySpan<string> extensions)
    {
        var files = new List<string>();
        foreach (var member in sample.Members)
            if (extensions.Contains(member.Extension[(member.Extension.LastIndexOf('.') + 1)..])) files.Add("." + member.Extension);
        if (files.Count > 1) throw new ShardException(shard.Path, sample.Key, string.Join(", ", files), $"one {what}");
    }

    private ManifestRow Row(Shard shard, ShardSample sample, string path, string dataset)
    {
        var text = sample.Find("txt") is { } plain ? Text(shard, sample, plain) : null;
        if (sample.Find("json") is not { } json)
            return text is null ? throw new ShardException(shard.Path, sample.Key, "only audio", "a .txt or .json file with the audio")
                : new ManifestRow { Path = path, Dataset = dataset, Task = "asr", Text = text, Split = "" };
        var row = ConfigObject.Parse(Text(shard, sample, json), $"{shard.Path}/{sample.Key}.json").Build(fields =>
        {
            var read = ClipFields.Row(fields, path, dataset, text);
            _unused.UnionWith(fields.Unread.Select(name => name[2..]));
            return read;
        });
        return text is null || row.Text.Trim() == text ? row
            : throw new ShardException(shard.Path, sample.Key, $"{Display.Quote(text)} in .txt, {Display.Quote(row.Text)} in .json", "the same text in both");
    }

    private static string Text(Shard shard, ShardSample sample, ShardMember member)
    {
        var place = $"{sample.Key}.{member.Extension}";
        if (member.Length > MaxTextBytes) throw new ShardException(shard.Path, place, $"{member.Length} bytes", $"at most {MaxTextBytes}");
        try
        {
            return PlainFile.Text(shard.Read(sample, member), place).Trim();
        }
        catch (TextFileException exception)
        {
            throw new ShardException(shard.Path, place, "bytes that are not UTF-8", "UTF-8 text", exception);
        }
    }

    private void Skip(string path, string dataset, string reason, string split = "") =>
        _skipped.Add(new SkippedRow(new ManifestRow { Path = path, Dataset = dataset, Text = "", Split = split }, reason));
}
