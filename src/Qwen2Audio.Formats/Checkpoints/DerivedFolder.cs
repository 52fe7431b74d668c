using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Checkpoints;

/// <summary>
/// Writes a model folder derived from another one, tensor by tensor; each is copied or replaced. The new folder has as many tensor files, and
/// the tokenizer and other files are copied. The folder is complete or absent.
/// </summary>
public static class DerivedFolder
{
    private const string ConfigName = "config.json";
    private const string Checksums = "SHA256SUMS"; // holds for the source's files only
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the folder.</summary>
    /// <param name="source">The folder to derive from; the caller keeps ownership.</param>
    /// <param name="path">The folder to create, which must not exist.</param>
    /// <param name="derive">Returns the tensors that replace one; null: it is copied.</param>
    /// <param name="config">Text of config.json; null: copied.</param>
    /// <param name="onTensor">Called before each tensor with its number, the count and its name.</param>
    /// <param name="finish">Called with the folder before it appears, to change its other files.</param>
    /// <returns>Bytes of the tensors.</returns>
    /// <exception cref="CheckpointException">The source cannot be read.</exception>
    /// <exception cref="FolderExistsException">The folder exists.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public static long Write(
        CheckpointFolder source, string path, Func<TensorInfo, IReadOnlyList<NewTensor>?> derive, string? config = null, Action<int, int, string>? onTensor = null,
        Action<string>? finish = null)
    {
        FolderExistsException.ThrowIfThere(path);
        long bytes = 0;
        AtomicFolder.Write(path, folder =>
        {
            bytes = WriteInto(source, folder, derive, config, onTensor);
            finish?.Invoke(folder);
        });
        return bytes;
    }

    /// <summary>As <see cref="Write"/>, but into an empty folder that the caller completes.</summary>
    public static long WriteInto(
        CheckpointFolder source, string folder, Func<TensorInfo, IReadOnlyList<NewTensor>?> derive, string? config = null, Action<int, int, string>? onTensor = null)
    {
        var files = source.Files.Select(file => (Name: Path.GetFileName(file.Path), file.Metadata,
            Tensors: file.Tensors.Values.SelectMany(tensor => derive(tensor) ?? [NewTensor.Copy(file, tensor)]).ToList())).ToList();
        var count = files.Sum(file => file.Tensors.Count);
        var number = 0;
        CopyOthers(source.Path, folder, config is null);
        if (config is not null) AtomicFile.Write(Path.Combine(folder, ConfigName), Encoding.UTF8.GetBytes(config));
        foreach (var (name, metadata, tensors) in files)
            SafetensorsWriter.Write(Path.Combine(folder, name), tensors.Select(tensor => tensor.Announced(() => onTensor?.Invoke(++number, count, tensor.Name))), metadata);
        if (files.Count > 1 || files[0].Name != CheckpointFolder.SingleName)
            AtomicFile.Write(Path.Combine(folder, CheckpointFolder.IndexName), Encoding.UTF8.GetBytes(Index(files.Select(file => (file.Name, file.Tensors)))));
        return files.Sum(file => file.Tensors.Sum(tensor => tensor.ByteLength));
    }

    private static void CopyOthers(string from, string to, bool withConfig)
    {
        var names = FolderFiles.List(from);
        foreach (var name in names.All.Order(StringComparer.Ordinal))
        {
            if (name[0] == '.' || name == Checksums || FolderFiles.HoldsWeights(name) || (name == ConfigName && !withConfig)) continue;
            using var file = new FileStream(
                RegularFile.Open(FolderFiles.Resolve(from, name, names, CheckpointException.Of), CheckpointException.Of, out var length), FileAccess.Read);
            AtomicFile.Write(Path.Combine(to, name), length, file.CopyTo);
        }
    }

    private static string Index(IEnumerable<(string Name, List<NewTensor> Tensors)> files)
    {
        var homes = files.SelectMany(file => file.Tensors.Select(tensor => (tensor, file.Name))).OrderBy(home => home.tensor.Name, StringComparer.Ordinal).ToList();
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["total_size"] = homes.Sum(home => home.tensor.ByteLength) },
            ["weight_map"] = new JsonObject(homes.Select(home => KeyValuePair.Create(home.tensor.Name, (JsonNode?)home.Name))),
        }.ToJsonString(Indented);
    }
}
