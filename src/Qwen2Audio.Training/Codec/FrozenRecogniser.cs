using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>A recogniser of ours whose weights are constants: the teacher of a codec.</summary>
internal sealed class FrozenRecogniser : IDisposable
{
    private readonly ModelSource _source;
    private readonly ParameterSet _frozen = new();

    private FrozenRecogniser(ModelSource source)
    {
        if (source.Kind != ModelKinds.Qwen2AudioCtc)
            throw new ConfigException(source.Config.File, "$.model_type", source.Kind, $"{ModelKinds.Qwen2AudioCtc}, a recogniser of ours as the teacher");
        _source = source;
        Encoder = new Qwen2AudioModel(ModelConfigReader.ReadQwen2Audio(source.Config), _frozen.Weights).Encoder;
        var bins = Encoder.Config.NumMelBins;
        var features = source.ReadPreprocessor() ?? throw new CheckpointException(source.Path, "preprocessor_config.json", "nothing", "the settings of the audio features");
        (Mean, Deviation) = features.Build(json => (Floats(json, "mel_mean", bins), Floats(json, "mel_std", bins)));
        _frozen.Freeze();
        _frozen.Allocate(_ => false, source);
    }

    /// <summary>Opens a speech model of ours.</summary>
    /// <exception cref="ConfigException">It is another kind of model, or its configuration is damaged.</exception>
    /// <exception cref="CheckpointException">Files or weights are missing, or of another shape.</exception>
    public static FrozenRecogniser Open(string folder) => Ownership.Pass(ModelSource.Open(folder), source => new FrozenRecogniser(source));

    /// <summary>Its encoder, with frozen weights.</summary>
    public AudioEncoderModel Encoder { get; }

    /// <summary>Mean of each mel bin, which is subtracted.</summary>
    public float[] Mean { get; }

    /// <summary>Standard deviation of each mel bin, by which it is divided.</summary>
    public float[] Deviation { get; }

    /// <summary>SHA-256 of the weights.</summary>
    public string Hash => _source.ReadIdentity().Sha256;

    public void Dispose()
    {
        _frozen.Dispose();
        _source.Dispose();
    }

    private static float[] Floats(ConfigObject json, string name, int count)
    {
        var values = json.NumberListOr(name, []);
        if (values.Count != count) json.AddProblem(name, $"{values.Count} numbers", $"{count}, one per mel bin");
        return [.. values.Select(value => (float)value)];
    }
}
