namespace Qwen2Audio.Inference;

public sealed partial class InferenceOps
{
    /// <summary>Called after each part of a prompt that is too long for one pass, with the rows decoded so far and the total.</summary>
    public Action<int, int>? OnPromptPart { get; set; }
}
