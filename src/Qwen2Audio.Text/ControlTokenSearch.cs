using System.Buffers;

namespace Qwen2Audio.Text;

/// <summary>Finds control tokens in a text: leftmost first, the longest of those that begin there. The time does not depend on their number.</summary>
internal sealed class ControlTokenSearch
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly SearchValues<string> _tokens;
    private readonly int[] _lengths;

    public ControlTokenSearch(IReadOnlyDictionary<string, int> tokens)
    {
        _ids = new Dictionary<string, int>(tokens, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _tokens = SearchValues.Create([.. tokens.Keys], StringComparison.Ordinal);
        _lengths = [.. tokens.Keys.Select(token => token.Length).Distinct().OrderDescending()];
    }

    public bool Find(ReadOnlySpan<char> text, out int start, out int length, out int id)
    {
        (length, id) = (0, -1);
        start = text.IndexOfAny(_tokens);
        if (start < 0) return false;
        var rest = text[start..];
        foreach (var candidate in _lengths)
        {
            if (candidate > rest.Length || !_ids.TryGetValue(rest[..candidate], out id)) continue;
            length = candidate;
            return true;
        }

        throw new InvalidOperationException("A control token was found that none of the tokens is.");
    }
}
