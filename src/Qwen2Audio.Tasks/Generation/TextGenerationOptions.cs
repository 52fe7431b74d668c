using Qwen2Audio.Inference.Generation;

namespace Qwen2Audio.Tasks.Generation;

/// <summary>How text is generated.</summary>
public sealed record TextGenerationOptions
{
    /// <summary>Which tokens are made. Where it does not say how many ids are in use, those of the tokenizer are.</summary>
    public required GenerationOptions Tokens { get; init; }

    /// <summary>Texts that end a sequence; they are not part of its text. None when there are beams.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Whether control tokens are shown in the text; otherwise they add nothing.</summary>
    public bool ShowControls { get; init; }
}
