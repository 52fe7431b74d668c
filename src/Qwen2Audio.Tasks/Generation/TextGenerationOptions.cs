using Qwen2Audio.Inference.Generation;

namespace Qwen2Audio.Tasks.Generation;

/// <summary>How text is generated.</summary>
internal sealed record TextGenerationOptions
{
    /// <summary>How tokens are generated. If it does not limit the vocabulary, the tokenizer's ids are used.</summary>
    public required GenerationOptions Tokens { get; init; }

    /// <summary>Texts that end a sequence and are left out of it. Not supported with beam search.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Whether control tokens are included in the text.</summary>
    public bool ShowControls { get; init; }
}
