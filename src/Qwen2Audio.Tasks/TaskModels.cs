using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks;

/// <summary>Helpers shared by the loaders.</summary>
internal static class TaskModels
{
    public static string Kind(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
            throw new CheckpointException(path, "path", File.Exists(path) ? "a file" : "nothing: there is no such folder", "a model folder");
        return ConfigObject.Read(Path.Combine(path, "config.json"), config => config.String("model_type", [.. ModelKinds.All]));
    }

    public static NotSupportedException Deaf(string path, string kind, string task) =>
        new($"{path}: a {kind} model does not {task}; {ModelKinds.Qwen2Audio}, {ModelKinds.Whisper} and {ModelKinds.Qwen2AudioCtc} do.");

    public static IReadOnlyList<TaskWarning> Warnings(IDisposable model) => model switch
    {
        SpeechModel own => own.Warnings,
        LoadedWhisper whisper => whisper.Warnings,
        ChatModel chat => chat.Warnings,
        _ => [],
    };

    public static TTask Guard<TModel, TTask>(TModel model, Func<TModel, TTask> make)
        where TModel : IDisposable
    {
        try
        {
            return make(model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
