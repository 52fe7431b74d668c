using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// The tokens that end an answer, <c>eos_token_id</c> of generation_config.json. A base model's names the end of a text alone; once it has
/// learned conversations, the end of a turn ends an answer too, and the folder must say so. An adapter's folder may have the file as well.
/// </summary>
public static class EndTokens
{
    private const string Field = "eos_token_id";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What a model says: generation_config.json, or config.json where that names none.</summary>
    /// <exception cref="ConfigException">One of the files is damaged.</exception>
    public static IReadOnlyList<int> OfModel(ModelSource source) => Of(source.ReadGeneration()) is { Count: > 0 } named ? named : ModelConfigReader.EndTokens(source.Config);

    /// <summary>What an adapter's folder says; none when it has no generation_config.json.</summary>
    /// <exception cref="ConfigException">The file is damaged.</exception>
    public static IReadOnlyList<int> OfAdapter(string folder)
    {
        var path = Path.Combine(folder, GenerationConfigReader.FileName);
        return Of(File.Exists(path) ? ConfigObject.Open(path) : null);
    }

    private static IReadOnlyList<int> Of(ConfigObject? generation) => generation?.Build(json => json.IntOrListOr(Field, [], min: 0)) ?? [];

    /// <summary>Makes a folder's generation_config.json name these; all else that it says stays.</summary>
    /// <exception cref="ConfigException">The file is damaged.</exception>
    public static void Write(string folder, IReadOnlyList<int> tokens)
    {
        var path = Path.Combine(folder, GenerationConfigReader.FileName);
        var config = File.Exists(path) ? JsonObject.Create(ConfigObject.Open(path).Element)! : new JsonObject();
        config[Field] = new JsonArray([.. tokens.Select(token => JsonValue.Create(token))]);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(config.ToJsonString(Indented)));
    }
}
