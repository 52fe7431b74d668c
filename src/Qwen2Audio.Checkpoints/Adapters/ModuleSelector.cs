using System.Text.RegularExpressions;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>
/// Selects modules of a model as peft does: by a list of names, each a whole module name or its end after a dot ("q_proj",
/// "layers.0.self_attn.q_proj"); by "all-linear", every linear layer except the output head; or by a regular expression that must match the
/// whole name.
/// </summary>
public sealed class ModuleSelector
{
    /// <summary>Selects every linear layer except the output head.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>Maximum length of an expression.</summary>
    internal const int LongestExpression = 10_000;

    private static readonly string[] Heads = ["lm_head", "proj_out"];
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);
    private readonly Regex? _expression;

    private ModuleSelector(IReadOnlyList<string> names, string? text, Regex? expression) => (Names, Text, _expression) = (names, text, expression);

    /// <summary>The list; empty if it is a text.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>"all-linear" or the expression; null if it is a list.</summary>
    public string? Text { get; }

    /// <summary>A list of names.</summary>
    public static ModuleSelector Of(params IReadOnlyList<string> names) => new(names, null, null);

    /// <summary>"all-linear" or a regular expression.</summary>
    /// <exception cref="ArgumentException">The expression is invalid.</exception>
    public static ModuleSelector Matching(string text)
    {
        if (string.Equals(text, AllLinear, StringComparison.OrdinalIgnoreCase)) return new ModuleSelector([], AllLinear, null);
        if (text.Length > LongestExpression) throw new ArgumentException($"longer than {LongestExpression} characters", nameof(text));
        return new ModuleSelector([], text, new Regex($@"\A(?:{text})\z", RegexOptions.CultureInvariant, LongestMatch));
    }

    /// <summary>Whether a linear module is selected.</summary>
    /// <exception cref="RegexMatchTimeoutException">The expression takes more than a second.</exception>
    public bool Has(string module)
    {
        if (_expression is not null) return _expression.IsMatch(module);
        if (Text is not null) return !Heads.Contains(module[(module.LastIndexOf('.') + 1)..], StringComparer.Ordinal);
        return Names.Any(name => module == name || module.EndsWith("." + name, StringComparison.Ordinal));
    }

    public override string ToString() => Text ?? string.Join(", ", Names);
}
