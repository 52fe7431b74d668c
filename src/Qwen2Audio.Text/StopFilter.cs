namespace Qwen2Audio.Text;

/// <summary>
/// Passes a text through up to its first stop string. Text that may be the beginning of a stop string is held back. The first stop string is
/// the one completed first; of several completed at the same character, the longest.
/// </summary>
public sealed class StopFilter(StopStrings stops)
{
    private readonly StringBuilder _held = new();
    private int _state;

    /// <summary>The stop string that was found; null if none yet.</summary>
    public string? Found { get; private set; }

    /// <summary>The text to pass on after <paramref name="text"/>; empty after a stop string.</summary>
    public string Push(string text)
    {
        if (Found is not null) return "";
        if (stops.Count == 0) return text;
        foreach (var next in text)
        {
            _held.Append(next);
            _state = stops.Step(_state, next);
            if (stops.Found(_state) is not { } stop) continue;
            Found = stop;
            var before = _held.ToString(0, _held.Length - stop.Length);
            _held.Clear();
            return before;
        }

        return Take(_held.Length - stops.Held(_state));
    }

    /// <summary>The text held back, at the end of the input.</summary>
    public string Flush()
    {
        _state = 0;
        return Take(_held.Length);
    }

    private string Take(int length)
    {
        var text = _held.ToString(0, length);
        _held.Remove(0, length);
        return text;
    }
}
