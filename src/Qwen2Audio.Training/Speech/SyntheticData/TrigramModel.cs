using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>A trigram model from which new texts are drawn; it backs off to a shorter context after rare ones.</summary>
internal sealed class TrigramModel
{
    private const string Start = "";
    private const int Rare = 3;
    private readonly Dictionary<(string, string), List<string>> _afterTwo = [];
    private readonly Dictionary<string, List<string>> _afterOne = new(StringComparer.Ordinal);

    public TrigramModel(IEnumerable<string> texts, Func<string, IEnumerable<string>> units)
    {
        foreach (var text in texts)
        {
            var (before, last) = (Start, Start);
            foreach (var unit in units(text).Append(Start))
            {
                Append(_afterTwo, (before, last), unit);
                Append(_afterOne, last, unit);
                (before, last) = (last, unit);
            }
        }
    }

    public bool IsEmpty => _afterOne.Count == 0;

    /// <summary>Draws a new text of at most <paramref name="longest"/> units.</summary>
    public List<string> Draw(ref CounterRandom random, int longest)
    {
        var units = new List<string>();
        var (before, last) = (Start, Start);
        while (units.Count < longest)
        {
            var choices = _afterTwo.TryGetValue((before, last), out var two) && (two.Count >= Rare && random.Chance(0.85)) ? two : _afterOne[last];
            var unit = random.Pick(choices);
            if (unit == Start) break;
            units.Add(unit);
            (before, last) = (last, unit);
        }

        return units;
    }

    private static void Append<TKey>(Dictionary<TKey, List<string>> map, TKey key, string unit)
        where TKey : notnull
    {
        if (!map.TryGetValue(key, out var list)) map[key] = list = [];
        list.Add(unit);
    }
}
