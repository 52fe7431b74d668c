using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Speech;

/// <summary>
/// What must stay the same in all parts of a run, as names and short texts that a checkpoint carries: every setting but where and when
/// to save, the clips with their texts and sounds, the text units, the feature scale, the pronunciations. Folders are no part of it.
/// </summary>
internal sealed class RunConditions
{
    private const string Prefix = "run.";
    private const int Listed = 12;

    private static readonly JsonSerializerOptions Names = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    private RunConditions()
    {
    }

    /// <summary>The conditions as a checkpoint's metadata.</summary>
    public IEnumerable<KeyValuePair<string, string>> Metadata =>
        _values.Select(pair => KeyValuePair.Create(Prefix + pair.Key, pair.Value));

    /// <summary>True when a checkpoint's metadata has conditions at all.</summary>
    public static bool In(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Keys.Any(name => name.StartsWith(Prefix, StringComparison.Ordinal));

    /// <summary>The conditions of a recipe and of what it became.</summary>
    public static RunConditions Of(SpeechRecipe recipe, SpeechCorpus corpus)
    {
        var data = recipe.Data;
        var settings = recipe with
        {
            Checkpoints = new CheckpointRecipe(),
            // what lies in the files is compared, not where they lie
            Data = data with { Manifests = [], Dictionaries = [], Synthetic = data.Synthetic is null ? null : data.Synthetic with { Folder = "" } },
        };
        var result = new RunConditions();
        result.Add("", JsonSerializer.SerializeToElement(settings, Names));
        result.Add(corpus);
        return result;
    }

    /// <summary>One line for each difference from what a checkpoint carries, the longest lists cut off; empty when there is none.</summary>
    public IReadOnlyList<string> Differences(IReadOnlyDictionary<string, string> metadata)
    {
        var found = metadata.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal)).Select(pair => pair.Key[Prefix.Length..]);
        var lines = new List<string>();
        foreach (var name in _values.Keys.Union(found, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (mine, other) = (_values.GetValueOrDefault(name), metadata.GetValueOrDefault(Prefix + name));
            if (mine != other) lines.Add($"{Short(name)}: {Short(mine ?? "nothing")}, the run has {Short(other ?? "nothing")}");
        }

        return lines.Count <= Listed ? lines : [.. lines.Take(Listed), $"and {lines.Count - Listed} more"];
    }

    private static string Short(string text) => text.Length <= 200 ? text : text[..200] + "…";

    private void Add(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
            foreach (var member in value.EnumerateObject()) Add(name.Length == 0 ? member.Name : $"{name}.{member.Name}", member.Value);
        else if (value.ValueKind == JsonValueKind.Array)
            for (var i = 0; i < value.GetArrayLength(); i++) Add($"{name}[{i}]", value[i]);
        else _values[name] = value.ToString();
    }

    private void Add(SpeechCorpus corpus)
    {
        var clips = corpus.Clips;
        var datasets = clips.GroupBy(clip => clip.Row.Dataset, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key} {group.Count()}");
        _values["corpus.clips"] = $"{clips.Count} clips ({string.Join(", ", datasets)}), " + Hash(sum => Each(clips, sum, clip =>
            $"{Path.GetFileName(clip.Row.Path)}\t{clip.Row.Dataset}\t{clip.Row.Speaker}\t{clip.Text}"));
        _values["corpus.sounds"] = $"{clips.Sum(clip => (long)clip.Frames)} frames, " + Hash(sum => Sounds(clips, sum));
        _values["corpus.pronunciations"] = $"{clips.Count(clip => clip.Phones is not null)} clips with phones, "
            + Hash(sum => Each(clips, sum, clip => clip.Phones is null ? "-" : string.Join(' ', clip.Phones)));
        _values["corpus.feature_scale"] = Hash(sum =>
        {
            sum.AppendData(MemoryMarshal.AsBytes(corpus.Scale.Mean.AsSpan()));
            sum.AppendData(MemoryMarshal.AsBytes(corpus.Scale.Deviation.AsSpan()));
        });
        _values["corpus.tokenizer"] = $"{corpus.Tokenizer.Size} tokens, " + Hash(sum => Each(TokenizerFiles.Texts(corpus.Tokenizer)
            .OrderBy(file => file.Key, StringComparer.Ordinal), sum, file => file.Value));
    }

    private static void Each<T>(IEnumerable<T> items, IncrementalHash sum, Func<T, string> line)
    {
        foreach (var item in items) sum.AppendData(Encoding.UTF8.GetBytes(line(item) + "\n"));
    }

    private static void Sounds(IReadOnlyList<ClipFeatures> clips, IncrementalHash sum)
    {
        foreach (var clip in clips)
        {
            sum.AppendData(BitConverter.GetBytes(clip.Floor));
            sum.AppendData(MemoryMarshal.AsBytes(clip.Values));
        }
    }

    private static string Hash(Action<IncrementalHash> add)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        add(sum);
        return string.Create(CultureInfo.InvariantCulture, $"sha256 {Convert.ToHexStringLower(sum.GetHashAndReset())[..16]}");
    }
}
