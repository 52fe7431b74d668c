using Qwen2Audio.Tasks.Prompts;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks;

/// <summary>Options for models of any kind; each kind uses its own part.</summary>
public sealed record TaskOptions
{
    /// <summary>How the model is loaded.</summary>
    public ModelLoadOptions Model { get; init; } = new();

    /// <summary>For transcription with our small models.</summary>
    public TranscriberOptions Transcriber { get; init; } = new();

    /// <summary>For classification with our small models.</summary>
    public ClassifierOptions Classifier { get; init; } = new();

    /// <summary>For Whisper.</summary>
    public WhisperOptions Whisper { get; init; } = new();

    /// <summary>For Qwen2-Audio.</summary>
    public PromptOptions Prompt { get; init; } = new();
}
