using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// The tokens that end an answer, <c>eos_token_id</c> in generation_config.json. A base model has only the end of text; after training on
/// conversations, the end of a turn ends an answer too, and the folder must say so. An adapter's folder may also have the file.
/// </summary>
public static class EndTokens
{
    private const string Field = "eos_token_id";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The end tokens of a model: from generation_config.json, or from config.json if that names none.</summary>
    /// <exception cref="ConfigException">One of the files is damaged.</exception>
    public static IReadOnlyList<int> OfModel(ModelSource source) => Of(source.ReadGeneration()) is { Count: > 0 } named ? named : ModelConfigReader.EndTokens(source.Config);

    /// <summary>The end tokens of an adapter's folder; none if it has no generation_config.json.</summary>
    /// <exception cref="ConfigException">The file is damaged.</exception>
    public static IReadOnlyList<int> OfAdapter(string folder)
    {
        var path = Path.Combine(folder, GenerationConfigReader.FileName);
        return Of(File.Exists(path) ? ConfigObject.Open(path) : null);
    }

    private static IReadOnlyList<int> Of(ConfigObject? generation) => generation?.Build(json => json.IntOrListOr(Field, [], min: 0)) ?? [];

    /// <summary>Writes these tokens to a folder's generation_config.json; its other fields are kept.</summary>
    /// <exception cref="ConfigException">The file is damaged.</exception>
    public static void Write(string folder, IReadOnlyList<int> tokens)
    {
        var path = Path.Combine(folder, GenerationConfigReader.FileName);
        var config = File.Exists(path) ? JsonObject.Create(ConfigObject.Open(path).Element)! : new JsonObject();
        config[Field] = new JsonArray([.. tokens.Select(token => JsonValue.Create(token))]);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(config.ToJsonString(Indented)));
    }
}
