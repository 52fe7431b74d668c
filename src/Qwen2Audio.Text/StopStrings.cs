namespace Qwen2Audio.Text;

/// <summary>
/// Strings that end a text, found across piece boundaries with an Aho–Corasick automaton, whose time does not depend on their number. Can be
/// shared between threads.
/// </summary>
public sealed class StopStrings
{
    private readonly Dictionary<(int State, char Next), int> _next = [];
    private readonly List<(int Depth, int Fallback, string? Stop)> _states = [(0, 0, null)];

    /// <summary>Stop strings of at least one character each, in any number.</summary>
    /// <exception cref="ArgumentException">A string is empty or contains an unpaired surrogate.</exception>
    public StopStrings(IReadOnlyCollection<string> texts)
    {
        var order = new List<(int Parent, char Next, int State)>();
        foreach (var text in texts) Add(text, order);
        Link(order);
        Count = texts.Count;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>Number of characters at the end of the input that may begin a stop string.</summary>
    internal int Held(int state) => _states[state].Depth;

    /// <summary>The longest stop string that ends here; null if none does.</summary>
    internal string? Found(int state) => _states[state].Stop;

    /// <summary>The state after one more character; 0 is the first.</summary>
    internal int Step(int state, char next) => Step(state, next, out _);

    /// <summary>As the other overload; also returns the number of states visited.</summary>
    internal int Step(int state, char next, out int looks)
    {
        looks = 0;
        while (true)
        {
            looks++;
            if (_next.TryGetValue((state, next), out var following)) return following;
            if (state == 0) return 0;
            state = _states[state].Fallback;
        }
    }

    private void Add(string text, List<(int Parent, char Next, int State)> order)
    {
        if (text.Length == 0) throw new ArgumentException("A stop string is empty; allowed: at least one character.", nameof(text));
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) i++;
            else throw new ArgumentException("A stop string contains an unpaired surrogate; allowed: valid text.", nameof(text));
        }

        var state = 0;
        foreach (var next in text)
        {
            if (!_next.TryGetValue((state, next), out var child))
            {
                child = _states.Count;
                _states.Add((_states[state].Depth + 1, 0, null));
                _next.Add((state, next), child);
                order.Add((state, next, child));
            }

            state = child;
        }

        _states[state] = _states[state] with { Stop = text };
    }

    /// <summary>Sets the failure link: the longest proper suffix of the state's text that is also a prefix. Shorter texts come first.</summary>
    private void Link(List<(int Parent, char Next, int State)> order)
    {
        foreach (var (parent, next, state) in order.OrderBy(entry => _states[entry.State].Depth))
        {
            var fallback = parent == 0 ? 0 : Step(_states[parent].Fallback, next);
            _states[state] = _states[state] with { Fallback = fallback, Stop = _states[state].Stop ?? _states[fallback].Stop };
        }
    }
}
