using System.Text.RegularExpressions;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>A value for modules whose names end, after a dot, in a match of an expression, as in peft's rank_pattern and alpha_pattern.</summary>
internal sealed class ModulePattern
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);
    private readonly Regex _expression;

    /// <summary>A pattern; one that begins with ^ must match the whole name.</summary>
    /// <exception cref="ArgumentException">The expression is invalid.</exception>
    public ModulePattern(string expression, double value)
    {
        (Expression, Value) = (expression, value);
        if (expression.Length > ModuleSelector.LongestExpression) throw new ArgumentException($"longer than {ModuleSelector.LongestExpression} characters", nameof(expression));
        _expression = new Regex(expression.StartsWith('^') ? $@"\A(?:{expression})\z" : $@"\A(?:.*\.)?(?:{expression})\z", RegexOptions.CultureInvariant, LongestMatch);
    }

    /// <summary>The expression as written.</summary>
    public string Expression { get; }

    /// <summary>The rank or alpha for matching modules.</summary>
    public double Value { get; }

    /// <summary>Whether a module matches.</summary>
    public bool Matches(string module) => _expression.IsMatch(module);
}
