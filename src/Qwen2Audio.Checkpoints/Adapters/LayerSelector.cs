using System.Text.RegularExpressions;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>
/// Layers by number, as in peft's layers_to_transform: the last number in a module's name, if it follows a part that matches one of the
/// patterns in layers_pattern.
/// </summary>
internal sealed class LayerSelector
{
    private const string AnyList = "[^.]*";
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);
    private readonly HashSet<string> _numbers;
    private readonly Regex[] _expressions;

    /// <summary>Layers in the lists that the patterns name; without patterns, in any list.</summary>
    /// <exception cref="ArgumentException">A pattern is not a regular expression.</exception>
    public LayerSelector(IReadOnlyList<int> numbers, params IReadOnlyList<string> patterns)
    {
        (Numbers, Patterns) = (numbers, patterns);
        _numbers = [.. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))];
        _expressions = [.. patterns.DefaultIfEmpty(AnyList).Select(pattern =>
            new Regex($@"\A.*\.(?:{pattern})\.(?<layer>[0-9]+)\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, LongestMatch))];
    }

    /// <summary>Numbers from 0.</summary>
    public IReadOnlyList<int> Numbers { get; }

    /// <summary>Names of lists of layers, such as "layers".</summary>
    public IReadOnlyList<string> Patterns { get; }

    /// <summary>Whether a module is in one of the layers.</summary>
    /// <exception cref="RegexMatchTimeoutException">A pattern takes more than a second.</exception>
    public bool Has(string module) =>
        _expressions.Select(expression => expression.Match(module)).FirstOrDefault(match => match.Success) is { } found
        && _numbers.Contains(found.Groups["layer"].Value);
}
