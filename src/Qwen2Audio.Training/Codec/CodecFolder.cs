using System.Text.Json;
using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.FrameCodec;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>A frame-rate codec as a folder: config.json, and model.safetensors with the codebooks but not their averages.</summary>
internal static class CodecFolder
{
    /// <summary>Prefix of the codebooks' averages among the parameters.</summary>
    public const string Averages = "averages";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Whether a parameter is part of the folder.</summary>
    public static bool IsShipped(Parameter parameter) =>
        !parameter.Name.StartsWith(Averages + ".", StringComparison.Ordinal) && !parameter.Name.StartsWith(ContentTeacher.Prefix + ".", StringComparison.Ordinal);

    /// <summary>Opens a codec, or the newest checkpoint of a training run of one, that has these sizes.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="config">The sizes of a recipe.</param>
    /// <param name="parameters">The parameters of a codec of these sizes.</param>
    /// <exception cref="ConfigException">It is another kind of model, has other sizes, or its configuration is damaged.</exception>
    /// <exception cref="CheckpointException">Files or weights are missing, or of another shape.</exception>
    public static ModelSource Open(string path, FrameCodecConfig config, ParameterSet parameters) => Ownership.Pass(ModelSource.Open(path), source =>
    {
        if (source.Kind != ModelKinds.FrameCodec) throw new ConfigException(source.Config.File, "$.model_type", source.Kind, $"{ModelKinds.FrameCodec}, a codec of ours");
        var found = FrameCodecConfigFile.Write(source.Description.FrameCodec!);
        foreach (var (name, wanted) in FrameCodecConfigFile.Write(config))
            if (!JsonNode.DeepEquals(wanted, found[name])) throw new ConfigException(source.Config.File, $"$.{name}", $"{found[name]}", $"{wanted}, as in the recipe's section model");
        TensorCheck.Require(source, parameters.Parameters.Where(IsShipped).Select(ParameterSet.Expected), _ => true);
        return source;
    });

    /// <summary>Writes to an existing folder.</summary>
    public static void Write(string folder, FrameCodecConfig config, ParameterSet parameters, StoredPrecision stored)
    {
        AtomicFile.Write(Path.Combine(folder, "config.json"), Encoding.UTF8.GetBytes(FrameCodecConfigFile.Write(config).ToJsonString(Indented) + "\n"));
        var type = stored == StoredPrecision.Float32 ? DType.F32 : DType.F16;
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"),
            [.. parameters.Parameters.Where(IsShipped).Select(parameter =>
                NewTensor.Floats(parameter.Name, [.. parameter.Shape.Select(axis => (long)axis)], parameter.Value.Span.ToArray(), type))],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
    }
}
