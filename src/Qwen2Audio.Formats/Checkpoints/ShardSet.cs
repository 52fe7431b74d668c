using System.Text.Json;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Checkpoints;

/// <summary>Opens the shards that an index names and checks that index and shards agree.</summary>
internal static class ShardSet
{
    public static IReadOnlyList<SafetensorsFile> Open(string folder, FolderNames names)
    {
        var map = ReadIndex(FolderFiles.Resolve(folder, CheckpointFolder.IndexName, names, CheckpointException.Of));
        var problems = new ProblemList();
        var shards = new SortedDictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (var shard in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                if (FolderFiles.Check(folder, shard, names) is { } problem) problems.Add($"shard {problem.Place}", problem.Found, problem.Allowed);
                else Open(folder, shard, shards, problems);
            }
            Compare(map, shards, problems);
            if (problems.Count > 0) throw new CheckpointException(folder, problems);
            return [.. shards.Values];
        }
        catch
        {
            foreach (var file in shards.Values) file.Dispose();
            throw;
        }
    }

    private static void Open(string folder, string shard, SortedDictionary<string, SafetensorsFile> shards, ProblemList problems)
    {
        try
        {
            shards.Add(shard, SafetensorsFile.Open(Path.Combine(folder, shard)));
        }
        catch (CheckpointException e)
        {
            foreach (var problem in e.Problems) problems.Add($"shard {Display.Quote(shard)}, {problem.Place}", problem.Found, problem.Allowed);
        }
    }

    private static void Compare(Dictionary<string, string> map, SortedDictionary<string, SafetensorsFile> shards, ProblemList problems)
    {
        foreach (var (name, shard) in map)
            if (shards.TryGetValue(shard, out var file) && !file.Tensors.ContainsKey(name))
                problems.Add($"tensor {Display.Quote(name)}", $"nothing in shard {Display.Quote(shard)}", "the tensor, as the index says");
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (shard, file) in shards)
            foreach (var name in file.Tensors.Keys)
            {
                if (!seen.TryAdd(name, shard))
                    problems.Add($"tensor {Display.Quote(name)}", $"it in shard {Display.Quote(seen[name])} and in {Display.Quote(shard)}", "one shard");
                else if (!map.ContainsKey(name))
                    problems.Add($"tensor {Display.Quote(name)}", $"it in shard {Display.Quote(shard)} but not in the index", "tensors of the index");
            }
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        var bytes = RegularFile.ReadAll(path, SafetensorsLimits.HeaderBytes, CheckpointException.Of);
        var root = StrictJson.Parse(bytes, path, CheckpointException.Of);
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var weights) || weights.ValueKind != JsonValueKind.Object)
            throw new CheckpointException(path, "$.weight_map", "not an object", "an object from tensor names to shard names");
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        var problems = new ProblemList();
        foreach (var member in weights.EnumerateObject())
        {
            if (map.Count == SafetensorsLimits.Entries)
                throw new CheckpointException(path, "$.weight_map", $"more than {SafetensorsLimits.Entries} entries", "fewer");
            if (member.Value.ValueKind == JsonValueKind.String) map.Add(member.Name, member.Value.GetString()!);
            else problems.Add(StrictJson.Join("$.weight_map", member.Name), StrictJson.Raw(member.Value), "the name of a shard");
        }
        if (problems.Count > 0) throw new CheckpointException(path, problems);
        return map.Count > 0 ? map : throw new CheckpointException(path, "$.weight_map", "no tensor", "at least one");
    }
}
