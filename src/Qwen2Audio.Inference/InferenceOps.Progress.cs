namespace Qwen2Audio.Inference;

public sealed partial class InferenceOps
{
    /// <summary>Told after each part of prompts that are too long for one pass how many rows have been through the decoder, and of how many.</summary>
    public Action<int, int>? OnPromptPart { get; set; }
}
