using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Checkpoints;

/// <summary>
/// A folder with config.json and either model.safetensors, or model.safetensors.index.json and its shards, as one dictionary of tensors. All
/// problems in the files are reported together.
/// </summary>
public sealed class CheckpointFolder : ITensorSource, IDisposable
{
    internal const string SingleName = "model.safetensors";
    internal const string IndexName = "model.safetensors.index.json";
    private const string ConfigName = "config.json";

    private readonly Dictionary<string, SafetensorsFile> _home;
    private readonly IReadOnlyList<SafetensorsFile> _files;

    private CheckpointFolder(string path, ConfigObject config, IReadOnlyList<SafetensorsFile> files)
    {
        Path = path;
        Config = config;
        _files = files;
        _home = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        var tensors = new Dictionary<string, TensorInfo>(StringComparer.Ordinal);
        foreach (var file in files)
            foreach (var (name, tensor) in file.Tensors)
            {
                tensors.Add(name, tensor);
                _home.Add(name, file);
            }
        Tensors = tensors;
    }

    public string Path { get; }

    /// <summary>config.json.</summary>
    public ConfigObject Config { get; }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>The safetensors files, sorted by name.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>Opens the folder: reads config.json and the headers of all tensor files, but no tensor data.</summary>
    /// <exception cref="CheckpointException">There is no such folder, no supported tensor file, or files are damaged, missing or inconsistent.</exception>
    /// <exception cref="ConfigException">config.json is missing or is not strict JSON.</exception>
    public static CheckpointFolder Open(string path) => Open(path, OpenConfig(path));

    /// <summary>Opens the folder with a config.json that was already read.</summary>
    /// <exception cref="CheckpointException">As for the other overload.</exception>
    public static CheckpointFolder Open(string path, ConfigObject config) => new(path, config, OpenFiles(path, FolderFiles.List(path)));

    /// <summary>Reads only config.json.</summary>
    /// <exception cref="CheckpointException">There is no such folder.</exception>
    /// <exception cref="ConfigException">The file is missing, is not strict JSON or lies outside the folder.</exception>
    public static ConfigObject OpenConfig(string path)
    {
        var names = FolderFiles.List(path);
        return !names.Contains(ConfigName) && names.Similar(ConfigName) is null ? throw new ConfigException(path, "folder", $"no {ConfigName}", "a model folder")
            : ConfigObject.Open(FolderFiles.Resolve(path, ConfigName, names, ConfigException.Of));
    }

    /// <summary>Whether a folder has tensor files of a supported format, complete or not.</summary>
    public static bool HasTensors(string path) => File.Exists(System.IO.Path.Combine(path, SingleName)) || File.Exists(System.IO.Path.Combine(path, IndexName));

    public void ReadFloats(string name, Span<float> destination, long start) => Home(name).ReadFloats(name, destination, start);

    public void ReadBytes(string name, Span<byte> destination, long start) => Home(name).ReadBytes(name, destination, start);

    public MappedBytes Map(string name) => Home(name).Map(name);

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    public string Place(string name) => (_home.GetValueOrDefault(name) ?? (_files.Count == 1 ? _files[0] : null)) is { } file
        ? $"{System.IO.Path.GetFileName(file.Path)}, tensor {Display.Quote(name)}" : $"tensor {Display.Quote(name)}";

    private SafetensorsFile Home(string name)
    {
        TensorReading.Find(this, name);
        return _home[name];
    }

    private static IReadOnlyList<SafetensorsFile> OpenFiles(string path, FolderNames names)
    {
        if (names.Contains(SingleName) && names.Contains(IndexName))
            throw new CheckpointException(path, "folder", $"both {SingleName} and {IndexName}", "one of them");
        if (names.Contains(IndexName)) return ShardSet.Open(path, names);
        if (names.Contains(SingleName))
            return [SafetensorsFile.Open(FolderFiles.Resolve(path, SingleName, names, CheckpointException.Of))];
        throw new CheckpointException(path, "folder", FolderFiles.DescribeTensorFiles(names), $"{SingleName}, or {IndexName} with its shards");
    }
}
