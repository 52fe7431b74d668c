using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>A word and the rows that emit it.</summary>
/// <param name="Text">The word.</param>
/// <param name="Start">First row.</param>
/// <param name="End">Row after the last one.</param>
/// <param name="Posterior">Its confidence, 0…1: in the phones its probability by the texts that the search found.</param>
internal readonly record struct SpokenWord(string Text, int Start, int End, double Posterior);

/// <summary>A text that was found in the phones.</summary>
/// <param name="Text">Words, separated by spaces.</param>
/// <param name="Score">The logarithm of a scaled likelihood, without the language model.</param>
/// <param name="Language">The language model's score.</param>
/// <param name="Words">The words.</param>
internal readonly record struct SpokenWords(string Text, double Score, double Language, SpokenWord[] Words);

/// <summary>Finds the words of a lexicon in the phones of a piece. Other words are not found: a lexicon that lacks a name writes words that sound like it.</summary>
internal sealed class WordRecognition
{
    private const int Alternatives = 100; // texts by which words are judged

    private readonly Lexicon _lexicon;
    private readonly ShallowFusion _fusion;
    private readonly LexiconBeamSearch _search;
    private readonly double _priorWeight, _posteriorScale;
    private readonly IReadOnlyList<double>? _priors;
    private readonly Rescoring? _rescoring;

    /// <summary>Builds the prefix tree.</summary>
    /// <param name="lexicon">The words.</param>
    /// <param name="fusion">The language model.</param>
    /// <param name="settings">Width of the search, and weight of the priors.</param>
    /// <param name="priors">The phones' priors; null: those of each piece.</param>
    /// <param name="neural">Judges the texts that the search found; null: they keep their scores.</param>
    public WordRecognition(Lexicon lexicon, ShallowFusion fusion, SpeechSettings settings, IReadOnlyList<double>? priors, NeuralLanguageModel? neural)
    {
        (_priorWeight, _posteriorScale, _priors) = (settings.PhonePriorWeight, settings.WordPosteriorScale, priors);
        if (neural is not null) _rescoring = new Rescoring(neural, settings.RescoringWeight, settings.RescoringNGramShare, settings.RescoringTexts);
        var scores = fusion.Over(lexicon.Words);
        (_lexicon, _fusion, _search) = (lexicon, fusion, new LexiconBeamSearch(new LexiconTree(lexicon, scores.Alone), scores, settings.LexiconWidth, settings.LexiconBeam));
    }

    /// <summary>Adds to the words of a piece how far its phones support them. The words that the lexicon lacks are left out of the path.</summary>
    public IReadOnlyList<RecognisedWord> WithPhones(IReadOnlyList<RecognisedWord> words, CtcPosteriors phones)
    {
        List<(int Index, IReadOnlyList<byte[]> Phones)> known = [.. words.Index().Select(word => (word.Index, _lexicon.Find(word.Item.Text))).Where(word => word.Item2.Count > 0)];
        if (known.Count == 0) return words;
        var path = (long)known.Sum(word => word.Phones.Sum(phones => 2 * phones.Length)) * phones.Rows > PhoneAlignment.MostSteps ? null : ForcedPath.Find(phones, [.. known.Select(word => word.Phones)]);
        var supported = words.ToArray();
        foreach (var (i, (index, pronunciations)) in known.Index())
        {
            var (count, loss) = path is null ? (pronunciations[0].Length, double.PositiveInfinity) : (path.Words[i].Phones, path.Words[i].Loss);
            var support = words[index].Evidence.Support with { Phones = count, PhoneLoss = Math.Min(loss, WordSupport.Most * count) };
            supported[index] = words[index] with { Evidence = words[index].Evidence with { Support = support } };
        }

        return supported;
    }

    /// <summary>Number of words.</summary>
    public int Count => _lexicon.Words.Count;

    /// <summary>Weight of the neural language model's ln P; null: there is none.</summary>
    public double? RescoringWeight => _rescoring?.Weight;

    /// <summary>The most probable texts by phones and language models, best first; none when the audio seems to end within a word.</summary>
    public IEnumerable<SpokenWords> Find(CtcPosteriors phones, int count)
    {
        var candidates = _search.Search(phones.DividedByPriors(_priorWeight, _priors), Math.Max(count, Alternatives));
        var languages = candidates.Take(_rescoring is null ? count : candidates.Count).Select(candidate => _fusion.Score(Text(candidate))).ToList();
        if (_rescoring is not null) (candidates, languages) = _rescoring.Apply(candidates, languages, Text);
        var posteriors = new WordPosteriors(candidates, _posteriorScale);
        foreach (var (candidate, language) in candidates.Take(count).Zip(languages))
        {
            var shares = posteriors.Of(candidate);
            SpokenWord[] words = [.. candidate.Words.Select((word, i) => new SpokenWord(_lexicon.Words[word], candidate.Rows[i].Start, candidate.Rows[i].End, shares[i]))];
            yield return new SpokenWords(Text(candidate), candidate.Score - language, language, words);
        }
    }

    /// <summary>Begins a search for the words so far while rows arrive.</summary>
    public LexiconBeamSearch.Progress Begin() => _search.Begin();

    /// <summary>Adds rows, and returns the words that are complete. Without priors of the model there are none, since those of the piece are not known yet.</summary>
    public string Add(LexiconBeamSearch.Progress progress, CtcPosteriors phones)
    {
        progress.Add(_priors is null ? phones : phones.DividedByPriors(_priorWeight, _priors));
        return Text(progress.Begun());
    }

    private string Text(LexiconCandidate candidate) => Text(candidate.Words);

    private string Text(int[] words) => string.Join(' ', words.Select(word => _lexicon.Words[word]));
}
