namespace Qwen2Audio.Tasks.Results;

/// <summary>Something that a result owes to more than the model: audio changed on the way in, a fallback, a limit reached.</summary>
/// <param name="Code">What happened, in kebab case: "resampled", "down-mixed", "split", …</param>
/// <param name="Text">The same for people, with the figures.</param>
public sealed record TaskWarning(string Code, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}
