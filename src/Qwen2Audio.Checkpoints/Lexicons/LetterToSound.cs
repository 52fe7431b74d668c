using System.Runtime.InteropServices;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>A pronunciation that <see cref="LetterToSound"/> found.</summary>
/// <param name="Phones">Names of <see cref="PhoneSet"/>; at least one.</param>
/// <param name="LogProbability">ln P(letters, phones), summed over the ways to divide them into graphones, as far as the search kept them.</param>
public readonly record struct FoundPronunciation(string[] Phones, double LogProbability);

/// <summary>
/// Pronounces words by their letters: a joint-sequence model (Bisani and Ney, Speech Communication 50, 2008), which is an n-gram model over graphones. A graphone is one or two letters with
/// their phones, written <c>x:K_S</c>, or <c>e:</c> for a silent letter. Immutable, so that threads may share it.
/// </summary>
public sealed class LetterToSound
{
    /// <summary>Name of the file in a model's folder.</summary>
    public const string FileName = "letter_to_sound.ngram";

    internal const int MostLetters = 2;

    private readonly NGramModel _model;
    private readonly int _width;
    private readonly double _beam;
    private readonly Dictionary<string, List<(int Id, string[] Phones)>> _graphones = new(StringComparer.Ordinal);

    /// <summary>Wraps a model over graphones, as the trainer makes it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="width">Hypotheses kept after each letter.</param>
    /// <param name="beam">Hypotheses that are this much (ln P) below the best one are dropped.</param>
    /// <exception cref="ArgumentException">A word of the model is not a graphone.</exception>
    public LetterToSound(NGramModel model, int width = 100, double beam = 9)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _width, _beam) = (model, width, beam);
        foreach (var (id, word) in model.Words.Index())
        {
            if (word is NGramModel.Unknown or NGramModel.Start or NGramModel.End) continue;
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            string[] phones = colon < 0 ? [] : word[(colon + 1)..].Split('_', StringSplitOptions.RemoveEmptyEntries);
            if (colon is < 1 or > MostLetters || !phones.All(PhoneSet.Has))
                throw new ArgumentException($"\"{word}\" is not a graphone; allowed: one or two letters, a colon, and phones joined by _, as in x:K_S.", nameof(model));
            ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(_graphones, word[..colon], out _);
            (list ??= []).Add((id, phones));
        }
    }

    /// <summary>Reads a model that the command letter-to-sound wrote.</summary>
    /// <exception cref="CheckpointException">The file is missing, damaged, or no model over graphones.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LetterToSound Read(string path)
    {
        try
        {
            return new LetterToSound(NGramFile.Read(path));
        }
        catch (ArgumentException exception)
        {
            throw new CheckpointException(path, "vocabulary", "words that are not graphones", "a model from the command letter-to-sound", exception);
        }
    }

    /// <summary>The n-gram model over graphones.</summary>
    public NGramModel Model => _model;

    /// <summary>The most probable pronunciations of a word, best first; none when it has letters that the model has never seen.</summary>
    /// <param name="word">A word in lower case.</param>
    /// <param name="count">Maximum number of pronunciations.</param>
    public IReadOnlyList<FoundPronunciation> Pronounce(string word, int count = 1)
    {
        ArgumentNullException.ThrowIfNull(word);
        var sequences = new Sequences();
        var places = new Place[word.Length + 1];
        for (var i = 0; i < places.Length; i++) places[i] = new Place(_width, _beam);
        places[0].Add(_model.Beginning, 0, 0);
        for (var at = 0; at < word.Length; at++)
        {
            var kept = places[at].Kept();
            for (var length = 1; length <= Math.Min(MostLetters, word.Length - at); length++)
            {
                if (!_graphones.TryGetValue(word.Substring(at, length), out var graphones)) continue;
                foreach (var (state, phones, score) in kept)
                    foreach (var (id, more) in graphones)
                    {
                        var reached = score + _model.LogProbability(state, id);
                        if (places[at + length].Takes(reached)) places[at + length].Add(_model.Next(state, id), sequences.Extend(phones, more), reached);
                    }
            }
        }

        var ends = new Dictionary<int, double>();
        foreach (var (state, phones, score) in places[^1].Kept())
        {
            if (phones == 0) continue; // no phone at all
            var ended = score + _model.LogProbability(state, _model.EndId);
            ends[phones] = ends.TryGetValue(phones, out var known) ? LogSum(known, ended) : ended;
        }

        return [.. ends.OrderByDescending(end => end.Value).ThenBy(end => end.Key).Take(count).Select(end => new FoundPronunciation(sequences.Of(end.Key), end.Value))];
    }

    private static double LogSum(double a, double b) => Math.Max(a, b) + Math.Log(1 + Math.Exp(-Math.Abs(a - b)));

    /// <summary>Phone sequences, each numbered once; 0 is the empty one.</summary>
    private sealed class Sequences
    {
        private readonly List<(int Before, string Phone)> _nodes = [(0, "")];
        private readonly Dictionary<(int, string), int> _numbers = [];

        public int Extend(int sequence, string[] phones)
        {
            foreach (var phone in phones)
            {
                ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, (sequence, phone), out var isKnown);
                if (!isKnown)
                {
                    number = _nodes.Count;
                    _nodes.Add((sequence, phone));
                }

                sequence = number;
            }

            return sequence;
        }

        public string[] Of(int sequence)
        {
            var phones = new List<string>();
            for (; sequence > 0; sequence = _nodes[sequence].Before) phones.Add(_nodes[sequence].Phone);
            phones.Reverse();
            return [.. phones];
        }
    }

    /// <summary>The hypotheses that have used the same letters. Those with the same phones and the same context are one.</summary>
    private sealed class Place(int width, double beam)
    {
        private readonly Dictionary<(long Context, int Phones), int> _numbers = [];
        private readonly List<(NGramState State, int Phones, double Score)> _hypotheses = [];
        private double _best = double.NegativeInfinity;

        public bool Takes(double score) => score >= _best - beam;

        public void Add(NGramState state, int phones, double score)
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, (state.Context, phones), out var isKnown);
            if (isKnown) score = LogSum(_hypotheses[number].Score, score);
            else number = _hypotheses.Count;
            if (isKnown) _hypotheses[number] = (state, phones, score);
            else _hypotheses.Add((state, phones, score));
            _best = Math.Max(_best, score);
        }

        public IReadOnlyList<(NGramState State, int Phones, double Score)> Kept() =>
            [.. _hypotheses.Where(hypothesis => Takes(hypothesis.Score)).OrderByDescending(hypothesis => hypothesis.Score).Take(width)];
    }
}
