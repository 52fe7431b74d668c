using System.Text.Json;
using Qwen2Audio.Checkpoints;
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
