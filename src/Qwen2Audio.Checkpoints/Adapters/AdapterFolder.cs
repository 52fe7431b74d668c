using System.Text.RegularExpressions;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>An adapter in peft's format: adapter_config.json and adapter_model.safetensors.</summary>
public sealed class AdapterFolder : IDisposable
{
    /// <summary>Name of the weights file.</summary>
    public const string WeightsName = "adapter_model.safetensors";

    private const string PickledName = "adapter_model.bin";

    private readonly SafetensorsFile _file;

    private AdapterFolder(string path, LoraConfig config, SafetensorsFile file) => (Path, Config, _file) = (path, config, file);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Its settings.</summary>
    public LoraConfig Config { get; }

    /// <summary>Its weights.</summary>
    public ITensorSource Source => _file;

    /// <summary>Opens a folder: reads the settings and the header of the weights file.</summary>
    /// <exception cref="ConfigException">adapter_config.json is missing, damaged, or asks for something that is not supported.</exception>
    /// <exception cref="CheckpointException">No such folder, or adapter_model.safetensors is missing or damaged.</exception>
    public static AdapterFolder Open(string path)
    {
        if (!Directory.Exists(path))
            throw new CheckpointException(path, "path", File.Exists(path) ? "a file" : "no such folder", $"a folder with {LoraConfigReader.FileName} and {WeightsName}");
        if (!File.Exists(System.IO.Path.Combine(path, LoraConfigReader.FileName)) && File.Exists(System.IO.Path.Combine(path, "config.json")))
            throw new ConfigException(path, "folder", $"a model's config.json but no {LoraConfigReader.FileName}", $"an adapter: a folder with {LoraConfigReader.FileName} and {WeightsName}");
        var config = LoraConfigReader.Open(System.IO.Path.Combine(path, LoraConfigReader.FileName));
        var weights = System.IO.Path.Combine(path, WeightsName);
        if (!File.Exists(weights) && File.Exists(System.IO.Path.Combine(path, PickledName)))
            throw new CheckpointException(path, "folder", $"only {PickledName}, a pickled file, which is never opened because reading it can run code",
                $"{WeightsName}. If you trust the file, convert it in Python: safetensors.torch.save_file(torch.load(\"{PickledName}\", weights_only=True), \"{WeightsName}\")");
        return new AdapterFolder(path, config, SafetensorsFile.Open(weights));
    }

    /// <summary>What the adapter changes in a model, after checking every tensor of its file against its settings and the model.</summary>
    /// <param name="model">The model's checkpoint.</param>
    /// <param name="weights">Names and shapes of the model's weights.</param>
    /// <exception cref="ConfigException">The adapter applies to no weight of the model.</exception>
    /// <exception cref="CheckpointException">Tensors are missing, unexplained, or of another shape or type; all are named.</exception>
    public AdapterChanges Changes(ITensorSource model, IEnumerable<(string Name, IReadOnlyList<int> Shape)> weights)
    {
        try
        {
            return new AdapterMatch(this, model, [.. weights]).Changes();
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new ConfigException(System.IO.Path.Combine(Path, LoraConfigReader.FileName), "$.target_modules, exclude_modules, layers_pattern, rank_pattern, alpha_pattern",
                $"an expression that takes longer than {exception.MatchTimeout.TotalSeconds} s ({exception.Pattern})", "simpler expressions", exception);
        }
    }

    /// <summary>Writes an adapter; an existing folder of that name is replaced.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public static void Write(string path, LoraConfig config, IEnumerable<NewTensor> tensors) =>
        AtomicFolder.Write(path, folder => WriteInto(folder, config, tensors));

    /// <summary>As <see cref="Write"/>, but into an empty folder that the caller completes.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public static void WriteInto(string folder, LoraConfig config, IEnumerable<NewTensor> tensors)
    {
        SafetensorsWriter.Write(System.IO.Path.Combine(folder, WeightsName), tensors, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
        AtomicFile.Write(System.IO.Path.Combine(folder, LoraConfigReader.FileName), Encoding.UTF8.GetBytes(LoraConfigWriter.Write(config)));
    }

    public void Dispose() => _file.Dispose();
}
