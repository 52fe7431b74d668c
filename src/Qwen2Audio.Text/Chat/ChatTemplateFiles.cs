using System.Security.Cryptography;

namespace Qwen2Audio.Text.Chat;

/// <summary>Recognises the template in a model folder.</summary>
public static class ChatTemplateFiles
{
    /// <summary>
    /// The template of a folder: chat_template.jinja, else chat_template.json, else the chat_template of tokenizer_config.json, compared with the
    /// known ones; <paramref name="otherwise"/> if the folder has none.
    /// </summary>
    /// <exception cref="TokenizerFileException">The template is unknown; it is refused, because another one would give other answers.</exception>
    public static ChatTemplate Find(string folder, ChatTemplate otherwise)
    {
        var plain = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(plain)) return Compare(TokenizerText.Read(plain), plain, "text");
        foreach (var name in (ReadOnlySpan<string>)["chat_template.json", "tokenizer_config.json"])
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path) && JsonField.ReadFile(path, OfJson) is { } found) return found;
        }

        return otherwise;
    }

    private static ChatTemplate? OfJson(JsonField root)
    {
        var template = root.IsObject ? root["chat_template"] : throw root.Wrong("an object");
        if (template.IsAbsent) return null;
        if (!template.IsText && !template.IsList) throw template.Wrong("one text, or a list of objects with name and template");
        var chosen = template.IsText ? template : Default(template);
        return Compare(chosen.Text(), chosen.File, chosen.Place);
    }

    /// <summary>Of several named templates (tool_use, rag, …) the one used by default.</summary>
    private static JsonField Default(JsonField list)
    {
        JsonField? found = null;
        foreach (var entry in list.Items())
        {
            _ = entry["template"].Text();
            if (entry["name"].Text() == "default") found ??= entry["template"];
        }

        return found ?? throw new TokenizerFileException(list.File, list.Place, $"{list.Count} templates, none named \"default\"", "one named \"default\", or one text");
    }

    /// <summary>The template of a model's folder; Qwen2's or Qwen2-Audio's if it has none.</summary>
    /// <param name="acceptsAudio">Whether the model is a Qwen2-Audio.</param>
    /// <exception cref="TokenizerFileException">The folder has an unknown template.</exception>
    public static ChatTemplate OfModel(string folder, bool acceptsAudio)
    {
        var found = Find(folder, ChatTemplate.Qwen2);
        // Qwen2-Audio's template formats text as Qwen2's does, and audio folders may contain the tokenizer's template
        return acceptsAudio && found.Name == ChatTemplate.Qwen2.Name ? ChatTemplate.Qwen2Audio.With(found.DefaultSystem) : found;
    }

    private static ChatTemplate Compare(string template, string path, string place)
    {
        // a template file ends with a line feed and the field of a JSON file does not; Jinja drops the last one
        var normal = template.ReplaceLineEndings("\n");
        if (normal.EndsWith('\n')) normal = normal[..^1];
        return ChatTemplate.Known.Select(known => known.Matching(normal)).FirstOrDefault(known => known is not null)
            ?? throw new TokenizerFileException(path, place,
                $"an unknown template (SHA-256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(normal)))[..16]}…)",
                $"the published ones of {string.Join(", ", ChatTemplate.Known)}, with any default system text, or none; templates are compared, never run. To use one of them anyway, name it with --template");
    }
}
