using Qwen2Audio.Audio;

namespace Qwen2Audio.Tasks.Results;

/// <summary>Something that a result owes to more than the model: audio changed on the way in, a fallback, a limit reached.</summary>
/// <param name="Code">What happened, in kebab case: "resampled", "down-mixed", "split", …</param>
/// <param name="Text">The same for people, with the figures.</param>
public sealed record TaskWarning(string Code, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Text;

    internal static TaskWarning Of(AudioWarning warning) => new(Kebab(warning.Code.ToString()), warning.Text);

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
