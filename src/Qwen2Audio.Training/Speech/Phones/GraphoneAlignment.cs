using Qwen2Audio.Checkpoints.Lexicons;

namespace Qwen2Audio.Training.Speech.Phones;

/// <summary>
/// Divides words and their phones into graphones: one letter with none, one or two phones, or two letters with one phone. The probabilities of graphones are estimated by expectation
/// maximisation (as in Jiampojamarn et al. 2007), from equal ones on; graphones of several letters and several phones are not allowed, because the likelihood always prefers the longest ones.
/// </summary>
internal sealed class GraphoneAlignment
{
    private const int Letters = 27; // a–z and the apostrophe
    private const int Pairs = PhoneSet.Count * PhoneSet.Count;
    private static readonly (int Letters, int Phones)[] Shapes = [(1, 0), (1, 1), (1, 2), (2, 1)];

    private readonly List<(byte[] Letters, byte[] Phones)> _entries;
    private double[] _weights = new double[Letters * Pairs + Letters * Letters * PhoneSet.Count];

    /// <summary>Estimates the probabilities.</summary>
    /// <param name="entries">Words in the normal form of transcripts, with their phones.</param>
    /// <param name="iterations">Number of iterations.</param>
    public GraphoneAlignment(IEnumerable<(string Word, string[] Phones)> entries, int iterations)
    {
        _entries = [.. entries.Select(entry => (entry.Word.Select(letter => (byte)(letter == '\'' ? Letters - 1 : letter - 'a')).ToArray(), PhoneSet.Ids(entry.Phones).Select(phone => (byte)phone).ToArray()))];
        Array.Fill(_weights, 1);
        for (var iteration = 0; iteration < iterations; iteration++) Improve();
    }

    /// <summary>The most probable graphones of each entry, as text; null for entries that cannot be divided, such as "mrs" with seven phones.</summary>
    public IEnumerable<string[]?> Best() => _entries.Select(entry => Best(entry.Letters, entry.Phones));

    private void Improve()
    {
        var counts = new double[_weights.Length];
        var (before, after) = (new double[1024], new double[1024]);
        foreach (var (letters, phones) in _entries)
        {
            var width = phones.Length + 1;
            var size = (letters.Length + 1) * width;
            if (size > before.Length) (before, after) = (new double[2 * size], new double[2 * size]);
            before.AsSpan(0, size).Clear();
            after.AsSpan(0, size).Clear();
            before[0] = after[size - 1] = 1;
            for (var i = 0; i <= letters.Length; i++)
                for (var k = 0; k < width; k++)
                    if (before[i * width + k] is > 0 and var score)
                        foreach (var (l, p) in Shapes)
                            if (i + l <= letters.Length && k + p < width) before[(i + l) * width + k + p] += score * _weights[Index(letters, phones, i, k, l, p)];
            var total = before[size - 1];
            if (!(total > 0 && double.IsFinite(total))) continue;
            for (var i = letters.Length; i >= 0; i--)
                for (var k = width - 1; k >= 0; k--)
                    foreach (var (l, p) in Shapes)
                    {
                        if (i + l > letters.Length || k + p >= width) continue;
                        var index = Index(letters, phones, i, k, l, p);
                        var rest = _weights[index] * after[(i + l) * width + k + p];
                        after[i * width + k] += rest;
                        counts[index] += before[i * width + k] * rest / total;
                    }
        }

        var sum = counts.Sum();
        for (var i = 0; i < counts.Length; i++) counts[i] /= sum;
        _weights = counts;
    }

    private string[]? Best(byte[] letters, byte[] phones)
    {
        var width = phones.Length + 1;
        var (scores, shapes) = (new double[(letters.Length + 1) * width], new int[(letters.Length + 1) * width]);
        scores[0] = 1;
        for (var i = 0; i <= letters.Length; i++)
            for (var k = 0; k < width; k++)
                for (var shape = 0; shape < Shapes.Length; shape++)
                {
                    var (l, p) = Shapes[shape];
                    if (i + l > letters.Length || k + p >= width) continue;
                    var score = scores[i * width + k] * _weights[Index(letters, phones, i, k, l, p)];
                    if (score > scores[(i + l) * width + k + p]) (scores[(i + l) * width + k + p], shapes[(i + l) * width + k + p]) = (score, shape);
                }

        if (!(scores[^1] > 0)) return null;
        var graphones = new List<string>();
        for (var (i, k) = (letters.Length, phones.Length); i > 0;)
        {
            var (l, p) = Shapes[shapes[i * width + k]];
            (i, k) = (i - l, k - p);
            graphones.Add($"{string.Concat(letters.AsSpan(i, l).ToArray().Select(letter => letter == Letters - 1 ? '\'' : (char)('a' + letter)))}:"
                + string.Join('_', phones.AsSpan(k, p).ToArray().Select(phone => PhoneSet.Names[phone - 1])));
        }

        graphones.Reverse();
        return [.. graphones];
    }

    private static int Index(byte[] letters, byte[] phones, int i, int k, int l, int p) => l == 2
        ? Letters * Pairs + (letters[i] * Letters + letters[i + 1]) * PhoneSet.Count + phones[k]
        : letters[i] * Pairs + (p > 1 ? phones[k + 1] * PhoneSet.Count : 0) + (p > 0 ? phones[k] : 0);
}
