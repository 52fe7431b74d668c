using System.Text.RegularExpressions;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>An adapter in peft's published form: adapter_config.json and adapter_model.safetensors.</summary>
public sealed class AdapterFolder : IDisposable
{
    /// <summary>Name of the file of numbers.</summary>
    public const string WeightsName = "adapter_model.safetensors";

    private readonly SafetensorsFile _file;

    private AdapterFolder(string path, LoraConfig config, SafetensorsFile file) => (Path, Config, _file) = (path, config, file);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Its settings.</summary>
    public LoraConfig Config { get; }

    /// <summary>Its numbers.</summary>
    public ITensorSource Source => _file;

    /// <summary>Opens a folder: reads the settings and the header of the file of numbers.</summary>
    /// <exception cref="ConfigException">adapter_config.json is missing, damaged, or asks for what is not supported.</exception>
    /// <exception cref="CheckpointException">No such folder, or adapter_model.safetensors is missing or damaged.</exception>
    public static AdapterFolder Open(string path)
    {
        if (!Directory.Exists(path))
            throw new CheckpointException(path, "path", File.Exists(path) ? "a file" : "nothing: there is no such folder", $"a folder with {LoraConfigReader.FileName} and {WeightsName}");
        var config = LoraConfigReader.Open(System.IO.Path.Combine(path, LoraConfigReader.FileName));
        return new AdapterFolder(path, config, SafetensorsFile.Open(System.IO.Path.Combine(path, WeightsName)));
    }

    /// <summary>The weights of a model that the adapter belongs to, after comparing every tensor with what they need.</summary>
    /// <exception cref="ConfigException">The adapter chooses no weight of the model.</exception>
    /// <exception cref="CheckpointException">Tensors are missing, of another shape or type, or belong to no chosen weight; all are named.</exception>
    public IReadOnlyList<LoraTarget> Targets(IEnumerable<(string Name, IReadOnlyList<int> Shape)> weights)
    {
        var known = weights.ToList();
        var targets = Chosen(known);
        if (targets.Count == 0)
        {
            var endings = known.Select(weight => LoraTarget.LinearModule(weight.Name, weight.Shape.Count)).OfType<string>()
                .Select(module => module[(module.LastIndexOf('.') + 1)..]).Distinct(StringComparer.Ordinal);
            throw new ConfigException(System.IO.Path.Combine(Path, LoraConfigReader.FileName), "$.target_modules", $"{Config.TargetModules}, which are no linear layers of the model",
                $"some of {string.Join(", ", endings)}, \"{ModuleChoice.AllLinear}\" or an expression that matches their whole names");
        }

        TensorCheck.Require(Source, targets.SelectMany(target => new[]
        {
            new ExpectedTensor(target.NameOfA, [target.Rank, target.In]), new ExpectedTensor(target.NameOfB, [target.Out, target.Rank]),
        }));
        return targets;
    }

    /// <summary>Writes an adapter; a folder of that name is replaced as a whole.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public static void Write(string path, LoraConfig config, IEnumerable<NewTensor> tensors) =>
        AtomicFolder.Write(path, folder => WriteInto(folder, config, tensors));

    /// <summary>As <see cref="Write"/>, into an empty folder that the caller makes whole.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public static void WriteInto(string folder, LoraConfig config, IEnumerable<NewTensor> tensors)
    {
        SafetensorsWriter.Write(System.IO.Path.Combine(folder, WeightsName), tensors, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
        AtomicFile.Write(System.IO.Path.Combine(folder, LoraConfigReader.FileName), System.Text.Encoding.UTF8.GetBytes(LoraConfigWriter.Write(config)));
    }

    private IReadOnlyList<LoraTarget> Chosen(List<(string Name, IReadOnlyList<int> Shape)> weights)
    {
        try
        {
            return LoraTarget.Of(Config, weights);
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new ConfigException(System.IO.Path.Combine(Path, LoraConfigReader.FileName), "$.target_modules, exclude_modules, rank_pattern, alpha_pattern",
                $"an expression that takes longer than {exception.MatchTimeout.TotalSeconds} s ({exception.Pattern})", "simpler expressions", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
