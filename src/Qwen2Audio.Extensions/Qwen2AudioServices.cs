using Qwen2Audio.Audio;
using Qwen2Audio.Extensions;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Synthesis;

// the namespace in which callers expect these methods
#pragma warning disable IDE0130
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Registers models as clients of Microsoft.Extensions.AI.</summary>
public static class Qwen2AudioServices
{
    /// <summary>
    /// Adds <see cref="ISpeechToTextClient"/> for the model in <paramref name="speechFolder"/> (ours, Whisper or Qwen2-Audio; null: the
    /// shipped one); <see cref="ITextToSpeechClient"/> for that in <paramref name="voiceFolder"/> (null: the shipped one), and with <paramref name="chatFolder"/>,
    /// <see cref="IChatClient"/> for that Qwen2, Qwen2-MoE or Qwen2-Audio model. If one folder hears and speaks, both clients use one loaded model.
    /// Each model is loaded on first use, shared, and disposed with the container.
    /// </summary>
    /// <param name="speechFolder">Folder of the transcription model, or a name for <paramref name="resolve"/>.</param>
    /// <param name="chatFolder">Folder of the chat model, or a name for <paramref name="resolve"/>.</param>
    /// <param name="options">Options for loading, and defaults for calls.</param>
    /// <param name="resolve">
    /// Returns the folder for a name such as Qwen/Qwen2-Audio-7B-Instruct, on first use; null: names are folders. Qwen2Audio.Hub finds
    /// them in the download cache.
    /// </param>
    /// <param name="limits">Limits for the audio of a stream or message; null: the defaults of <see cref="AudioReadOptions"/>.</param>
    /// <param name="voiceFolder">Folder of a model that speaks, with a lexicon, or a name for <paramref name="resolve"/>.</param>
    /// <exception cref="DirectoryNotFoundException">On first use: no folder was named, and the shipped model does not exist.</exception>
    public static IServiceCollection AddQwen2Audio(
        this IServiceCollection services, string? speechFolder = null, string? chatFolder = null, TaskOptions? options = null,
        Func<string, string>? resolve = null, AudioReadOptions? limits = null, string? voiceFolder = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<ISpeechToTextClient>(_ =>
        {
            var folder = Heard() ?? throw None();
            var transcriber = LoadedTranscriber.Load(folder, options);
            return new Qwen2AudioSpeechToTextClient(transcriber, transcriber, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), limits);
        });
        if (chatFolder is not null) services.AddSingleton<IChatClient>(_ => new Qwen2AudioChatClient(ChatModel.Load(Folder(chatFolder)!, options?.Model, options?.Prompt.Template), ownsModel: true, limits));
        services.AddSingleton<ITextToSpeechClient>(provider =>
        {
            var folder = Folder(voiceFolder) ?? SpeechModel.DefaultFolder() ?? throw None();
            var loaded = Heard() is { } heard && IsSame(heard, folder) ? provider.GetRequiredService<ISpeechToTextClient>().GetService<LoadedTranscriber>()?.SpeechModel : null;
            return new Qwen2AudioTextToSpeechClient(
                loaded is null ? Synthesizer.Load(folder, options: options?.Model) : Synthesizer.Of(loaded), ownsSynthesizer: true, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)));
        });
        return services;

        string? Heard() => Folder(speechFolder) ?? SpeechModel.DefaultFolder();

        static DirectoryNotFoundException None() => new("The shipped model (models/default) is neither next to the program nor in a folder above it; name a folder.");

        static bool IsSame(string one, string other) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(one)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(other));

        string? Folder(string? name) => name is null || resolve is null ? name : resolve(name);
    }
}
