using Qwen2Audio.Formats;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Checkpoints;

/// <summary>Names and shapes of the tensors that a configuration's model has, found by building it: no weights are needed.</summary>
public static class ModelTensors
{
    /// <summary>The tensors, in the order in which the model asks for them.</summary>
    /// <exception cref="ConfigException">The configuration is damaged, or asks for what is not supported.</exception>
    public static IReadOnlyList<ExpectedTensor> Of(ConfigObject config)
    {
        var kind = config.Build(json => json.String("model_type", [.. ModelKinds.All]));
        var names = new Recorder([], "");
        if (kind is ModelKinds.Qwen2Audio or ModelKinds.Qwen2AudioCtc) _ = new Qwen2AudioModel(ModelConfigReader.ReadQwen2Audio(config), names);
        else _ = new Qwen2Model(ModelConfigReader.ReadQwen2(config), names);
        return [.. names.Found.Values];
    }

    private sealed class Recorder(Dictionary<string, ExpectedTensor> found, string prefix) : IWeights
    {
        public Dictionary<string, ExpectedTensor> Found => found;

        public IWeight Get(string name, params ReadOnlySpan<int> shape)
        {
            var full = prefix + name;
            found.TryAdd(full, new ExpectedTensor(full, [.. shape.ToArray().Select(size => (long)size)]));
            return new NamedShape(full, shape.ToArray());
        }

        public bool Contains(string name) => true;

        public IWeights Sub(string below) => new Recorder(found, $"{prefix}{below}.");
    }

    private sealed record NamedShape(string Name, IReadOnlyList<int> Shape) : IWeight;
}
