using Microsoft.Extensions.AI;
using Qwen2Audio.Audio;
using Qwen2Audio.Extensions;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Chat;

// the namespace in which callers find such methods
#pragma warning disable IDE0130
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Registers models as clients of Microsoft.Extensions.AI.</summary>
public static class Qwen2AudioServices
{
    /// <summary>
    /// Adds <see cref="ISpeechToTextClient"/> over the model of <paramref name="speechFolder"/> (ours, Whisper or Qwen2-Audio; null: the
    /// shipped one) and, with <paramref name="chatFolder"/>, <see cref="IChatClient"/> over that Qwen2, Qwen2-MoE or Qwen2-Audio model.
    /// Each is loaded at its first use, shared, and disposed of with the container.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="speechFolder">Folder of the model that transcribes, or a name that <paramref name="resolve"/> knows.</param>
    /// <param name="chatFolder">Folder of the model that chats, or a name that <paramref name="resolve"/> knows.</param>
    /// <param name="options">How the models are loaded and what is chosen where a call does not say.</param>
    /// <param name="resolve">
    /// From a name such as Qwen/Qwen2-Audio-7B-Instruct to its folder, asked at the first use; null: names are folders. Qwen2Audio.Hub finds
    /// them in the download cache.
    /// </param>
    /// <param name="limits">How much audio a stream or message may hold, and how it is read; the defaults of <see cref="AudioReadOptions"/> when null.</param>
    /// <exception cref="DirectoryNotFoundException">Thrown at the first use: no folder was named and the shipped model is not there.</exception>
    public static IServiceCollection AddQwen2Audio(
        this IServiceCollection services, string? speechFolder = null, string? chatFolder = null, TaskOptions? options = null,
        Func<string, string>? resolve = null, AudioReadOptions? limits = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<ISpeechToTextClient>(_ =>
        {
            var folder = Folder(speechFolder) ?? SpeechModel.DefaultFolder()
                ?? throw new DirectoryNotFoundException("The shipped model (models/default) is not beside the program or above it; name a folder.");
            var transcriber = LoadedTranscriber.Load(folder, options);
            return new Qwen2AudioSpeechToTextClient(transcriber, transcriber, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), limits);
        });
        if (chatFolder is not null) services.AddSingleton<IChatClient>(_ => new Qwen2AudioChatClient(ChatModel.Load(Folder(chatFolder)!, options?.Model, options?.Prompt.Template), ownsModel: true, limits));
        return services;

        string? Folder(string? name) => name is null || resolve is null ? name : resolve(name);
    }
}
