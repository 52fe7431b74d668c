using Qwen2Audio.Checkpoints;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks;

/// <summary>Helpers shared by the loaders.</summary>
internal static class TaskModels
{
    /// <summary>The error of a model of another kind.</summary>
    public static NotSupportedException DoesNotSupport(ModelSource source, string task) =>
        new($"{source.Path}: a {source.Kind} model does not {task}; {ModelKinds.Qwen2Audio}, {ModelKinds.Whisper} and {ModelKinds.Qwen2AudioCtc} do.");

    public static IReadOnlyList<TaskWarning> Warnings(IDisposable model) => model switch
    {
        SpeechModel own => own.Warnings,
        LoadedWhisper whisper => whisper.Warnings,
        ChatModel chat => chat.Warnings,
        _ => [],
    };
}
