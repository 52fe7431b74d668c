using Qwen2Audio.Audio;

namespace Qwen2Audio.Tasks.Results;

/// <summary>A circumstance other than the model that affected a result: converted audio, a fallback, a limit.</summary>
/// <param name="Code">What happened, in kebab case: "resampled", "down-mixed", "split", …</param>
/// <param name="Text">A message for people, with numbers.</param>
public sealed record TaskWarning(string Code, string Text)
{
    public override string ToString() => Text;

    internal static TaskWarning Of(AudioWarning warning) => new(Kebab(warning.Code.ToString()), warning.Text);

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
