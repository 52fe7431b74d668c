using Microsoft.Extensions.AI;
using Qwen2Audio.Extensions;
using Qwen2Audio.Tasks;

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
    /// <exception cref="DirectoryNotFoundException">Thrown at the first use: no folder was named and the shipped model is not there.</exception>
    public static IServiceCollection AddQwen2Audio(
        this IServiceCollection services, string? speechFolder = null, string? chatFolder = null, TaskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<ISpeechToTextClient>(_ =>
        {
            var folder = speechFolder ?? AudioModel.DefaultFolder()
                ?? throw new DirectoryNotFoundException("The shipped model (models/default) is not beside the program or above it; name a folder.");
            var transcriber = LoadedTranscriber.Load(folder, options);
            return new Qwen2AudioSpeechToTextClient(transcriber, transcriber);
        });
        if (chatFolder is not null) services.AddSingleton<IChatClient>(_ => new Qwen2AudioChatClient(ChatModel.Load(chatFolder, options?.Model, options?.Prompt.Template), ownsModel: true));
        return services;
    }
}
